/** The curve of a calibration as its policy's file keeps it: what was weighed, and where the policy stands. */
export interface KeptReport {
  readonly method: string | null
  /** In a sentence, why this rule. */
  readonly reason: string | null
  readonly cheap: readonly string[]
  /** Rows of the table, and those of the proof. */
  readonly rows: number | null
  readonly certifiedRows: number | null
  /** The rule that was certified; null when nothing was. */
  readonly operating:
    | (KeptPoint & { readonly costInterval: readonly [number, number] | null })
    | null
  /** The candidate's rules, from dear to cheap, on rows that did not fit it. */
  readonly curve: readonly KeptPoint[]
  readonly models: { readonly cheap: KeptPoint; readonly strong: KeptPoint } | null
  /** What knowing every score beforehand would reach. */
  readonly oracle: readonly KeptPoint[]
  readonly targets: readonly {
    readonly quality: number
    /** Savings: by chance, with all knowledge, and read off the curve. */
    readonly random: number | null
    readonly oracle: number | null
    readonly curve: number | null
    readonly interval: readonly [number, number] | null
  }[]
}

/** Cost and quality, each as a share of the strong model's. */
export interface KeptPoint {
  readonly cost: number
  readonly quality: number
  /** The share of rows for which the strong model was asked; null where that says nothing. */
  readonly escalated: number | null
}

/** As many points as a picture can show. */
const pointsMax = 400

/** @param policy  the file's object; what is missing or of another version is left out */
export function keptReportOf(policy: Readonly<Record<string, unknown>>): KeptReport {
  const report = recordOf(policy['report'])
  const certificate = recordOf(policy['certificate'])
  const models = recordOf(report['models'])
  const [cheap, strong] = [standingOf(models['cheap']), standingOf(models['strong'])]
  const table = recordOf(policy['table'])
  return {
    method: textOf(policy['method']),
    reason: textOf(policy['reason']),
    cheap: listOf(policy['cheap']).filter((name) => typeof name === 'string'),
    rows: numberOf(table['rows']),
    certifiedRows: numberOf(certificate['rows']),
    operating: operatingOf(certificate),
    curve: listOf(report['curve']).flatMap((totals) => totalsOf(recordOf(totals)) ?? []),
    models: cheap === null || strong === null ? null : { cheap, strong },
    oracle: listOf(report['oracle']).flatMap((standing) => standingOf(standing) ?? []),
    targets: listOf(report['targets']).flatMap((target) => {
      const { quality, random, oracle, curve, interval } = recordOf(target)
      const kept = numberOf(quality)
      if (kept === null) return []
      return {
        quality: kept,
        random: numberOf(random),
        oracle: numberOf(oracle),
        curve: numberOf(curve),
        interval: pairOf(interval),
      }
    }),
  }
}

function operatingOf(certificate: Readonly<Record<string, unknown>>): KeptReport['operating'] {
  const point = totalsOf(certificate)
  if (point === null) return null
  const saving = pairOf(certificate['saving_interval'])
  return { ...point, costInterval: saving && [1 - saving[1], 1 - saving[0]] }
}

function totalsOf(totals: Readonly<Record<string, unknown>>): KeptPoint | null {
  const [quality, saving] = [numberOf(totals['quality_ratio']), numberOf(totals['saving'])]
  if (quality === null || saving === null) return null
  return { cost: 1 - saving, quality, escalated: numberOf(totals['escalated']) }
}

function standingOf(value: unknown): KeptPoint | null {
  const standing = recordOf(value)
  const [cost, quality] = [numberOf(standing['cost']), numberOf(standing['quality'])]
  return cost === null || quality === null ? null : { cost, quality, escalated: null }
}

function pairOf(value: unknown): readonly [number, number] | null {
  const [low, high] = listOf(value).map(numberOf)
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, pointsMax) : []
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
