import { limitsFull } from '../../core/errors.ts'
import { type Money, nothing } from '../../core/money.ts'
import { SharedLock } from './shared-lock.ts'

/**
 * Counters by name, in memory that several threads see. A slot is a row of words of 8 bytes: the hash
 * of its name, then fields, which are floats or halves of amounts. Slots stand one behind the other in
 * the order in which they were first needed, so that memory which nobody needs is never touched.
 *
 * | words | what |
 * | --- | --- |
 * | 8 | int32: lock, sleepers, slots in use, hand; then the latest time (float), and seeds |
 * | slots | index of open addressing: two places a slot, each a slot's number and 1, or 0 |
 * | slots × (2 + fields) | the slots |
 *
 * Whoever looks or changes holds the lock: see `enter`.
 */
export interface TableShape {
  /** Counters that there can be at once: a power of two. */
  readonly slots: number
  /** Words of a slot behind its name. */
  readonly fields: number
}

const headWords = 8
const nameWords = 2
/** Of int32. */
const usedAt = 2
const handAt = 3
/** Of floats. */
const latestAt = 2
/** Of 64-bit integers. */
const seedsAt = 3

/** Names come from callers: a table that holds fewer than this is left to grow. */
const keptAnyway = 1_000
/** Two looks for each new entry outrun whoever makes up names, at a constant price. */
const looks = 2
/** A full table is looked through this far before a call is turned away, and all others wait meanwhile. */
const looksWhenFull = 2_000
const lowerMax = 2n ** 63n - 1n
/** Names whose hashes a thread remembers: each call needs several. */
const namesKnown = 4_096

interface Name {
  readonly words: Int32Array
  /** Where it was found last. */
  slot: number
}

export function makeTable({ slots, fields }: TableShape): SharedArrayBuffer {
  const words = headWords + slots + slots * (nameWords + fields)
  const memory = new SharedArrayBuffer(words * 8)
  // Nobody who names customers can make two of them share a slot.
  new BigInt64Array(memory).set(crypto.getRandomValues(new BigInt64Array(2)), seedsAt)
  return memory
}

export class SharedTable {
  readonly #lock: SharedLock
  readonly #ints: Int32Array
  readonly #floats: Float64Array
  readonly #longs: BigInt64Array
  readonly #slots: number
  readonly #width: number
  readonly #slotsAt: number
  readonly #known = new Map<string, Name>()

  constructor(memory: SharedArrayBuffer, { slots, fields }: TableShape, thread: number) {
    this.#ints = new Int32Array(memory)
    this.#floats = new Float64Array(memory)
    this.#longs = new BigInt64Array(memory)
    this.#slots = slots
    this.#width = nameWords + fields
    this.#slotsAt = headWords + slots
    this.#lock = new SharedLock(this.#ints, thread)
  }

  /** Nobody else looks or changes until `leave`. */
  enter(): void {
    this.#lock.enter()
  }

  leave(): void {
    this.#lock.leave()
  }

  /** Slots that were ever in use. */
  get size(): number {
    return Atomics.load(this.#ints, usedAt)
  }

  /** The later of `nowUs` and the latest time that any thread named: threads' clocks differ by microseconds. */
  latest(nowUs: number): number {
    const latest = Math.max(nowUs, this.#floats[latestAt]!)
    this.#floats[latestAt] = latest
    return latest
  }

  /** A name's slot; -1 when it has none. */
  find(name: string): number {
    const known = this.#nameOf(name)
    if (known.slot !== -1 && this.#isAt(known.slot, known.words)) return known.slot
    known.slot = this.#look(known.words)
    return known.slot
  }

  /**
   * A slot for a name that has none, with all its fields 0.
   * @param isAtRest  true of a slot that can be given away, because a new one would say the same
   * @throws limits_full
   */
  make(name: string, isAtRest: (slot: number) => boolean): number {
    const slot = this.#room(isAtRest)
    const known = this.#nameOf(name)
    const at = this.#wordOf(slot)
    this.#ints.set(known.words, at * 2)
    this.#floats.fill(0, at + nameWords, at + this.#width)
    this.#enlist(slot, known.words)
    known.slot = slot
    return slot
  }

  number(slot: number, field: number): number {
    return this.#floats[this.#wordOf(slot) + nameWords + field]!
  }

  setNumber(slot: number, field: number, value: number): void {
    this.#floats[this.#wordOf(slot) + nameWords + field] = value
  }

  /** Of two fields: an amount may pass the 9.2 million dollars that one of them holds. */
  money(slot: number, field: number): Money {
    const at = this.#wordOf(slot) + nameWords + field
    const ints = this.#ints
    // Nearly every amount fits the lower half, and most holds are nothing.
    if (ints[at * 2 + 2] === 0 && ints[at * 2 + 3] === 0 && ints[at * 2 + 1]! >= 0) {
      return ints[at * 2] === 0 && ints[at * 2 + 1] === 0 ? nothing : (this.#longs[at] as Money)
    }
    return ((this.#longs[at + 1]! << 64n) | BigInt.asUintN(64, this.#longs[at]!)) as Money
  }

  setMoney(slot: number, field: number, value: Money): void {
    const at = this.#wordOf(slot) + nameWords + field
    if (value >= 0n && value <= lowerMax) {
      this.#longs[at] = value
      this.#longs[at + 1] = 0n
      return
    }
    this.#longs[at] = BigInt.asIntN(64, value)
    this.#longs[at + 1] = value >> 64n
  }

  /** Mends what a thread left that has died: its lock, and what `forget` does to every slot. */
  release(thread: number, forget: (slot: number) => void): void {
    this.#lock.breakOf(thread)
    this.enter()
    try {
      for (let slot = 0; slot < this.#ints[usedAt]!; slot += 1) forget(slot)
    } finally {
      this.leave()
    }
  }

  #room(isAtRest: (slot: number) => boolean): number {
    const used = this.#ints[usedAt]!
    const isFull = used === this.#slots
    const looksNow = used < keptAnyway && !isFull ? 0 : isFull ? looksWhenFull : looks
    for (let looked = 0; looked < Math.min(looksNow, used); looked += 1) {
      const slot = this.#ints[handAt]! % used
      this.#ints[handAt] = slot + 1
      if (!isAtRest(slot)) continue
      this.#strike(slot)
      return slot
    }
    if (isFull) throw limitsFull(this.#slots)
    this.#ints[usedAt] = used + 1
    return used
  }

  #look(name: Int32Array): number {
    for (let place = this.#homeOf(name[0]!); ; place = this.#after(place)) {
      const entry = this.#ints[place]!
      if (entry === 0) return -1
      if (this.#isAt(entry - 1, name)) return entry - 1
    }
  }

  #enlist(slot: number, name: Int32Array): void {
    let place = this.#homeOf(name[0]!)
    while (this.#ints[place] !== 0) place = this.#after(place)
    this.#ints[place] = slot + 1
  }

  /** Takes a slot out of the index, and closes the gap: what was put behind it moves up. */
  #strike(slot: number): void {
    let gap = this.#homeOf(this.#ints[this.#wordOf(slot) * 2]!)
    while (this.#ints[gap] !== slot + 1) gap = this.#after(gap)
    for (let place = this.#after(gap); this.#ints[place] !== 0; place = this.#after(place)) {
      const home = this.#homeOf(this.#ints[this.#wordOf(this.#ints[place]! - 1) * 2]!)
      if (this.#distance(home, place) < this.#distance(gap, place)) continue
      this.#ints[gap] = this.#ints[place]!
      gap = place
    }
    this.#ints[gap] = 0
  }

  #homeOf(firstWord: number): number {
    return headWords * 2 + (firstWord & (this.#slots * 2 - 1))
  }

  #after(place: number): number {
    return headWords * 2 + ((place - headWords * 2 + 1) & (this.#slots * 2 - 1))
  }

  #distance(from: number, to: number): number {
    return (to - from) & (this.#slots * 2 - 1)
  }

  #wordOf(slot: number): number {
    return this.#slotsAt + slot * this.#width
  }

  #isAt(slot: number, name: Int32Array): boolean {
    const at = this.#wordOf(slot) * 2
    for (let word = 0; word < nameWords * 2; word += 1) {
      if (this.#ints[at + word] !== name[word]) return false
    }
    return true
  }

  #nameOf(name: string): Name {
    let known = this.#known.get(name)
    if (known !== undefined) return known
    if (this.#known.size >= namesKnown) this.#known.clear()
    const hash = new BigUint64Array(nameWords)
    for (let word = 0; word < nameWords; word += 1) {
      hash[word] = Bun.hash.xxHash64(name, BigInt.asUintN(64, this.#longs[seedsAt + word]!))
    }
    known = { words: new Int32Array(hash.buffer), slot: -1 }
    this.#known.set(name, known)
    return known
  }
}
