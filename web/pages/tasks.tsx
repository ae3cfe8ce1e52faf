import type { CostRowJson, CostsJson } from '../../src/server/contract/costs.ts'
import type { PerformanceRowJson } from '../../src/server/contract/performance.ts'
import type { RouteJson } from '../../src/server/contract/routing.ts'
import type { TaskJson } from '../../src/server/contract/tasks.ts'
import { Trend } from '../charts/spark.tsx'
import { alongSteps, partsAlongSteps, type StepRow, stepsOf } from '../charts/steps.ts'
import { TimeSeries } from '../charts/time-series.tsx'
import { Money } from '../parts/figures.tsx'
import { count, duration, money, percent, unknown } from '../parts/format.ts'
import { Card, PageHead, Panel } from '../parts/panel.tsx'
import { spentOf } from '../parts/spent.ts'
import { Stat } from '../parts/stat.tsx'
import { Empty, Faults, Skeleton, Tag } from '../parts/states.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { TimeRange } from '../parts/time-range.tsx'
import { useAsk } from '../state/ask.ts'
import { pathTo } from '../state/location.ts'
import { spanOf, useRange } from '../state/range.ts'
import { Behind, behindText } from './tasks/behind.tsx'
import { type Standing, standingOf } from './tasks/facts.ts'

interface Row {
  readonly task: TaskJson
  readonly standing: Standing
  readonly route: RouteJson | null
  /** Null: nothing was called. */
  readonly cost: CostRowJson | null
  readonly speed: PerformanceRowJson | null
  readonly costTrend: readonly (number | null)[]
  readonly speedTrend: readonly (number | null)[]
}

/** What the application calls, and what stands behind it. */
export function TasksPage() {
  const range = useRange()
  const { step } = range
  const span = spanOf(range)
  const tasks = useAsk('/api/tasks', { everyMs: 30_000 })
  const costs = useAsk('/api/costs', { query: { by: 'task', ...span } })
  const speed = useAsk('/api/performance', { query: { by: 'task', ...span } })
  const costSteps = useAsk('/api/costs', { query: { by: `${step},task`, ...span } })
  const speedSteps = useAsk('/api/performance', { query: { by: `${step},task`, ...span } })
  const routes = useAsk('/api/routes', { everyMs: 30_000 })
  const certificates = useAsk('/api/certificates')
  const asked = [tasks, costs, speed, costSteps, speedSteps, routes, certificates]
  const fault = asked.find((each) => each.fault !== null)?.fault ?? null
  const isWhole = asked.slice(0, 3).every(({ answer }) => answer !== null)
  const rows = (tasks.answer?.tasks ?? []).map((task): Row => {
    const isOf = ({ group }: StepRow): boolean => group['task'] === task.name
    const route = routes.answer?.routes.find((each) => each.task === task.name) ?? null
    const [costRows, speedRows] = [costSteps.answer, speedSteps.answer]
    return {
      task,
      route,
      standing: standingOf(task, route, certificates.answer?.certificates ?? []),
      cost: costs.answer?.rows.find(isOf) ?? null,
      speed: speed.answer?.rows.find(isOf) ?? null,
      costTrend:
        costRows === null
          ? []
          : alongSteps(
              stepsOf(costRows, step),
              costRows.rows.filter(isOf),
              step,
              ({ calls, cost_usd: usd }) => (calls === 0 ? null : Number(usd) / calls),
              null,
            ),
      speedTrend:
        speedRows === null
          ? []
          : alongSteps(
              stepsOf(speedRows, step),
              speedRows.rows.filter(isOf),
              step,
              ({ total_us: total }) => total.p50,
              null,
            ),
    }
  })
  return (
    <>
      <PageHead title="Tasks">
        <TimeRange comparison={false} />
      </PageHead>
      <Faults of={asked} />
      <Figures rows={isWhole ? rows : null} />
      <Panel title="What the application calls" flush>
        {isWhole ? (
          <Table
            label="Tasks"
            columns={columns}
            rows={rows.toSorted(
              (left, right) => (right.cost?.calls ?? 0) - (left.cost?.calls ?? 0),
            )}
            keyOf={({ task }) => task.name}
            to={({ task }) => pathTo(`/tasks/${encodeURIComponent(task.name)}`)}
            empty={<NoTasks />}
          />
        ) : fault === null ? (
          <Skeleton lines={6} />
        ) : null}
      </Panel>
      <div className="grid after">
        <Card>
          {costSteps.answer === null ? (
            <Skeleton height={chartHeight} />
          ) : (
            <SpendByTask costs={costSteps.answer} step={step} />
          )}
        </Card>
        <Card>
          {costSteps.answer === null ? (
            <Skeleton height={chartHeight} />
          ) : (
            <CallsByTask costs={costSteps.answer} step={step} />
          )}
        </Card>
      </div>
    </>
  )
}

const chartHeight = 242

interface ByTask {
  readonly costs: CostsJson
  readonly step: 'hour' | 'day'
}

function SpendByTask({ costs, step }: ByTask) {
  const steps = stepsOf(costs, step)
  return (
    <TimeSeries
      title="Spend by task"
      unit={`USD per ${step}`}
      at={steps}
      series={partsAlongSteps(steps, tasksIn(costs), step, 'task', (row) => Number(row.cost_usd))}
      kind="bars"
      stacked
      sums
      format={money}
    />
  )
}

function CallsByTask({ costs, step }: ByTask) {
  const steps = stepsOf(costs, step)
  return (
    <TimeSeries
      title="Calls by task"
      unit={`per ${step}`}
      at={steps}
      series={partsAlongSteps(steps, tasksIn(costs), step, 'task', ({ calls }) => calls)}
      kind="bars"
      stacked
      sums
      format={count}
    />
  )
}

/** Without the calls that named a model. */
function tasksIn({ rows }: CostsJson): CostsJson['rows'] {
  return rows.filter(({ group }) => (group['task'] ?? null) !== null)
}

function NoTasks() {
  return (
    <Empty title="There is no task yet">
      A task is a name that the application calls instead of a model. Under <code>tasks</code> in
      the configuration, <code>hello: sim/small</code> is a whole one.
    </Empty>
  )
}

function Figures({ rows }: { readonly rows: readonly Row[] | null }) {
  const sum = (value: (row: Row) => number): number | null =>
    rows === null ? null : rows.reduce((total, row) => total + value(row), 0)
  const [calls, attempts] = [
    sum(({ cost }) => cost?.calls ?? 0),
    sum(({ cost }) => cost?.attempts ?? 0),
  ]
  const errors = sum(({ cost }) => cost?.errors ?? 0)
  const usd = sum(({ cost }) => Number(cost?.cost_usd ?? 0))
  const unpriced = sum(({ cost }) => cost?.cost_unknown ?? 0)
  const hot = (rows ?? []).filter(
    ({ standing }) => standing.tone === 'bad' || standing.tone === 'warning',
  )
  const proven = (rows ?? []).filter(({ standing }) => standing.tone === 'good')
  return (
    <div className="stats" role="group" aria-label="Figures">
      <Stat label="Tasks" value={rows && count(rows.length)} />
      <Stat label="Calls by task" value={calls !== null && count(calls)} />
      <Stat
        label="Spend"
        value={
          usd !== null && (
            <Money usd={spentOf({ cost_usd: String(usd), cost_unknown: unpriced ?? 0 })} />
          )
        }
        note={unpriced === null || unpriced === 0 ? null : `${count(unpriced)} without a price`}
      />
      <Stat
        label="Failed attempts"
        value={
          attempts === null || errors === null
            ? null
            : percent(attempts === 0 ? null : errors / attempts)
        }
      />
      <Stat
        label="With a proof"
        value={rows && `${count(proven.length)} of ${count(rows.length)}`}
      />
      <Stat
        label="Proof in doubt"
        value={rows && count(hot.length)}
        note={hot[0] === undefined ? null : hot[0].task.name}
      />
    </div>
  )
}

const columns: readonly Column<Row>[] = [
  {
    title: 'Task',
    cell: ({ task }) => (
      <>
        <span className="task-name">{task.name}</span>
        <span className="narrow-behind">{behindText(task)}</span>
      </>
    ),
    sort: ({ task }) => task.name,
  },
  { title: 'Behind it', wideOnly: true, cell: ({ task }) => <Behind task={task} /> },
  {
    title: 'Quality',
    cell: ({ standing, route }) => (
      <span className="tags">
        {standing.tone === 'plain' ? (
          <span className="faint-text" title={standing.says}>
            {standing.word}
          </span>
        ) : (
          <Tag tone={standing.tone} title={standing.says}>
            {standing.word}
          </Tag>
        )}
        <Trials route={route} />
      </span>
    ),
  },
  { title: 'Calls', align: 'right', cell: ({ cost }) => count(cost?.calls ?? 0) },
  {
    title: 'Spend',
    align: 'right',
    cell: ({ cost }) => <Money usd={cost === null ? '0' : spentOf(cost)} />,
  },
  {
    title: 'Per 1,000 calls',
    align: 'right',
    wideOnly: true,
    cell: ({ task, cost, costTrend }) => (
      <Trend values={costTrend} label={`Cost of a call of ${task.name} over time`}>
        {perThousand(cost)}
      </Trend>
    ),
  },
  {
    title: 'Answer, p50',
    align: 'right',
    wideOnly: true,
    cell: ({ task, speed, speedTrend }) => (
      <Trend values={speedTrend} label={`Time of an answer of ${task.name} over time`}>
        {duration(speed?.total_us.p50 ?? null)}
      </Trend>
    ),
  },
  {
    title: 'Failed',
    align: 'right',
    cell: ({ speed }) => percent(speed?.error_rate ?? null),
  },
]

/** At least that, where some of the calls have no price. */
function perThousand(cost: CostRowJson | null): string {
  if (cost === null || cost.calls === 0 || spentOf(cost) === null) return unknown
  const least = cost.cost_unknown > 0 ? '≥ ' : ''
  return least + money((Number(cost.cost_usd) / cost.calls) * 1_000)
}

function Trials({ route }: { readonly route: RouteJson | null }) {
  if (route === null) return null
  const { canary, shadow, learned } = route
  return (
    <>
      {canary === null ? null : canary.rolled_back === null ? (
        <Tag tone="info" title={`${canary.model} takes ${percent(canary.share)} of the calls`}>
          canary {percent(canary.share)}
        </Tag>
      ) : (
        <Tag tone="warning" title={canary.rolled_back}>
          canary taken back
        </Tag>
      )}
      {shadow === null ? null : (
        <Tag title={`${shadow.model} is asked ${percent(shadow.share)} of the calls as well`}>
          shadow {percent(shadow.share)}
        </Tag>
      )}
      {learned === null ? null : <Tag>learns</Tag>}
    </>
  )
}
