import { Departure } from '../../core/departure.ts'
import { GatewayError } from '../../core/errors.ts'
import { readJsonObject } from '../../core/json.ts'
import { add } from '../../core/money.ts'
import type { Vector } from '../../core/reply.ts'
import { openaiEmbeddings } from '../../dialects/openai-embeddings/index.ts'
import { quantised, textToEmbed } from '../../routing/calibrated/neighbours.ts'
import { priced, type PricedStop } from './admit.ts'
import { closeAttempt } from './close.ts'
import type { Course } from './course.ts'
import { embedderFor } from './embedder-for.ts'
import { attemptAt } from './exchange.ts'
import type { Parts } from './parts.ts'
import { restMs } from './resting.ts'
import type { Task } from './snapshot.ts'
import { Trip } from './trip.ts'

/** Whoever takes longer to embed a prompt loses more than a cheap answer saves. */
const waitMs = 300

/**
 * Where a policy goes by the prompts most like this one, asks for the embedding and decides: after the call was let
 * in, so that nobody without budget has it paid. Without an embedding the strong model is asked, as was planned.
 * @throws caller_left, ledger_unavailable
 */
export function decided(
  trip: Trip,
  admitted: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): readonly PricedStop[] | Promise<readonly PricedStop[]> {
  const { course } = trip
  if (course?.undecided === undefined) return admitted
  return decideBy(course, course.undecided, trip, admitted, parts, departure)
}

async function decideBy(
  course: Course,
  { model, decide }: NonNullable<Course['undecided']>,
  trip: Trip,
  admitted: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): Promise<readonly PricedStop[]> {
  const vector = await vectorFrom(model, course.prompt, trip, parts, departure)
  const { plan, course: taken } = decide(vector)
  trip.course = taken
  const placed = plan.flatMap(({ candidate, reason }) => {
    const stop = admitted.find(
      (each) => each.provider.id === candidate.provider && each.model === candidate.model,
    )
    return stop === undefined ? [] : [{ ...stop, reason }]
  })
  const others = admitted.filter(
    ({ provider, model: name }) =>
      !placed.some((each) => each.provider === provider && each.model === name),
  )
  return [...placed, ...others]
}

/** Null when it is not there in time, for whatever reason: the ledger has it. */
async function vectorFrom(
  name: string,
  prompt: string,
  trip: Trip,
  parts: Parts,
  departure: Departure,
): Promise<Int8Array | null> {
  const { task, snapshot } = trip
  const embedder = task && embedderFor(name, task, snapshot)
  if (task === null || embedder === null) return null
  const own = ownTrip(trip, task, name, prompt, parts)
  const reason = 'embedding of the prompt, for the policy'
  const [stop] = priced([{ ...embedder, reason }], own)
  // What has no price was no part of the saving that was proven.
  if (stop === undefined || stop.ceiling === null || restMs(stop, parts.health) > 0) return null
  trip.waiting.begin(parts.clock.elapsedUs())
  try {
    const answer = await attemptAt(stop, 'cascade_step', own, null, parts, departure)
    if (answer.kind !== 'whole') return null // only streams and sound come otherwise
    const { attempt, reply } = answer
    closeAttempt(own, attempt, { endState: 'complete', reply, error: null }, parts)
    const [vector] = reply.operation === 'embed' ? reply.vectors : []
    return vector === undefined ? null : quantised(numbersOf(vector))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    if (departure.reason !== null || error.code === 'ledger_unavailable') throw error
    return null
  } finally {
    trip.waiting.end(parts.clock.elapsedUs())
    trip.attempts = own.attempts
    trip.cost = add(trip.cost, own.cost)
    trip.costUnknown ||= own.costUnknown
  }
}

/** Part of the same call, held by the same budgets, and with a clock of its own. */
function ownTrip(trip: Trip, task: Task, name: string, prompt: string, parts: Parts): Trip {
  const body = { model: name, input: textToEmbed(prompt), encoding_format: 'float' }
  const call = openaiEmbeddings.readCall(readJsonObject(JSON.stringify(body)))
  const own = new Trip(
    {
      id: trip.id,
      dialect: openaiEmbeddings,
      credential: null,
      header: trip.header,
      readCall: () => Promise.resolve(call),
      departure: new Departure(),
      arrivedUs: trip.arrivedUs,
      ended: () => {},
    },
    trip.key,
    call,
    trip.attribution,
    trip.snapshot,
    parts.clock,
  )
  own.task = { ...task, timeouts: { ...task.timeouts, total: waitMs } }
  own.hold = trip.hold
  own.attempts = trip.attempts
  return own
}

function numbersOf(vector: Vector): readonly number[] {
  if (typeof vector !== 'string') return vector
  const bytes = new Uint8Array(Buffer.from(vector, 'base64'))
  return bytes.length % 4 === 0 ? [...new Float32Array(bytes.buffer)] : []
}
