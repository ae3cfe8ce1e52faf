import { useState } from 'react'
import type { ChangeJson } from '../../../src/server/contract/settings.ts'
import { Button } from '../../parts/button.tsx'
import { When } from '../../parts/figures.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'

const pageRows = 50

const columns: readonly Column<ChangeJson>[] = [
  { title: 'When', cell: ({ at }) => <When at={at} />, width: '140px' },
  { title: 'Key', cell: ({ key }) => key, width: '120px' },
  { title: 'What', cell: ({ summary }) => <span className="change-words">{summary}</span> },
  {
    title: 'Came to',
    cell: ({ refused }) =>
      refused === null ? <Tag tone="good">done</Tag> : <Tag tone="bad">{refused}</Tag>,
    width: '150px',
  },
  {
    title: 'Path',
    cell: ({ method, route }) => (
      <code>
        {method} {route}
      </code>
    ),
    wideOnly: true,
  },
]

/** Who has changed what through /api, and what was refused. */
export function Changes() {
  const [before, setBefore] = useState<readonly string[]>([])
  const asked = useAsk('/api/changes', { query: { limit: pageRows, before: before.at(-1) } })
  return (
    <Panel
      title="Changes"
      note="What was changed here and by commands, with the key of whoever did it. Edits in the file itself are not among them. Kept for ten years, without any secret."
      flush
    >
      {asked.fault === null ? null : <Fault fault={asked.fault} again={asked.again} />}
      {asked.answer === null ? (
        <Skeleton lines={6} />
      ) : (
        <Table
          label="Changes"
          columns={columns}
          rows={asked.answer.changes}
          keyOf={({ id }) => id}
          empty={
            <Empty title="Nothing was changed yet">
              A key that is made, a model that is swapped, an edited configuration: each leaves a
              line here.
            </Empty>
          }
        />
      )}
      {before.length === 0 && (asked.answer?.next ?? null) === null ? null : (
        <div className="pager">
          <span className="pager-note">The newest first</span>
          <Button
            icon="left"
            label="Newer changes"
            disabled={before.length === 0}
            onClick={() => setBefore(before.slice(0, -1))}
          />
          <Button
            icon="right"
            label="Older changes"
            disabled={(asked.answer?.next ?? null) === null}
            onClick={() => setBefore([...before, asked.answer!.next!])}
          />
        </div>
      )}
    </Panel>
  )
}
