import { useState } from 'react'
import type { BenchmarkRowJson } from '../../../src/server/contract/performance.ts'
import { When } from '../../parts/figures.tsx'
import { count, duration, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { type Column, type Order, Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { Price } from '../tasks/price.tsx'
import { perSecond } from './facts.ts'

/** One's own vendors, measured on one's own calls. @param provider  null: all of them */
export function Benchmark({ provider = null }: { readonly provider?: string | null }) {
  const range = useRange()
  const asked = useAsk('/api/benchmark', { query: { provider, ...spanOf(range) } })
  const [order, setOrder] = useState<Order | null>(null)
  const missing = asked.answer?.missing_until ?? null
  return (
    <Panel
      title={provider === null ? 'Models, measured on your own calls' : 'Models'}
      note={
        missing === null ? undefined : (
          <>
            Calls up to <When at={missing} /> are in no figure: the store is older than these sums.
          </>
        )
      }
      flush
    >
      {asked.fault === null ? null : <Fault fault={asked.fault} again={asked.again} />}
      {asked.answer === null ? (
        asked.fault === null ? (
          <Skeleton lines={6} />
        ) : null
      ) : (
        <Table
          label="Models, measured"
          columns={columns}
          rows={asked.answer.rows}
          keyOf={({ model }) => model}
          to={({ model }) => pathTo('/calls', { model })}
          order={order}
          onOrder={setOrder}
          empty={
            <Empty title="No model was asked in this time">
              Every call measures: time to first token, throughput, failures. Look at a longer time
              above.
            </Empty>
          }
        />
      )}
    </Panel>
  )
}

const columns: readonly Column<BenchmarkRowJson>[] = [
  {
    title: 'Model',
    cell: ({ model, shutdown }) => (
      <>
        <span className="task-name" title={model}>
          {model}
        </span>
        {shutdown === null ? null : (
          <>
            {' '}
            <Tag tone="warning">
              ends <When at={shutdown} style="date" />
            </Tag>
          </>
        )}
      </>
    ),
    sort: ({ model }) => model,
  },
  {
    title: 'Price in / out',
    align: 'right',
    cell: (row) => (
      <>
        {row.price_changes.length === 0 ? null : (
          <Tag
            tone="warning"
            title={row.price_changes.map((at) => new Date(at).toUTCString()).join(', ')}
          >
            changed
          </Tag>
        )}{' '}
        <Price input={row.price_input} output={row.price_output} currency={row.currency} />
        {row.by_the_clock ? <span title="It depends on the hour or the weekday"> ◷</span> : null}
      </>
    ),
    sort: ({ price_output: rate }) => (rate === null ? null : Number(rate)),
  },
  {
    title: 'Context',
    align: 'right',
    wideOnly: true,
    cell: ({ context }) => count(context),
    sort: ({ context }) => context,
  },
  {
    title: 'TTFT p50',
    align: 'right',
    cell: ({ ttft_us: { p50 } }) => duration(p50),
    sort: ({ ttft_us: { p50 } }) => p50,
  },
  {
    title: 'TTFT p95',
    align: 'right',
    cell: ({ ttft_us: { p95 } }) => duration(p95),
    sort: ({ ttft_us: { p95 } }) => p95,
  },
  {
    title: 'Total p50',
    align: 'right',
    wideOnly: true,
    cell: ({ total_us: { p50 } }) => duration(p50),
    sort: ({ total_us: { p50 } }) => p50,
  },
  {
    title: 'Total p95',
    align: 'right',
    wideOnly: true,
    cell: ({ total_us: { p95 } }) => duration(p95),
    sort: ({ total_us: { p95 } }) => p95,
  },
  {
    title: 'Tokens/s',
    align: 'right',
    cell: ({ tokens_per_s: { p50 } }) => perSecond(p50),
    sort: ({ tokens_per_s: { p50 } }) => p50,
  },
  {
    title: 'Failed',
    align: 'right',
    cell: ({ error_rate: rate }) => percent(rate),
    sort: ({ error_rate: rate }) => rate,
  },
  {
    title: 'Up',
    align: 'right',
    wideOnly: true,
    cell: ({ uptime }) => percent(uptime),
    sort: ({ uptime }) => uptime,
  },
  {
    title: 'Exchanges',
    align: 'right',
    cell: ({ attempts }) => count(attempts),
    sort: ({ attempts }) => attempts,
  },
]
