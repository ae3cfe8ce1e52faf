import type { ReactNode } from 'react'
import type { ProviderJson } from '../../../src/server/contract/failures.ts'
import type { StatusJson } from '../../../src/server/contract/status.ts'
import { count, duration, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { Told } from '../../parts/told.tsx'
import { useAsk } from '../../state/ask.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { providerOf } from './facts.ts'

interface RateRow {
  readonly subject: string
  readonly perMinute: number
  readonly waitMs: number
}

/** What the provider takes: as the file says, and as it was learned from being refused. */
export function Rates({
  provider,
  status,
}: {
  readonly provider: ProviderJson
  readonly status: StatusJson
}) {
  const range = useRange()
  const speed = useAsk('/api/performance', {
    query: { by: 'hour', provider: provider.id, ...spanOf(range) },
  })
  const learned = status.learned_rates
    .filter(({ subject }) => providerOf(subject) === provider.id)
    .map(({ subject, per_minute: perMinute, wait_ms: waitMs }): RateRow => ({
      subject,
      perMinute,
      waitMs,
    }))
  const { rate } = provider
  const throttled = speed.answer?.total.throttled ?? null
  const busiest = Math.max(0, ...(speed.answer?.rows ?? []).map(({ attempts }) => attempts)) / 60
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Requests', perMinute(rate?.requests_per_min ?? null)],
    ['Tokens', perMinute(rate?.tokens_per_min ?? null)],
    ['At once', (rate?.concurrent ?? null) === null ? 'no limit set' : count(rate!.concurrent)],
    [
      'Busiest hour',
      speed.answer === null ? '…' : busyText(busiest, rate?.requests_per_min ?? null),
    ],
    ['Refused for its rate', throttled === null ? '…' : `${count(throttled)} times in this time`],
  ]
  return (
    <Panel
      title="Rate headroom"
      aside={
        learned.length === 0 ? undefined : <Tag tone="info">{count(learned.length)} learned</Tag>
      }
    >
      <Told facts={facts} />
      {learned.length === 0 ? (
        <p className="faint-text">
          No key was refused for its rate in the last ten minutes: how much more it would take is
          not known.
        </p>
      ) : (
        <Table
          label="Rates that were learned"
          rows={learned}
          keyOf={({ subject }) => subject}
          columns={[
            {
              title: 'Key at a model',
              cell: ({ subject }) => <span className="mono">{subject}</span>,
            },
            {
              title: 'Takes, a minute',
              align: 'right',
              cell: ({ perMinute }) => count(Math.round(perMinute)),
            },
            {
              title: 'Next call in',
              align: 'right',
              cell: ({ waitMs }) => (waitMs === 0 ? 'now' : duration(waitMs * 1_000)),
            },
          ]}
        />
      )}
    </Panel>
  )
}

/** How near the busiest hour came to the limit. */
function busyText(busiest: number, limit: number | null): string {
  const text = `${busiest < 10 ? busiest.toFixed(1) : count(busiest)} a minute`
  return limit === null ? text : `${text}, ${percent(busiest / limit)} of the limit`
}

function perMinute(limit: number | null): string {
  return limit === null ? 'no limit set' : `${count(limit)} a minute`
}
