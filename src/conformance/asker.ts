import type { Delta, Reply } from '../core/reply.ts'
import { Fold } from '../core/fold.ts'
import type { Dialect, Quirks } from '../dialects/dialect.ts'
import { SseParser } from '../dialects/sse.ts'

/** A gateway that questions are put to, as a client does. */
export interface Asked {
  readonly url: string
  readonly key: string
  /** Where a dialect is spoken here: '/v1/chat/completions'. Some name the model there. */
  readonly pathOf: (dialect: Dialect, request: Request, streams: boolean) => string
}

export type Request = Readonly<Record<string, unknown>>

export interface Reading {
  readonly streams?: boolean
  /** Of the provider, where its answers are passed on untouched. */
  readonly quirks?: Quirks
}

/** What a client saw. */
export interface Seen {
  readonly status: number
  readonly reply: Reply | null
  /** False when a stream broke off, or ended with an error. */
  readonly whole: boolean
  readonly error: { readonly message: string; readonly code: string | null } | null
  readonly requestId: string | null
  readonly costUsd: string | null
  readonly adapted: string | null
}

/**
 * Asks as a client would: over HTTP, in the caller's dialect, reading whole answers and streams.
 * @throws Error when the gateway does not answer at all, or with what is no answer in this dialect
 */
export async function ask(
  { url, key, pathOf }: Asked,
  dialect: Dialect,
  request: Request,
  signal: AbortSignal,
  { streams = request['stream'] === true, quirks = {} }: Reading = {},
): Promise<Seen> {
  const response = await fetch(url + pathOf(dialect, request, streams), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal,
  })
  const bytes = await response.bytes()
  const { status, headers } = response
  const facts = {
    status,
    requestId: headers.get('x-request-id'),
    costUsd: headers.get('x-freehold-cost-usd'),
    adapted: headers.get('x-freehold-adapted'),
  }
  if (!response.ok) {
    const words = dialect.readError(Buffer.from(bytes).toString())
    const error = { message: words.message, code: words.code }
    return { ...facts, reply: null, whole: false, error }
  }
  if (headers.get('content-type')?.startsWith('application/json') !== true && dialect.startReading)
    return { ...facts, ...readStream(dialect, bytes, quirks) }
  const reply = dialect.readReply(Buffer.from(bytes).toString(), quirks)
  return { ...facts, reply, whole: true, error: null }
}

function readStream(
  dialect: Dialect,
  bytes: Uint8Array,
  quirks: Quirks,
): Pick<Seen, 'reply' | 'whole' | 'error'> {
  const fold = new Fold()
  const reader = dialect.startReading!(quirks)
  const parser = dialect.startParsing?.() ?? new SseParser()
  try {
    for (const { event } of parser.feed(bytes)) {
      const deltas: readonly Delta[] = event === null ? [] : (reader.read(event) ?? [])
      for (const delta of deltas) fold.take(delta)
    }
  } catch (error) {
    return {
      reply: fold.reply(),
      whole: false,
      error: { message: (error as Error).message, code: null },
    }
  }
  return { reply: fold.reply(), whole: fold.finished, error: null }
}
