import type { Call } from '../../core/call.ts'
import type { Clock, Instant } from '../../core/clock.ts'
import type { Departure } from '../../core/departure.ts'
import type { CallId } from '../../core/ids.ts'
import { type Money, nothing } from '../../core/money.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import type { Hold } from '../limits/budgets.ts'
import type { RateHold } from '../limits/rates.ts'
import type { Attribution } from './attribute.ts'
import type { ApiKey, Snapshot, Task } from './snapshot.ts'

/** A request as the server hands it in, before anything of it is believed. */
export interface Incoming {
  readonly id: CallId
  readonly dialect: Dialect
  readonly credential: string | null
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | null
  /** Reads the body and the call in it. @throws invalid_json, invalid_request, body_too_large */
  readonly readCall: () => Promise<Call>
  readonly departure: Departure
  /** When the request's head had arrived, on the monotonic clock. */
  readonly arrivedUs: number
  /** Called when the call has ended, on whichever way. */
  readonly ended: () => void
}

/** What is known about a call under way. */
export class Trip {
  readonly id: CallId
  readonly at: Instant
  readonly arrivedUs: number
  readonly dialect: Dialect
  readonly key: ApiKey
  readonly call: Call
  readonly attribution: Attribution
  /** The configuration that the call began with. */
  readonly snapshot: Snapshot
  /** The request's headers by their lower-case names. */
  readonly header: (name: string) => string | null
  readonly ended: () => void
  task: Task | null = null
  hold: Hold | null = null
  rates: RateHold | null = null
  /** Attempts begun so far. */
  attempts = 0
  /** Microseconds spent waiting for providers, in all attempts. */
  waitedUs = 0
  /** What the attempts came to: picodollars that are known, and whether some are not. */
  cost: Money = nothing
  costUnknown = false
  tokens = 0
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
    this.call = call
    this.attribution = attribution
    this.snapshot = snapshot
    this.header = incoming.header
    this.ended = incoming.ended
  }

  /** The gateway's own share of the time since the request arrived. */
  overheadUs(nowUs: number): number {
    return Math.max(0, nowUs - this.arrivedUs - this.waitedUs)
  }
}
