import { useState } from 'react'
import type { MarginJson, MarginRowJson } from '../../../src/server/contract/economics.ts'
import { Button, Link } from '../../parts/button.tsx'
import { Money } from '../../parts/figures.tsx'
import { count, percent, unknown } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Tag } from '../../parts/states.tsx'
import { type Order, Table } from '../../parts/table.tsx'
import { pathTo } from '../../state/location.ts'
import { download } from './csv.ts'

const shownMax = 100

/** Whoever leaves least stands first. */
export function MarginRows({
  report,
  title,
}: {
  readonly report: MarginJson
  readonly title: string
}) {
  const [order, setOrder] = useState<Order | null>({ column: 'Contribution', down: false })
  const [all, setAll] = useState(false)
  const { rows, total, by } = report
  if (rows.length === 0)
    return (
      <Panel title={`Margin per ${by}`}>
        <Empty title="Nobody called and nobody paid in this month">
          Calls say for whom they are in the header <code>x-freehold-customer</code>.
        </Empty>
      </Panel>
    )
  const first = (row: MarginRowJson): number =>
    Number(row.contribution_usd ?? Number.POSITIVE_INFINITY)
  const sorted = rows.toSorted((left, right) => first(left) - first(right))
  return (
    <Panel
      title={`Margin per ${by}`}
      flush
      aside={
        <Button
          onClick={() =>
            download(
              `margin-${report.month}-by-${by}`,
              [
                by,
                'revenue_usd',
                'model_cost_usd',
                'fees_usd',
                'shared_usd',
                'contribution_usd',
                'margin',
                'upstream_cents',
                'calls',
                'cost_unknown',
              ],
              sorted.map((row) => [
                row.group,
                { usd: row.revenue_usd },
                { usd: row.model_cost_usd },
                { usd: row.fees_usd },
                { usd: row.shared_usd },
                { usd: row.contribution_usd },
                row.margin,
                row.upstream_cents,
                row.calls,
                row.cost_unknown,
              ]),
            )
          }
        >
          Download CSV
        </Button>
      }
    >
      <Table<MarginRowJson>
        label={`Margin per ${by}`}
        rows={all ? sorted : sorted.slice(0, shownMax)}
        keyOf={({ group }) => group ?? '\u0000'}
        order={order}
        onOrder={setOrder}
        columns={[
          {
            title,
            cell: ({ group }) =>
              group === null ? (
                <span className="unknown">none</span>
              ) : by === 'cohort' ? (
                group
              ) : (
                <Link to={pathTo('/calls', { [by]: group })} title={group}>
                  {group}
                </Link>
              ),
            sort: ({ group }) => group,
          },
          {
            title: 'Contribution',
            align: 'right',
            cell: (row) => (
              <>
                {row.contribution_is === 'at most' ? <span className="faint-text">≤ </span> : null}
                <Money usd={row.contribution_usd} />
              </>
            ),
            sort: ({ contribution_usd: usd }) => (usd === null ? null : Number(usd)),
          },
          {
            title: 'Margin',
            align: 'right',
            cell: ({ margin }) => (
              <span className={margin !== null && margin < 0 ? 'loss' : undefined}>
                {percent(margin)}
              </span>
            ),
            sort: ({ margin }) => margin,
          },
          {
            title: 'Upstream',
            align: 'right',
            cell: (row) => cents(row.upstream_cents),
            sort: (row) => row.upstream_cents,
          },
          {
            title: 'Revenue',
            align: 'right',
            cell: (row) => <Money usd={row.revenue_usd} />,
            sort: (row) => Number(row.revenue_usd),
          },
          {
            title: 'Models',
            align: 'right',
            cell: (row) => <Money usd={row.model_cost_usd} />,
            sort: (row) => Number(row.model_cost_usd),
          },
          {
            title: 'Fees',
            align: 'right',
            wideOnly: true,
            cell: (row) => (row.fees_usd === null ? unknown : <Money usd={row.fees_usd} />),
          },
          {
            title: 'Shared',
            align: 'right',
            wideOnly: true,
            cell: (row) => <Money usd={row.shared_usd} />,
          },
          {
            title: 'Calls',
            align: 'right',
            wideOnly: true,
            cell: (row) => count(row.calls),
            sort: (row) => row.calls,
          },
          {
            title: 'Cost known',
            align: 'right',
            wideOnly: true,
            cell: ({ coverage, cost_unknown: without }) =>
              without > 0 ? (
                <Tag tone="warning" title={`${count(without)} attempts without a price`}>
                  {percent(coverage)}
                </Tag>
              ) : (
                percent(coverage)
              ),
          },
        ]}
        total={[
          'All',
          <Money key="contribution" usd={total.contribution_usd} />,
          percent(total.margin),
          cents(total.upstream_cents),
          <Money key="revenue" usd={total.revenue_usd} />,
          <Money key="models" usd={total.model_cost_usd} />,
          total.fees_usd === null ? unknown : <Money key="fees" usd={total.fees_usd} />,
          <Money key="shared" usd={total.shared_usd} />,
          count(total.calls),
          percent(total.coverage),
        ]}
      />
      {sorted.length > shownMax && !all ? (
        <div className="money-foot">
          <span className="faint-text">
            {count(shownMax)} of {count(sorted.length)} are shown.
          </span>
          <Button onClick={() => setAll(true)}>Show all</Button>
        </div>
      ) : null}
    </Panel>
  )
}

export function cents(value: number | null): string {
  return value === null ? unknown : `${value.toFixed(1)} ¢`
}
