import type { Operation } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import type { Departure } from '../../core/departure.ts'
import type { Money } from '../../core/money.ts'
import type { Finish, Reply } from '../../core/reply.ts'
import { forCustomer } from './attribute.ts'
import { landed } from './cache-flights.ts'
import { fingerprint, Print } from './fingerprint.ts'
import { giveAgain, keepingFor, wordsOf } from './give-again.ts'
import type { Finished, KeptAnswer } from './keeping.ts'
import type { Parts } from './parts.ts'
import { type Relayed, streamType } from './relayed.ts'
import type { Stop } from './route.ts'
import type { TaskCache } from './snapshot.ts'
import { isStrict } from './strict.ts'
import type { Trip } from './trip.ts'

/**
 * Answers of tasks that ask for it are kept, and given again to a call that asks exactly the same. See
 * decision 0015.
 */

const kind = 'answer'

/** Sound and pictures are large, and made to differ; a count costs nothing. */
const cacheable = {
  chat: true,
  embed: true,
  rerank: true,
  moderate: true,
  image: false,
  speech: false,
  transcribe: false,
  count: false,
} as const satisfies Record<Operation, boolean>

/** A call of a tool is a whole answer. One that was cut, filtered or refused may come out otherwise. */
const whole = {
  stop: true,
  tools: true,
  length: false,
  filter: false,
  refusal: false,
  pause: false,
  error: false,
} as const satisfies Record<Finish, boolean>

/** Say for whom a call is and where its prompt is cached; none of them changes what is answered. */
const aside: ReadonlySet<string> = new Set([
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
])

/**
 * The answer that was kept for such a call of the model that is to be asked first. Without one the
 * answer of this call is kept, for the model that gives it: the answer of a stand-in is never taken for
 * one of the model that it stood in for. Of calls that ask the same at once one is made, and the others
 * wait for what it is answered; when that is nothing to be kept, each is made by itself.
 * @returns null when a provider is to be asked
 * @throws rate_exceeded, ledger_unavailable; why the call need not go on
 */
export async function cached(
  trip: Trip,
  cache: TaskCache,
  stops: readonly Stop[],
  parts: Parts,
  departure: Departure,
): Promise<Relayed | null> {
  const [first] = stops
  const wishes = wishesIn(trip.header('cache-control'))
  if (first === undefined || !cacheable[trip.call.operation] || wishes.has('no-store')) return null
  trip.cache = 'miss'
  const asks = asksOf(trip, cache)
  let lands: ((answer: KeptAnswer | null) => void) | null = null
  if (!wishes.has('no-cache')) {
    const id = idOf(asks, trip, first)
    const item = await parts.shelf.get(kind, id)
    const ageMs = item === null ? 0 : (parts.clock.now() - item.at) / 1_000
    // The task may have been given a shorter time since.
    if (item !== null && ageMs < cache.ttlMs) {
      return hit(trip, JSON.parse(item.value) as KeptAnswer, ageMs, parts)
    }
    const flight = parts.cacheFlights.find(id)
    if (flight === undefined) lands = parts.cacheFlights.lead(id)
    else {
      trip.waiting.begin(parts.clock.elapsedUs())
      const answer = await landed(flight, departure).finally(() =>
        trip.waiting.end(parts.clock.elapsedUs()),
      )
      if (answer !== null) return hit(trip, answer, 0, parts)
    }
  }
  keepingFor(trip, parts).add({
    keep: (answer, finished) => {
      const by = answeredBy(trip, finished, stops)
      const isKept = by !== undefined && finished.reply !== null && isWhole(finished.reply)
      lands?.(isKept && by === first ? answer : null)
      if (!isKept) return
      const at = parts.clock.now()
      const item = {
        kind,
        id: idOf(asks, trip, by),
        owner: cache.scope === 'task' ? null : trip.key.id,
        ...forCustomer(trip.attribution),
        value: JSON.stringify(answer),
        at,
        expiresAt: (at + cache.ttlMs * 1_000) as Instant,
      }
      parts.shelf.put(item, wordsOf(trip, answer))
    },
    fail: () => lands?.(null),
  })
  return null
}

function hit(trip: Trip, answer: KeptAnswer, ageMs: number, parts: Parts): Promise<Relayed> {
  trip.cache = 'hit'
  const { provider, model, cost } = answer
  // Of a call with an Idempotency-Key this is the answer, too.
  trip.keeping?.finish({ reply: null, provider, model, said: answer.said })
  const saved = cost === null ? null : (BigInt(cost) as Money)
  const headers = { age: String(Math.max(0, Math.floor(ageMs / 1_000))) }
  return giveAgain(trip, answer, { role: 'cache_hit', saved, headers }, parts)
}

/** A cascade's answer is the policy's, whichever of its models gave it; one that it rejected is nobody's. */
function answeredBy(
  { course }: Trip,
  finished: Finished,
  stops: readonly Stop[],
): Stop | undefined {
  if (course?.kind === 'cascade') return course.answered === null ? undefined : stops[0]
  return stops.find(({ provider, model }) => isBy(finished, provider.id, model))
}

function isBy(finished: Finished, provider: string, model: string): boolean {
  return finished.provider === provider && finished.model === model
}

/** What is asked and by whom: all that counts but who is to answer. */
function asksOf(trip: Trip, { scope }: TaskCache): string {
  const { call, key, attribution, task, thread, dialect } = trip
  // A conversation that is left at the server belongs to its key, whoever may see the answer.
  const ofKey = scope !== 'task' || thread !== null
  return (
    new Print()
      .add('1', task!.name, ofKey ? key.id : null)
      .add(scope === 'customer' ? attribution.customer : null)
      // A dialect that keeps conversations says all of them again in its answers.
      .add(fingerprint(call, dialect.conversations ? undefined : aside))
      .add(streamType(trip), String(isStrict(trip)))
      .digest()
  )
}

/** All of a model, its address and the headers that reach it by which its answers may differ. */
function idOf(asks: string, { header }: Trip, { provider, model }: Stop): string {
  const print = new Print().add(asks, provider.id, model, provider.baseUrl)
  for (const name of provider.facts.passHeaders ?? []) print.add(name, header(name))
  for (const [name, value] of provider.headers) print.add(name, value.fingerprint())
  return print.digest()
}

function isWhole(reply: Reply): boolean {
  if (reply.operation !== 'chat') return true
  return (
    reply.choices.length > 0 &&
    reply.choices.every(({ ending }) => ending !== null && whole[ending.finish])
  )
}

/** @see https://www.rfc-editor.org/rfc/rfc9111.html#name-request-directives */
function wishesIn(header: string | null): ReadonlySet<string> {
  return new Set(
    (header ?? '')
      .toLowerCase()
      .split(',')
      .map((wish) => wish.trim()),
  )
}
