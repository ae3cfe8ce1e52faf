import { Fault, faultOf, unreachable } from './fault.ts'

/** What a streamed answer has come to so far. */
export interface StreamHead {
  readonly requestId: string | null
  /** 'provider/model' that answers. */
  readonly model: string | null
  readonly attempts: number | null
  readonly adapted: string | null
}

export interface StreamUsage {
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
}

export interface StreamListener {
  readonly onHead: (head: StreamHead) => void
  readonly onWords: (words: { readonly text: string; readonly reasoning: string }) => void
  readonly onUsage: (usage: StreamUsage) => void
  readonly onFinish: (reason: string) => void
}

/** Of an event, as far as it is looked at; whatever else is in it may be anything. */
interface Chunk {
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: unknown
      readonly refusal?: unknown
      readonly reasoning_content?: unknown
      readonly reasoning?: unknown
    } | null
    readonly finish_reason?: unknown
  }[]
  readonly usage?: StreamUsage | null
  readonly error?: { readonly message?: unknown; readonly code?: unknown }
}

/**
 * A chat through /api/playground, word by word. It is booked like any other call.
 * @throws Fault, also when the stream breaks off; whatever `signal` was aborted with
 */
export async function playStream(
  request: object,
  { feature, signal }: { readonly feature: string; readonly signal: AbortSignal },
  listener: StreamListener,
): Promise<void> {
  let response: Response
  try {
    response = await fetch('/api/playground', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-freehold-feature': feature },
      body: JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } }),
      signal,
      credentials: 'same-origin',
      redirect: 'error',
    })
  } catch (error) {
    if (signal.aborted) throw error
    throw unreachable(false, 0)
  }
  const { headers } = response
  if (!response.ok) throw faultOf(response, await response.text())
  const requestId = headers.get('x-request-id')
  listener.onHead({
    requestId,
    model: headers.get('x-freehold-model'),
    attempts: numberOf(headers.get('x-freehold-attempts')),
    adapted: headers.get('x-freehold-adapted'),
  })
  let isWhole = false
  try {
    for await (const data of eventsOf(response.body!)) {
      if (data === '[DONE]') isWhole = true
      else hear(JSON.parse(data) as Chunk, listener, requestId)
    }
  } catch (error) {
    if (signal.aborted || error instanceof Fault) throw error
    throw new Fault('The answer broke off: the connection to the gateway was lost.', { requestId })
  }
  if (!isWhole) throw new Fault('The answer ended without its end.', { requestId })
}

function hear(chunk: Chunk, listener: StreamListener, requestId: string | null): void {
  const { error, choices, usage } = chunk
  if (error !== undefined) {
    const message = typeof error.message === 'string' ? error.message : 'The answer broke off.'
    throw new Fault(message, {
      code: typeof error.code === 'string' ? error.code : null,
      requestId,
    })
  }
  const choice = choices?.[0]
  const { content, refusal, reasoning_content: thoughts, reasoning } = choice?.delta ?? {}
  const text = textOf(content) + textOf(refusal)
  const thought = textOf(thoughts ?? reasoning)
  if (text !== '' || thought !== '') listener.onWords({ text, reasoning: thought })
  if (typeof choice?.finish_reason === 'string') listener.onFinish(choice.finish_reason)
  if (usage !== undefined && usage !== null) listener.onUsage(usage)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numberOf(text: string | null): number | null {
  return text === null || !/^\d+$/.test(text) ? null : Number(text)
}

/** The data of each event of a stream. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true })
    const events = rest.split(/\r?\n\r?\n/)
    rest = events.pop() ?? ''
    for (const event of events) {
      const data = event
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart())
        .join('\n')
      if (data !== '') yield data
    }
    if (done) return
  }
}
