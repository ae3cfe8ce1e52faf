/** Looks before a thread lets the operating system wake it: some microseconds. */
const spins = 200
/** A sleeper looks by itself this often, so that no wake-up can be missed. */
const sleepMs = 1

/**
 * A lock in shared memory, for work of a microsecond. Word 0 is its owner (a thread's number and 1; 0 is
 * nobody), word 1 counts those who sleep. A thread that finds it taken spins, and then sleeps, because on
 * a machine with fewer cores than threads the owner may have to run first.
 */
export class SharedLock {
  readonly #words: Int32Array
  readonly #me: number

  constructor(words: Int32Array, thread: number) {
    this.#words = words
    this.#me = thread + 1
  }

  enter(): void {
    if (this.#take()) return
    for (let spin = 0; spin < spins; spin += 1) {
      if (Atomics.load(this.#words, 0) === 0 && this.#take()) return
    }
    Atomics.add(this.#words, 1, 1)
    while (!this.#take()) {
      const owner = Atomics.load(this.#words, 0)
      if (owner !== 0) Atomics.wait(this.#words, 0, owner, sleepMs)
    }
    Atomics.sub(this.#words, 1, 1)
  }

  leave(): void {
    Atomics.store(this.#words, 0, 0)
    if (Atomics.load(this.#words, 1) > 0) Atomics.notify(this.#words, 0, 1)
  }

  /** A thread that was ended within its work leaves the lock taken for ever. */
  breakOf(thread: number): void {
    Atomics.compareExchange(this.#words, 0, thread + 1, 0)
  }

  #take(): boolean {
    return Atomics.compareExchange(this.#words, 0, 0, this.#me) === 0
  }
}
