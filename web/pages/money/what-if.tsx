import { useMemo } from 'react'
import type { PriceEventJson } from '../../../src/server/contract/economics.ts'
import { Button } from '../../parts/button.tsx'
import { Select, TextField } from '../../parts/field.tsx'
import { When } from '../../parts/figures.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Choice } from '../../parts/tabs.tsx'
import { useAsk } from '../../state/ask.ts'
import { go, useParam, usePlace, withParams } from '../../state/location.ts'
import { type Range, spanOf, useRange } from '../../state/range.ts'
import { useSettled } from '../../state/settled.ts'
import { Environment, useEnvironment } from './environment.tsx'
import { PriceSlider, signed } from './price-slider.tsx'
import { Reckoning } from './reckoning.tsx'
import { Outcomes } from './what-if-outcomes.tsx'

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
                subjects.map((name) => (
                  <PriceSlider key={name} name={name} rise={moved[name] ?? 0} />
                ))
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
      <Reckoning
        asked={asked}
        isWhole={isAsked}
        title="What if prices were others?"
        empty={
          <Empty title="Move a slider, or play an event again">
            Every call of this time is priced anew by its own tokens: the bill, the margin, who
            turns negative, and what the next model of each task would save.
          </Empty>
        }
      >
        {(answer) => <Outcomes report={answer} />}
      </Reckoning>
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
