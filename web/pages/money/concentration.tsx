import type { ConcentrationJson } from '../../../src/server/contract/economics.ts'
import { Bars } from '../../charts/bars.tsx'
import { Money, When } from '../../parts/figures.tsx'
import { count, percent, unknown } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { Stat } from '../../parts/stat.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { Change } from './change.tsx'
import { Environment, useEnvironment } from './environment.tsx'
import { Notes } from './notes.tsx'

type Spread = ConcentrationJson['by_seller']
type TaskLock = ConcentrationJson['tasks'][number]

const views = [
  ['by_seller', 'Seller', 'who is paid'],
  ['by_host', 'Vendor behind', 'aggregators looked through'],
  ['by_author', 'Author', 'who can retire the model'],
  ['by_jurisdiction', 'Jurisdiction', 'whose law holds'],
] as const

/** On whom the spending hangs, and what it would take to go. */
export function Concentration() {
  const [env] = useEnvironment()
  const { answer, fault, again } = useAsk('/api/concentration', { query: { env } })
  return (
    <div className="stack">
      <div className="money-tools">
        <Environment />
        <span className="faint-text">the last 30 days</span>
      </div>
      {fault === null ? null : <Fault fault={fault} again={again} />}
      <div className="stats" role="group" aria-label="Figures">
        <Stat label="Spend" value={answer && <Money usd={answer.spend_usd} />} />
        {views.map(([view, label]) => (
          <Stat
            key={view}
            label={`HHI by ${label.toLowerCase()}`}
            value={answer && hhi(answer[view].hhi)}
            note={answer && level(answer[view])}
          />
        ))}
        <Stat
          label="Without tested substitute"
          value={answer && percent(answer.untested_share)}
          note={
            answer && (answer.untested_share === null ? null : <Money usd={answer.untested_usd} />)
          }
        />
      </div>
      {answer === null ? (
        fault === null ? (
          <Skeleton height={420} />
        ) : null
      ) : answer.tasks.length === 0 ? (
        <Panel title="Nothing hangs on anybody">
          <Empty title="No call was paid for in these 30 days">
            Once calls are on the ledger, this page says who gets the money and how hard each of
            them is to leave.
          </Empty>
        </Panel>
      ) : (
        <>
          <div className="grid">
            {views.map(([view, label, says]) => (
              <Card key={view}>
                <Shares title={label} says={says} spread={answer[view]} />
              </Card>
            ))}
          </div>
          <Locks tasks={answer.tasks} />
          <Notes title="How it was reckoned" notes={[`${answer.source}.`, ...answer.notes]} />
        </>
      )}
    </div>
  )
}

function hhi(value: number | null): string {
  return value === null ? unknown : count(Math.round(value))
}

/** Of the guidelines that courts use for mergers; 10,000 is one alone. */
function level({ hhi: value, effective_vendors: effective }: Spread) {
  if (value === null || effective === null) return null
  const word = value > 2_500 ? 'high' : value > 1_500 ? 'moderate' : 'low'
  return (
    <>
      <Tag tone={value > 2_500 ? 'warning' : 'plain'}>{word}</Tag> as if {effective.toFixed(1)}
    </>
  )
}

function Shares({
  title,
  says,
  spread,
}: {
  readonly title: string
  readonly says: string
  readonly spread: Spread
}) {
  const shown = spread.shares.slice(0, 6)
  const rest = spread.shares.slice(6)
  const bars = [
    ...shown.map(({ name, share }) => ({ label: name, value: share })),
    ...(rest.length === 0
      ? []
      : [
          {
            label: `${rest.length} others`,
            value: rest.reduce((sum, { share }) => sum + share, 0),
          },
        ]),
  ]
  return (
    <>
      <Bars title={title} unit={`share of spend, ${says}`} bars={bars} format={percent} />
      {spread.unknown_share === null || spread.unknown_share === 0 ? null : (
        <p className="faint-text">Of {percent(spread.unknown_share)} it is not known.</p>
      )}
    </>
  )
}

function Locks({ tasks }: { readonly tasks: readonly TaskLock[] }) {
  return (
    <Panel
      title="Lock-in by task"
      note="How hard it would be to move each task elsewhere, by the features that its calls use: 0 is free to go. A substitute counts as tested when a proof of the last 90 days compared it on the task’s own cases."
      flush
    >
      <Table<TaskLock>
        label="Lock-in by task"
        rows={tasks}
        keyOf={({ task, model }) => `${task ?? ''}\u0000${model}`}
        columns={[
          { title: 'Task', cell: ({ task }) => task ?? <span className="unknown">none</span> },
          { title: 'Most is spent on', cell: ({ model }) => <span title={model}>{model}</span> },
          { title: 'Spend', align: 'right', cell: ({ spend_usd: usd }) => <Money usd={usd} /> },
          {
            title: 'Lock-in',
            align: 'right',
            cell: ({ lock_in: lock }) => (
              <span className="ratio">
                <span className="ratio-track" aria-hidden="true">
                  <span className="ratio-bar" style={{ inlineSize: `${lock}%` }} />
                </span>
                {Math.round(lock)}
              </span>
            ),
          },
          {
            title: 'Uses',
            wideOnly: true,
            cell: ({ features }) => features.map(({ feature }) => feature).join(', '),
          },
          {
            title: 'Substitute',
            cell: ({ substitute, tested, tested_at: at }) =>
              substitute === null ? (
                <Tag tone="bad">none</Tag>
              ) : (
                <>
                  {tested ? (
                    <Tag tone="good">
                      tested <When at={at} style="date" />
                    </Tag>
                  ) : (
                    <Tag tone="warning">not tested</Tag>
                  )}{' '}
                  <span title={substitute}>{substitute}</span>
                </>
              ),
          },
          {
            title: 'Days to move',
            align: 'right',
            wideOnly: true,
            cell: ({ days_to_move: days }) => count(days),
          },
          {
            title: 'More a month',
            align: 'right',
            cell: ({ move_usd_per_month: usd }) => <Change usd={usd} />,
          },
        ]}
      />
    </Panel>
  )
}
