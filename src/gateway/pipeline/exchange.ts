import type { Call } from '../../core/call.ts'
import type { Departure } from '../../core/departure.ts'
import type { Intent } from '../../core/record.ts'
import type { Secret } from '../../core/secret.ts'
import type { Target, WrittenCall } from '../../dialects/dialect.ts'
import type { Door } from '../../providers/provider.ts'
import { admitAttempt, type PricedStop } from './admit.ts'
import type { Answer } from './answer.ts'
import { type Attempt, credentialName } from './attempt.ts'
import { closeAttempt } from './close.ts'
import { asOurs, endStateOf } from './faults.ts'
import type { Parts } from './parts.ts'
import { recallTurns } from './past-turns.ts'
import { receive } from './receive.ts'
import { doorFor, headersFor, limitsFor, signed, urlOf } from './request.ts'
import { refuseDrops } from './strict.ts'
import { conversationFor, type Trip } from './trip.ts'

/** The call as it is asked, and a word for each thing that is done otherwise. */
interface Asked {
  readonly call: Call
  readonly words: readonly string[]
}

/**
 * One exchange with a provider: intent on disk, request, answer up to its first content. When it fails
 * its row is on the ledger.
 * @throws what the provider says; parameters_dropped, unsupported_content before anything is sent
 */
export async function attemptAt(
  stop: PricedStop,
  role: Attempt['role'],
  trip: Trip,
  { call, words }: Asked,
  parts: Parts,
  departure: Departure,
): Promise<Answer> {
  const { provider, model, found } = stop
  const door = doorFor(provider, trip.call, model)
  const outputMax = found?.model.outputMax ?? null
  const target: Target = {
    model,
    quirks: door.quirks ?? {},
    outputMax,
    // Whoever names a model has chosen it, and its provider judges what it can write.
    ...(trip.task !== null && outputMax !== null ? { answerMax: outputMax } : {}),
  }
  const recalling = recallTurns(trip, call, stop, door, target, parts)
  const recall = recalling === null ? null : await recalling
  const written = door.dialect.writeCall(call, recall === null ? target : { ...target, recall })
  const adapted = [...words, ...adaptedIn(trip.call, door, written)]
  refuseDrops(trip, `${provider.id}/${model}`, adapted)
  const { hold, rates } = admitAttempt(trip, stop, parts)
  const credential = credentialFor(provider.id, provider.keys, trip, parts)
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
    adapted: adapted.join(', ') || null,
    stay: found?.model.machine ? parts.gpus.enter(`${provider.id}/${model}`) : null,
    hold,
    rates,
    status: null,
    connectUs: null,
    firstByteUs: null,
    firstContentUs: null,
    closed: false,
  }
  let waitingSinceUs: number | null = null
  try {
    parts.ledger.intend(intentOf(trip, attempt))
    await parts.ledger.flushed()
    const url = await urlOf(provider, door, model, call.stream, parts)
    const headers = headersFor(trip, provider, door, written)
    const body = written.encoded?.bytes ?? written.text
    waitingSinceUs = parts.clock.elapsedUs()
    const exchange = await parts.upstream.open({
      provider: provider.id,
      url,
      headers: signed(
        { url, headers, body, at: attempt.at },
        door.sign ?? provider.facts.sign,
        credential,
      ),
      body,
      // Pictures and sound are streamed too, and take longer than words.
      limits: limitsFor(call.stream && call.operation === 'chat', provider, trip.task),
      departure,
    })
    attempt.status = exchange.status
    attempt.connectUs = exchange.connectUs
    attempt.firstByteUs = parts.clock.elapsedUs() - startedUs
    const answer = await receive(exchange, attempt, door, { id: trip.id, call }, parts)
    parts.health.succeeded(`${provider.id}/${model}`, credentialName(provider.id, credential))
    return answer
  } catch (thrown) {
    const error = departure.reason ?? asOurs(thrown, attempt, parts.clock)
    parts.health.failed(`${provider.id}/${model}`, credentialName(provider.id, credential), error)
    closeAttempt(trip, attempt, { endState: endStateOf(error), reply: null, error }, parts)
    throw error
  } finally {
    if (waitingSinceUs !== null) trip.waitedUs += parts.clock.elapsedUs() - waitingSinceUs
  }
}

function adaptedIn(call: Call, door: Door, { adapted }: WrittenCall): readonly string[] {
  const reworded = door.dialect.id === call.dialect ? [] : (call.reworded ?? [])
  return [...reworded, ...adapted]
}

/** The next credential that need not rest; the one that rests the shortest when all do. */
function credentialFor(
  provider: string,
  keys: readonly Secret[],
  trip: Trip,
  { health, affinity }: Parts,
): Secret | null {
  if (keys.length <= 1) return keys[0] ?? null
  // A cache of prompts belongs to the account whose key it was, and so does a kept conversation.
  const conversation = conversationFor(trip)
  const holder = conversation && affinity.holderOf(conversation)
  // Ids end in random digits: calls spread over the keys without anything to remember.
  const wanted = trip.pinnedTo?.credential ?? holder?.credential
  const held = keys.findIndex((key) => key.fingerprint() === wanted)
  const from = held >= 0 ? held : Number.parseInt(trip.id.slice(-4), 16) % keys.length
  const turned = [...keys.slice(from), ...keys.slice(0, from)]
  const rest = (key: Secret): number => health.waitMs(credentialName(provider, key))
  return (
    turned.find((key) => rest(key) === 0) ??
    turned.toSorted((left, right) => rest(left) - rest(right))[0]!
  )
}

function intentOf(trip: Trip, attempt: Attempt): Intent {
  const { key, attribution, call, task, snapshot } = trip
  return {
    callId: trip.id,
    attempt: attempt.number,
    at: attempt.at,
    keyId: key.id,
    env: key.env,
    customer: attribution.customer,
    feature: attribution.feature,
    session: attribution.session,
    operation: call.operation,
    dialect: call.dialect,
    modelAsked: call.model,
    task: task?.name ?? null,
    provider: attempt.stop.provider.id,
    model: attempt.stop.model,
    role: attempt.role,
    stream: call.stream,
    configHash: snapshot.hash,
    ceiling: attempt.stop.ceiling,
  }
}
