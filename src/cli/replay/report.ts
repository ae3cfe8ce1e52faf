import type { MeasuredBill } from '../../control/replay/bill.ts'
import type { ReplayPlan } from '../../control/replay/plan.ts'
import { cacheMin } from '../../control/replay/price.ts'
import { usdText } from '../../core/money.ts'
import { dollars, duration, grouped, printable, type Printer, table } from '../print.ts'

/** How good a model was on the cases of an evaluation; null where there was none. */
export interface Quality {
  readonly model: string
  readonly score: number | null
  readonly low: number | null
  readonly high: number | null
  readonly cases: number
}

export interface ReplayReport {
  readonly task: string | null
  readonly since: string
  readonly until: string | null
  readonly plan: ReplayPlan
  /** Null with --dry. */
  readonly measured: readonly MeasuredBill[] | null
  readonly sampled: number
  readonly missed: ReadonlyMap<string, number>
  readonly failures: ReadonlyMap<string, number>
  readonly quality: readonly Quality[] | null
  readonly evals: string | null
}

/** Dollars as decimal text, as everywhere in JSON. */
export function replayJson(report: ReplayReport): unknown {
  const { plan, measured, quality } = report
  return {
    task: report.task,
    since: report.since,
    until: report.until,
    calls: plan.calls,
    strata: plan.strata.length,
    tokens: { prompt: plan.promptTokens, cached: plan.cachedTokens, output: plan.outputTokens },
    cost_usd: usdText(plan.cost),
    cost_unknown: plan.costUnknown,
    source: 'chats on the ledger that were answered whole, each at the price of its own hour',
    confidence:
      measured === null
        ? 'logged tokens as they are; how the models count and answer is not measured'
        : 'tokens measured on a stratified sample, with 95 % intervals',
    sampled: report.sampled,
    not_readable: Object.fromEntries(report.missed),
    failures: Object.fromEntries(report.failures),
    models: plan.dry.map(({ name, cost, unknown }) => {
      const bill = measured?.find(({ model }) => model === name) ?? null
      return {
        model: name,
        prices: pricedBy(plan, name),
        coverage: plan.calls === 0 ? null : 1 - unknown / plan.calls,
        dry: { cost_usd: unknown === plan.calls ? null : usdText(cost), cost_unknown: unknown },
        measured: bill && {
          n: bill.n,
          failed: bill.failed,
          cost_usd: bill.total && bill.total.value.toFixed(12),
          low_usd: bill.total?.low?.toFixed(12) ?? null,
          high_usd: bill.total?.high?.toFixed(12) ?? null,
          confidence: 0.95,
          input_ratio: bill.inputRatio,
          output_ratio: bill.outputRatio,
          latency_ms: bill.latencyMs,
          unmeasured_calls: bill.unmeasured,
        },
        quality: quality?.find(({ model }) => model === name) ?? null,
      }
    }),
  }
}

/** Who says what a model costs, and when that was read; the last written first. */
function pricedBy(
  { targets }: ReplayPlan,
  name: string,
): readonly { readonly source: string; readonly read_on: string | null }[] {
  const { prices = [] } = targets.find((target) => target.name === name)?.model ?? {}
  const said = new Map(
    prices.map(({ source, readOn }) => [
      JSON.stringify([source, readOn]),
      { source, read_on: readOn },
    ]),
  )
  return [...said.values()].toReversed()
}

export function replayText(report: ReplayReport, print: Printer): string {
  const { plan, measured, quality } = report
  const rows = plan.dry.map((dry) => ({
    ...dry,
    bill: measured?.find(({ model }) => model === dry.name) ?? null,
    quality: quality?.find(({ model }) => model === dry.name) ?? null,
  }))
  const span = `${grouped(plan.calls)} answered chats${report.task === null ? '' : ` of ${report.task}`} since ${report.since}${report.until === null ? '' : ` until ${report.until}`}`
  const paid = `They cost ${dollars(usdText(plan.cost))}${plan.costUnknown === 0 ? '' : `, and ${grouped(plan.costUnknown)} have no known cost`}: ${grouped(plan.promptTokens)} tokens of prompts (${share(plan.cachedTokens, plan.promptTokens)} cached), ${grouped(plan.outputTokens)} of answers.`
  const change = (value: number | null): string => {
    const now = Number(usdText(plan.cost))
    return value === null || now === 0 || plan.costUnknown > 0
      ? '-'
      : `${value >= now ? '+' : ''}${((100 * (value - now)) / now).toFixed(1)} %`
  }
  const known = ({ cost, unknown }: (typeof rows)[number]): number | null =>
    unknown > 0 ? null : Number(usdText(cost))
  const body = table(
    rows,
    [
      { title: 'ON', value: ({ name }) => name, shrinks: true },
      {
        title: 'SAME TOKENS',
        value: (row) => (row.unknown === plan.calls ? '?' : dollars(usdText(row.cost))),
        right: true,
      },
      {
        title: 'NO PRICE',
        value: ({ unknown }) => (unknown === 0 ? '' : grouped(unknown)),
        right: true,
      },
      ...(measured === null
        ? [
            {
              title: 'CHANGE',
              value: (row: (typeof rows)[number]) => change(known(row)),
              right: true,
            },
          ]
        : [
            {
              title: 'MEASURED',
              value: ({ bill }: (typeof rows)[number]) => money(bill?.total?.value ?? null),
              right: true,
            },
            {
              title: '95 %',
              value: ({ bill }: (typeof rows)[number]) =>
                bill?.total && bill.total.low !== null
                  ? `${money(bill.total.low)} to ${money(bill.total.high)}`
                  : '-',
            },
            {
              title: 'CHANGE',
              value: ({ bill }: (typeof rows)[number]) => change(bill?.total?.value ?? null),
              right: true,
            },
            {
              title: 'N',
              value: ({ bill }: (typeof rows)[number]) => grouped(bill?.n ?? 0),
              right: true,
            },
            {
              title: 'FAILED',
              value: ({ bill }: (typeof rows)[number]) => grouped(bill?.failed ?? 0),
              right: true,
            },
            {
              title: 'TOKENS IN',
              value: ({ bill }: (typeof rows)[number]) => times(bill?.inputRatio ?? null),
              right: true,
            },
            {
              title: 'OUT',
              value: ({ bill }: (typeof rows)[number]) => times(bill?.outputRatio ?? null),
              right: true,
            },
            {
              title: 'P50',
              value: ({ bill }: (typeof rows)[number]) => millis(bill?.latencyMs.p50 ?? null),
              right: true,
            },
          ]),
      ...(quality === null
        ? []
        : [
            {
              title: 'QUALITY',
              value: ({ quality: own }: (typeof rows)[number]) => percent(own?.score ?? null),
              right: true,
            },
            {
              title: '95 %',
              value: ({ quality: own }: (typeof rows)[number]) =>
                own === null || own.low === null || own.high === null
                  ? '-'
                  : `${percent(own.low)} to ${percent(own.high)}`,
            },
          ]),
    ],
    print,
  )
  return [span, paid, '', body, '', ...notesOf(report)].join('\n')
}

function notesOf({
  plan,
  measured,
  missed,
  failures,
  quality,
  evals,
}: ReplayReport): readonly string[] {
  const notes = [
    `SAME TOKENS takes the logged tokens as they are; each call at the price of its own hour and in the tier of its own prompt. Prompts are priced as cached where they were and the model has a price for it, from ${grouped(cacheMin)} tokens.`,
  ]
  for (const { name } of plan.targets) {
    const [last] = pricedBy(plan, name)
    if (last === undefined) continue
    const read = last.read_on === null ? '' : `, read ${last.read_on}`
    notes.push(`Prices of ${printable(name)}: ${printable(last.source)}${read}.`)
  }
  if (plan.dry.some(({ unknown }) => unknown > 0))
    notes.push('NO PRICE are calls for whose hour the catalog has no price: they are in no sum.')
  if (measured === null)
    notes.push(
      'Nobody was asked: how another model counts tokens and how long it answers is not in it.',
    )
  else {
    const rest = Math.max(0, ...measured.map(({ unmeasured }) => unmeasured))
    notes.push(
      `MEASURED is of ${grouped(plan.strata.length)} strata by size and cost. TOKENS are those of the model per token that was logged. Replays are on the ledger under the feature replay; no tool was run.`,
    )
    if (rest > 0)
      notes.push(
        `${grouped(rest)} calls are of strata in which nothing was measured: they are in the sum by the ratios of the others, and not in its interval.`,
      )
  }
  for (const [why, count] of missed)
    notes.push(`${grouped(count)} drawn calls were left out: ${why}.`)
  for (const [why, count] of failures) notes.push(`${grouped(count)} replays failed: ${why}`)
  if (measured !== null)
    notes.push(
      quality === null
        ? 'Quality was not graded: name a file of cases with --evals.'
        : `QUALITY is of the cases of ${evals ?? ''}.`,
    )
  return notes
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`
}

function money(usd: number | null): string {
  return usd === null ? '?' : dollars(usd.toFixed(12))
}

function times(ratio: number | null): string {
  return ratio === null ? '-' : `${ratio.toFixed(2)} x`
}

function millis(ms: number | null): string {
  return duration(ms === null ? null : ms * 1_000)
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(100 * value).toFixed(1)} %`
}
