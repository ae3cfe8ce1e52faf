import type { Departure } from '../../core/departure.ts'
import { GatewayError } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { ChatReply } from '../../core/reply.ts'
import { emulationOf } from '../emulate/emulation.ts'
import type { PricedStop } from './admit.ts'
import type { Answer, StreamedAnswer, UnfoldedAnswer } from './answer.ts'
import type { Attempt } from './attempt.ts'
import { attemptAt } from './exchange.ts'
import { inOrder } from './in-order.ts'
import type { Parts } from './parts.ts'
import { doorFor } from './request.ts'
import { restMs } from './resting.ts'
import { resumedCall, unfinished } from './resume-call.ts'
import type { Trip } from './trip.ts'

/** An answer that broke off after some of it was shown. */
export interface Broken {
  readonly attempt: Attempt
  readonly reply: ChatReply
  readonly error: GatewayError
}

/** What comes behind the seam. */
export interface Resumed {
  readonly answer: StreamedAnswer | UnfoldedAnswer
  /** White space at the end of what was said, which the next model was not told of. */
  readonly space: string
}

/** Null: nobody goes on from it. Never rejects. */
export type GoOn = (broken: Broken) => Promise<Resumed | null>

/** Whether answers of this call may be gone on from. */
export function mayResume({ task, call, dialect }: Trip): boolean {
  return (
    task?.resume === 'continue' &&
    call.stream &&
    call.operation === 'chat' &&
    call.n === 1 &&
    dialect.startWriting !== null
  )
}

/** How a call is gone on from, where it may be. */
export function goOnFor(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): GoOn {
  return mayResume(trip) ? goingOn(trip, stops, parts, departure) : nobody
}

const nobody: GoOn = () => Promise.resolve(null)

function goingOn(
  trip: Trip,
  stops: readonly PricedStop[],
  parts: Parts,
  departure: Departure,
): GoOn {
  return (broken) => resumed(trip, stops, broken, parts, departure)
}

/**
 * Asks the next model of the plan to go on from what was said. One is asked, and once: what was shown
 * is half an answer already, and each voice more makes it less of one.
 */
async function resumed(
  trip: Trip,
  stops: readonly PricedStop[],
  { attempt, reply, error }: Broken,
  parts: Parts,
  departure: Departure,
): Promise<Resumed | null> {
  if (!mayResume(trip) || departure.reason !== null || !isBreak(error)) return null
  const said = unfinished(trip.call, reply)
  const stop = inOrder(stops, trip.task, parts).find(
    (each) =>
      !isSame(each, attempt.stop) && restMs(each, parts.health) === 0 && mayTake(trip, each),
  )
  if (said === null || stop === undefined) return null
  const { dialect, quirks = {} } = doorFor(stop.provider, trip.call, stop.model)
  const asked = resumedCall(trip.call, said, dialect, { model: stop.model, quirks })
  if (asked === null) return null
  const reason = `goes on where ${attempt.stop.provider.id}/${attempt.stop.model} broke off: ${error.code}`
  try {
    const answer = await attemptAt(
      { ...stop, reason },
      'resume',
      trip,
      { call: asked.call, words: [asked.word] },
      parts,
      departure,
    )
    const space = said.slice(said.trimEnd().length)
    return { answer: streamed(answer), space }
  } catch (thrown) {
    if (thrown instanceof GatewayError) return null // its row is on the ledger
    throw thrown
  }
}

/** A vendor may answer a call for a stream in any of three ways. */
function streamed(answer: Answer): Resumed['answer'] {
  if (answer.kind === 'stream' || answer.kind === 'unfolded') return answer
  const { attempt, door } = answer
  const isChat = answer.kind === 'whole' && answer.reply.operation === 'chat'
  const deltas = isChat ? deltasOf(answer.reply as ChatReply) : []
  return { kind: 'unfolded', attempt, door, deltas }
}

/** What another model can mend: not what was refused, what ran out of money, or a gateway that stops. */
function isBreak({ again, code }: GatewayError): boolean {
  return again === 'here' || (again === 'elsewhere' && code !== 'context_too_long')
}

function isSame(one: PricedStop, { provider, model }: PricedStop): boolean {
  return one.provider === provider && one.model === model
}

/** Whoever is asked in another way than by one exchange answers whole, and begins anew. */
function mayTake({ call, pinnedTo }: Trip, { provider, model }: PricedStop): boolean {
  if (pinnedTo !== null && pinnedTo.provider !== provider.id) return false
  const { dialect, quirks = {} } = doorFor(provider, call, model)
  return emulationOf(call, dialect, quirks, model) === null
}
