import { grouped, type Printer, table } from '../print.ts'
import type { Study } from './study.ts'

export function studyText(study: Study, print: Printer): string {
  const { traffic, api, machine, result, hybrid, simulation, dearerRent } = study
  const facts: (readonly [string, string])[] = [
    ['traffic', traffic.source],
    [
      '',
      `${grouped(traffic.callsPerMonth)} calls a month of ${traffic.inputTokens} + ${traffic.outputTokens} tokens, ${grouped(traffic.tokensPerDay)} tokens a day; busiest hour ${traffic.peakToAverage} x the mean (${traffic.peakSource})`,
    ],
    ['API', `$${money(api.perMonth)} a month, $${api.perCall} a call: ${api.source}`],
  ]
  if (machine.point !== null) {
    const { point } = machine
    facts.push(
      [
        'measured',
        `${point.model} on ${point.gpus} x ${point.gpu}, ${point.engine} ${point.precision}: ${point.callsPerSecond} calls/s of ${point.inputTokens} + ${point.outputTokens} tokens, ${point.concurrency} at once, ${point.ttftMs} ms to the first token, ${point.tpotMs} ms for each more`,
      ],
      [
        '',
        `${point.source}, ${point.measured ?? 'without a date'}${point.derived ? '; the rate was reckoned from the latencies' : ''}`,
      ],
      ['rent', `$${machine.rentPerGpuHour} a card and hour: ${machine.rentSource}`],
    )
    if (machine.rentSpan !== null)
      facts.push([
        '',
        `offers from $${machine.rentSpan.low} to $${machine.rentSpan.high}, read ${machine.rentSpan.read}`,
      ])
    facts.push(['fixed', `$${money(machine.fixedPerMonth)} a month: people and what nobody quotes`])
  }
  const lines = [
    table(
      facts,
      [
        { title: 'WHAT', value: ([what]) => what },
        { title: 'FIGURE', value: ([, figure]) => figure, shrinks: true },
      ],
      print,
    ),
    '',
  ]
  if (result !== null) {
    const months = [
      ['API alone', money(api.perMonth), ''],
      [
        'own machines alone',
        money(result.ownPerMonth),
        `${replicas(Number(result.replicas))}, ${percent(result.utilisation)} of what they could serve`,
      ],
      ...(hybrid === null
        ? []
        : [
            [
              'best mix, hour by hour',
              money(hybrid.perMonth),
              hybrid.replicas === 0
                ? 'none of your own'
                : `${hybrid.replicas} of your own answer ${percent(hybrid.ownShare)} of the calls`,
            ],
          ]),
      ...(simulation === null
        ? []
        : [
            [
              'own, by simulation',
              money(simulation.perMonth),
              `${replicas(simulation.replicas)}, ${percent(simulation.utilisation)} busy, ${percent(simulation.late)} of ${grouped(simulation.calls)} calls wait over 1 s`,
            ],
          ]),
      ...(dearerRent === null
        ? []
        : [['own, rent half as high again', money(dearerRent.ownPerMonth), '']]),
    ] as const
    lines.push(
      table(
        months,
        [
          { title: 'A MONTH OF YOUR TRAFFIC', value: ([what]) => what ?? '' },
          { title: 'USD', value: ([, usd]) => usd ?? '', right: true },
          { title: 'WITH', value: ([, , note]) => note ?? '', shrinks: true },
        ],
        print,
      ),
      '',
      breakEvenText(result),
    )
  }
  lines.push(
    '',
    table(
      study.exceptions,
      [
        { title: 'THE FIVE EXCEPTIONS', value: ({ question }) => question },
        { title: 'ANSWER', value: ({ answer }) => answer },
        { title: 'MEANS', value: ({ means }) => means, shrinks: true },
      ],
      print,
    ),
    '',
    study.verdict,
  )
  return lines.join('\n')
}

function breakEvenText(result: NonNullable<Study['result']>): string {
  const { first, sustainedFrom, firstTokensPerDay, why, utilisationToBreakEven } = result
  const full =
    utilisationToBreakEven === null
      ? ''
      : ` A replica earns its rent when ${percent(utilisationToBreakEven)} of what it can serve is used.`
  if (first === null) return `Break-even: never, because ${why}.${full}`
  const good =
    sustainedFrom === null
      ? `; never for good, because ${why}`
      : `; for good from ${grouped(Number(sustainedFrom))}`
  return `Break-even: from ${grouped(Number(first))} calls a month (${grouped(firstTokensPerDay ?? 0)} tokens a day)${good}.${full}`
}

function replicas(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'replica' : 'replicas'}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

/** '1,234.50' */
function money(usd: string): string {
  return Number(usd).toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })
}
