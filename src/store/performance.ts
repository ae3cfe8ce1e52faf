import type { Instant } from '../core/clock.ts'
import type { AttemptRecord } from '../core/record.ts'
import { type Calendar, hourUs } from './calendar.ts'
import { type Bin, Histogram, type Spread } from './histogram.ts'

/** How fast and how reliable providers were, from sums of hours. */

export const performanceDimensions = ['provider', 'model', 'task'] as const

export type PerformanceDimension = (typeof performanceDimensions)[number]

export interface PerformanceQuery {
  /** One row for each combination of values; models are 'provider/model'. */
  readonly by: readonly (PerformanceDimension | 'hour' | 'day')[]
  readonly filters: Readonly<Partial<Record<PerformanceDimension, string>>>
  /** Widened to whole hours of the store's time zone. */
  readonly since: Instant
  readonly until: Instant
  /** Whether rows say how their times and speeds are distributed, too. */
  readonly bins?: boolean
}

export interface PerformanceRow {
  readonly group: readonly (string | null)[]
  /** Exchanges with providers; answers from caches are none. */
  readonly attempts: number
  readonly answered: number
  /** No answer, and the provider is at fault: a 5xx, a 408, a 429, silence, or an answer cut off. */
  readonly failed: number
  /** Those of `failed` that were a 429. */
  readonly throttled: number
  /** Minutes in which a provider answered or failed, and those of them in which it answered at all. */
  readonly minutes: number
  readonly minutesUp: number
  /** Microseconds to the first content of streamed answers. */
  readonly ttftUs: Spread
  /** Microseconds of whole exchanges that were answered. */
  readonly totalUs: Spread
  /** Tokens a second of streamed answers after the first content, where two or more were counted. */
  readonly tokensPerS: Spread
  /** Tokens of all answers over the time of their exchanges; null when none was counted. */
  readonly meanTokensPerS: number | null
  /** Null where nobody asked for them. */
  readonly bins: PerformanceBins | null
}

/** As `ttftUs`, `totalUs` and `tokensPerS`, which sum them up. */
export interface PerformanceBins {
  readonly ttftUs: readonly Bin[]
  readonly totalUs: readonly Bin[]
  readonly tokensPerS: readonly Bin[]
}

export interface PerformanceReport {
  /** Earliest first when asked by hour or day; else, and within one, those with most attempts first. */
  readonly rows: readonly PerformanceRow[]
  readonly total: PerformanceRow
  /** What the rows are of: the query's time in whole hours. */
  readonly since: Instant
  readonly until: Instant
  /**
   * The last attempt of before there were such sums, in a store that is older than they are: nothing
   * up to it is in any row. Null when all attempts are.
   */
  readonly missingUntil: Instant | null
}

/** What is added up for one hour of one model and task. */
export interface Pace {
  attempts: number
  answered: number
  failed: number
  throttled: number
  /** Of answers whose tokens and time are known. */
  tokens: number
  busyUs: number
  /** A bit for each minute of the hour, 30 in each number, because a bit operation has 32. */
  readonly judged: [number, number]
  readonly up: [number, number]
  readonly ttft: Histogram
  readonly total: Histogram
  /** Thousandths of a token a second. */
  readonly flow: Histogram
}

export function noPace(): Pace {
  return {
    attempts: 0,
    answered: 0,
    failed: 0,
    throttled: 0,
    tokens: 0,
    busyUs: 0,
    judged: [0, 0],
    up: [0, 0],
    ttft: new Histogram(),
    total: new Histogram(),
    flow: new Histogram(),
  }
}

function clearPace(pace: Pace): void {
  pace.attempts = pace.answered = pace.failed = pace.throttled = pace.tokens = pace.busyUs = 0
  pace.judged.fill(0)
  pace.up.fill(0)
  for (const histogram of [pace.ttft, pace.total, pace.flow]) histogram.clear()
}

/** Adds all but the minutes, which are of one hour. */
function addCounts(into: Pace, from: Pace): void {
  into.attempts += from.attempts
  into.answered += from.answered
  into.failed += from.failed
  into.throttled += from.throttled
  into.tokens += from.tokens
  into.busyUs += from.busyUs
  into.ttft.addAll(from.ttft)
  into.total.addAll(from.total)
  into.flow.addAll(from.flow)
}

/** What of an attempt its times and its fault hang on. */
export type TimedExchange = Pick<
  AttemptRecord,
  'at' | 'role' | 'endState' | 'status' | 'stream' | 'firstContentUs' | 'totalUs' | 'usage'
>

/** True for exchanges with a provider: not for what a cache gave, and not for what was refused. */
export function isExchange({
  provider,
  model,
  role,
}: Pick<AttemptRecord, 'provider' | 'model' | 'role'>): boolean {
  return (
    provider !== null &&
    model !== null &&
    role !== 'cache_hit' &&
    role !== 'replay' &&
    role !== 'refused' &&
    role !== 'correction'
  )
}

const minuteUs = 60_000_000
const minutesOfWord = 30

/** @param hour  when the record's hour began */
export function addPace(pace: Pace, record: TimedExchange, hour: Instant): void {
  pace.attempts += 1
  const isAnswered = record.endState === 'complete'
  const isFailed = !isAnswered && isProvidersFault(record)
  if (!isAnswered && !isFailed) return
  const minute = Math.min(59, Math.max(0, Math.floor((record.at - hour) / minuteUs)))
  const word = minute < minutesOfWord ? 0 : 1
  const bit = 1 << (minute % minutesOfWord)
  pace.judged[word] |= bit
  if (isFailed) {
    pace.failed += 1
    if (record.status === 429) pace.throttled += 1
    return
  }
  pace.answered += 1
  pace.up[word] |= bit
  addTimes(pace, record)
}

function addTimes(pace: Pace, { stream, firstContentUs, totalUs, usage }: TimedExchange): void {
  const isTimed = stream && isTime(firstContentUs)
  if (isTimed) pace.ttft.add(firstContentUs)
  if (!isTime(totalUs)) return
  pace.total.add(totalUs)
  const tokens = usage === null ? 0 : usage.output + usage.reasoning
  if (!Number.isSafeInteger(tokens) || tokens <= 0) return
  pace.tokens += tokens
  pace.busyUs += Math.round(totalUs)
  if (!isTimed || tokens < 2 || totalUs <= firstContentUs) return
  // The first token came with the first content: what is timed is the rest.
  pace.flow.add(((tokens - 1) / (totalUs - firstContentUs)) * 1e9)
}

function isTime(us: number | null): us is number {
  return us !== null && us >= 0 && us <= Number.MAX_SAFE_INTEGER
}

const silent: ReadonlySet<string> = new Set(['provider_cut', 'timeout', 'unreachable'])

/** A 400 or a 404 is about what was asked, and says nothing of the provider. */
function isProvidersFault({ endState, status }: TimedExchange): boolean {
  if (silent.has(endState)) return true
  if (endState !== 'provider_error') return false
  return status === null || status < 400 || status >= 500 || status === 429 || status === 408
}

/** What one hour's sums are of. */
export interface PaceSeries {
  readonly provider: string
  readonly model: string
  readonly task: string | null
}

export interface PaceEntry {
  readonly hour: Instant
  readonly series: PaceSeries
  readonly addTo: (pace: Pace) => void
}

/** The hours of a query: its time in whole ones. */
export function hoursOf(
  { since, until }: PerformanceQuery,
  calendar: Calendar,
): { readonly since: Instant; readonly until: Instant } {
  return {
    since: calendar.hourStart(since),
    until: (calendar.hourStart((until - 1) as Instant) + hourUs) as Instant,
  }
}

/** Adds hours up as the query groups them. `entries` are those of its hours and filters. */
export function performanceOf(
  query: PerformanceQuery,
  calendar: Calendar,
  entries: Iterable<PaceEntry>,
  missingUntil: Instant | null,
): PerformanceReport {
  const groups = new Map<string, Group>()
  const named = new Map<PaceSeries, { values: (string | null)[]; key: string }>()
  const isTimed = query.by.includes('hour') || query.by.includes('day')
  for (const entry of entries) {
    const { hour, series } = entry
    let name = named.get(series)
    if (name === undefined) {
      const values = query.by.map((by) => (by === 'hour' || by === 'day' ? null : series[by]))
      named.set(series, (name = { values, key: JSON.stringify(values) }))
    }
    const at = query.by.includes('hour') ? hour : isTimed ? calendar.dayStart(hour) : null
    const key = at === null ? name.key : `${at} ${name.key}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { values: name.values, at, entries: [entry] })
    else group.entries.push(entry)
  }
  const total = new PaceSum()
  // One after the other, so that all of them take the memory of one.
  const sum = new PaceSum()
  const rows = [...groups.values()].map(({ values, at, entries: own }) => {
    sum.clear()
    for (const { addTo, hour } of own) sum.add(addTo, hour)
    total.join(sum)
    const group = values.map((value, index) => {
      const name = query.by[index]
      if (name === 'hour') return calendar.hourLabel(at!)
      return name === 'day' ? calendar.dayLabel(at!) : value
    })
    return { at: at ?? 0, row: sum.row(group, query.bins) }
  })
  return {
    rows: rows.toSorted(earliestAndMost).map(({ row }) => row),
    total: total.row([], query.bins),
    ...hoursOf(query, calendar),
    missingUntil,
  }
}

interface Group {
  /** Of the query's `by`; null where it asks for time. */
  readonly values: readonly (string | null)[]
  /** Null unless it asks for time. */
  readonly at: Instant | null
  readonly entries: PaceEntry[]
}

interface TimedRow {
  readonly at: number
  readonly row: PerformanceRow
}

function earliestAndMost(left: TimedRow, right: TimedRow): number {
  if (left.at !== right.at) return left.at - right.at
  if (left.row.attempts !== right.row.attempts) return right.row.attempts - left.row.attempts
  return JSON.stringify(left.row.group) < JSON.stringify(right.row.group) ? -1 : 1
}

/** A group was up in a minute when one of its models answered in it. */
class PaceSum {
  readonly #sum = noPace()
  readonly #judged = new Map<Instant, [number, number]>()
  readonly #up = new Map<Instant, [number, number]>()

  clear(): void {
    clearPace(this.#sum)
    this.#judged.clear()
    this.#up.clear()
  }

  add(addTo: PaceEntry['addTo'], hour: Instant): void {
    const { judged, up } = this.#sum
    judged[0] = judged[1] = up[0] = up[1] = 0
    addTo(this.#sum)
    mark(this.#judged, hour, judged)
    mark(this.#up, hour, up)
  }

  join(other: PaceSum): void {
    addCounts(this.#sum, other.#sum)
    for (const [hour, words] of other.#judged) mark(this.#judged, hour, words)
    for (const [hour, words] of other.#up) mark(this.#up, hour, words)
  }

  row(group: readonly (string | null)[], withBins = false): PerformanceRow {
    const { attempts, answered, failed, throttled, tokens, busyUs, ttft, total, flow } = this.#sum
    const perS = flow.spread()
    return {
      group,
      attempts,
      answered,
      failed,
      throttled,
      minutes: bitsOf(this.#judged),
      minutesUp: bitsOf(this.#up),
      ttftUs: ttft.spread(),
      totalUs: total.spread(),
      tokensPerS: {
        n: perS.n,
        p50: thousandth(perS.p50),
        p95: thousandth(perS.p95),
        p99: thousandth(perS.p99),
      },
      meanTokensPerS: busyUs === 0 ? null : (tokens / busyUs) * 1e6,
      bins: withBins
        ? {
            ttftUs: ttft.bins(),
            totalUs: total.bins(),
            tokensPerS: flow
              .bins()
              .map(({ from, to, count }) => ({ from: from / 1000, to: to / 1000, count })),
          }
        : null,
    }
  }
}

function mark(words: Map<Instant, [number, number]>, hour: Instant, given: [number, number]): void {
  const known = words.get(hour)
  if (known === undefined) {
    words.set(hour, [given[0], given[1]])
    return
  }
  known[0] |= given[0]
  known[1] |= given[1]
}

function bitsOf(words: ReadonlyMap<Instant, readonly [number, number]>): number {
  let count = 0
  for (const pair of words.values()) {
    for (let word of pair) for (; word !== 0; word &= word - 1) count += 1
  }
  return count
}

function thousandth(value: number | null): number | null {
  return value === null ? null : value / 1000
}
