/** /api/costs. Money is decimal text in USD. */

export interface CostRowJson {
  readonly group: Readonly<Record<string, string | null>>
  readonly calls: number
  readonly attempts: number
  readonly errors: number
  readonly tokens: Readonly<Record<string, number>>
  readonly units: Readonly<Record<string, number>>
  /** The sum of all costs that are known. */
  readonly cost_usd: string
  /** Attempts whose cost is not known and not in the sum. */
  readonly cost_unknown: number
  readonly estimated: number
  /** What was spent less than without what was done to spend less, as far as it is known. */
  readonly saved_usd: string
}

export interface CostsJson {
  /** What the rows are of: the time that was asked for, in whole hours of the store's time zone. */
  readonly since: string
  readonly until: string
  readonly timezone: string
  readonly by: readonly string[]
  readonly rows: readonly CostRowJson[]
  /** True when there were more rows: the dearest are given, `total` is of all. */
  readonly cut: boolean
  readonly total: CostRowJson
  /** What the total's `saved_usd` is made of, by what was done; null where it is nothing. */
  readonly saved_by: Readonly<Record<string, string>> | null
}
