import { grouped, type Printer, table } from '../print.ts'
import type { BreakEvenResult, BreakEvenStudy } from '../../control/economics/breakeven-types.ts'

export function studyText(study: BreakEvenStudy, print: Printer): string {
  const { traffic, api, machine, result, hybrid, simulation, dearer_rent: dearerRent } = study
  const facts: (readonly [string, string])[] = [
    ['traffic', traffic.source],
    [
      '',
      `${grouped(traffic.calls_per_month)} calls a month of ${traffic.input_tokens} + ${traffic.output_tokens} tokens, ${grouped(traffic.tokens_per_day)} tokens a day; busiest hour ${traffic.peak_to_average} x the mean (${traffic.peak_source})`,
    ],
    ...lengthsText(traffic.lengths),
    ['API', `$${money(api.per_month)} a month, $${api.per_call} a call: ${api.source}`],
  ]
  if (machine.point !== null) {
    const { point } = machine
    facts.push(
      [
        'measured',
        `${point.model} on ${point.gpus} x ${point.gpu}, ${point.engine} ${point.precision}: ${point.calls_per_second} calls/s of ${point.input_tokens} + ${point.output_tokens} tokens, ${point.concurrency} at once, ${point.ttft_ms} ms to the first token, ${point.tpot_ms} ms for each more`,
      ],
      [
        '',
        `${point.source}, ${point.measured ?? 'without a date'}${point.derived ? '; the rate was reckoned from the latencies' : ''}`,
      ],
      ...beyondText(machine.beyond),
      ['rent', `$${machine.rent_per_gpu_hour} a card and hour: ${machine.rent_source}`],
    )
    if (machine.rent_span !== null)
      facts.push([
        '',
        `offers from $${machine.rent_span.low} to $${machine.rent_span.high}, read ${machine.rent_span.read}`,
      ])
    facts.push([
      'fixed',
      `$${money(machine.fixed_per_month)} a month: people and what nobody quotes`,
    ])
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
      ['API alone', money(api.per_month), ''],
      [
        'own machines alone',
        money(result.own_per_month),
        `${replicas(Number(result.replicas))}, ${percent(result.utilisation)} of what they could serve`,
      ],
      ...(hybrid === null
        ? []
        : [
            [
              'best mix, hour by hour',
              money(hybrid.per_month),
              hybrid.replicas === 0
                ? 'none of your own'
                : `${hybrid.replicas} of your own answer ${percent(hybrid.own_share)} of the calls`,
            ],
          ]),
      ...(simulation === null
        ? []
        : [
            [
              'own, by simulation',
              money(simulation.per_month),
              `${replicas(simulation.replicas)}, ${percent(simulation.utilisation)} busy, ${percent(simulation.late)} of ${grouped(simulation.calls)} calls wait over 1 s`,
            ],
          ]),
      ...(dearerRent === null
        ? []
        : [['own, rent half as high again', money(dearerRent.own_per_month), '']]),
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
      breakEvenText(result, study.by_rent),
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

function breakEvenText(result: BreakEvenResult, byRent: BreakEvenStudy['by_rent']): string {
  const { first, sustained_from: forGood, first_tokens_per_day: perDay, why } = result
  const earning = result.utilisation_to_break_even
  const full =
    earning === null
      ? ''
      : ` A replica earns its rent when ${percent(earning)} of what it can serve is used.`
  const rentText =
    byRent === null
      ? ''
      : ` At the lowest offer ($${byRent.lowest.rent}) for good from ${volume(byRent.lowest.sustained_from)}, at the highest ($${byRent.highest.rent}) from ${volume(byRent.highest.sustained_from)}.`
  if (first === null) return `Break-even: never, because ${why}.${full}${rentText}`
  const good =
    forGood === null
      ? `; never for good, because ${why}`
      : `; for good from ${grouped(Number(forGood))}`
  const tokens = perDay === null ? '' : ` (${grouped(perDay)} tokens a day)`
  return `Break-even: from ${grouped(Number(first))} calls a month${tokens}${good}.${full}${rentText}`
}

function lengthsText(lengths: BreakEvenStudy['traffic']['lengths']): readonly [string, string][] {
  if (lengths === null) return []
  const { calls, input, output } = lengths
  const span = ({ p50, p95, most }: typeof input): string =>
    `half up to ${grouped(p50)}, 95 % up to ${grouped(p95)}, none over ${grouped(most)}`
  return [['', `tokens in, of ${grouped(calls)} calls drawn: ${span(input)}; out: ${span(output)}`]]
}

function beyondText(beyond: number | null): readonly [string, string][] {
  return beyond === null || beyond === 0
    ? []
    : [
        [
          '',
          `${percent(beyond)} of the calls are longer than that; the simulation leaves them with the API`,
        ],
      ]
}

function volume(calls: string | null): string {
  return calls === null ? 'never' : `${grouped(Number(calls))} calls`
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
