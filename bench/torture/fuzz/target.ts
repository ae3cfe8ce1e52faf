/** What is fuzzed, and what has to hold of it whatever it is given. */
export interface Target {
  readonly name: string
  /** Share of all inputs, against those of the others. Slow readers get less. */
  readonly weight: number
  /**
   * Makes one input by chance and reads it.
   * @throws anything at all when something does not hold; `tried` then says on what
   */
  run(chance: () => number): void
}

/** An input that broke something. Its message says what did not hold; the input stands beside it. */
export class Broken extends Error {
  readonly input: string

  constructor(what: string, input: string | Uint8Array) {
    super(what)
    this.input = typeof input === 'string' ? input : Buffer.from(input).toString('latin1')
  }
}

/**
 * Runs `read`, which may throw the errors that it says, and no others.
 * @returns what it read; undefined when it refused
 */
export function attempt<Value>(
  input: string | Uint8Array,
  refusals: readonly (abstract new (...facts: never[]) => Error)[],
  read: () => Value,
): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Broken) throw error
    if (refusals.some((kind) => error instanceof kind)) return undefined
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw new Broken(`threw ${told.split('\n').slice(0, 4).join(' | ')}`, input)
  }
}

/** What is written of an input may be longer than it by this much, and no more. */
export function bounded(input: string | Uint8Array, outputLength: number, what: string): void {
  if (outputLength > input.length * 40 + 20_000) {
    throw new Broken(`${what} is ${outputLength} long for an input of ${input.length}`, input)
  }
}
