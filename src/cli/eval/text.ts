import type { Comparison } from '../../control/evals/compare.ts'
import { type ModelEstimate, wholeCost } from '../../control/evals/estimate.ts'
import type { Estimate } from '../../control/evals/intervals.ts'
import type { JudgeReport } from '../../control/evals/judge/judge-report.ts'
import { judgeTexts } from '../../control/evals/judge/words.ts'
import type { Plan } from '../../control/evals/plan.ts'
import type { Report } from '../../control/evals/report.ts'
import type { Suite } from '../../control/evals/suite.ts'
import { differenceText, missingText, powerText, verdictText } from '../../control/evals/words.ts'
import { usdText } from '../../core/money.ts'
import {
  dim,
  dollars,
  duration,
  green,
  grouped,
  printable,
  type Printer,
  red,
  table,
  yellow,
} from '../print.ts'
import { timeText } from './progress.ts'

/** What a run will take, before it begins. */
export function estimateText(
  suite: Suite,
  plan: Plan,
  estimates: readonly ModelEstimate[],
  margin: number,
  print: Printer,
): string {
  const clusters = new Set(plan.cases.map(({ cluster }) => cluster)).size
  const together = clusters < plan.cases.length ? ` in ${counted(clusters, 'group')}` : ''
  const left =
    plan.ungradable.length === 0
      ? ''
      : ` ${grouped(plan.ungradable.length)} more cannot be graded here and will not be asked.`
  const lines = [
    `${printable(suite.name)}: ${counted(plan.cases.length, 'case')}${together}.${left}`,
    '',
    table(
      estimates,
      [
        { title: 'MODEL', value: ({ model }) => model, shrinks: true },
        { title: 'CALLS', value: ({ calls }) => grouped(calls), right: true },
        { title: 'KEPT', value: ({ kept }) => grouped(kept), right: true },
        { title: 'IN', value: ({ inputTokens }) => `~${grouped(inputTokens)}`, right: true },
        { title: 'OUT', value: ({ outputTokens }) => `~${grouped(outputTokens)}`, right: true },
        { title: 'BY', value: ({ outputBy }) => outputBy, shrinks: true },
        {
          title: 'COST',
          value: ({ cost }) => (cost === null ? 'price unknown' : `~${dollars(usdText(cost))}`),
          right: true,
        },
        {
          title: 'TIME',
          value: ({ seconds }) => (seconds === null ? '?' : `~${timeText(seconds)}`),
          right: true,
        },
      ],
      print,
    ),
  ]
  const cost = wholeCost(estimates)
  const known = estimates.filter((estimate) => estimate.cost !== null).length
  lines.push(
    '',
    cost === null
      ? `The price is known for ${known} of ${estimates.length} models; what the others cost is not known, and will not be.`
      : `About ${dollars(usdText(cost))} in all.`,
  )
  if (estimates.length > 1) lines.push(powerText(clusters, margin))
  lines.push('')
  return lines.join('\n')
}

/** The report for a terminal. */
export function reportText(report: Report, print: Printer): string {
  const { suite, models, comparisons, results } = report
  const faint = (text: string): string => (print.colour ? dim(text) : text)
  const what = suite.metric === 'score' ? 'SCORE' : 'PASSED'
  const lines = [
    table(
      models,
      [
        { title: 'MODEL', value: ({ model }) => model, shrinks: true },
        { title: what, value: ({ score }) => percent(score.mean), right: true },
        { title: '95 %', value: ({ score }) => between(score) },
        ...(suite.metric === 'score'
          ? [
              {
                title: 'PASSED',
                value: ({ passes }: (typeof models)[number]) => percent(passes.mean),
                right: true,
              },
            ]
          : []),
        {
          title: 'CASES',
          value: ({ score, cases }) =>
            score.cases === cases ? grouped(cases) : `${grouped(score.cases)} of ${grouped(cases)}`,
          right: true,
        },
        {
          title: '$ / 1,000',
          value: ({ costPer1000 }) => (costPer1000 === null ? '?' : dollars(usdText(costPer1000))),
          right: true,
        },
        { title: 'P50', value: ({ latencyMs: { p50 } }) => millis(p50), right: true },
        { title: 'P95', value: ({ latencyMs: { p95 } }) => millis(p95), right: true },
      ],
      print,
    ),
  ]
  if (comparisons.length > 0) {
    const [{ reference }] = comparisons as [Comparison]
    lines.push(
      '',
      `Beside ${printable(reference)}, case by case:`,
      '',
      table(
        comparisons,
        [
          { title: 'MODEL', value: ({ model }) => model, shrinks: true },
          { title: 'DIFFERENCE', value: ({ difference }) => differenceText(difference) },
          { title: 'WINS', value: ({ wins }) => grouped(wins), right: true },
          { title: 'LOSSES', value: ({ losses }) => grouped(losses), right: true },
          { title: 'TIES', value: ({ ties }) => grouped(ties), right: true },
        ],
        print,
      ),
      '',
      ...comparisons.map((comparison) => {
        const text = printable(verdictText(comparison, report.margin))
        return print.colour ? colourOf(comparison)(text) : text
      }),
    )
  }
  for (const model of models) {
    const missing = missingText(model)
    if (missing !== null) {
      const text = missing.split('\n').map(printable).join('\n')
      lines.push('', print.colour ? yellow(text) : text)
    }
  }
  if (report.judge !== undefined) lines.push('', ...judgeLines(report.judge, print))
  const clusters = models[0]?.score.clusters ?? 0
  const notes = [
    `${counted(results.length, 'answer')}, ${grouped(report.kept)} of them kept from before. Spent: ${dollars(usdText(report.spent))}${models.some(({ costUnknown, gradingCost }) => costUnknown > 0 || gradingCost === null) ? ' and what is not known' : ''}. On the ledger under the feature eval.`,
    `Intervals by ${[...new Set(models.map(({ score }) => methods[score.method]))].join(', ')} over ${counted(clusters, clusters === (models[0]?.score.cases ?? 0) ? 'case' : 'group')}; seed ${report.seed}.`,
  ]
  lines.push('', ...notes.map((note) => faint(note)))
  return lines.join('\n')
}

const methods = {
  wilson: "Wilson's method",
  clustered: 'clustered standard errors',
  bootstrap: 'bootstrap',
  'rogan-gladen': "Rogan and Gladen's correction of the judge's errors",
  'prediction-powered': 'prediction-powered inference',
  none: 'nothing',
} as const satisfies Record<Estimate['method'], string>

function judgeLines(judge: JudgeReport, print: Printer): readonly string[] {
  return judgeTexts(judge).map((sentence) => {
    const text = printable(sentence)
    return print.colour && judge.why !== null && sentence.startsWith('No verdict')
      ? yellow(text)
      : text
  })
}

function colourOf({ verdict }: Comparison): (text: string) => string {
  if (verdict === 'better' || verdict === 'no worse') return green
  return verdict === 'worse' ? red : yellow
}

/** '1 case', '1,200 cases' */
function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`
}

function between({ interval }: Estimate): string {
  return interval === null
    ? '-'
    : `${(100 * interval.low).toFixed(1)} to ${(100 * interval.high).toFixed(1)}`
}

function millis(ms: number | null): string {
  return duration(ms === null ? null : ms * 1_000)
}
