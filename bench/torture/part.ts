/** What the parts of the torture share. Each talks to 127.0.0.1 alone, is seeded, and ends by itself. */
export interface Part {
  readonly says: string
  /** How often, when nobody says otherwise. */
  readonly count: number
  run(options: PartOptions): Promise<PartResult>
}

export interface PartOptions {
  readonly count: number
  readonly seed: number
  readonly tell: (done: number) => void
}

export interface PartResult {
  /** What did not hold; the part passed when there is nothing. */
  readonly wrong: readonly string[]
  readonly figures: Readonly<Record<string, number | string>>
}

/** Mulberry32: the same seed gives the same run of numbers from 0 to 1. */
export function chances(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function oneOf<Value>(values: readonly Value[], chance: () => number): Value {
  return values[Math.floor(chance() * values.length)]!
}

/** Runs a part with each number of threads, an equal share of its count with each. */
export async function together(
  threads: readonly number[],
  { count, seed, tell }: PartOptions,
  run: (
    workers: number,
    count: number,
    seed: number,
    tell: (done: number) => void,
  ) => Promise<PartResult>,
): Promise<PartResult> {
  const wrong: string[] = []
  const figures: Record<string, number | string> = {}
  const share = Math.max(1, Math.floor(count / threads.length))
  for (const [index, workers] of threads.entries()) {
    const result = await run(workers, share, seed + index, (done) => tell(index * share + done))
    wrong.push(...result.wrong)
    for (const [name, figure] of Object.entries(result.figures)) {
      figures[`${name}_with_${workers}`] = figure
    }
  }
  return { wrong, figures }
}

/** Does `work` for 0 to `count` - 1, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const walk = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index)
  }
  await Promise.all(Array.from({ length: width }, walk))
}

/** Sentences about what is wrong: all are counted, the first are kept. */
export class Wrongs {
  readonly #first: string[] = []
  #count = 0

  add(sentence: string): void {
    this.#count += 1
    if (this.#first.length < firstMax) this.#first.push(sentence)
  }

  all(): string[] {
    const more = this.#count - this.#first.length
    return more > 0 ? [...this.#first, `and ${more} more`] : this.#first
  }
}

const firstMax = 20
