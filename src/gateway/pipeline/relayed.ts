import type { Call } from '../../core/call.ts'
import type { Dialect } from '../../dialects/dialect.ts'

/** What goes back to the caller. */
export interface Relayed {
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
}

/** The media type of the stream that a call wants. */
export function streamType({
  dialect,
  call,
}: {
  readonly dialect: Dialect
  readonly call: Call
}): string {
  return dialect.streamType?.(call) ?? eventStream
}

const eventStream = 'text/event-stream; charset=utf-8'
