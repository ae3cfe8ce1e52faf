/** Where calls go, and as what. */
export interface Target {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly model: string
}

/** A long one is handed over in a file: an argument of a process has 128 kB at most. */
export type Body = string | { readonly file: string }

/** A whole request as bytes; the same ones are sent each time. */
export function requestOf({ url, headers }: Target, body: string): Buffer {
  const { host, pathname } = new URL(url)
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** A plain question of some 40 tokens. */
export function plainBody(model: string): string {
  return bodyOf(
    model,
    'How many seats do seventeen tables with twenty-three chairs each make? Give me the number first.',
  )
}

/** A prompt of about so many tokens, four letters each. */
export function longBody(model: string, tokens: number): string {
  const sentence = 'The harbour keeps a list of every ship, with its cargo and the day it left. '
  return bodyOf(model, sentence.repeat(Math.ceil((tokens * 4) / sentence.length)))
}

export interface Pattern {
  readonly events: number
  readonly everyMs: number
  readonly firstMs: number
}

/** The stream vendor reads from the prompt how it shall answer, so that every gateway passes it on. */
export function streamBody(model: string, { events, everyMs, firstMs }: Pattern, id = 0): string {
  return bodyOf(model, `[[events=${events} every=${everyMs} first=${firstMs} id=${id}]] Go on.`, {
    stream: true,
  })
}

function bodyOf(model: string, question: string, more: object = {}): string {
  return JSON.stringify({
    model,
    ...more,
    messages: [
      {
        role: 'system',
        content: 'You answer questions of customers, briefly and with the figures they ask for.',
      },
      { role: 'user', content: question },
    ],
    temperature: 0.2,
    max_tokens: 200,
  })
}

/** What the vendor for plain calls says, each time. */
export const plainAnswer = JSON.stringify({
  id: 'chatcmpl-123',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'large',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Three hundred and ninety-one, which is seventeen times twenty-three.',
        refusal: null,
      },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 42,
    completion_tokens: 17,
    total_tokens: 59,
    prompt_tokens_details: { cached_tokens: 0 },
  },
})
