import type { Call } from '../../core/call.ts'
import type { Departure } from '../../core/departure.ts'
import type { GatewayError } from '../../core/errors.ts'
import { add, nothing } from '../../core/money.ts'
import type { Intent } from '../../core/record.ts'
import type { Secret } from '../../core/secret.ts'
import type { Quirks, Target, WrittenCall } from '../../dialects/dialect.ts'
import type { Door } from '../../providers/provider.ts'
import type { Exchange } from '../upstream/upstream.ts'
import { admitAttempt, type PricedStop } from './admit.ts'
import type { Answer } from './answer.ts'
import { type Attempt, credentialName, type Outcome } from './attempt.ts'
import { callFacts } from './call-facts.ts'
import { closeAttempt } from './close.ts'
import { asOurs, brokenState, endStateOf } from './faults.ts'
import { writtenWithMedia } from './fetch-media.ts'
import { keyFor, keyNamed, noteRoom } from './key-for.ts'
import { inAskedMode } from './mode.ts'
import type { Parts } from './parts.ts'
import { recallTurns } from './past-turns.ts'
import { comesAsText, receive, receiveText, wholeText } from './receive.ts'
import { doorFor, headersFor, limitsFor, urlOf } from './request.ts'
import { modelName, placeName } from './place-name.ts'
import { LeftAlone } from './resting.ts'
import type { GpuStay } from './gpu-meter.ts'
import { replyIn, SourceFault } from './source.ts'
import { refuseDrops } from './strict.ts'
import { conversationFor, type Trip } from './trip.ts'
import { untilTurn } from './turn.ts'

/** The call as it is asked, and a word for each thing that is done otherwise. */
interface Asked {
  readonly call: Call
  readonly words: readonly string[]
}

/** Whether the call may go by when others have begun to find out what is wrong with a stop. */
interface Leaving {
  mayLeave(): boolean
}

const noWords: readonly string[] = []

/**
 * One exchange with a provider: intent on disk, request, answer up to its first content. When it fails
 * its row is on the ledger.
 * @param asked  null: the call as it came
 * @param leaving  null: it may not
 * @throws what the provider says; parameters_dropped, unsupported_content, LeftAlone before anything is sent
 */
export async function attemptAt(
  stop: PricedStop,
  role: Attempt['role'],
  trip: Trip,
  asked: Asked | null,
  parts: Parts,
  departure: Departure,
  leaving: Leaving | null = null,
): Promise<Answer> {
  const { provider, model, found } = stop
  const call = asked?.call ?? trip.call
  const door = doorFor(provider, trip.call, model)
  const target = targetOf(stop, door, trip)
  const recalling = recallTurns(trip, call, stop, door, target, parts)
  const recall = recalling === null ? null : await recalling
  const aim = recall === null ? target : { ...target, recall }
  const inMode = stop.mode === undefined ? call : inAskedMode(call, stop.mode)
  const writing = writtenWithMedia(inMode, door.dialect, aim, trip, departure)
  const written = writing instanceof Promise ? await writing : writing
  const adapted = adaptedIn(asked?.words ?? noWords, trip.call, door, written)
  refuseDrops(trip, modelName(provider, model), adapted)
  const { keys } = provider
  const credential = keys.length > 1 ? credentialAmong(stop, trip, parts) : (keys[0] ?? null)
  const name = placeName(stop)
  const credentialed = credentialName(provider.id, credential)
  // Pictures and sound are streamed too, and take longer than words.
  const limits = limitsFor(call.stream && call.operation === 'chat', provider, model, trip.task)
  if (!parts.health.rates.isClear)
    await untilTurn(trip, { name, credentialed, limits }, parts, departure)
  // Nothing is waited for from here to `begins`.
  if (leaving !== null && parts.health.restMs(name, credentialed) > 0 && leaving.mayLeave())
    throw new LeftAlone()
  const stay = found?.model.machine ? parts.gpus.enter(modelName(provider, model)) : null
  const { hold, rates } =
    stay === null ? admitAttempt(trip, stop, parts) : admitOn(stay, trip, stop, parts)
  const startedUs = parts.clock.elapsedUs()
  trip.attempts += 1
  const attempt: Attempt = {
    number: trip.attempts,
    role,
    stop,
    at: parts.clock.now(),
    startedUs,
    queueUs: startedUs - trip.arrivedUs,
    credential,
    reason: stop.reason,
    adapted: adapted.length === 0 ? null : adapted.join(', '),
    stay,
    hold,
    rates,
    unsent: false,
    status: null,
    connectUs: null,
    firstByteUs: null,
    firstContentUs: null,
    closed: false,
  }
  let isWaiting = false
  let exchange: Exchange | null = null
  let answeredUs: number | null = null
  trip.underWay = add(trip.underWay, stop.ceiling ?? nothing)
  if (role !== 'retry') parts.retryBudget.earn(provider.id, startedUs)
  parts.health.begins(name, credentialed)
  try {
    parts.ledger.intend(intentOf(trip, attempt))
    await parts.ledger.flushed()
    const address = urlOf(provider, door, model, call.stream, parts)
    const url = typeof address === 'string' ? address : await address
    const headers = headersFor(trip, provider, door, written, url, credential, attempt.at)
    isWaiting = true
    trip.waiting.begin(parts.clock.elapsedUs())
    exchange = await parts.upstream.open({
      provider: provider.id,
      url,
      headers,
      body: written.encoded?.bytes ?? written.text,
      limits,
      departure,
      note: attempt,
    })
    attempt.status = exchange.status
    attempt.connectUs = exchange.connectUs
    attempt.firstByteUs = parts.clock.elapsedUs() - startedUs
    if (keys.length > 1 || !parts.health.rates.isClear)
      noteRoom(exchange.headers, name, credentialed, parts)
    const received = comesAsText(exchange, door, call)
      ? receiveText(
          exchange.takeWhole() ?? (await wholeText(exchange)),
          exchange,
          attempt,
          door,
          trip.id,
          call,
          parts.clock,
        )
      : receive(exchange, attempt, door, { id: trip.id, call }, parts)
    const answer = received instanceof Promise ? await received : received
    answeredUs = parts.clock.elapsedUs()
    if (answer.kind === 'stream' || answer.kind === 'bytes')
      parts.health.began(name, credentialed, answeredUs)
    else parts.health.succeeded(name, credentialed, answeredUs)
    if (call.stream && attempt.firstContentUs !== null)
      parts.latencies.observe(name, attempt.firstContentUs)
    return answer
  } catch (thrown) {
    exchange?.cancel() // what is still to come is nobody's
    const fault = thrown instanceof SourceFault ? thrown.fault : thrown
    const error = departure.reason ?? asOurs(fault, attempt, parts.clock)
    // It took so long at least. Were that forgotten, what is usual would become what is quick.
    if (error.code === 'hedge_lost' && role !== 'hedge' && call.stream)
      parts.latencies.observe(name, parts.clock.elapsedUs() - startedUs)
    parts.health.failed(name, credentialed, error, keys.length > 1, startedUs)
    closeAttempt(trip, attempt, failedBy(thrown, error), parts)
    throw error
  } finally {
    if (isWaiting) trip.waiting.end(answeredUs ?? parts.clock.elapsedUs())
  }
}

/** What is paid for of an answer that nobody can use. */
function failedBy(thrown: unknown, error: GatewayError): Outcome {
  if (!(thrown instanceof SourceFault)) return { endState: endStateOf(error), reply: null, error }
  const reply = thrown.before.length === 0 ? null : replyIn(thrown.before)
  return { endState: brokenState(thrown.fault, error), reply, error }
}

/** The same on a machine of one's own: whoever is not admitted does not stay there. */
function admitOn(stay: GpuStay, trip: Trip, stop: PricedStop, parts: Parts) {
  try {
    return admitAttempt(trip, stop, parts)
  } catch (error) {
    parts.gpus.leave(stay)
    throw error
  }
}

function targetOf({ model, found }: PricedStop, door: Door, { task }: Trip): Target {
  const { quirks = noQuirks } = door
  const outputMax = found?.model.outputMax ?? null
  // Whoever names a model has chosen it, and its provider judges what it can write.
  if (task === null || outputMax === null) return { model, quirks, outputMax }
  return { model, quirks, outputMax, answerMax: outputMax }
}

const noQuirks: Quirks = {}

function adaptedIn(
  words: readonly string[],
  call: Call,
  door: Door,
  { adapted }: WrittenCall,
): readonly string[] {
  const reworded = door.dialect.id === call.dialect ? noWords : (call.reworded ?? noWords)
  return words.length + reworded.length === 0 ? adapted : [...words, ...reworded, ...adapted]
}

/** Which of the provider's keys a call is asked with, where there are several. */
function credentialAmong(stop: PricedStop, trip: Trip, parts: Parts): Secret {
  const { keys } = stop.provider
  const pinnedTo = trip.pinnedTo?.credential ?? null
  const pinned = pinnedTo === null ? -1 : keyNamed(pinnedTo, keys)
  if (pinned !== -1) return keys[pinned]! // no other account has the conversation
  // A cache of prompts belongs to the account whose key it was.
  const conversation = conversationFor(trip)
  const holder = conversation && parts.affinity.holderOf(conversation)
  // Ids end in random digits: calls spread over the keys without anything to remember.
  const spread = Number.parseInt(trip.id.slice(-4), 16)
  return keyFor(stop, holder?.credential ?? null, spread, parts)
}

function intentOf(trip: Trip, { number, at, role, stop }: Attempt): Intent {
  return {
    ...callFacts(trip),
    attempt: number,
    at,
    provider: stop.provider.id,
    model: stop.model,
    role,
    ceiling: stop.ceiling,
  }
}
