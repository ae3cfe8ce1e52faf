import { useMemo, useState } from 'react'
import type { CostsJson } from '../../../src/server/contract/costs.ts'
import { Button, Link } from '../../parts/button.tsx'
import { Money } from '../../parts/figures.tsx'
import { count, money, percent } from '../../parts/format.ts'
import { type Column, type Order, Table } from '../../parts/table.tsx'
import { pathTo } from '../../state/location.ts'
import { download } from './csv.ts'
import { type Cut, cuts, isSearchable, type PivotRow, pivotOf, type Sum } from './pivot.ts'

const shownMax = 100

/** Each figure leads to its calls, where calls can be searched by it. */
export function PivotTable({
  costs,
  by,
  across,
}: {
  readonly costs: CostsJson
  readonly by: Cut
  readonly across: Cut | null
}) {
  const pivot = useMemo(() => pivotOf(costs, by, across), [costs, by, across])
  const [order, setOrder] = useState<Order | null>(null)
  const [all, setAll] = useState(false)
  const title = cuts.find(([cut]) => cut === by)![1]
  const link = (name: string | null, column?: string | null): string | null => {
    if (name === null || !isSearchable(by)) return null
    if (column === undefined || column === null || across === null || !isSearchable(across))
      return pathTo('/calls', { [by]: name })
    return pathTo('/calls', { [by]: name, [across]: column })
  }
  const names = [
    ...pivot.columns.map((name) => name ?? 'none'),
    ...(pivot.others === 0 ? [] : [`${pivot.others} others`]),
  ]
  const columns: Column<PivotRow>[] = [
    {
      title,
      cell: ({ name }) => {
        const to = link(name)
        if (name === null) return <span className="unknown">none</span>
        return to === null ? (
          name
        ) : (
          <Link to={to} title={name}>
            {name}
          </Link>
        )
      },
      sort: ({ name }) => name,
    },
    {
      title: 'Spend',
      align: 'right',
      cell: ({ sum }) => <Amount sum={sum} />,
      sort: ({ sum }) => sum.usd,
    },
    {
      title: 'Share',
      align: 'right',
      width: '108px',
      cell: ({ sum }) => <Share part={sum.usd} whole={pivot.total.usd} />,
    },
    {
      title: 'Calls',
      align: 'right',
      cell: ({ sum }) => count(sum.calls),
      sort: ({ sum }) => sum.calls,
    },
    ...names.map((name, index): Column<PivotRow> => ({
      title: name,
      heading: shortOf(name),
      align: 'right',
      wideOnly: true,
      cell: (row) => {
        const cell = row.cells[index]
        if (cell === undefined) return <span className="faint-text">·</span>
        const to = index < pivot.columns.length ? link(row.name, pivot.columns[index]) : null
        return to === null ? (
          <Amount sum={cell} />
        ) : (
          <Link to={to} className="quiet-link">
            <Amount sum={cell} />
          </Link>
        )
      },
      sort: ({ cells }) => cells[index]?.usd ?? null,
    })),
  ]
  const rows = all ? pivot.rows : pivot.rows.slice(0, shownMax)
  return (
    <>
      <Table
        label={`Spend by ${title}`}
        columns={columns}
        rows={rows}
        keyOf={({ name }) => name ?? '\u0000'}
        order={order}
        onOrder={setOrder}
        total={[
          'All',
          <Total key="usd" sum={pivot.total} usd={costs.total.cost_usd} />,
          percent(1),
          count(costs.total.calls),
          ...names.map((name, index) => (
            <Amount key={name} sum={together(pivot.rows.map(({ cells }) => cells[index]))} />
          )),
        ]}
      />
      <div className="money-foot">
        <span className="faint-text">
          {costs.cut
            ? 'There are more: the dearest 10,000 combinations are here, and the sum is of all. '
            : ''}
          {pivot.rows.length > rows.length
            ? `${count(rows.length)} of ${count(pivot.rows.length)} are shown.`
            : ''}
        </span>
        {pivot.rows.length > rows.length ? (
          <Button onClick={() => setAll(true)}>Show all</Button>
        ) : null}
        <Button
          onClick={() =>
            download(
              `spend-by-${by}${across === null ? '' : `-and-${across}`}`,
              [
                by,
                ...(across === null ? [] : [across]),
                'calls',
                'attempts',
                'errors',
                'cost_usd',
                'cost_unknown',
                'saved_usd',
              ],
              costs.rows.map((row) => [
                row.group[by] ?? null,
                ...(across === null ? [] : [row.group[across] ?? null]),
                row.calls,
                row.attempts,
                row.errors,
                { usd: row.cost_usd },
                row.cost_unknown,
                { usd: row.saved_usd },
              ]),
            )
          }
        >
          Download CSV
        </Button>
      </div>
    </>
  )
}

function together(sums: readonly (Sum | undefined)[]): Pick<Sum, 'usd' | 'unknown'> {
  return {
    usd: sums.reduce((all, sum) => all + (sum?.usd ?? 0), 0),
    unknown: sums.reduce((all, sum) => all + (sum?.unknown ?? 0), 0),
  }
}

/** The ledger's own sum, digit for digit, where all of it is known. */
function Total({ sum, usd }: { readonly sum: Sum; readonly usd: string }) {
  return sum.unknown === 0 ? <Money usd={usd} /> : <Amount sum={sum} />
}

/** What is not known is not zero: a sum of unknown costs alone is a dash. */
function Amount({ sum }: { readonly sum: Pick<Sum, 'usd' | 'unknown'> }) {
  if (sum.unknown > 0 && sum.usd === 0)
    return (
      <span className="unknown" title={`The cost of ${count(sum.unknown)} attempts is not known`}>
        unknown
      </span>
    )
  const text = money(sum.usd)
  return sum.unknown === 0 ? (
    <span className="figure">{text}</span>
  ) : (
    <span
      className="figure"
      title={`The cost of ${count(sum.unknown)} further attempts is not known`}
    >
      <span className="faint-text">≥ </span>
      {text}
    </span>
  )
}

function Share({ part, whole }: { readonly part: number; readonly whole: number }) {
  const share = whole === 0 ? null : part / whole
  return (
    <span className="ratio">
      <span className="ratio-track" aria-hidden="true">
        <span className="ratio-bar" style={{ inlineSize: `${(share ?? 0) * 100}%` }} />
      </span>
      {percent(share)}
    </span>
  )
}

/** 'acme/large' as 'large': what stands behind is in the tooltip. */
function shortOf(name: string): string {
  const short = name.slice(name.lastIndexOf('/') + 1)
  return short.length > 22 ? `${short.slice(0, 21)}…` : short
}
