/** What a provider is tried on; the columns of the matrix. */
export const checks = [
  'chat',
  'stream',
  'tools',
  'parallel tools',
  'schema',
  'image',
  'reasoning',
  'cached',
  'embeddings',
  'abort',
  'errors',
] as const

export type Check = (typeof checks)[number]

/** One thing that was tried. */
export interface Trial {
  readonly provider: string
  readonly checks: readonly Check[]
  readonly name: string
  readonly outcome: Outcome
}

export type Outcome =
  | { readonly kind: 'passed'; readonly note: string | null }
  | { readonly kind: 'failed'; readonly why: string }
  /** The provider does not offer it, or nothing is known of it. */
  | { readonly kind: 'none'; readonly why: string }

export const passed = (note: string | null = null): Outcome => ({ kind: 'passed', note })
export const failed = (why: string): Outcome => ({ kind: 'failed', why })
export const none = (why: string): Outcome => ({ kind: 'none', why })

/** All trials of one provider in one column. */
export interface Cell {
  readonly passed: number
  readonly failed: readonly { readonly name: string; readonly why: string }[]
  /** Why there is nothing to try, where the provider's facts say so. */
  readonly none: string | null
}

export interface Row {
  readonly provider: string
  readonly cells: Readonly<Record<Check, Cell>>
}

/** Rows in the order in which their providers came. */
export function matrixOf(trials: readonly Trial[]): readonly Row[] {
  const providers = new Set(trials.map(({ provider }) => provider))
  return [...providers].map((provider) => {
    const own = trials.filter((trial) => trial.provider === provider)
    const cells = checks.map((check) => [check, cellOf(own, check)] as const)
    return { provider, cells: Object.fromEntries(cells) as Record<Check, Cell> }
  })
}

function cellOf(trials: readonly Trial[], check: Check): Cell {
  const tried = trials.filter(({ checks: own }) => own.includes(check))
  let why: string | null = null
  const faults: { name: string; why: string }[] = []
  let good = 0
  for (const { name, outcome } of tried) {
    if (outcome.kind === 'passed') good += 1
    else if (outcome.kind === 'failed') faults.push({ name, why: outcome.why })
    else why = outcome.why
  }
  return { passed: good, failed: faults, none: good + faults.length === 0 ? why : null }
}
