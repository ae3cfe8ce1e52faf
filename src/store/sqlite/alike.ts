import type { AttemptRecord } from '../../core/record.ts'

/** What is remembered in all, and of records that share a name. */
const rememberedMax = 10_000
const sameNameMax = 50

interface Remembered<Facts, Made> {
  readonly facts: Facts
  readonly made: Made
}

/**
 * Remembers what was made of a record for the next that are alike. Names come from callers, so a key
 * that no two records share has to be made as JSON; to compare the fields takes far less.
 */
export class Alike<Facts extends Partial<AttemptRecord>, Made> {
  readonly #factsOf: (record: AttemptRecord) => Facts
  readonly #nameOf: (record: AttemptRecord) => string | null
  readonly #isAlike: (record: AttemptRecord, known: Facts) => boolean
  readonly #make: (record: AttemptRecord) => Made
  readonly #byName = new Map<string | null, Remembered<Facts, Made>[]>()
  #count = 0

  /**
   * @param factsOf  what of a record is compared: the rest of it is not kept
   * @param nameOf  tells most of those apart that are not alike
   */
  constructor(options: {
    readonly factsOf: (record: AttemptRecord) => Facts
    readonly nameOf: (record: AttemptRecord) => string | null
    readonly isAlike: (record: AttemptRecord, known: Facts) => boolean
    readonly make: (record: AttemptRecord) => Made
  }) {
    this.#factsOf = options.factsOf
    this.#nameOf = options.nameOf
    this.#isAlike = options.isAlike
    this.#make = options.make
  }

  of(record: AttemptRecord): Made {
    const name = this.#nameOf(record)
    const known = this.#byName.get(name)
    if (known !== undefined) {
      for (const { facts, made } of known) if (this.#isAlike(record, facts)) return made
    }
    const made = this.#make(record)
    if (this.#count >= rememberedMax) this.#forget()
    this.#count += 1
    const remembered = { facts: this.#factsOf(record), made }
    const ofName = this.#byName.get(name)
    if (ofName === undefined) this.#byName.set(name, [remembered])
    else if (ofName.length < sameNameMax) ofName.push(remembered)
    else ofName.splice(0, ofName.length, remembered)
    return made
  }

  #forget(): void {
    this.#byName.clear()
    this.#count = 0
  }
}
