import type { AttemptRecord } from '../../core/record.ts'

/** What is remembered in all, and of records that share a name. */
const rememberedMax = 10_000
const sameNameMax = 50

interface Remembered<Made> {
  readonly record: AttemptRecord
  readonly made: Made
}

/**
 * Remembers what was made of a record for the next that are alike. Names come from callers, so a key
 * that no two records share has to be made as JSON; to compare the fields takes far less.
 */
export class Alike<Made> {
  readonly #nameOf: (record: AttemptRecord) => string | null
  readonly #isAlike: (one: AttemptRecord, other: AttemptRecord) => boolean
  readonly #make: (record: AttemptRecord) => Made
  readonly #byName = new Map<string | null, Remembered<Made>[]>()
  #count = 0

  /** @param nameOf  tells most of those apart that are not alike */
  constructor(options: {
    readonly nameOf: (record: AttemptRecord) => string | null
    readonly isAlike: (one: AttemptRecord, other: AttemptRecord) => boolean
    readonly make: (record: AttemptRecord) => Made
  }) {
    this.#nameOf = options.nameOf
    this.#isAlike = options.isAlike
    this.#make = options.make
  }

  of(record: AttemptRecord): Made {
    const name = this.#nameOf(record)
    const known = this.#byName.get(name)
    if (known !== undefined) {
      for (const { record: other, made } of known) if (this.#isAlike(record, other)) return made
    }
    const made = this.#make(record)
    if (this.#count >= rememberedMax) this.#forget()
    this.#count += 1
    const ofName = this.#byName.get(name)
    if (ofName === undefined) this.#byName.set(name, [{ record, made }])
    else if (ofName.length < sameNameMax) ofName.push({ record, made })
    else ofName.splice(0, ofName.length, { record, made })
    return made
  }

  #forget(): void {
    this.#byName.clear()
    this.#count = 0
  }
}
