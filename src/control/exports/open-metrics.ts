import { type Money, usdText } from '../../core/money.ts'
import { type ChargeLine, picodollars } from '../economics/charge-line.ts'

interface Series {
  cost: bigint
  units: bigint
  attempts: number
}

const families = [
  [
    'freehold_charged_usd',
    'Dollars that were charged',
    ({ cost }: Series) => usdText(cost as Money),
  ],
  [
    'freehold_charged_units',
    'Tokens and other units that were charged',
    ({ units }: Series) => String(units),
  ],
  [
    'freehold_charged_requests',
    'Attempts that were charged',
    ({ attempts }: Series) => String(attempts),
  ],
] as const

const labels = ['provider', 'model', 'customer', 'feature', 'meter', 'purpose'] as const

/**
 * What was charged as OpenMetrics text: gauges of a span of time, since a counter would have to go on from the
 * last one. Amounts have all their digits.
 * @see https://github.com/prometheus/OpenMetrics (1.0, read 2026-11-22)
 */
export class OpenMetrics {
  readonly #series = new Map<string, Series>()

  add(lines: readonly ChargeLine[]): void {
    for (const line of lines) {
      const name = labels.flatMap((label) => {
        const value = line[label]
        return value === null ? [] : [`${label}="${escaped(value)}"`]
      })
      const key = name.join(',')
      const series = this.#series.get(key) ?? { cost: 0n, units: 0n, attempts: 0 }
      this.#series.set(key, series)
      series.cost += picodollars(line.cost_usd)
      series.units += BigInt(line.units)
      series.attempts += line.attempts
    }
  }

  text(): string {
    const lines = families.flatMap(([family, help, value]) => [
      `# TYPE ${family} gauge`,
      `# HELP ${family} ${help} in the time of the export.`,
      ...[...this.#series].map(([key, series]) => `${family}{${key}} ${value(series)}`),
    ])
    return [...lines, '# EOF', ''].join('\n')
  }
}

/** Names come from callers: what would end a label or a line does not. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll(/\p{Cc}/gu, ' ')
}
