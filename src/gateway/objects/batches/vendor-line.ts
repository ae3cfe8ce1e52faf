import type { Instant } from '../../../core/clock.ts'
import { internalFault } from '../../../core/errors.ts'
import { Departure } from '../../../core/departure.ts'
import type { CallId } from '../../../core/ids.ts'
import { type Money, nothing } from '../../../core/money.ts'
import type { Secret } from '../../../core/secret.ts'
import type { Reply } from '../../../core/reply.ts'
import { emulationOf } from '../../emulate/emulation.ts'
import { type Hold, isRefusal } from '../../limits/budgets.ts'
import { budgetsAt, type PricedStop } from '../../pipeline/admit.ts'
import type { Attempt } from '../../pipeline/attempt.ts'
import { attribute } from '../../pipeline/attribute.ts'
import { ceiling } from '../../pipeline/ceiling.ts'
import { closeAttempt, closeTrip } from '../../pipeline/close.ts'
import { asOurs, endStateOf, refusal } from '../../pipeline/faults.ts'
import { holdsIn } from '../../pipeline/later-budgets.ts'
import { likelyCost } from '../../pipeline/likely-cost.ts'
import { batchMode, inBatch } from '../../pipeline/mode.ts'
import type { Parts } from '../../pipeline/parts.ts'
import { doorFor } from '../../pipeline/request.ts'
import { type Route, route, type Stop } from '../../pipeline/route.ts'
import type { LiveProvider } from '../../pipeline/snapshot.ts'
import { refuseDrops } from '../../pipeline/strict.ts'
import { Trip } from '../../pipeline/trip.ts'
import { withFilesResolved } from '../references.ts'
import type { LineAnswer, LineAsk } from './ask-line.ts'
import { batchPath } from './batches-of.ts'

/** A line as a vendor's own batch takes it. */
export interface VendorLine {
  readonly provider: LiveProvider
  readonly model: string
  /** Where the vendor's batch asks: its own word for the path. */
  readonly path: string
  /** The request's body, on one line. */
  readonly body: string
  /** What was set aside for it. */
  readonly hold: Hold
}

type Line = Omit<LineAsk, 'departure'>

/**
 * The line for the vendor whose batch answers it for less than any live call would; null where none does, or
 * where more is to be done with it than to answer it.
 * @param liveAt  when it would be asked live: at the cheapest hour before its deadline
 */
export async function vendorLine(
  line: Line,
  id: CallId,
  liveAt: Instant,
  parts: Parts,
): Promise<VendorLine | null> {
  let trip: Trip
  let way: Route
  try {
    trip = await tripOf(line, id, parts)
    way = route(trip, parts)
  } catch {
    return null // asked live it is told what is wrong
  }
  const { call, snapshot } = trip
  const { task, stops, course } = way
  trip.task = task
  if (course !== null || (task?.cache ?? null) !== null) return null
  if (call.heldBy !== undefined || (call.follows ?? null) !== null) return null
  const among = task?.policy === 'cheapest' ? stops : stops.slice(0, 1)
  const cost = ({ provider, model }: Stop, at: Instant, mode: string | null): Money | null => {
    const candidate = { provider: provider.id, model, weight: 1 }
    return likelyCost(call, candidate, snapshot, at, parts.tokenRatios, { mode })
  }
  const offers = among
    .flatMap((stop) => {
      const price = offersBatch(stop, trip) ? cost(stop, trip.at, batchMode) : null
      return price === null ? [] : [{ stop, price }]
    })
    .toSorted((left, right) => (left.price < right.price ? -1 : Number(left.price > right.price)))
  const [best] = offers
  const [first] = stops
  if (best === undefined || first === undefined) return null
  const live = cost(first, liveAt, null)
  if (live !== null && live <= best.price) return null
  return written(trip, best.stop, parts)
}

function offersBatch({ provider, model }: Stop, trip: Trip): boolean {
  const { call, at } = trip
  const { dialect, quirks = {} } = doorFor(provider, call, model)
  if (batchPath(provider, dialect) === null) return false
  // What is on its card for batches, and nothing that stands in for it.
  const found = inBatch(trip, { provider: provider.id, model }, at)
  if ((found?.segment ?? null) === null) return false
  return emulationOf(call, dialect, quirks, model) === null
}

function written(
  trip: Trip,
  { provider, model }: Stop,
  { budgets }: Pick<Parts, 'budgets'>,
): VendorLine | null {
  const { call, at } = trip
  const worst = ceiling(call, inBatch(trip, { provider: provider.id, model }, at), at)
  if (worst === null) return null
  try {
    const { dialect } = doorFor(provider, call, model)
    const { text, encoded, adapted } = writtenFor(trip, provider, model)
    if (encoded !== undefined) return null
    refuseDrops(trip, `${provider.id}/${model}`, adapted)
    const hold = budgets.hold(budgetsAt(trip, provider), worst, at)
    if (isRefusal(hold)) return null
    const body = text.replaceAll(/[\r\n]+/g, ' ')
    return { provider, model, path: batchPath(provider, dialect)!, body, hold }
  } catch {
    return null
  }
}

/** @throws GatewayError where the provider's dialect cannot say it, or wants what only a live call brings along */
function writtenFor({ call, task, snapshot, at }: Trip, provider: LiveProvider, model: string) {
  const { dialect, quirks = {} } = doorFor(provider, call, model)
  const outputMax = snapshot.catalog.find(provider.id, model, at)?.model.outputMax ?? null
  const bounded = task !== null && outputMax !== null ? { answerMax: outputMax } : {}
  const target = { model, quirks, outputMax, ...bounded }
  if ((dialect.turnsWant?.(call, target) ?? null) !== null) throw internalFault()
  return dialect.writeCall(call, target)
}

/** A line's answer out of a vendor's batch. */
export interface VendorAnswer {
  readonly provider: LiveProvider
  readonly model: string
  readonly credential: Secret | null
  /** When it was given away. */
  readonly at: Instant
  readonly status: number
  /** JSON. */
  readonly text: string
  /** Null after a restart: then what it cost is counted, and nothing is given back. */
  readonly hold: Hold | null
}

/**
 * Books a line that a vendor's batch answered: its row, at the batch's price, as of the moment in which it was
 * given away. The row of an id is written once, so that whoever comes here again after a crash books nothing twice.
 */
export async function bookVendorLine(
  line: Line,
  id: CallId,
  answer: VendorAnswer,
  parts: Parts,
): Promise<LineAnswer> {
  const { provider, model, credential, at, status, text, hold } = answer
  const trip = await tripOf(line, id, parts)
  const { call, snapshot } = trip
  trip.task = snapshot.tasks.get(call.model) ?? null
  trip.baseline = baselineOf(trip, parts)
  trip.attempts = 1
  const stop: PricedStop = {
    provider,
    model,
    mode: batchMode,
    reason: `a batch of ${provider.id}, which has until the deadline`,
    found: inBatch(trip, { provider: provider.id, model }, at),
    ceiling: null,
  }
  const nowUs = parts.clock.elapsedUs()
  const attempt: Attempt = {
    number: 1,
    role: 'served',
    stop,
    at,
    startedUs: nowUs,
    queueUs: 0,
    credential,
    reason: stop.reason,
    adapted: adaptedFor(trip, provider, model),
    isBatched: true,
    stay: null,
    hold,
    rates: null,
    unsent: false,
    status,
    connectUs: null,
    firstByteUs: null,
    firstContentUs: null,
    closed: false,
  }
  const { dialect, quirks = {} } = doorFor(provider, call, model)
  let reply: Reply
  try {
    if (status < 200 || status >= 300) {
      const headers = { get: () => null }
      throw refusal(attempt, dialect.readError(text), { status, headers }, parts.clock)
    }
    reply = dialect.readReply(text, quirks)
  } catch (thrown) {
    const error = asOurs(thrown, attempt, parts.clock)
    closeAttempt(trip, attempt, { endState: endStateOf(error), reply: null, error }, parts)
    closeTrip(trip, null, parts)
    const said = trip.dialect.writeError(error, id)
    return { requestId: id, status: error.status, text: said, error }
  }
  closeAttempt(trip, attempt, { endState: 'complete', reply, error: null }, parts)
  // After a restart all of them; else those that were put on while the line lay at the vendor.
  const scoped = budgetsAt(trip, provider).filter((budget) => !holdsIn(hold, budget))
  parts.budgets.charge(scoped, trip.costUnknown ? nothing : trip.cost, parts.clock.now())
  const stamp = {
    callId: id,
    nowS: Math.floor(parts.clock.now() / 1_000_000),
    model: `${provider.id}/${model}`,
  }
  const said = dialect.id === trip.dialect.id ? text : trip.dialect.writeReply(reply, call, stamp)
  closeTrip(trip, { attempt: 1, text: () => said }, parts)
  return { requestId: id, status: 200, text: said, error: null }
}

function adaptedFor(trip: Trip, provider: LiveProvider, model: string): string | null {
  try {
    return writtenFor(trip, provider, model).adapted.join(', ') || null
  } catch {
    return null // it was written when it was given away, and the configuration has changed since
  }
}

/** What would have been asked when the batch was made. */
function baselineOf(trip: Trip, parts: Parts): Trip['baseline'] {
  try {
    return route(trip, parts).baseline
  } catch {
    return null // the configuration may know nobody for it any more
  }
}

async function tripOf(
  { dialect, body, key, header, wantedAt }: Line,
  id: CallId,
  parts: Parts,
): Promise<Trip> {
  const call = await withFilesResolved(body, key, parts, (each) => dialect.readCall(each))
  const incoming = {
    id,
    dialect,
    credential: null,
    key,
    urgency: 'batch',
    header,
    readCall: () => Promise.resolve(call),
    departure: new Departure(),
    arrivedUs: parts.clock.elapsedUs(),
    ended: () => {},
    ...(wantedAt === undefined ? {} : { wantedAt }),
  } as const
  return new Trip(incoming, key, call, attribute(call, header), parts.snapshot(), parts.clock)
}
