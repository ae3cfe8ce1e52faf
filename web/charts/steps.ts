/** Rows of sums, hour by hour or day by day, as the series of a chart. */

export interface StepRow {
  readonly group: Readonly<Record<string, string | null>>
}

export interface Spanned<Row> {
  readonly since: string
  readonly until: string
  readonly timezone: string
  readonly rows: readonly Row[]
}

export type Step = 'hour' | 'day'

const hourMs = 3_600_000
const dayMs = 86_400_000

/** Every hour or day from the first to the last, whether something happened in it or not, in milliseconds since 1970. */
export function stepsOf({ since, until, timezone }: Spanned<unknown>, step: Step): number[] {
  const [from, to] = [Date.parse(since), Date.parse(until)]
  const steps: number[] = []
  if (step === 'hour') {
    for (let at = from; at < to; at += hourMs) steps.push(at)
    return steps
  }
  const last = Date.parse(dayIn(to - 1, timezone))
  for (let day = Date.parse(dayIn(from, timezone)); day <= last; day += dayMs)
    steps.push(localMidnight(new Date(day).toISOString().slice(0, 10)))
  return steps
}

/** Where a row stands on the axis. */
function placeOf({ group }: StepRow, step: Step): number {
  const text = group[step] ?? ''
  return step === 'hour' ? Date.parse(text) : localMidnight(text)
}

/**
 * One value for each step.
 * @param none  of a step without a row: 0 for what is counted, null for what was measured
 */
export function alongSteps<Row extends StepRow>(
  steps: readonly number[],
  rows: readonly Row[],
  step: Step,
  value: (row: Row) => number | null,
  none: 0 | null,
): (number | null)[] {
  const known = new Map<number, number | null>()
  for (const row of rows) {
    const at = placeOf(row, step)
    const [before, now] = [known.get(at) ?? null, value(row)]
    known.set(at, before === null ? now : before + (now ?? 0))
  }
  return steps.map((at) => (known.has(at) ? known.get(at)! : none))
}

/** The parts that weigh most, each as a series of its own, and all others as one. */
export function partsAlongSteps<Row extends StepRow>(
  steps: readonly number[],
  rows: readonly Row[],
  step: Step,
  by: string,
  value: (row: Row) => number | null,
  most = 5,
): { readonly label: string; readonly values: (number | null)[] }[] {
  const sums = new Map<string, number>()
  const nameOf = (row: Row): string => row.group[by] ?? 'none'
  for (const row of rows) sums.set(nameOf(row), (sums.get(nameOf(row)) ?? 0) + (value(row) ?? 0))
  const names = [...sums].toSorted(([, left], [, right]) => right - left).map(([name]) => name)
  const shown = names.slice(0, names.length > most ? most - 1 : most)
  const parts = shown.map((label) => ({
    label,
    values: alongSteps(
      steps,
      rows.filter((row) => nameOf(row) === label),
      step,
      value,
      0,
    ),
  }))
  const others = rows.filter((row) => !shown.includes(nameOf(row)))
  if (others.length === 0) return parts
  const label = `${names.length - shown.length} others`
  return [...parts, { label, values: alongSteps(steps, others, step, value, 0) }]
}

/** '2026-11-22', where the store counts its days. */
function dayIn(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms)
}

function localMidnight(day: string): number {
  return new Date(`${day}T00:00`).getTime()
}
