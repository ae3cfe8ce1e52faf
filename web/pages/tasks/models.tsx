import type { CostsJson } from '../../../src/server/contract/costs.ts'
import type { PerformanceJson } from '../../../src/server/contract/performance.ts'
import type { RouteJson } from '../../../src/server/contract/routing.ts'
import type { TaskJson, TaskModelJson } from '../../../src/server/contract/tasks.ts'
import type { Fault as FaultError } from '../../fault.ts'
import { Link } from '../../parts/button.tsx'
import { Money, When } from '../../parts/figures.tsx'
import { count, duration, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { spentOf } from '../../parts/spent.ts'
import { Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { pathTo } from '../../state/location.ts'
import { Price } from './price.tsx'

interface Row {
  readonly model: string
  /** Null: it answered, and stands behind the task no more. */
  readonly behind: TaskModelJson | null
  readonly place: number
  readonly part: string
  readonly calls: number | null
  readonly share: number | null
  readonly usd: string | null
  readonly speed: PerformanceJson['rows'][number] | null
}

/** Who stands behind the task, and what each of them did in this time. */
export function Models({
  task,
  route,
  speed,
  costs,
  fault,
}: {
  readonly task: TaskJson
  readonly route: RouteJson | null
  readonly speed: PerformanceJson | null
  readonly costs: CostsJson | null
  readonly fault: FaultError | null
}) {
  const rows = rowsOf(task, route, speed, costs)
  return (
    <Panel
      title="Who answers"
      note={notes[task.policy]}
      aside={
        <>
          <Tag>{task.policy}</Tag>
          {task.weights === null ? null : <Tag tone="info">weights {task.weights}</Tag>}
        </>
      }
      flush
    >
      {fault === null ? null : <Fault fault={fault} />}
      {speed === null || costs === null ? (
        fault === null ? (
          <Skeleton lines={Math.max(2, task.models.length)} />
        ) : null
      ) : (
        <Table
          label="Models of the task"
          columns={columns}
          rows={rows}
          keyOf={({ model }) => model}
        />
      )}
    </Panel>
  )
}

const notes: Readonly<Record<string, string>> = {
  fixed: 'The first answers; the next one when it fails.',
  weighted: 'Each call is drawn by share; the others stand in when one fails.',
  fastest: 'Whoever was quickest to the first content of late is asked first.',
  cheapest: 'Whoever is likely to cost the call least is asked first.',
  cascade: 'From cheap to strong: the next is asked when an answer is not good enough.',
  learned: 'A fitted policy chooses by the prompt.',
}

function rowsOf(
  { models, policy }: TaskJson,
  route: RouteJson | null,
  speed: PerformanceJson | null,
  costs: CostsJson | null,
): readonly Row[] {
  const named = new Set(models.map(({ model }) => model))
  const others = (speed?.rows ?? []).flatMap(({ group, attempts }) => {
    const model = group['model'] ?? null
    return model === null || named.has(model) || attempts === 0 ? [] : [model]
  })
  const whole = (speed?.rows ?? []).reduce((sum, { answered }) => sum + answered, 0)
  return [...models.map(({ model }) => model), ...others].map((model, place): Row => {
    const behind = models[place] ?? null
    const measured = speed?.rows.find(({ group }) => group['model'] === model) ?? null
    const spent = costs?.rows.find(({ group }) => group['model'] === model) ?? null
    return {
      model,
      behind,
      place,
      part: behind === null ? besideOf(model, route) : partOf(behind, place, models.length, policy),
      calls: measured?.attempts ?? 0,
      share: whole === 0 ? null : (measured?.answered ?? 0) / whole,
      usd: spent === null ? '0' : spentOf(spent),
      speed: measured,
    }
  })
}

/** Who answered and stands behind the task no more, or never did. */
function besideOf(model: string, route: RouteJson | null): string {
  if (route?.canary?.model === model) return 'canary'
  return route?.shadow?.model === model ? 'shadow' : 'no longer'
}

function partOf(behind: TaskModelJson, place: number, length: number, policy: string): string {
  if (behind.share !== null) return percent(behind.share)
  if (policy === 'cascade' || policy === 'learned')
    return place === length - 1 ? 'strong' : place === 0 ? 'cheap' : 'between'
  if (policy !== 'fixed') return 'one of them'
  return place === 0 ? 'answers' : `stand-in ${place}`
}

const columns: readonly Column<Row>[] = [
  {
    title: 'Model',
    cell: ({ model, behind }) => (
      <span className={behind === null ? 'faint-text' : 'task-name'}>
        <Link to={pathTo('/calls', { model })}>{model}</Link>
      </span>
    ),
  },
  { title: 'Part', cell: ({ part }) => part },
  {
    title: 'Price in / out',
    align: 'right',
    cell: ({ behind }) =>
      behind === null ? (
        ''
      ) : (
        <Price input={behind.price_input} output={behind.price_output} currency={behind.currency} />
      ),
  },
  { title: 'Attempts', align: 'right', cell: ({ calls }) => count(calls) },
  {
    title: 'Of the answers',
    align: 'right',
    wideOnly: true,
    cell: ({ share }) => (
      <span className="share">
        <span className="share-track" aria-hidden="true">
          <span style={{ inlineSize: `${(share ?? 0) * 100}%` }} />
        </span>
        <span className="trend-figure">{percent(share)}</span>
      </span>
    ),
  },
  { title: 'Spend', align: 'right', cell: ({ usd }) => <Money usd={usd} /> },
  {
    title: 'First token',
    align: 'right',
    wideOnly: true,
    cell: ({ speed }) => duration(speed?.ttft_us.p50 ?? null),
  },
  {
    title: 'Answer',
    align: 'right',
    wideOnly: true,
    cell: ({ speed }) => duration(speed?.total_us.p50 ?? null),
  },
  {
    title: 'p95',
    align: 'right',
    wideOnly: true,
    cell: ({ speed }) => duration(speed?.total_us.p95 ?? null),
  },
  { title: 'Failed', align: 'right', cell: ({ speed }) => percent(speed?.error_rate ?? null) },
  {
    title: 'Law',
    wideOnly: true,
    cell: ({ behind }) =>
      behind === null ? (
        ''
      ) : (
        <span className="tags" title={lawOf(behind)}>
          {behind.jurisdiction ?? <span className="unknown">not known</span>}
          {behind.data === 'any' ? null : <Tag>{behind.data}</Tag>}
          {behind.shutdown === null ? null : (
            <Tag tone="warning">
              ends <When at={behind.shutdown} style="date" />
            </Tag>
          )}
        </span>
      ),
  },
]

function lawOf({ jurisdiction, data, open_weights: isOpen }: TaskModelJson): string {
  const weights = isOpen === null ? '' : isOpen ? ' · open weights' : ' · closed weights'
  return `Law: ${jurisdiction ?? 'not known'} · prompts: ${data}${weights}`
}
