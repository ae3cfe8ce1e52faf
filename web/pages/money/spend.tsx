import type { CostsJson } from '../../../src/server/contract/costs.ts'
import { Bars } from '../../charts/bars.tsx'
import { partsAlongSteps, stepsOf } from '../../charts/steps.ts'
import { TimeSeries } from '../../charts/time-series.tsx'
import { Select } from '../../parts/field.tsx'
import { count, money, percent } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { spentOf } from '../../parts/spent.ts'
import { compared, comparedMoney, Stat } from '../../parts/stat.tsx'
import { Empty, Faults, Skeleton } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { useParam } from '../../state/location.ts'
import { type Range, spanOf, useRange } from '../../state/range.ts'
import { Exports } from './exports.tsx'
import { type Cut, cuts } from './pivot.ts'
import { PivotTable } from './pivot-table.tsx'

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
  return (
    <div className="stack">
      <Faults of={[costs, steps]} />
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
      <Stat label="Spend" {...comparedMoney(now, earlier, spentOf)} better="less" />
      <Stat label="Saved" {...comparedMoney(now, earlier, (of) => of.saved_usd)} better="more" />
      <Stat label="Per 1,000 calls" {...compared(now, earlier, perThousand, money)} better="less" />
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

function perThousand(total: CostsJson['total']): number | null {
  const usd = spentOf(total)
  return total.calls === 0 || usd === null ? null : (Number(usd) / total.calls) * 1_000
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
