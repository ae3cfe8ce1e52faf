import type { AttemptRecord } from '../core/record.ts'
import { isUnit, type Kind, kinds } from '../core/usage.ts'

type Labels = Readonly<Record<string, string>>

/**
 * Series that one name may have. Labels hold models and keys of the configuration, but also models
 * that callers made up: beyond the bound they are counted together.
 */
export const seriesMax = 2_000

/** OpenTelemetry's buckets for durations of generative calls, in seconds. */
const secondsBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
]
const overheadBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1]

interface Series {
  readonly labels: string
  value: number
  readonly buckets: number[]
  count: number
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly bounds: readonly number[]
  readonly series: Map<string, Series>
}

/** Where an attempt of one kind is counted. */
interface AttemptSeries {
  readonly attempts: Series
  readonly cost: Series
  readonly unknown: Series
  readonly duration: Series
  readonly firstContent: Series
  readonly overhead: Series
  readonly used: (kind: Kind) => Series
}

/** A step of the way to a kind: by provider, model, operation, task, role and end. */
interface KindStep {
  readonly next: Map<string | null, KindStep>
  series: AttemptSeries | null
}

/** What one thread has counted: for each family by its name, its series. */
export type MetricCounts = readonly {
  readonly name: string
  readonly series: readonly Readonly<Series>[]
}[]

/** A value that is read when it is asked for: the name, its help, and its series. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly read: () => readonly { readonly labels: Labels; readonly value: number }[]
}

/**
 * Counts for Prometheus, under OpenTelemetry's `gen_ai.*` names where it has one.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics (read 2026-11-21)
 */
export class Metrics {
  readonly #families: Family[] = []
  readonly #gauges: Gauge[]
  readonly #attempts = this.#family(
    'freehold_attempts_total',
    'counter',
    'Exchanges with providers, by how they ended.',
  )
  readonly #refused = this.#family(
    'freehold_refused_total',
    'counter',
    'Calls that were turned away before a provider was asked.',
  )
  readonly #givenAgain = this.#family(
    'freehold_given_again_total',
    'counter',
    'Answers that were given again: out of the cache of a task, or to a repeat with its Idempotency-Key.',
  )
  readonly #saved = this.#family(
    'freehold_saved_usd_total',
    'counter',
    'What calls cost less by what was done to spend less (cache, seller, deadline, wait, batch), in USD, as far as it is known.',
  )
  /** A counter goes up: what cost more is taken off by whoever reads both. */
  readonly #lost = this.#family(
    'freehold_saving_lost_usd_total',
    'counter',
    'What calls cost more by what was done to spend less, in USD, as far as it is known.',
  )
  readonly #tokens = this.#family(
    'gen_ai_client_token_usage_total',
    'counter',
    'Tokens by kind; kinds do not overlap.',
  )
  readonly #units = this.#family(
    'freehold_units_total',
    'counter',
    'What is no tokens: searches, pictures made, characters spoken, seconds heard.',
  )
  readonly #cost = this.#family('freehold_cost_usd_total', 'counter', 'Cost that is known, in USD.')
  readonly #unknown = this.#family(
    'freehold_cost_unknown_total',
    'counter',
    'Attempts whose cost is not known.',
  )
  readonly #duration = this.#family(
    'gen_ai_server_request_duration_seconds',
    'histogram',
    'From request to the end of the answer.',
    secondsBuckets,
  )
  readonly #firstContent = this.#family(
    'gen_ai_server_time_to_first_token_seconds',
    'histogram',
    'From request to the first content.',
    secondsBuckets,
  )
  readonly #overhead = this.#family(
    'freehold_overhead_seconds',
    'histogram',
    "The gateway's own share of a call's time.",
    overheadBuckets,
  )

  readonly #kinds: KindStep = { next: new Map(), series: null }
  #kindsKnown = 0

  constructor(gauges: readonly Gauge[]) {
    this.#gauges = [...gauges]
  }

  readonly observe = (record: AttemptRecord): void => {
    if (record.role === 'refused') {
      seriesOf(this.#refused, { error: record.errorCode ?? 'none' }).value += 1
      return
    }
    if (record.role === 'cache_hit' || record.role === 'replay') return this.#again(record)
    const { attempts, used, cost, unknown, duration, firstContent, overhead } = this.#kindOf(record)
    attempts.value += 1
    if (record.usage !== null) {
      for (const kind of kinds) {
        const count = record.usage[kind]
        if (count > 0) used(kind).value += count
      }
    }
    if (record.savedBy !== null) this.#countSaved(record)
    if (record.cost === null) unknown.value += 1
    else if (record.cost > 0n) cost.value += Number(record.cost) / 1e12
    if (record.totalUs !== null) observe(this.#duration, duration, record.totalUs / 1e6)
    if (record.firstContentUs !== null)
      observe(this.#firstContent, firstContent, record.firstContentUs / 1e6)
    if (record.overheadUs !== null) observe(this.#overhead, overhead, record.overheadUs / 1e6)
  }

  /** Nobody was asked: that it was quick says nothing of a provider. */
  #again(record: AttemptRecord): void {
    const { role, task, overheadUs } = record
    seriesOf(this.#givenAgain, { task: task ?? '', role }).value += 1
    this.#countSaved(record)
    if (overheadUs !== null) observe(this.#overhead, seriesOf(this.#overhead, {}), overheadUs / 1e6)
  }

  #countSaved({ task, saved, savedBy, role }: AttemptRecord): void {
    if (saved === null) return
    const of = { task: task ?? '', by: savedBy ?? (role === 'cache_hit' ? 'cache' : '') }
    const [family, size] = saved < 0n ? [this.#lost, -saved] : [this.#saved, saved]
    seriesOf(family, of).value += Number(size) / 1e12
  }

  /** The series that an attempt counts in: found without making anything, because every call asks. */
  #kindOf(record: AttemptRecord): AttemptSeries {
    const { provider, model, operation, task, role, endState } = record
    const ofModel = this.#kinds.next.get(provider)?.next.get(model)?.next.get(operation)
    const known = ofModel?.next.get(task)?.next.get(role)?.next.get(endState)?.series
    if (known) return known
    const made = this.#newKind(record)
    if (this.#kindsKnown < seriesMax) {
      let step = this.#kinds
      for (const part of [provider, model, operation, task, role, endState]) {
        let next = step.next.get(part)
        if (!next) step.next.set(part, (next = { next: new Map(), series: null }))
        step = next
      }
      step.series = made
      this.#kindsKnown += 1
    }
    return made
  }

  #newKind(record: AttemptRecord): AttemptSeries {
    const { provider, model, operation, task, role, endState } = record
    const labels = {
      gen_ai_provider_name: provider ?? '',
      gen_ai_request_model: model ?? '',
      gen_ai_operation_name: operation,
    }
    const byKind = new Map<Kind, Series>()
    return {
      attempts: seriesOf(this.#attempts, {
        ...labels,
        task: task ?? '',
        role,
        end_state: endState,
      }),
      cost: seriesOf(this.#cost, { ...labels, task: task ?? '' }),
      unknown: seriesOf(this.#unknown, labels),
      duration: seriesOf(this.#duration, labels),
      firstContent: seriesOf(this.#firstContent, labels),
      overhead: seriesOf(this.#overhead, {}),
      used: (kind) => {
        let series = byKind.get(kind)
        if (!series) {
          series = isUnit(kind)
            ? seriesOf(this.#units, { ...labels, unit: kind })
            : seriesOf(this.#tokens, { ...labels, gen_ai_token_type: kind })
          byKind.set(kind, series)
        }
        return series
      },
    }
  }

  /** For whoever adds them up. */
  counts(): MetricCounts {
    return this.#families.map(({ name, series }) => ({ name, series: [...series.values()] }))
  }

  /**
   * Prometheus' text format, version 0.0.4.
   * @param others  what other threads have counted, to be added
   */
  text(others: readonly MetricCounts[] = []): string {
    const lines: string[] = []
    for (const family of this.#families) {
      lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`)
      for (const series of summed(family, others)) write(lines, family, series)
    }
    for (const { name, help, read } of this.#gauges) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`)
      for (const { labels, value } of read())
        lines.push(`${name}${braced(labelText(labels))} ${value}`)
    }
    return `${lines.join('\n')}\n`
  }

  #family(
    name: string,
    type: Family['type'],
    help: string,
    bounds: readonly number[] = [],
  ): Family {
    const family: Family = { name, type, help, bounds, series: new Map() }
    this.#families.push(family)
    return family
  }
}

function seriesOf(family: Family, labels: Labels): Series {
  let text = labelText(labels)
  let series = family.series.get(text)
  if (series) return series
  if (family.series.size >= seriesMax) {
    text = 'overflow="true"'
    series = family.series.get(text)
    if (series) return series
  }
  series = { labels: text, value: 0, buckets: family.bounds.map(() => 0), count: 0 }
  family.series.set(text, series)
  return series
}

function summed(family: Family, others: readonly MetricCounts[]): Iterable<Readonly<Series>> {
  if (others.length === 0) return family.series.values()
  const sums = new Map<string, Series>()
  const all = others.flatMap((each) => each.find(({ name }) => name === family.name)?.series ?? [])
  for (const { labels, value, buckets, count } of [...family.series.values(), ...all]) {
    const sum = sums.get(labels)
    if (sum === undefined) {
      sums.set(labels, { labels, value, buckets: [...buckets], count })
      continue
    }
    sum.value += value
    sum.count += count
    for (const [index, counted] of buckets.entries()) sum.buckets[index]! += counted
  }
  return sums.values()
}

function observe({ bounds }: Family, series: Series, value: number): void {
  series.value += value
  series.count += 1
  for (let index = 0; index < bounds.length; index += 1) {
    if (!(value <= bounds[index]!)) continue
    series.buckets[index]! += 1
    return
  }
}

function write(lines: string[], { name, type, bounds }: Family, series: Series): void {
  if (type !== 'histogram') {
    lines.push(`${name}${braced(series.labels)} ${series.value}`)
    return
  }
  let below = 0
  bounds.forEach((bound, index) => {
    below += series.buckets[index]!
    lines.push(`${name}_bucket${braced(joined(series.labels, `le="${bound}"`))} ${below}`)
  })
  lines.push(
    `${name}_bucket${braced(joined(series.labels, 'le="+Inf"'))} ${series.count}`,
    `${name}_sum${braced(series.labels)} ${series.value}`,
    `${name}_count${braced(series.labels)} ${series.count}`,
  )
}

function joined(left: string, right: string): string {
  return left === '' ? right : `${left},${right}`
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}

/** Model names come from callers: cut, and without what would end a line or a string. */
function escaped(value: string): string {
  const cut = value.length > 120 ? value.slice(0, 120) : value
  return cut
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/\p{Cc}/gu, ' ')
}
