import { useState } from 'react'
import type { WhatIfJson } from '../../../src/server/contract/economics.ts'
import { TimeSeries } from '../../charts/time-series.tsx'
import { Money, When } from '../../parts/figures.tsx'
import { count, money, percent, unknown } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { Tag } from '../../parts/states.tsx'
import { Choice } from '../../parts/tabs.tsx'
import { Table } from '../../parts/table.tsx'
import { Notes } from './notes.tsx'

/** The bill as it is, and with other prices. */
export function Outcomes({ report }: { readonly report: WhatIfJson }) {
  const { before, after, rerouted } = report
  const runway = (months: WhatIfJson['before']['runway_months']): string =>
    months === null ? unknown : months === 'beyond' ? '60+ months' : `${months.toFixed(1)} months`
  const rows = [
    ['Bill', (each: typeof before) => <Money usd={each.bill_usd} />],
    [
      'Contribution',
      (each: typeof before) =>
        each.contribution_usd === null ? (
          <span className="unknown">{unknown}</span>
        ) : (
          <Money usd={each.contribution_usd} />
        ),
    ],
    ['Margin', (each: typeof before) => percent(each.margin)],
    ['Runway', (each: typeof before) => runway(each.runway_months)],
    ['Losers', (each: typeof before) => count(each.losers)],
  ] as const
  const rise =
    Number(before.bill_usd) === 0 ? null : Number(after.bill_usd) / Number(before.bill_usd) - 1
  return (
    <>
      <Panel
        title={report.what.join(', ')}
        aside={
          rise === null ? undefined : (
            <Tag tone={rise > 0 ? 'bad' : 'good'}>
              bill {rise < 0 ? '−' : '+'}
              {percent(Math.abs(rise))}
            </Tag>
          )
        }
        flush
      >
        <Table
          label="Before and after"
          rows={rows}
          keyOf={([name]) => name}
          columns={[
            { title: '\u00a0', cell: ([name]) => name },
            { title: 'As it is', align: 'right', cell: ([, show]) => show(before) },
            {
              title: 'With these prices',
              align: 'right',
              cell: ([, show]) => <strong>{show(after)}</strong>,
            },
            ...(rerouted === null
              ? []
              : [
                  {
                    title: 'Rerouted where cheaper',
                    align: 'right' as const,
                    cell: ([, show]: (typeof rows)[number]) => show(rerouted),
                  },
                ]),
          ]}
        />
        <p className="money-foot faint-text">
          <span>
            {money(report.struck_usd)} of the spending are struck, {percent(report.struck_share)}.{' '}
            {sayRise(report)} Priced anew: {percent(report.coverage.share)} of{' '}
            {count(report.coverage.attempts)} attempts.
          </span>
        </p>
      </Panel>
      <Card>
        <Days report={report} />
      </Card>
      <div className="grid">
        <Panel title="Who turns negative" flush>
          <Table
            label="Who turns negative"
            rows={report.turn_negative}
            keyOf={({ customer }) => customer ?? '\u0000'}
            empty={
              <p className="panel-line faint-text">
                Nobody who brings more than they cost would cost more than they bring.
              </p>
            }
            columns={[
              {
                title: 'Customer',
                cell: ({ customer }) => customer ?? <span className="unknown">none</span>,
              },
              {
                title: 'Before',
                align: 'right',
                cell: ({ before_usd: usd }) => <Money usd={usd} />,
              },
              { title: 'After', align: 'right', cell: ({ after_usd: usd }) => <Money usd={usd} /> },
            ]}
          />
          {report.turn_negative_count > report.turn_negative.length ? (
            <p className="panel-line faint-text">{count(report.turn_negative_count)} in all.</p>
          ) : null}
        </Panel>
        <Panel title="Where tasks would go" flush>
          <Table
            label="Where tasks would go"
            rows={rerouted?.routes ?? []}
            keyOf={({ task, from }) => `${task} ${from}`}
            empty={
              <p className="panel-line faint-text">
                No task that is struck has a second model with a known price.
              </p>
            }
            columns={[
              { title: 'Task', cell: ({ task }) => task },
              {
                title: 'To',
                cell: ({ from, to, moves }) =>
                  moves ? (
                    <span title={`${to}, from ${from}`}>{to}</span>
                  ) : (
                    <span className="faint-text" title={`on ${from}; the next is ${to}`}>
                      stays
                    </span>
                  ),
              },
              {
                title: 'Staying',
                align: 'right',
                cell: ({ stay_usd: usd }) => <Money usd={usd} />,
              },
              { title: 'Moving', align: 'right', cell: ({ move_usd: usd }) => <Money usd={usd} /> },
            ]}
          />
        </Panel>
      </div>
      {report.event?.moved_to ? (
        <p className="faint-text">
          The event is played as if it had come on <When at={report.event.moved_to} />, moved by
          whole weeks so that hours and weekdays stay what they are.
        </p>
      ) : null}
      <Notes
        title="How it was reckoned"
        notes={[`${report.source}; ${report.confidence}.`, ...report.notes]}
      />
    </>
  )
}

function sayRise({ largest_rise: rise, target_margin: target }: WhatIfJson): string {
  if (rise === null) return 'How far these prices could rise is not known.'
  return rise < 0
    ? `A margin of ${percent(target)} is not reached at the prices of today either.`
    : `They could rise ${rise > 10 ? `to ${count(rise + 1)} times as much` : `by ${percent(rise)}`} until a margin of ${percent(target)} is left.`
}

function Days({ report }: { readonly report: WhatIfJson }) {
  const [what, setWhat] = useState<'bill' | 'margin'>('bill')
  const { days } = report
  const at = days.map(({ day }) => new Date(`${day}T00:00`).getTime())
  const isMargin = what === 'margin'
  return (
    <>
      <Choice
        label="Day by day"
        value={what}
        options={[
          ['bill', 'Bill'],
          ['margin', 'Margin'],
        ]}
        onChange={setWhat}
      />
      <TimeSeries
        title={isMargin ? 'Margin by day' : 'Bill by day'}
        unit={isMargin ? 'share of revenue' : 'USD per day'}
        at={at}
        series={
          isMargin
            ? [
                { label: 'As it is', values: days.map((day) => day.margin_before) },
                { label: 'With these prices', values: days.map((day) => day.margin_after) },
              ]
            : [
                { label: 'As it is', values: days.map((day) => Number(day.before_usd)) },
                { label: 'With these prices', values: days.map((day) => Number(day.after_usd)) },
                ...(report.rerouted?.routes.some(({ moves }) => moves) !== true
                  ? []
                  : [{ label: 'Rerouted', values: days.map((day) => Number(day.rerouted_usd)) }]),
              ]
        }
        sums={!isMargin}
        format={isMargin ? percent : money}
      />
    </>
  )
}
