import type { Instant } from '../../src/core/clock.ts'
import { usd } from '../../src/core/money.ts'
import { noUsage } from '../../src/core/usage.ts'
import { gauges } from '../../src/server/gauges.ts'
import { Metrics } from '../../src/server/metrics.ts'
import { aRecord } from '../../src/store/rows.suite.ts'
import { code, type Page, table } from './markdown.ts'

/** From the text that a gateway gives after one call of each kind. */
export function metricsPage(): Page {
  return {
    name: 'metrics.md',
    title: 'Metrics',
    blocks: [
      'What `GET /metrics` gives, in the text format of Prometheus, to a key with the role `viewer` or `admin`. Names that OpenTelemetry has for generative calls are used where it has one (`gen_ai_...`).',
      table(
        ['name', 'type', 'labels', 'what'],
        familiesOf(exampleText()).map(({ name, type, labels, help }) => [
          code(name),
          type,
          labels.map(code).join(' '),
          help,
        ]),
      ),
      'Counters and histograms begin at 0 when the process starts; the ledger does not, so take money from `freehold costs` or `/api/costs`. A gauge without a value is left out. Series of one name are bounded: what comes beyond the bound is counted together under `overflow="true"`. A model that a caller made up is cut at 120 characters.',
    ],
  }
}

interface FamilyWords {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
}

/** What a text in Prometheus' format holds. */
export function familiesOf(text: string): readonly FamilyWords[] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)\n((?:(?!# ).*\n)*)/gm)].map(
    ([, name = '', help = '', type = '', series = '']) => {
      const labels = [...series.matchAll(/[{,](\w+)=/g)].map((match) => match[1]!)
      return { name, help, type, labels: [...new Set(labels)].filter((label) => label !== 'le') }
    },
  )
}

function exampleText(): string {
  const metrics = new Metrics(
    gauges({
      journal: () => ({ queuedBytes: 0, recordsLost: 0, faults: 0 }),
      health: () => null,
      resting: () => 0,
      alarms: () => [
        {
          kind: 'disk_low',
          subject: 'store',
          severity: 'critical',
          text: '',
          firstAt: 0 as Instant,
          lastAt: 0 as Instant,
          count: 1,
          resolvedAt: null,
        },
      ],
      activeCalls: () => 0,
      shedding: () => ({ delayMs: 0, shed: 0 }),
    }),
  )
  metrics.observe(aRecord({ firstContentUs: 200_000 }))
  metrics.observe(aRecord({ cost: null }))
  metrics.observe(aRecord({ role: 'cache_hit', saved: usd('0.25') }))
  metrics.observe(aRecord({ operation: 'image', usage: { ...noUsage, images: 1 } }))
  metrics.observe(aRecord({ role: 'refused', errorCode: 'budget_spent' }))
  return metrics.text()
}
