import { type Call, chatOf } from '../../core/call.ts'
import type { CallId } from '../../core/ids.ts'
import { providerFailed } from '../../core/errors.ts'
import { deltasOf, Fold } from '../../core/fold.ts'
import {
  type ChatReply,
  type Choice,
  type Ending,
  type Finish,
  isContent,
  type ReplyPart,
} from '../../core/reply.ts'
import { completionTokens, type Measured } from '../../core/usage.ts'
import { ProviderFault } from '../../dialects/dialect.ts'
import { SseParser } from '../../dialects/sse.ts'
import type { Door } from '../../providers/provider.ts'
import type { Exchange } from '../upstream/upstream.ts'
import type { Answer, BytesAnswer, StreamedAnswer, WholeAnswer } from './answer.ts'
import type { Attempt } from './attempt.ts'
import { refusal } from './faults.ts'
import type { Parts } from './parts.ts'
import { EventSource, type Piece, SourceFault } from './source.ts'
import { UsableCallsReader, withUsableCalls } from './tell-calls.ts'
import type { Trip } from './trip.ts'

/** Whether an answer is to be read as one text, as most are: then `receiveText` takes it. */
export function comesAsText(
  { status, headers }: Exchange,
  { dialect }: Door,
  { stream }: Call,
): boolean {
  if (status < 200 || status >= 300 || (stream && dialect.startReading)) return false
  return dialect.isBytes?.(headers.get('content-type') ?? '') !== true
}

/**
 * Takes a whole answer, in whichever of the two ways it came.
 * @returns a promise for one that came as the events of a stream
 * @throws ProviderFault
 */
export function receiveText(
  text: string,
  exchange: Exchange,
  attempt: Attempt,
  door: Door,
  id: CallId,
  call: Call,
  clock: Parts['clock'],
): Answer | Promise<Answer> {
  attempt.firstContentUs = clock.elapsedUs() - attempt.startedUs
  if (!says.test(text)) throw new ProviderFault('it sent an empty answer')
  const mediaType = exchange.headers.get('content-type') ?? ''
  const madeIds = madeIdsFor(id, attempt, door, call)
  if (door.dialect.startReading && looksLikeEvents(text) && !isWords(call, mediaType))
    return foldWhole(sourceOf(exchange, attempt, door, madeIds, Buffer.from(text)), attempt, door)
  return readWhole(text, mediaType, attempt, door, call, madeIds)
}

const says = /\S/

/** Reads a whole answer, or a stream up to its first content. */
export async function receive(
  exchange: Exchange,
  attempt: Attempt,
  door: Door,
  { id, call }: Pick<Trip, 'id' | 'call'>,
  parts: Parts,
): Promise<Answer> {
  if (exchange.status < 200 || exchange.status >= 300) {
    const text = await exchange.text()
    throw refusal(attempt, door.dialect.readError(text, exchange.headers), exchange, parts.clock)
  }
  const { clock } = parts
  const mediaType = exchange.headers.get('content-type') ?? ''
  if (door.dialect.isBytes?.(mediaType) === true) {
    return beginBytes(exchange, mediaType, attempt, door, clock)
  }
  let first: Uint8Array | null = null
  if (call.stream && door.dialect.startReading) {
    // The first read that is not blank: some vendors send empty lines while a request waits.
    do first = await exchange.read()
    while (first !== null && isBlankRead(first))
    if (first !== null && looksLikeEvents(Buffer.from(first.subarray(0, 64)).toString('latin1'))) {
      const madeIds = madeIdsFor(id, attempt, door, call)
      return prime(sourceOf(exchange, attempt, door, madeIds, first), attempt, door, call, parts)
    }
  }
  return receiveText(await wholeText(exchange, first), exchange, attempt, door, id, call, clock)
}

/**
 * The text of an answer, behind what was `begun`.
 * @throws SourceFault where it breaks off: whoever had begun to answer has worked
 */
export async function wholeText(
  exchange: Exchange,
  begun: Uint8Array | null = null,
): Promise<string> {
  try {
    return await exchange.text(begun)
  } catch (error) {
    throw new SourceFault([], error as Error)
  }
}

/** Its first bytes take the place of the first content: until then another provider may be asked. */
async function beginBytes(
  exchange: Exchange,
  mediaType: string,
  attempt: Attempt,
  door: Door,
  clock: Parts['clock'],
): Promise<BytesAnswer> {
  const begun = await exchange.read()
  if (begun === null) throw new ProviderFault('it sent an empty answer')
  exchange.clocks.stop('first_content')
  attempt.firstContentUs = clock.elapsedUs() - attempt.startedUs
  return { kind: 'bytes', attempt, door, exchange, mediaType, begun }
}

/** How ids begin that tool calls lack; null: the caller gets the provider's own bytes. */
function madeIdsFor(id: CallId, { number }: Attempt, door: Door, call: Call): string | null {
  return door.dialect.id === call.dialect ? null : `call_${id}-${number}`
}

/** JSON and pages begin with a bracket, events with a word or a colon. */
function looksLikeEvents(text: string): boolean {
  return !bracket.test(text)
}

const bracket = /^\s*[[{<]/

function sourceOf(
  exchange: Exchange,
  attempt: Attempt,
  door: Door,
  madeIds: string | null,
  first: Uint8Array,
): EventSource {
  const { dialect, quirks = {} } = door
  const plain = dialect.startReading!(quirks)
  const reader = madeIds === null ? plain : new UsableCallsReader(plain, madeIds)
  const parser = dialect.startParsing?.() ?? new SseParser()
  return new EventSource(attempt.stop.provider.id, exchange, reader, parser, first)
}

/** A transcript may be plain text, which begins as it likes. */
function isWords({ operation }: Call, mediaType: string): boolean {
  return operation === 'transcribe' && !/event-stream/i.test(mediaType)
}

/** @throws ProviderFault */
function readWhole(
  text: string,
  mediaType: string,
  attempt: Attempt,
  door: Door,
  call: Call,
  madeIds: string | null,
): Answer {
  const read = door.dialect.readReply(text, door.quirks ?? {}, mediaType)
  if (read.operation === 'chat') {
    if (read.choices.every(isNothing))
      throw new ProviderFault(`the answer says nothing: ${text.slice(0, 200)}`)
    const wrong = emptiness(read, call)
    if (wrong !== null) throw new ProviderFault(wrong)
  }
  const reply =
    madeIds === null || read.operation !== 'chat' ? read : withUsableCalls(read, madeIds)
  if (!call.stream || reply.operation !== 'chat')
    return { kind: 'whole', attempt, door, reply, text }
  return { kind: 'unfolded', attempt, door, deltas: deltasOf(reply) }
}

/** Neither a word nor a reason why there is none. */
function isNothing({ parts, ending }: Choice): boolean {
  return ending === null && parts.length === 0
}

/** Frames begin with zeros. */
function isBlankRead(chunk: Uint8Array): boolean {
  for (const byte of chunk) if (byte > 0x20 || byte === 0) return false
  return true
}

/** Nothing goes to the caller before the first content: until then another provider may be asked. */
async function prime(
  source: EventSource,
  attempt: Attempt,
  door: Door,
  call: Call,
  { clock }: Parts,
): Promise<StreamedAnswer> {
  const begun: Piece[] = []
  for (;;) {
    let fault: Error | null = null
    let pieces: readonly Piece[] | null
    try {
      pieces = await source.next()
    } catch (error) {
      if (!(error instanceof SourceFault)) throw error
      pieces = error.before
      fault = error.fault
    }
    begun.push(...(pieces ?? []))
    const isSaying = pieces?.some(saysSomething) === true
    if (!isSaying && fault !== null) throw fault
    const isOver = pieces === null || source.ended
    if (!isSaying && !isOver) continue
    if (!isSaying) refuseEmpty(begun, attempt.stop.provider.id, call)
    source.exchange.clocks.stop('first_content')
    attempt.firstContentUs = clock.elapsedUs() - attempt.startedUs
    return { kind: 'stream', attempt, door, source, begun, fault }
  }
}

function saysSomething({ deltas }: Piece): boolean {
  return deltas?.some(isContent) === true
}

/** A stream that is over, and of which nothing can be shown. @throws provider_failed */
function refuseEmpty(pieces: readonly Piece[], provider: string, call: Call): void {
  const fold = new Fold()
  for (const { deltas } of pieces) for (const delta of deltas ?? []) fold.take(delta)
  const reply = fold.reply()
  const wrong = fold.finished
    ? emptiness(reply, call)
    : 'it ended the stream before it said anything'
  if (wrong !== null) throw providerFailed(provider, wrong)
}

/**
 * What is wrong with an answer in which nothing is said; null when nothing is. A model may have nothing to
 * add, and one that met a stop sequence at once, was cut, filtered or refused had its reason. But who ends
 * by itself and did not even count a token of output has not answered, whatever the end is called: another
 * model may.
 */
function emptiness({ choices, measured }: ChatReply, call: Call): string | null {
  return choices.length === 0 || choices.some(isShowing) ? null : emptyBy(choices, measured, call)
}

function isShowing({ parts }: Choice): boolean {
  return parts.some(isShown)
}

function isShown(part: ReplyPart): boolean {
  return !isBlank(part)
}

function emptyBy(choices: readonly Choice[], measured: Measured | null, call: Call): string | null {
  const failed = choices.find(({ ending }) => ending?.finish === 'error')
  if (failed !== undefined)
    return `it ended its answer with ${failed.ending?.word ?? 'an error'} before it said anything`
  const counted = measured === null ? 0 : completionTokens(measured.usage)
  const isEmpty = choices.every(
    ({ ending }) => ending !== null && saysMore.has(ending.finish) && !mayHaveMetStop(ending, call),
  )
  return isEmpty && counted === 0 ? 'it ended its answer without saying anything' : null
}

/** Ends behind which there should be an answer. */
const saysMore: ReadonlySet<Finish> = new Set<Finish>(['stop', 'tools'])

/** Words that say that a stop sequence was met, of Anthropic, Bedrock, Cohere and TGI. */
const metStop: ReadonlySet<string> = new Set(['stop_sequence', 'STOP_SEQUENCE'])
/** What the same ones say of a model that ended by itself; Responses has no stop sequences. */
const endedItself: ReadonlySet<string> = new Set(['end_turn', 'COMPLETE', 'eos_token', 'completed'])

/** All others have one word for both ends: then it is enough that the call has stop sequences. */
function mayHaveMetStop({ finish, word, stopSequence }: Ending, call: Call): boolean {
  if (finish !== 'stop') return false
  if (stopSequence !== null || (word !== null && metStop.has(word))) return true
  return (word === null || !endedItself.has(word)) && (chatOf(call)?.stop ?? []).length > 0
}

function isBlank(part: ReplyPart): boolean {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === ''
    case 'reasoning':
      return part.text === '' && part.signature === null && part.sealed === null
    default:
      return false
  }
}

/** A stream that nobody asked for, as the whole answer it amounts to. */
async function foldWhole(source: EventSource, attempt: Attempt, door: Door): Promise<WholeAnswer> {
  const fold = new Fold()
  const said: Piece[] = []
  try {
    for (let pieces = await source.next(); pieces !== null; pieces = await source.next()) {
      said.push(...pieces)
      for (const { deltas } of pieces) for (const delta of deltas ?? []) fold.take(delta)
      if (source.ended) break
    }
    if (!fold.finished) throw providerFailed(attempt.stop.provider.id, 'it broke off its answer')
  } catch (error) {
    const isAmid = error instanceof SourceFault
    if (isAmid) said.push(...error.before)
    const fault = (isAmid ? error.fault : error) as Error
    throw said.some(saysSomething) ? new SourceFault(said, fault) : fault
  } finally {
    source.exchange.cancel()
  }
  return { kind: 'whole', attempt, door, reply: fold.reply(), text: null }
}
