import { type Call, type Chat, type Message, noExtra, type Part } from '../core/call.ts'
import { deltasOf, Fold } from '../core/fold.ts'
import { readJsonObject } from '../core/json.ts'
import type { ChatReply, Finish, Reply, ReplyPart } from '../core/reply.ts'
import type { Usage } from '../core/usage.ts'
import type { Dialect, Quirks, Stamp, Target } from './dialect.ts'
import { SseParser } from './sse.ts'

/** What has to survive a dialect, for every test that asks whether it did. */

export const aStamp: Stamp = { callId: 'call', nowS: 1_760_000_000, model: 'vendor/model' }

export function aTarget(model: string, quirks: Quirks = {}): Target {
  return { model, quirks, outputMax: null }
}

/** A call of which nothing matters but its dialect. */
export function aCall(dialect: Dialect): Call {
  return {
    operation: dialect.operation,
    dialect: dialect.id,
    model: 'task',
    stream: false,
    maxTokens: null,
    n: 1,
    usageAsked: true,
    user: null,
    metadata: null,
    inputTokensMax: 0,
    body: { text: '', value: noExtra, members: [] },
    meaning: () => {
      throw new Error('not needed')
    },
  }
}

export function callOf(dialect: Dialect, wire: unknown): Call {
  return dialect.readCall(readJsonObject(typeof wire === 'string' ? wire : JSON.stringify(wire)))
}

export function chatOf(call: Call): Chat {
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') throw new Error('not a chat')
  return meaning
}

/** The reply that a stream amounts to, however it is cut. */
export function foldStream(
  bytes: Uint8Array | readonly Uint8Array[],
  dialect: Dialect,
  quirks: Quirks = {},
): ChatReply {
  return readStream(bytes, dialect, quirks).reply()
}

export function readStream(
  bytes: Uint8Array | readonly Uint8Array[],
  dialect: Dialect,
  quirks: Quirks = {},
  fold = new Fold(),
): Fold {
  const parser = new SseParser()
  const reader = dialect.startReading!(quirks)
  for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    for (const { event } of parser.feed(piece)) {
      for (const delta of event ? (reader.read(event) ?? []) : []) fold.take(delta)
    }
  }
  return fold
}

export function writeStream(reply: ChatReply, dialect: Dialect): string {
  const writer = dialect.startWriting!(aCall(dialect), aStamp)
  return [writer.write(deltasOf(reply)), writer.end()].map(asText).join('')
}

function asText(written: string | Uint8Array): string {
  return typeof written === 'string' ? written : Buffer.from(written).toString('latin1')
}

export interface Meaning {
  readonly choices: readonly {
    readonly text: string
    readonly thoughts: string
    readonly calls: readonly (readonly [id: string, name: string, input: unknown])[]
    readonly finish: Finish | null
  }[]
  readonly model: string | null
  readonly usage: Totals | null
}

/** Text, thoughts, tool calls, why it ended, tokens: as far as this dialect has them. */
export function meaningOf(reply: Reply, dialect: Dialect): Meaning {
  if (reply.operation !== 'chat') throw new Error('not a chat')
  const choices = speaksOnce(dialect) ? reply.choices.slice(0, 1) : reply.choices
  return {
    choices: choices.map((choice) => ({
      text: textOf(choice.parts, ['text', 'refusal']),
      thoughts: textOf(choice.parts, ['reasoning']),
      calls: choice.parts.flatMap((part) =>
        part.type === 'toolCall' ? [[part.id, part.name, asInput(part.arguments)] as const] : [],
      ),
      finish: choice.ending?.finish ?? null,
    })),
    model: reply.model,
    usage: reply.measured ? totals(reply.measured.usage) : null,
  }
}

/** The same for a reply that has yet to be written, less what the dialect is known not to tell apart. */
export function meaningIn(reply: ChatReply, dialect: Dialect): Meaning {
  const { choices, model, usage } = meaningOf(reply, dialect)
  return {
    choices: choices.map((choice) => ({
      ...choice,
      finish: finishIn(choice.finish, choice.calls.length > 0, dialect),
    })),
    model: model ?? aStamp.model,
    // Anthropic's dialect has to give numbers.
    usage: usage ?? (speaksOnce(dialect) ? { in: 0, cached: 0, written: 0, out: 0 } : null),
  }
}

function finishIn(finish: Finish | null, called: boolean, dialect: Dialect): Finish | null {
  if (!speaksOnce(dialect)) return finish === 'refusal' ? 'filter' : finish
  // Clients of Anthropic's dialect run tools on `tool_use` alone.
  if (finish === 'stop' && called) return 'tools'
  return finish === 'filter' ? 'refusal' : finish
}

/** One answer a call, and no word for a filter that is not the model's own. */
function speaksOnce({ id }: Dialect): boolean {
  return id === 'anthropic-messages'
}

export function textOf(parts: readonly ReplyPart[], types: readonly string[]): string {
  return parts
    .flatMap((part) => (types.includes(part.type) && 'text' in part ? part.text : []))
    .join('')
}

export interface Totals {
  readonly in: number
  readonly cached: number
  readonly written: number
  readonly out: number
}

function totals(usage: Usage): Totals {
  return {
    in: usage.input + usage.audioIn,
    cached: usage.cacheRead,
    written: usage.cacheWrite5m + usage.cacheWrite1h,
    out: usage.output + usage.reasoning + usage.audioOut,
  }
}

/** Arguments as the object they are, or as the one that keeps what is none. */
function asInput(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Malformed: kept below.
  }
  return { malformed_arguments: text }
}

/** Words that a dialect puts in where it has no other way to say something. */
const filledIn = new Set(['Answer with one JSON object and nothing else.', 'See the next message.'])

/** What every chat dialect must carry of a conversation, in its order. */
export function saidIn({ messages }: { readonly messages: readonly Message[] }) {
  const parts = messages.flatMap((message) => message.parts)
  return {
    texts: textsOf(parts),
    images: parts.flatMap(imagesOf),
    calls: parts.flatMap((part) =>
      part.type === 'toolCall' ? [[part.id, part.name, asInput(part.arguments)] as const] : [],
    ),
    results: parts.flatMap((part) =>
      part.type === 'toolResult' ? [[part.callId, ...textsOf(part.parts)] as const] : [],
    ),
  }
}

function textsOf(parts: readonly Part[]): string[] {
  return parts
    .flatMap((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : []))
    .filter((text) => text !== '' && !filledIn.has(text))
}

/** Pictures in the result of a tool are the user's in some dialects. */
function imagesOf(part: Part): unknown[] {
  if (part.type === 'toolResult') return part.parts.flatMap(imagesOf)
  return part.type === 'image' ? [part.source] : []
}
