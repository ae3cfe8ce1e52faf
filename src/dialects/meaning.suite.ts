import { type Call, type Chat, type Message, noExtra, type Part } from '../core/call.ts'
import { deltasOf, Fold } from '../core/fold.ts'
import { readJsonObject } from '../core/json.ts'
import type { ChatReply, Finish, Reply, ReplyPart } from '../core/reply.ts'
import type { Usage } from '../core/usage.ts'
import { type CallIds, fitId } from './call-ids.ts'
import type { Dialect, Place, Quirks, Stamp, Target } from './dialect.ts'
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

/** @param place  what the path says, in dialects that name the model there */
export function callOf(dialect: Dialect, wire: unknown, place?: Place): Call {
  const body = readJsonObject(typeof wire === 'string' ? wire : JSON.stringify(wire))
  return dialect.readCall(body, place)
}

/** A place that says no more than which model is asked. */
export function placeOf(model: string): Place {
  return { model, stream: false, query: new URLSearchParams() }
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
  const parser = dialect.startParsing?.() ?? new SseParser()
  const reader = dialect.startReading!(quirks)
  for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    for (const { event } of parser.feed(piece)) {
      for (const delta of event ? (reader.read(event) ?? []) : []) fold.take(delta)
    }
  }
  return fold
}

export function writeStream(reply: ChatReply, dialect: Dialect): Uint8Array {
  const writer = dialect.startWriting!(aCall(dialect), aStamp)
  return Buffer.concat([writer.write(deltasOf(reply)), writer.end()].map(asBytes))
}

function asBytes(written: string | Uint8Array): Uint8Array {
  return typeof written === 'string' ? Buffer.from(written) : written
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
    model: namesNone(dialect) ? null : (model ?? aStamp.model),
    usage: usageIn(usage, dialect),
  }
}

/** Converse and Cohere do not say which model answered. */
function namesNone({ id }: Dialect): boolean {
  return id === 'bedrock-converse' || id === 'cohere-chat'
}

/** Cohere tells of cached tokens beside what is billed, and never as a part of it. */
function usageIn(usage: Totals | null, dialect: Dialect): Totals | null {
  if (usage && dialect.id === 'cohere-chat') {
    return { in: usage.in + usage.cached + usage.written, cached: 0, written: 0, out: usage.out }
  }
  if (usage && dialect.id === 'gemini') {
    // What was written into a cache is part of the prompt there.
    return { in: usage.in + usage.written, cached: usage.cached, written: 0, out: usage.out }
  }
  return usage ?? (mustCount(dialect) ? { in: 0, cached: 0, written: 0, out: 0 } : null)
}

function finishIn(finish: Finish | null, called: boolean, dialect: Dialect): Finish | null {
  if (dialect.id === 'gemini') {
    // It has no word for a turn that waits for tools: that it called some tells.
    if (finish === 'stop' || finish === 'tools') return called ? 'tools' : 'stop'
    if (finish === 'pause') return 'error'
  }
  if (!speaksOnce(dialect)) return finish === 'refusal' ? 'filter' : finish
  // Clients of these run tools on their word for it alone, or see the calls and need none.
  if (finish === 'stop' && called) return 'tools'
  if (dialect.id === 'openai-responses') {
    if (finish === 'tools' && !called) return 'stop'
    if (finish === 'pause') return null // incomplete, without a reason
    return finish === 'refusal' ? 'filter' : finish
  }
  if (dialect.id === 'cohere-chat') {
    if (finish === 'pause') return 'length'
    return finish === 'filter' || finish === 'refusal' ? 'error' : finish
  }
  if (dialect.id === 'bedrock-converse') {
    if (finish === 'pause') return 'stop'
    return finish === 'refusal' ? 'filter' : finish
  }
  return finish === 'filter' ? 'refusal' : finish
}

/** Told as a failure: whoever reads it gets an error, as it stands instead of an end. */
export function isFailureIn(reply: ChatReply, { id }: Dialect): boolean {
  return id === 'openai-responses' && reply.choices[0]?.ending?.finish === 'error'
}

/** One answer a call. */
function speaksOnce({ id }: Dialect): boolean {
  return ['anthropic-messages', 'bedrock-converse', 'cohere-chat', 'openai-responses'].includes(id)
}

/** Has to give numbers, also when nobody counted. */
function mustCount({ id }: Dialect): boolean {
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
const filledIn = new Set([
  'Answer with one JSON object and nothing else.',
  'See the next message.',
  'See the document.',
])

/** What every chat dialect must carry of a conversation, in its order; ids of calls as far as it takes them. */
export function saidIn(
  { messages }: { readonly messages: readonly Message[] },
  callIds: CallIds = anyIds,
) {
  const parts = messages.flatMap((message) => message.parts)
  return {
    texts: textsOf(parts),
    images: parts.flatMap(imagesOf),
    calls: parts.flatMap((part) =>
      part.type === 'toolCall'
        ? [[fitId(part.id, callIds), part.name, asInput(part.arguments)] as const]
        : [],
    ),
    results: parts.flatMap((part) =>
      part.type === 'toolResult'
        ? [[fitId(part.callId, callIds), ...textsOf(part.parts)] as const]
        : [],
    ),
  }
}

const anyIds: CallIds = { fits: /(?:)/, length: 0 }

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
