import type { Instant } from '../../src/core/clock.ts'
import type { CallId } from '../../src/core/ids.ts'
import { type Money, usd } from '../../src/core/money.ts'
import type { AttemptRecord } from '../../src/core/record.ts'
import { noUsage } from '../../src/core/usage.ts'
import { gauges, Metrics } from '../../src/server/metrics.ts'
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
    }),
  )
  metrics.observe(attempt({ cost: usd('1') }))
  metrics.observe(attempt({ cost: null }))
  metrics.observe(attempt({ role: 'refused', errorCode: 'budget_spent' }))
  return metrics.text()
}

function attempt(
  facts: Pick<Partial<AttemptRecord>, 'role' | 'errorCode'> & { readonly cost?: Money | null },
): AttemptRecord {
  return {
    callId: '01a200d6-2105-7686-a590-0c3769d12414' as CallId,
    attempt: 1,
    at: 0 as Instant,
    keyId: 'web',
    env: null,
    customer: null,
    feature: null,
    session: null,
    operation: 'chat',
    dialect: 'openai-chat',
    modelAsked: 'hello',
    task: 'hello',
    provider: 'acme',
    model: 'large',
    modelServed: 'large',
    credential: null,
    role: 'served',
    policy: 'fixed',
    reason: null,
    configHash: '',
    adapted: null,
    usage: { ...noUsage, input: 1, output: 1 },
    usageSource: 'provider',
    usageRaw: null,
    cost: null,
    costSource: 'table',
    priceId: null,
    reportedUsd: null,
    stream: false,
    status: 200,
    endState: 'complete',
    errorCode: null,
    errorText: null,
    finish: null,
    toolCalls: null,
    answerId: null,
    queueUs: 1,
    connectUs: 1,
    firstByteUs: 1,
    firstContentUs: 1,
    totalUs: 1,
    overheadUs: 1,
    ...facts,
  }
}
