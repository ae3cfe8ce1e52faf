import type { CallLengths } from './breakeven-lengths.ts'
import type { BreakEvenQuestion } from './breakeven-question.ts'
import { hoursPerMonth } from './hours.ts'
import { smoothDay, type Traffic } from './self-host.ts'

/** The calls that a break-even is of, and where they are known from. */
export interface Workload extends Traffic {
  readonly source: string
  readonly peakSource: string
  /** Calls in each hour, the empty ones too. */
  readonly hourly: readonly number[]
  /** Of single calls; null where there is no sample of them. */
  readonly lengths: CallLengths | null
  /** Share of the attempts whose cost is known; null where it is not the ledger that says so. */
  readonly costCoverage: number | null
  /** Share of the hours of the ledger in which there was a call; null by hand. */
  readonly hoursWithCalls: number | null
}

/** A task's calls as the ledger has them. */
export interface LedgerHours {
  readonly task: string
  /** Milliseconds at which each hour with calls begins, and its calls. */
  readonly hours: readonly { readonly at: number; readonly calls: number }[]
  readonly calls: number
  readonly attempts: number
  readonly costUnknown: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly lengths: CallLengths | null
}

const hourMs = 3_600_000

/** Null where the ledger has no calls. */
export function workloadOf(ledger: LedgerHours, peak: number | null): Workload | null {
  if (ledger.calls === 0 || ledger.hours.length === 0) return null
  const counts = new Map<number, number>()
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { at, calls } of ledger.hours) {
    counts.set(at, (counts.get(at) ?? 0) + calls)
    from = Math.min(from, at)
    to = Math.max(to, at)
  }
  const hours = Math.round((to - from) / hourMs) + 1
  const hourly = Array.from({ length: hours }, (_, index) => counts.get(from + index * hourMs) ?? 0)
  const mean = ledger.calls / hours
  const known = ledger.attempts - ledger.costUnknown
  const costCoverage = ledger.attempts === 0 ? null : known / ledger.attempts
  return {
    source: `${ledger.task}: ${ledger.calls} calls in ${hours} hours that the ledger has, ${costCoverage === null ? 'none' : (100 * costCoverage).toFixed(1)} % of the attempts with a known cost`,
    callsPerMonth: mean * hoursPerMonth,
    inputTokens: ledger.inputTokens / ledger.calls,
    outputTokens: ledger.outputTokens / ledger.calls,
    peakToAverage: peak ?? hourly.reduce((most, each) => Math.max(most, each), 0) / mean,
    peakSource: peak === null ? 'busiest hour of the ledger' : 'by hand',
    hourly,
    lengths: ledger.lengths,
    costCoverage,
    hoursWithCalls: hourly.filter((calls) => calls > 0).length / hours,
  }
}

/** Busiest hour per mean hour where nobody knows. */
const usualPeak = 3

/** Traffic by somebody's word alone: every day the same, its peak where it was asked for. Null where nothing was said. */
export function workloadByHand({ byHand, peak }: BreakEvenQuestion): Workload | null {
  if (byHand === null) return null
  const { tokensPerDay, inputTokens, outputTokens } = byHand
  const callsPerMonth = (tokensPerDay * (hoursPerMonth / 24)) / (inputTokens + outputTokens)
  const peakToAverage = peak ?? usualPeak
  return {
    source: 'by hand',
    callsPerMonth,
    inputTokens,
    outputTokens,
    peakToAverage,
    peakSource: peak === null ? 'assumed' : 'by hand',
    hourly: smoothDay(callsPerMonth, peakToAverage),
    lengths: null,
    costCoverage: null,
    hoursWithCalls: null,
  }
}
