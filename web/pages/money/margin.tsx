import type { MarginJson, MarginRowJson } from '../../../src/server/contract/economics.ts'
import { XY } from '../../charts/xy.tsx'
import { Select, TextField } from '../../parts/field.tsx'
import { Money } from '../../parts/figures.tsx'
import { count, money, percent, unknown } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { Stat } from '../../parts/stat.tsx'
import { Empty, Fault, Skeleton } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { useParam } from '../../state/location.ts'
import { Environment, useEnvironment } from './environment.tsx'
import { cents, MarginRows } from './margin-rows.tsx'
import { Notes } from './notes.tsx'

const groupings = [
  ['customer', 'Customer'],
  ['feature', 'Feature'],
  ['cohort', 'Cohort'],
] as const

/** What each customer brings beside what they cost. Those who cost more stand first. */
export function Margin() {
  const [month, setMonth] = useParam('month')
  const [by, setBy] = useParam('group')
  const [env] = useEnvironment()
  const grouping = groupings.find(([name]) => name === by)?.[0] ?? 'customer'
  const asked = useAsk('/api/margin', { query: { month, by: grouping, env } })
  const report = asked.answer
  return (
    <div className="stack">
      <div className="money-tools">
        <TextField
          label="Month"
          bare
          type="month"
          value={month ?? report?.month ?? ''}
          onChange={(value) => setMonth(value === '' ? null : value)}
        />
        <Select
          label="By"
          bare
          value={grouping}
          onChange={(value) => setBy(value === 'customer' ? null : value)}
          options={groupings.map(([name, title]) => [name, `by ${title.toLowerCase()}`])}
        />
        <Environment />
      </div>
      {asked.fault === null ? null : <Fault fault={asked.fault} again={asked.again} />}
      <Figures report={report} />
      {report === null ? (
        asked.fault === null ? (
          <Skeleton height={420} />
        ) : null
      ) : (
        <>
          <div className="money-top">
            <Card>
              <Whale report={report} />
            </Card>
            <Panel title="What it says">
              <Sayings report={report} />
            </Panel>
          </div>
          <MarginRows report={report} title={groupings.find(([name]) => name === grouping)![1]} />
          <Notes
            title="How it was reckoned"
            notes={[
              `${report.cost.source}; ${report.cost.confidence}.`,
              ...report.shared.map(
                ({ name, usd, source }) =>
                  `${name}: ${usd === null ? unknown : money(usd)}, apportioned by model cost (${source}).`,
              ),
              ...report.missing.map((setting) => `Not entered, and in no figure: ${setting}.`),
              ...report.notes,
            ]}
          />
        </>
      )}
    </div>
  )
}

function Figures({ report }: { readonly report: MarginJson | null }) {
  const total = report?.total ?? null
  const losers = report?.rows.filter(isLoser).length ?? null
  return (
    <div className="stats" role="group" aria-label="Figures">
      <Stat
        label="Revenue"
        value={total && <Money usd={total.revenue_usd} />}
        note={
          report &&
          (report.revenue.rows === 0 ? 'none is entered' : `${count(report.revenue.rows)} payments`)
        }
      />
      <Stat label="Models" value={total && <Money usd={total.model_cost_usd} />} />
      <Stat
        label="Contribution"
        value={total && <Money usd={total.contribution_usd} />}
        note={total && total.contribution_is !== 'exact' ? total.contribution_is : null}
      />
      <Stat
        label="Margin"
        value={total && percent(total.margin)}
        note={
          report && report.elapsed < 1 ? `${percent(report.elapsed)} of the month is over` : null
        }
      />
      <Stat
        label="Upstream per dollar"
        value={report && cents(report.upstream?.cents ?? null)}
        note={
          report?.upstream
            ? `${report.upstream.low.toFixed(0)} to ${report.upstream.high.toFixed(0)} ¢ over ${count(report.upstream.customers)} customers`
            : null
        }
      />
      <Stat label="Who cost more" value={losers === null ? null : count(losers)} />
      <Stat
        label="Runway"
        value={
          report &&
          (report.runway === null
            ? unknown
            : report.runway.months === null
              ? '60+ months'
              : `${report.runway.months.toFixed(1)} months`)
        }
        note={report && report.runway === null ? 'no cash is entered' : null}
      />
    </div>
  )
}

function isLoser({ contribution_usd: usd }: MarginRowJson): boolean {
  return usd !== null && Number(usd) < 0
}

/** Running sums, the best first: how high it rises above its end is what the losers take. */
function Whale({ report }: { readonly report: MarginJson }) {
  const { whale, by } = report
  if (whale.length < 2)
    return (
      <div className="chart">
        <h2 className="chart-title">Whale curve</h2>
        <Empty title="Not enough to draw">
          It takes two {by}s whose contribution is known. Revenue is brought in by{' '}
          <code>freehold margin import</code>, or by <code>POST /api/revenue</code>.
        </Empty>
      </div>
    )
  const points = [{ groups: 0, usd: '0' }, ...whale]
  const best = whale.reduce((most, each) => (Number(each.usd) > Number(most.usd) ? each : most))
  const end = whale.at(-1)!
  return (
    <XY
      title="Whale curve"
      height={248}
      x={{ label: `${by}s, the best first`, format: count, from: 0 }}
      y={{ label: 'Contribution so far', format: money }}
      lines={[
        {
          label: 'Contribution so far',
          points: points.map(({ groups, usd }) => [groups, Number(usd)]),
        },
      ]}
      dots={[
        ...(best === end
          ? []
          : [{ label: `Best: ${money(best.usd)}`, x: best.groups, y: Number(best.usd) }]),
        { label: money(end.usd), x: end.groups, y: Number(end.usd), strong: true },
      ]}
    />
  )
}

function Sayings({ report }: { readonly report: MarginJson }) {
  const { pace, growth, revenue, by } = report
  const items = [
    ...(report.revenue.rows === 0
      ? [
          <>
            No revenue is entered, so nobody’s margin is known. Bring payments in by{' '}
            <code>freehold margin import revenue.csv</code>.
          </>,
        ]
      : []),
    ...(pace === null
      ? []
      : [
          <>
            At this pace the month ends with models of <Money usd={pace.model_cost_usd} />
            {pace.contribution_usd === null ? null : (
              <>
                {' '}
                and a contribution of <Money usd={pace.contribution_usd} />, a margin of{' '}
                {percent(pace.margin)}
              </>
            )}
            .
          </>,
        ]),
    ...(growth === null
      ? []
      : [
          <>
            {count(growth.users)} {by}s call and {count(growth.paying)} of them pay:{' '}
            {percent(growth.conversion)}. Each brings <Money usd={growth.arpu_usd} /> and costs{' '}
            <Money usd={growth.cost_per_user_usd} />
            {growth.more_users_more_loss ? <strong>. More users mean more loss.</strong> : '.'}
          </>,
          ...(growth.break_even_conversion === null
            ? []
            : [<>It breaks even from {percent(growth.break_even_conversion)} who pay.</>]),
        ]),
    ...(revenue.gaps.count === 0
      ? []
      : [
          <>
            {count(revenue.gaps.count)} paid the month before, call in this one, and have no
            revenue: <Names names={revenue.gaps.names} count={revenue.gaps.count} />
          </>,
        ]),
    ...(revenue.unknown_customers.count === 0
      ? []
      : [
          <>
            {count(revenue.unknown_customers.count)} paid and made no call:{' '}
            <Names
              names={revenue.unknown_customers.names}
              count={revenue.unknown_customers.count}
            />
          </>,
        ]),
    ...revenue.unconverted.map((each) => (
      <>Payments in {each.currency} have no known rate and are in no sum.</>
    )),
  ]
  if (items.length === 0)
    return <p className="faint-text">Every payment has its calls, and every call its price.</p>
  return (
    <ul className="sayings">
      {items.map((item, index) => (
        <li key={index}>{item}</li>
      ))}
    </ul>
  )
}

function Names({
  names,
  count: all,
}: {
  readonly names: readonly string[]
  readonly count: number
}) {
  const shown = names.slice(0, 6)
  return (
    <>
      {shown.join(', ')}
      {all > shown.length ? ` and ${count(all - shown.length)} more` : ''}
    </>
  )
}
