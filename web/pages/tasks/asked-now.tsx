import type { PlanStepJson } from '../../../src/server/contract/routing.ts'
import type { TaskJson } from '../../../src/server/contract/tasks.ts'
import { Money } from '../../parts/figures.tsx'
import { duration } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'

/** Under these the order hangs on what was seen lately; elsewhere the file or the prompt says it. */
const movingPolicies = new Set(['fastest', 'cheapest'])

/** Whom a call would ask this very moment, and why. Nobody is asked for it. */
export function AskedNow({ task }: { readonly task: TaskJson }) {
  const isMoving = movingPolicies.has(task.policy) || task.weights !== null
  const asked = useAsk(isMoving ? '/api/plan' : null, {
    query: { task: task.name },
    everyMs: 15_000,
  })
  if (!isMoving) return null
  return (
    <Panel
      title="Whom a call would ask now"
      note="Of 1,000 tokens in and 400 out. The next stands in when one fails."
      flush
    >
      {asked.fault === null ? null : <Fault fault={asked.fault} again={asked.again} />}
      {asked.answer === null ? (
        asked.fault === null ? (
          <Skeleton lines={task.models.length} />
        ) : null
      ) : (
        <Table
          label="Whom a call would ask now"
          columns={columns}
          rows={asked.answer.steps.map((step, place) => ({ ...step, place }))}
          keyOf={({ place }) => String(place)}
        />
      )}
    </Panel>
  )
}

const columns: readonly Column<PlanStepJson & { readonly place: number }>[] = [
  {
    title: 'Model',
    cell: ({ place, model, mode }) => (
      <>
        <span className="faint-text figure">{place + 1}.</span>{' '}
        <span className="task-name">{model}</span> {mode === null ? null : <Tag>{mode}</Tag>}
      </>
    ),
  },
  { title: 'Why', cell: ({ reason }) => <span title={reason}>{reason}</span> },
  { title: 'Likely cost', align: 'right', cell: ({ likely_usd: usd }) => <Money usd={usd} /> },
  {
    title: 'Answers within, p95',
    align: 'right',
    wideOnly: true,
    cell: ({ answer_p95_s: s }) => duration(s === null ? null : s * 1e6),
  },
  {
    title: 'Rests',
    align: 'right',
    cell: ({ rests_s: s }) => (s === 0 ? 'no' : duration(s * 1e6)),
  },
]
