import type {
  DeprecationsJson,
  LiveDrillJson,
  RehearsalJson,
} from '../../../src/server/contract/drill.ts'
import { Select } from '../../parts/field.tsx'
import { Money, When } from '../../parts/figures.tsx'
import { count, money, percent, unknown } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Stat } from '../../parts/stat.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { useParam } from '../../state/location.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { Change } from './change.tsx'
import { Notes } from './notes.tsx'

/** What stops when a provider is gone, what drills have shown, and which models end. */
export function Leaving() {
  const range = useRange()
  const [asked, setAsked] = useParam('leave')
  const { answer: status } = useAsk('/api/status')
  const spend = useAsk('/api/costs', { query: { by: 'provider', ...spanOf(range) } })
  const live = status?.providers.map(({ id }) => id) ?? []
  const dearest = spend.answer?.rows
    .flatMap(({ group }) => group['provider'] ?? [])
    .find((id) => live.includes(id))
  const leave = asked ?? dearest ?? live[0] ?? null
  const drill = useAsk(leave === null ? null : '/api/economics/drill', {
    query: { leave, ...spanOf(range) },
  })
  const drills = useAsk('/api/economics/drills', { everyMs: 10_000 })
  const ending = useAsk('/api/economics/deprecations', { query: spanOf(range) })
  return (
    <div className="stack">
      <div className="money-tools">
        <Select
          label="Provider to leave"
          bare
          value={leave ?? ''}
          onChange={setAsked}
          options={
            live.length === 0 ? [['', 'no provider']] : live.map((id) => [id, `Leave ${id}`])
          }
        />
        <span className="faint-text">rehearsed on the sums of the ledger; no call is made</span>
      </div>
      {drill.fault === null ? null : <Fault fault={drill.fault} again={drill.again} />}
      {drill.answer === null ? (
        drill.fault === null ? (
          <Skeleton height={300} />
        ) : null
      ) : (
        <Rehearsed drill={drill.answer} />
      )}
      <Panel title="Drills with live calls" flush>
        {drills.fault === null ? null : <Fault fault={drills.fault} again={drills.again} />}
        {drills.answer === null ? (
          drills.fault === null ? (
            <Skeleton lines={3} />
          ) : null
        ) : (
          <Drills drills={drills.answer.drills} leave={leave} />
        )}
      </Panel>
      <Panel title="Models that end" flush>
        {ending.fault === null ? null : <Fault fault={ending.fault} again={ending.again} />}
        {ending.answer === null ? (
          ending.fault === null ? (
            <Skeleton lines={3} />
          ) : null
        ) : (
          <Ending ending={ending.answer} />
        )}
      </Panel>
      {ending.answer === null ? null : (
        <Notes
          title="What this rests on"
          notes={[...(drill.answer?.notes ?? []), ...ending.answer.notes]}
        />
      )}
    </div>
  )
}

function Rehearsed({ drill }: { readonly drill: RehearsalJson }) {
  return (
    <>
      <div className="stats" role="group" aria-label="Figures">
        <Stat
          label="Tasks that stop"
          value={<span className={drill.stops > 0 ? 'loss' : undefined}>{count(drill.stops)}</span>}
          note={`of ${count(drill.tasks.length)}`}
        />
        <Stat label="Customers who notice" value={count(drill.customers)} />
        <Stat label="Days of work" value={count(drill.days)} note="assumed" />
        <Stat
          label="Once"
          value={money(drill.one_off_usd)}
          note={`${money(drill.day_rate_usd)} a day`}
        />
        <Stat
          label="More a month"
          value={<Change usd={drill.monthly_change_usd} />}
          note={
            drill.monthly_change_usd === null
              ? drill.stops > 0
                ? 'of what stops it is not known'
                : 'a substitute has no price'
              : null
          }
        />
      </div>
      <Panel title={`Without ${drill.leave}`} flush>
        <Table
          label={`Without ${drill.leave}`}
          rows={drill.tasks}
          keyOf={({ task }) => task ?? '\u0000'}
          empty={
            <Empty title="Nothing hangs on it">
              No task names this provider, and nobody called it in this time.
            </Empty>
          }
          columns={[
            {
              title: 'Task',
              cell: ({ task }) => task ?? <span className="unknown">models by name</span>,
            },
            {
              title: 'What happens',
              cell: ({ stops, readiness }) =>
                stops ? (
                  <Tag tone="bad">stops</Tag>
                ) : readiness === 'tested' ? (
                  <Tag tone="good">goes on, tested</Tag>
                ) : (
                  <Tag tone="warning">goes on, not tested</Tag>
                ),
            },
            {
              title: 'Next',
              cell: ({ next }) => next ?? <span className="faint-text">nobody</span>,
            },
            {
              title: 'Attempts',
              align: 'right',
              wideOnly: true,
              cell: ({ attempts }) => count(attempts),
            },
            { title: 'Cost', align: 'right', cell: ({ cost_usd: usd }) => <Money usd={usd} /> },
            {
              title: 'More a month',
              align: 'right',
              cell: ({ monthly_change_usd: usd }) => <Change usd={usd} />,
            },
            {
              title: 'Customers',
              align: 'right',
              wideOnly: true,
              cell: ({ customers }) => (
                <span title={customers.slice(0, 20).join(', ')}>{count(customers.length)}</span>
              ),
            },
            { title: 'Days', align: 'right', cell: ({ days }) => count(days) },
          ]}
        />
      </Panel>
    </>
  )
}

function Drills({
  drills,
  leave,
}: {
  readonly drills: readonly LiveDrillJson[]
  readonly leave: string | null
}) {
  return (
    <Table<LiveDrillJson>
      label="Drills with live calls"
      rows={drills}
      keyOf={({ id }) => id}
      empty={
        <Empty title="No drill was run with live calls">
          A small share of calls is sent to the tested substitute for a while, and taken back when
          it does worse: <code>freehold drill --leave {leave ?? 'PROVIDER'} --live</code>
        </Empty>
      }
      columns={[
        { title: 'Left', cell: ({ leave: left, share }) => `${left}, ${percent(share)} of calls` },
        {
          title: 'State',
          cell: ({ state, why }) => (
            <Tag
              tone={state === 'running' ? 'info' : state === 'done' ? 'good' : 'warning'}
              {...(why === null ? {} : { title: why })}
            >
              {state}
            </Tag>
          ),
        },
        { title: 'Began', cell: ({ started_at: at }) => <When at={at} /> },
        { title: 'Calls', align: 'right', cell: ({ total }) => count(total.calls) },
        {
          title: 'Broke',
          align: 'right',
          cell: ({ total }) => <Rate rate={total.break_rate} interval={total.break_interval} />,
        },
        {
          title: 'Others broke',
          align: 'right',
          wideOnly: true,
          cell: ({ total: { others } }) => (
            <Rate rate={others.break_rate} interval={others.break_interval} />
          ),
        },
        { title: 'Net cost', align: 'right', cell: ({ total }) => <Change usd={total.net_usd} /> },
      ]}
    />
  )
}

function Rate({
  rate,
  interval,
}: {
  readonly rate: number | null
  readonly interval: readonly [number, number] | null
}) {
  if (rate === null) return <span className="unknown">{unknown}</span>
  return (
    <>
      {percent(rate)}
      {interval === null ? null : (
        <span className="faint-text" title="95 %, Clopper and Pearson">
          {' '}
          {percent(interval[0])} to {percent(interval[1])}
        </span>
      )}
    </>
  )
}

function Ending({ ending }: { readonly ending: DeprecationsJson }) {
  return (
    <Table
      label="Models that end"
      rows={ending.models}
      keyOf={({ model }) => model}
      empty={
        <Empty title="No model that was called has an announced end">
          {count(ending.models_checked)} models were called in this time. The feed of announcements
          ends in {ending.feed_ends}: ask the vendor before you rely on silence.
        </Empty>
      }
      columns={[
        { title: 'Model', cell: ({ model }) => <span title={model}>{model}</span> },
        {
          title: 'Ends',
          cell: ({ shutdown, days_left: days }) => (
            <>
              <span className="figure">{shutdown}</span>{' '}
              <Tag tone={days < 0 ? 'bad' : days <= 30 ? 'bad' : days <= 90 ? 'warning' : 'plain'}>
                {days < 0 ? `${count(-days)} days ago` : `in ${count(days)} days`}
              </Tag>
            </>
          ),
        },
        {
          title: 'Instead',
          cell: ({ replacement }) =>
            replacement ?? <span className="faint-text">none is named</span>,
        },
        { title: 'Spend', align: 'right', cell: ({ cost_usd: usd }) => <Money usd={usd} /> },
        { title: 'Calls', align: 'right', wideOnly: true, cell: ({ calls }) => count(calls) },
        { title: 'Tasks', wideOnly: true, cell: ({ tasks }) => tasks.join(', ') },
        {
          title: 'Customers',
          align: 'right',
          cell: ({ customers }) => (
            <span title={customers.slice(0, 20).join(', ')}>{count(customers.length)}</span>
          ),
        },
      ]}
    />
  )
}
