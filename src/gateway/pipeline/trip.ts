import type { Call, Extra, Meaning, Source } from '../../core/call.ts'
import type { Clock, Instant } from '../../core/clock.ts'
import type { Departure } from '../../core/departure.ts'
import type { CallId } from '../../core/ids.ts'
import { type Money, nothing } from '../../core/money.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import type { Hold } from '../limits/budgets.ts'
import type { RateHold } from '../limits/rates.ts'
import type { Urgency } from '../limits/shedding.ts'
import { type Conversation, conversationOf } from './affinity.ts'
import type { Attribution } from './attribute.ts'
import type { Keeping } from './keeping.ts'
import type { Course } from './course.ts'
import type { Baseline } from './baseline.ts'
import type { ApiKey, Snapshot, Task } from './snapshot.ts'

/** A request as the server hands it in, before anything of it is believed. */
export interface Incoming {
  readonly id: CallId
  readonly dialect: Dialect
  readonly credential: string | null
  /** Whose call it is, where that is known already: a line of a batch brings no credential. */
  readonly key?: ApiKey
  /** Unset: somebody waits for the answer. */
  readonly urgency?: Urgency
  /** When somebody wanted it answered, where it has waited since for a lower price. */
  readonly wantedAt?: Instant
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | null
  /** Reads the body and the call in it. @throws invalid_json, invalid_request, body_too_large */
  readonly readCall: (key: ApiKey) => Promise<Call>
  readonly departure: Departure
  /** When the request's head had arrived, on the monotonic clock. */
  readonly arrivedUs: number
  /** Called when the call has ended, on whichever way. */
  readonly ended: () => void
}

/** What a call adds to a conversation that its caller leaves at the server, until its answer is there. */
export interface Thread {
  /** The answer that it goes on from. */
  readonly follows: string | null
  readonly asked: readonly Extra[]
  /** More tokens than the conversation up to the answer has. */
  readonly tokensMax: number
}

/** The time in which at least one attempt of a call waits for its provider. Two that wait at once wait once. */
class Waiting {
  #endedUs = 0
  #count = 0
  #sinceUs = 0

  begin(nowUs: number): void {
    if (this.#count === 0) this.#sinceUs = nowUs
    this.#count += 1
  }

  end(nowUs: number): void {
    this.#count -= 1
    if (this.#count === 0) this.#endedUs += nowUs - this.#sinceUs
  }

  us(nowUs: number): number {
    return this.#endedUs + (this.#count === 0 ? 0 : nowUs - this.#sinceUs)
  }
}

/** What is known about a call under way. */
export class Trip {
  readonly id: CallId
  readonly at: Instant
  readonly arrivedUs: number
  readonly dialect: Dialect
  readonly key: ApiKey
  /** As it came, and from `resume` on with the conversation that it goes on from. */
  call: Call
  readonly attribution: Attribution
  /** The configuration that the call began with. */
  readonly snapshot: Snapshot
  /** The request's headers by their lower-case names. */
  readonly header: (name: string) => string | null
  readonly ended: () => void
  /** When it would have been asked, had nothing waited for a lower price; null: now. */
  readonly wantedAt: Instant | null
  task: Task | null = null
  /** How a task's policy answers this call, where more than an order of models is to it. */
  course: Course | null = null
  hold: Hold | null = null
  rates: RateHold | null = null
  /** What is to be kept of it for calls that go on from its answer. */
  thread: Thread | null = null
  /** Who keeps the conversation, and so is the only one to ask; with the key whose account has it. */
  pinnedTo: { readonly provider: string; readonly credential: string | null } | null = null
  /** Set when somebody wants the answer for calls to come. */
  keeping: Keeping | null = null
  /** What was fetched for it, by address: another model may want the same bytes. */
  fetched: Map<string, Source> | null = null
  /** Whether the answer came out of the cache; 'off' where the task has none. */
  cache: 'hit' | 'miss' | 'off' = 'off'
  /** What would be done without what is done to spend less; null where nothing is. */
  baseline: Baseline | null = null
  /** Attempts begun so far. */
  attempts = 0
  /** What attempts that are under way may come to at most: the hold has to cover all of them at once. */
  underWay: Money = nothing
  readonly waiting = new Waiting()
  /** Time between the pieces of an answer, in which its provider or its caller was waited for. */
  readonly pauses = new Waiting()
  /** What the attempts came to: picodollars that are known, and whether some are not. */
  cost: Money = nothing
  costUnknown = false
  tokens = 0
  /** Set once somebody asked for it: most calls have nowhere else to go. */
  conversation: Conversation | null = null
  /** Closed once, on whichever way out comes first. */
  closed = false

  constructor(
    incoming: Incoming,
    key: ApiKey,
    call: Call,
    attribution: Attribution,
    snapshot: Snapshot,
    clock: Clock,
  ) {
    this.id = incoming.id
    this.at = clock.now()
    this.arrivedUs = incoming.arrivedUs
    this.dialect = incoming.dialect
    this.key = key
    this.call = { ...call, meaning: once(call.meaning) }
    this.attribution = attribution
    this.snapshot = snapshot
    this.header = incoming.header
    this.ended = incoming.ended
    this.wantedAt = incoming.wantedAt ?? null
  }

  /** The gateway's own share of the time since the request arrived. */
  overheadUs(nowUs: number): number {
    return Math.max(0, nowUs - this.arrivedUs - this.waiting.us(nowUs) - this.pauses.us(nowUs))
  }
}

/** Null for calls that are no conversations. */
export function conversationFor(trip: Omit<Trip, 'overheadUs'>): Conversation | null {
  trip.conversation ??= conversationOf(trip.call, trip.key.id)
  return trip.conversation
}

/** The meaning is read at first need, by whichever stage, and once. */
function once(read: () => Meaning): () => Meaning {
  let known: Meaning | null = null
  return () => (known ??= read())
}
