import type { Money } from '../../core/money.ts'
import type { Random } from '../../core/random.ts'
import { type Candidate, nameOf, type View } from '../../routing/policy.ts'
import type { Attribution } from './attribute.ts'
import { likelyCost } from './likely-cost.ts'
import type { Parts } from './parts.ts'
import type { ApiKey, Task } from './snapshot.ts'
import { conversationFor, type Trip } from './trip.ts'

/** What the policy of a task sees of a call: what costs something to know is found out when it asks. */
export class CallView implements View {
  readonly random: Random
  readonly stickyTo: string | null
  readonly #trip: Omit<Trip, 'overheadUs'>
  readonly #parts: Pick<Parts, 'tokenRatios' | 'affinity' | 'latencies'>
  /** Who has the conversation in its cache; undefined until somebody wants to know. */
  #holder: string | null | undefined = undefined

  constructor(
    trip: Omit<Trip, 'overheadUs'>,
    task: Task | null,
    parts: Pick<Parts, 'random' | 'tokenRatios' | 'affinity' | 'latencies'>,
  ) {
    this.random = parts.random
    this.stickyTo = task === null ? null : stickyTo(task, trip.key, trip.attribution)
    this.#trip = trip
    this.#parts = parts
  }

  firstContentUs(candidate: Candidate): number | null {
    return this.#parts.latencies.recentUs(nameOf(candidate))
  }

  /** A prompt that the model has in its cache costs less there than elsewhere. */
  price(candidate: Candidate, mode: string | null = null): Money | null {
    const { call, snapshot, at } = this.#trip
    if (this.#holder === undefined) {
      const conversation = conversationFor(this.#trip)
      const holder = conversation && this.#parts.affinity.holderOf(conversation)
      this.#holder = holder?.model ?? null
    }
    const isHeld = this.#holder === nameOf(candidate)
    const { tokenRatios } = this.#parts
    return likelyCost(call, candidate, snapshot, at, tokenRatios, { isHeld, mode })
  }
}

function stickyTo(task: Task, key: ApiKey, { session, customer }: Attribution): string | null {
  switch (task.sticky) {
    case 'session':
      return session
    case 'customer':
      return customer
    case 'key':
      return key.id
    case null:
      return null
  }
}
