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

/** Text and frames as bytes, one behind another. */
export function joined(parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  let text = ''
  for (const part of parts) {
    if (typeof part !== 'string') return joinedBytes(parts)
    text += part
  }
  return encoder.encode(text)
}

const encoder = new TextEncoder()

function joinedBytes(parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** Bytes that follow each other in one buffer go out as one view, without a copy. */
export function append(passed: Uint8Array[], raw: Uint8Array): void {
  const last = passed.at(-1)
  if (last && last.buffer === raw.buffer && last.byteOffset + last.length === raw.byteOffset) {
    passed[passed.length - 1] = new Uint8Array(
      last.buffer,
      last.byteOffset,
      last.length + raw.length,
    )
  } else passed.push(raw)
}
