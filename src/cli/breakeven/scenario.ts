import {
  type ScenarioName,
  scenarioNames,
  type ScenarioReport,
} from '../../control/economics/published.ts'
import type { Range } from '../../control/economics/scenarios.ts'
import { grouped, type Printer, table } from '../print.ts'

export function isScenario(name: string): name is ScenarioName {
  return (scenarioNames as readonly string[]).includes(name)
}

export function scenarioText(report: ScenarioReport, print: Printer): string {
  const apis = table(
    report.api,
    [
      { title: 'API', value: ({ option }) => option },
      { title: 'PRINTED', value: ({ printed }) => `$${printed}`, right: true },
      { title: 'OURS', value: ({ ours }) => `$${ours}`, right: true },
      { title: 'WHY', value: ({ why }) => why, shrinks: true },
    ],
    print,
  )
  const cards = table(
    report.cards,
    [
      { title: "DEEPSEEK'S OWN CARD, FOUR OF FIVE TOKENS INPUT", value: ({ when }) => when },
      { title: 'A MONTH', value: ({ monthly }) => `$${monthly}`, right: true },
    ],
    print,
  )
  const own = table(
    report.own,
    [
      { title: 'OWN MACHINES', value: ({ option }) => option },
      { title: 'PRINTED', value: ({ printed }) => dollars(printed), right: true },
      { title: 'WITH HIDDEN', value: ({ withHidden }) => dollars(withHidden), right: true },
      { title: 'TIMES THE API', value: ({ times }) => span(times), right: true },
      { title: 'WITH HIDDEN', value: ({ timesWithHidden }) => span(timesWithHidden), right: true },
      { title: 'BREAK-EVEN A DAY', value: ({ breakEven }) => millions(breakEven), right: true },
      {
        title: 'WITH HIDDEN',
        value: ({ breakEvenWithHidden }) => millions(breakEvenWithHidden),
        right: true,
      },
    ],
    print,
  )
  return [
    `${grouped(report.tokensPerDay)} tokens a day, ${grouped(report.tokensPerDay * 30)} a month of 30 days. Printed: "${report.printedVerdict}".`,
    '',
    apis,
    '',
    own,
    ...report.own.map(({ option, note }) => `${option}: ${note}`),
    '',
    cards,
    '',
    report.verdict,
    'The printed figures stand as printed; break-even is the volume at which the first API costs as much.',
  ].join('\n')
}

function dollars({ low, high }: Range): string {
  return `$${grouped(low)}-${grouped(high)}`
}

function span({ low, high }: Range): string {
  return `${low}-${high}`
}

function millions({ low, high }: Range): string {
  return `${grouped(Math.round(low / 1e6))}M-${grouped(Math.round(high / 1e6))}M`
}
