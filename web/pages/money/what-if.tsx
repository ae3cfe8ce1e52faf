import { useEffect, useMemo, useState } from 'react'
import type { PriceEventJson, WhatIfJson } from '../../../src/server/contract/economics.ts'
import { TimeSeries } from '../../charts/time-series.tsx'
import { Button } from '../../parts/button.tsx'
import { Select, TextField } from '../../parts/field.tsx'
import { Money, When } from '../../parts/figures.tsx'
import { count, money, percent, unknown } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Choice } from '../../parts/tabs.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { go, useParam, usePlace, withParams } from '../../state/location.ts'
import { type Range, spanOf, useRange } from '../../state/range.ts'
import { useSettled } from '../../state/settled.ts'
import { Environment, useEnvironment } from './environment.tsx'
import { Notes } from './notes.tsx'

/** Subjects that have a slider of their own without being asked for. */
const slidersMax = 6

/** One's own calls under prices that are not those of today. The sliders stand in the address. */
export function WhatIf() {
  const range = useRange()
  const { query } = usePlace()
  const [env] = useEnvironment()
  const [subject, setSubject] = useParam('of')
  const by = subject === 'model' ? 'model' : 'provider'
  const spend = useAsk('/api/costs', { query: { by, ...spanOf(range) } })
  const { answer: events } = useAsk('/api/economics/events')
  const event = query.get('event')
  const moved = useMemo(() => shocksIn(query), [query])
  const settled = useSettled(
    useMemo(
      () => ({
        shocks:
          event === null
            ? Object.entries(moved).map(([name, rise]) => `${name}=${signed(rise)}`)
            : [],
        event,
        on: event === null ? null : query.get('on'),
        cash: amountIn(query.get('cash')),
        target: shareIn(query.get('target')),
      }),
      [moved, event, query],
    ),
  )
  const isAsked = settled.shocks.length > 0 || settled.event !== null
  const asked = useAsk(isAsked ? '/api/whatif' : null, {
    query: {
      shock: settled.shocks,
      event: settled.event,
      model: settled.on,
      cash: settled.cash,
      target_margin: settled.target,
      env,
      ...daysOf(range),
    },
  })
  const names = (spend.answer?.rows ?? [])
    .flatMap(({ group }) => group[by] ?? [])
    .slice(0, slidersMax)
  const subjects = [
    ...new Set([
      ...names,
      ...Object.keys(moved).filter((name) => name.includes('/') === (by === 'model')),
    ]),
  ]
  return (
    <div className="what-if">
      <Panel title="Prices">
        <div className="stack">
          <Select
            label="Play again what happened"
            value={event ?? ''}
            onChange={(value) =>
              go(withParams({ event: value === '' ? null : value }), { replace: true })
            }
            options={[
              ['', 'nothing: move the sliders'],
              ...(events?.events ?? [])
                .toSorted((left, right) => Number(right.live) - Number(left.live))
                .map(eventOption),
            ]}
          />
          {event === null ? (
            <>
              <Choice
                label="Prices of"
                value={by}
                options={[
                  ['provider', 'Providers'],
                  ['model', 'Models'],
                ]}
                onChange={(value) => setSubject(value === 'model' ? 'model' : null)}
              />
              {spend.fault === null ? null : <Fault fault={spend.fault} again={spend.again} />}
              {spend.answer === null ? (
                <Skeleton lines={4} />
              ) : subjects.length === 0 ? (
                <p className="faint-text">
                  Nobody was called in this time, so there is nothing to move.
                </p>
              ) : (
                subjects.map((name) => <Slider key={name} name={name} rise={moved[name] ?? 0} />)
              )}
              <Button
                kind="quiet"
                disabled={Object.keys(moved).length === 0}
                onClick={() =>
                  go(
                    withParams(
                      Object.fromEntries(Object.keys(moved).map((name) => [`rise.${name}`, null])),
                    ),
                    {
                      replace: true,
                    },
                  )
                }
              >
                Back to the prices of today
              </Button>
            </>
          ) : (
            <>
              <EventFacts event={events?.events.find(({ id }) => id === event) ?? null} />
              <PlayedOn range={range} />
            </>
          )}
          <Terms />
          <Environment />
        </div>
      </Panel>
      <div className="stack">
        {asked.fault === null ? null : <Fault fault={asked.fault} again={asked.again} />}
        {!isAsked ? (
          <Panel title="What if prices were others?">
            <Empty title="Move a slider, or play an event again">
              Every call of this time is priced anew by its own tokens: the bill, the margin, who
              turns negative, and what the next model of each task would save.
            </Empty>
          </Panel>
        ) : asked.answer === null ? (
          asked.fault === null ? (
            <Skeleton height={520} />
          ) : null
        ) : (
          <div
            className={asked.pending ? 'stack reckoning' : 'stack'}
            aria-busy={asked.pending || undefined}
          >
            <Outcomes report={asked.answer} />
          </div>
        )}
      </div>
    </div>
  )
}

function eventOption({ id, at, kind, live }: PriceEventJson): readonly [string, string] {
  return [id, `${at.slice(0, 10)} ${id}${live ? '' : ' (not called here)'} · ${kind}`]
}

function shocksIn(query: URLSearchParams): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...query].flatMap(([name, value]) => {
      const rise = Number(value)
      return name.startsWith('rise.') && value !== '' && Number.isFinite(rise) && rise !== 0
        ? [[name.slice('rise.'.length), Math.max(-100, Math.min(1_000, rise))]]
        : []
    }),
  )
}

function signed(rise: number): string {
  return `${rise < 0 ? '-' : '+'}${Math.abs(rise)}%`
}

function amountIn(text: string | null): string | null {
  return text !== null && /^\d{1,12}(\.\d{1,6})?$/.test(text) ? text : null
}

/** '20' per cent as '0.2'. */
function shareIn(text: string | null): string | null {
  return text !== null && /^\d{1,2}$/.test(text) ? String(Number(text) / 100) : null
}

/** Whole days are priced, and a year at most. */
function daysOf({ since, until }: Range): { readonly since: string; readonly until: string } {
  const earliest = until.getTime() - 365 * 86_400_000
  return spanOf({ since: new Date(Math.max(since.getTime(), earliest)), until })
}

/** The address learns where it came to rest: browsers count how often it is written. */
function Slider({ name, rise }: { readonly name: string; readonly rise: number }) {
  const [at, setAt] = useState(rise)
  useEffect(() => setAt(rise), [rise])
  const settled = useSettled(at, 120)
  useEffect(() => {
    if (settled === rise || settled !== at) return
    go(withParams({ [`rise.${name}`]: settled === 0 ? null : String(settled) }), { replace: true })
    // Only where the slider rests is told; what the address says comes by the effect above.
  }, [settled])
  return (
    <label className="slider">
      <span className="slider-name" title={name}>
        {name}
      </span>
      <output
        className={at === 0 ? 'figure faint-text' : at > 0 ? 'figure bad-text' : 'figure good-text'}
      >
        {at === 0 ? 'as it is' : signed(at).replace('-', '−')}
      </output>
      <input
        type="range"
        min={-100}
        max={400}
        step={5}
        value={at}
        aria-label={`Price of ${name}`}
        aria-valuetext={at === 0 ? 'as it is' : signed(at)}
        onChange={(event) => setAt(Number(event.target.value))}
      />
    </label>
  )
}

function EventFacts({ event }: { readonly event: PriceEventJson | null }) {
  if (event === null) return <Skeleton lines={3} />
  return (
    <div className="event-facts">
      <p>
        <strong>{event.id}</strong>, <When at={event.at} style="date" />: {event.kind}
        {event.effective ? '' : ', by the day on which a table changed'}.
      </p>
      <p className="faint-text">
        {event.models.join(', ')} of {event.provider}
      </p>
      {event.live ? null : <Tag tone="warning">no provider here is {event.provider}</Tag>}
      <p className="faint-text">{event.source}</p>
    </div>
  )
}

/** An event of a seller who is not called here can still be played on a model that is. */
function PlayedOn({ range }: { readonly range: Range }) {
  const [on, put] = useParam('on')
  const spend = useAsk('/api/costs', { query: { by: 'model', ...spanOf(range) } })
  return (
    <TextField
      label="Play it on"
      value={on ?? ''}
      onChange={(value) => put(value === '' ? null : value)}
      placeholder="its own models"
      suggestions={(spend.answer?.rows ?? []).flatMap(({ group }) => group['model'] ?? [])}
      hint="A model of yours gets the prices of the event."
    />
  )
}

function Terms() {
  const [cash, setCash] = useParam('cash')
  const [target, setTarget] = useParam('target')
  return (
    <div className="field-pair">
      <TextField
        label="Cash, USD"
        value={cash ?? ''}
        onChange={(value) => setCash(value === '' ? null : value)}
        placeholder="as configured"
        error={cash === null || amountIn(cash) !== null ? null : 'An amount such as 400000.'}
      />
      <TextField
        label="Margin to keep, %"
        value={target ?? ''}
        onChange={(value) => setTarget(value === '' ? null : value)}
        placeholder="0"
        error={target === null || shareIn(target) !== null ? null : 'A whole number below 100.'}
      />
    </div>
  )
}

function Outcomes({ report }: { readonly report: WhatIfJson }) {
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
