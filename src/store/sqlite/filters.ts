import { keptLabel } from '../kept.ts'
import type { Dimension, Filters } from '../ports.ts'

/** Where a dimension stands in the table `dims`. */
export const dimsColumn = {
  task: 'task',
  model: 'model',
  provider: 'provider',
  key: 'key_id',
  customer: 'customer',
  feature: 'feature',
  env: 'env',
  role: 'role',
  mode: 'mode',
  saved_by: 'saved_by',
} as const satisfies Record<Dimension, string>

/** Rows of before there were reasons have none; an answer out of the cache is one by its role. */
export const savedByOfRow = "COALESCE(saved_by, CASE role WHEN 'cache_hit' THEN 'cache' END)"

/** The same for the table `attempt`, which keeps provider and model apart. */
const attemptColumn = {
  ...dimsColumn,
  model: "(provider || '/' || model)",
  saved_by: savedByOfRow,
} as const satisfies Record<Dimension, string>

/** SQL that starts with AND, or is empty, and the values of its question marks. */
export interface Condition {
  readonly sql: string
  readonly values: readonly (string | number | bigint)[]
}

export function onDims(filters: Filters): Condition {
  return conditionOf(filters, dimsColumn)
}

export function onAttempts(filters: Filters): Condition {
  return conditionOf(filters, attemptColumn)
}

/** Column names come from the tables above and never from a query: only values are a stranger's. */
function conditionOf(filters: Filters, columns: Readonly<Record<Dimension, string>>): Condition {
  const named = (Object.entries(columns) as [Dimension, string][]).flatMap(([name, column]) => {
    const value = filters[name]
    return value === undefined ? [] : [{ column, value: keptLabel(value) }]
  })
  return {
    sql: named.map(({ column }) => ` AND ${column} = ?`).join(''),
    values: named.map(({ value }) => value),
  }
}
