import { useMemo, useState } from 'react'
import type { CostsJson } from '../../../src/server/contract/costs.ts'
import { Bars } from '../../charts/bars.tsx'
import { partsAlongSteps, stepsOf } from '../../charts/steps.ts'
import { TimeSeries } from '../../charts/time-series.tsx'
import { Button, Link } from '../../parts/button.tsx'
import { Select } from '../../parts/field.tsx'
import { Money } from '../../parts/figures.tsx'
import { count, money, percent } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { Stat } from '../../parts/stat.tsx'
import { Empty, Fault, Skeleton } from '../../parts/states.tsx'
import { type Column, type Order, Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo, useParam } from '../../state/location.ts'
import { type Range, spanOf, useRange } from '../../state/range.ts'
import { download } from './csv.ts'
import { Exports } from './exports.tsx'
import { type Cut, cuts, isSearchable, type PivotRow, pivotOf, type Sum } from './pivot.ts'

/** Spending by any two cuts, down to the calls. */
export function Spend() {
  const range = useRange()
  const [byAsked, setBy] = useParam('by')
  const [acrossAsked, setAcross] = useParam('across')
  const by = cutOf(byAsked) ?? 'customer'
  const across = acrossAsked === 'none' ? null : (cutOf(acrossAsked) ?? 'model')
  const second = across === by ? null : across
  const asked = second === null ? by : `${by},${second}`
  const costs = useAsk('/api/costs', { query: { by: asked, ...spanOf(range) } })
  const steps = useAsk('/api/costs', { query: { by: `${range.step},${by}`, ...spanOf(range) } })
  const before = useAsk(range.before && '/api/costs', {
    query: { by, ...(range.before && spanOf(range.before)) },
  })
  const fault = costs.fault ?? steps.fault
  return (
    <div className="stack">
      {fault === null ? null : <Fault fault={fault} again={costs.again} />}
      <Totals costs={costs.answer} before={range.before && before.answer} />
      {costs.answer?.total.attempts === 0 ? (
        <Panel title="Nothing was spent">
          <Empty title="No call in this time">
            Look at a longer time above. What calls cost stands here within a moment of their end.
          </Empty>
        </Panel>
      ) : (
        <>
          <div className="money-top">
            <Card>
              {steps.answer === null ? (
                <Skeleton height={242} />
              ) : (
                <Along costs={steps.answer} range={range} by={by} />
              )}
            </Card>
            <Card>
              {costs.answer === null ? <Skeleton height={242} /> : <Saved costs={costs.answer} />}
            </Card>
          </div>
          <Panel
            title="Spend by two cuts"
            flush
            aside={
              <>
                <Select
                  label="Rows"
                  bare
                  value={by}
                  onChange={(value) => setBy(value === 'customer' ? null : value)}
                  options={cuts}
                />
                <span className="faint-text">by</span>
                <Select
                  label="Columns"
                  bare
                  value={second ?? 'none'}
                  onChange={(value) => setAcross(value === 'model' ? null : value)}
                  options={[...cuts.filter(([cut]) => cut !== by), ['none', 'nothing else']]}
                />
              </>
            }
          >
            {costs.answer === null ? (
              <Skeleton lines={8} />
            ) : (
              <PivotTable costs={costs.answer} by={by} across={second} />
            )}
          </Panel>
        </>
      )}
      <Exports range={range} />
    </div>
  )
}

/** 'acme/large' as 'large': what stands behind is in the tooltip. */
function shortOf(name: string): string {
  const short = name.slice(name.lastIndexOf('/') + 1)
  return short.length > 22 ? `${short.slice(0, 21)}…` : short
}

function cutOf(name: string | null): Cut | null {
  return cuts.find(([cut]) => cut === name)?.[0] ?? null
}

function Totals({
  costs,
  before,
}: {
  readonly costs: CostsJson | null
  readonly before: CostsJson | null
}) {
  const [now, earlier] = [costs?.total ?? null, before?.total ?? null]
  return (
    <div className="stats" role="group" aria-label="Figures">
      <Stat
        label="Spend"
        value={now && <Money usd={now.cost_usd} />}
        now={now && Number(now.cost_usd)}
        before={earlier && Number(earlier.cost_usd)}
        better="less"
      />
      <Stat
        label="Saved"
        value={now && <Money usd={now.saved_usd} />}
        now={now && Number(now.saved_usd)}
        before={earlier && Number(earlier.saved_usd)}
        better="more"
      />
      <Stat
        label="Per 1,000 calls"
        value={now && money(perThousand(now))}
        now={now && perThousand(now)}
        before={earlier && perThousand(earlier)}
        better="less"
      />
      <Stat
        label="Cost known"
        value={
          now &&
          percent(now.attempts === 0 ? null : (now.attempts - now.cost_unknown) / now.attempts)
        }
        note={
          now &&
          (now.cost_unknown === 0
            ? 'of all attempts'
            : `${count(now.cost_unknown)} without a price`)
        }
      />
      <Stat
        label="Estimated"
        value={now && percent(now.attempts === 0 ? null : now.estimated / now.attempts)}
        note="tokens counted here"
      />
    </div>
  )
}

function perThousand({ cost_usd: usd, calls }: CostsJson['total']): number | null {
  return calls === 0 ? null : (Number(usd) / calls) * 1_000
}

function Along({
  costs,
  range,
  by,
}: {
  readonly costs: CostsJson
  readonly range: Range
  readonly by: Cut
}) {
  const steps = stepsOf(costs, range.step)
  const title = cuts.find(([cut]) => cut === by)![1].toLowerCase()
  return (
    <TimeSeries
      title={`Spend by ${title}`}
      unit={`USD per ${range.step}`}
      at={steps}
      series={partsAlongSteps(steps, costs.rows, range.step, by, (row) => Number(row.cost_usd))}
      kind="bars"
      stacked
      sums
      format={money}
    />
  )
}

/** What was done to spend less, in the words of the ledger. */
const reasons: Readonly<Record<string, string>> = {
  cache: 'Cache',
  seller: 'Cheaper seller',
  deadline: 'Cheaper tier',
  wait: 'Waiting',
  batch: 'Batches',
}

function Saved({ costs }: { readonly costs: CostsJson }) {
  const parts = Object.entries(costs.saved_by ?? {}).toSorted(
    ([, left], [, right]) => Number(right) - Number(left),
  )
  if (parts.length === 0)
    return (
      <div className="chart">
        <h2 className="chart-title">Saved by reason</h2>
        <Empty title="Nothing was saved in this time">
          Answers that are given again, cheaper sellers, batches and waiting for cheaper hours are
          counted here. Tasks ask for them with <code>cache</code>, <code>sellers</code> and{' '}
          <code>deadline</code>.
        </Empty>
      </div>
    )
  return (
    <Bars
      title="Saved by reason"
      unit="USD"
      format={money}
      bars={parts.map(([name, usd]) => ({
        label: name
          .split('+')
          .map((each) => reasons[each] ?? each)
          .join(' + '),
        value: Number(usd),
      }))}
    />
  )
}

const shownMax = 100

function PivotTable({
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
          <Money key="usd" usd={costs.total.cost_usd} />,
          percent(1),
          count(costs.total.calls),
          ...names.map((name, index) =>
            money(pivot.rows.reduce((sum, { cells }) => sum + (cells[index]?.usd ?? 0), 0)),
          ),
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

/** What is not known is not zero: a sum of unknown costs alone is a dash. */
function Amount({ sum }: { readonly sum: Sum }) {
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
