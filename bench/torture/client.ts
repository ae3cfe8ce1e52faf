/** One call, as its client saw it. */
export interface Received {
  /** Stands in the prompt, so that a vendor's history tells whose an exchange was. */
  readonly marker: string
  readonly key: string
  /** `x-request-id`; null when not even the headers came. */
  readonly id: string | null
  readonly status: number | null
  /** The answer came to its own end: JSON that parses, or a stream that says it is done. */
  readonly whole: boolean
  /** As the answer says; null when it does not. */
  readonly usage: { readonly input: number; readonly output: number } | null
  /** After which it was told to ask again; null when it was not. */
  readonly retryAfterMs: number | null
}

export interface Question {
  readonly url: string
  readonly key: string
  readonly marker: string
  readonly model: string
  readonly stream?: boolean
  readonly maxTokens?: number
  readonly customer?: string
  readonly signal?: AbortSignal
}

/** Asks and reads to the end, whatever comes. Never throws: what went wrong is what was received. */
export async function ask(question: Question): Promise<Received> {
  const { url, key, marker, model, stream = false, maxTokens, customer, signal } = question
  const nothing: Received = {
    marker,
    key,
    id: null,
    status: null,
    whole: false,
    usage: null,
    retryAfterMs: null,
  }
  let response: Response
  try {
    response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        ...(customer === undefined ? {} : { 'x-freehold-customer': customer }),
      },
      body: JSON.stringify({
        model,
        stream,
        ...(stream ? { stream_options: { include_usage: true } } : {}),
        ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
        messages: [{ role: 'user', content: `${marker} say something about the weather` }],
      }),
      ...(signal ? { signal } : {}),
    })
  } catch {
    return nothing
  }
  const { status, headers } = response
  const after = headers.get('retry-after-ms')
  const seen = {
    ...nothing,
    id: headers.get('x-request-id'),
    status,
    retryAfterMs: after === null ? null : Number(after),
  }
  let text: string
  try {
    text = await response.text()
  } catch {
    return seen
  }
  if (status !== 200) return { ...seen, whole: isJson(text) }
  return stream ? { ...seen, ...streamOf(text) } : { ...seen, ...answerOf(text) }
}

type Outcome = Pick<Received, 'whole' | 'usage'>

function answerOf(text: string): Outcome {
  if (!isJson(text)) return { whole: false, usage: null }
  return { whole: true, usage: usageOf(JSON.parse(text)) }
}

/** Whole when it ends in its one end mark and holds no error. */
function streamOf(text: string): Outcome {
  const data = text
    .split('\n')
    .flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []))
  const failed = data.some((each) => each.startsWith('{"error"'))
  const ends = data.filter((each) => each === '[DONE]').length
  const whole = !failed && ends === 1 && data.at(-1) === '[DONE]'
  let usage: Outcome['usage'] = null
  for (const each of data) if (isJson(each)) usage = usageOf(JSON.parse(each)) ?? usage
  return { whole, usage }
}

function usageOf(answer: unknown): Outcome['usage'] {
  const { usage } = answer as {
    usage?: { prompt_tokens?: number; completion_tokens?: number } | null
  }
  if (usage?.prompt_tokens === undefined || usage.completion_tokens === undefined) return null
  return { input: usage.prompt_tokens, output: usage.completion_tokens }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * The status of an answer over a socket of its own, for calls by the hundred at one moment: `fetch`
 * queues what is beyond its bound of connections.
 */
export function statusOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<number> {
  const { hostname, port, pathname } = new URL(url)
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  const request = `${lines.join('\r\n')}\r\n\r\n${body}`
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let answer = ''
  Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) => void socket.write(request),
      data: (_, chunk) => void (answer += chunk.toString('latin1')),
      close: () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)),
      error: (_, error) => reject(error),
    },
  }).catch(reject)
  return promise
}
