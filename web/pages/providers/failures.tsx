import type { FailureJson, FailuresJson } from '../../../src/server/contract/failures.ts'
import { Link } from '../../parts/button.tsx'
import { Ago } from '../../parts/figures.tsx'
import { count, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton } from '../../parts/states.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { endings } from './facts.ts'

interface Row extends FailureJson {
  readonly share: number
}

/** What went wrong, by kind, with the last of each. */
export function Failures({ provider = null }: { readonly provider?: string | null }) {
  const range = useRange()
  const asked = useAsk('/api/failures', { query: { provider, ...spanOf(range) } })
  const { answer, fault } = asked
  const whole = (answer?.failures ?? []).reduce((sum, each) => sum + each.count, 0)
  return (
    <Panel title="Failures by kind" note={answer === null ? undefined : coverage(answer)} flush>
      {fault === null ? null : <Fault fault={fault} again={asked.again} />}
      {answer === null ? (
        fault === null ? (
          <Skeleton lines={4} />
        ) : null
      ) : (
        <Table
          label="Failures by kind"
          columns={provider === null ? columns : columns.slice(1)}
          rows={answer.failures.map((each): Row => ({ ...each, share: each.count / whole }))}
          keyOf={(each) => [each.provider, each.end_state, each.error_code, each.status].join(' ')}
          empty={<Empty title="Nothing failed">Every exchange of this time came to its end.</Empty>}
        />
      )}
    </Panel>
  )
}

/** Of which calls the kinds are: not of all, where too many failed. */
function coverage({ looked, whole }: FailuresJson): string | undefined {
  if (looked === 0) return undefined
  return whole
    ? `All ${count(looked)} calls of this time in which a provider failed.`
    : `The last ${count(looked)} calls of this time in which a provider failed; there were more.`
}

const columns: readonly Column<Row>[] = [
  { title: 'Provider', cell: ({ provider }) => provider ?? 'nobody' },
  { title: 'Ended', cell: ({ end_state: state }) => endings[state] ?? state },
  {
    title: 'Error',
    cell: ({ error_code: code, status }) => (
      <span className="mono">
        {[status === null ? null : String(status), code]
          .filter((each) => each !== null)
          .join(' ') || 'no word'}
      </span>
    ),
  },
  { title: 'Times', align: 'right', cell: (each) => count(each.count) },
  {
    title: 'Share',
    align: 'right',
    wideOnly: true,
    cell: ({ share }) => (
      <span className="share bad">
        <span className="share-track" aria-hidden="true">
          <span style={{ inlineSize: `${share * 100}%` }} />
        </span>
        <span className="trend-figure">{percent(share)}</span>
      </span>
    ),
  },
  {
    title: 'Models',
    wideOnly: true,
    cell: ({ models }) => <span title={models.join(', ')}>{models.join(', ') || '–'}</span>,
  },
  {
    title: 'Last said',
    wideOnly: true,
    cell: ({ last_text: text }) =>
      text === null ? <span className="unknown">nothing</span> : <span title={text}>{text}</span>,
  },
  {
    title: 'Last',
    align: 'right',
    cell: ({ last_call: call, last_at: at }) => (
      <Link to={pathTo(`/calls/${call}`)}>
        <Ago at={at} />
      </Link>
    ),
  },
]
