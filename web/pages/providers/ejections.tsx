import type { AlarmJson, StatusJson } from '../../../src/server/contract/status.ts'
import { Ago } from '../../parts/figures.tsx'
import { count, duration } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { causes, ejections, providerOf } from './facts.ts'

interface Row {
  readonly key: string
  readonly subject: string
  readonly what: string
  readonly why: string
  readonly at: string | null
  /** In words, how long it lasted or will. */
  readonly lasts: string
  readonly isNow: boolean
  readonly times: number
}

/** Who is left alone now, and who was. */
export function Ejections({ provider = null }: { readonly provider?: string | null }) {
  const status = useAsk('/api/status', { everyMs: 5_000 })
  const alarms = useAsk('/api/alarms', { query: { all: true, limit: 1_000 }, everyMs: 15_000 })
  const fault = status.fault ?? alarms.fault
  const rows = rowsOf(status.answer, alarms.answer?.alarms ?? [], provider)
  return (
    <Panel title="Breakers and ejections" flush>
      {fault === null ? null : <Fault fault={fault} />}
      {status.answer === null || alarms.answer === null ? (
        fault === null ? (
          <Skeleton lines={4} />
        ) : null
      ) : (
        <Table
          label="Breakers and ejections"
          rows={rows}
          keyOf={({ key }) => key}
          empty={
            <Empty title="Nobody is left alone, and nobody was">
              After five failures in a row a provider, a model or a key is left alone for a while,
              and others are asked.
            </Empty>
          }
          columns={[
            {
              title: 'Who',
              cell: ({ subject, why }) => (
                <span className="task-name" title={why}>
                  {subject}
                </span>
              ),
            },
            {
              title: 'State',
              cell: ({ isNow, what }) => <Tag tone={isNow ? 'warning' : 'plain'}>{what}</Tag>,
            },
            { title: 'Times', align: 'right', wideOnly: true, cell: ({ times }) => count(times) },
            { title: 'For', align: 'right', cell: ({ lasts }) => lasts },
            {
              title: 'Since',
              align: 'right',
              cell: ({ at }) => (at === null ? 'now' : <Ago at={at} />),
            },
          ]}
        />
      )}
    </Panel>
  )
}

const shownMost = 12

function rowsOf(
  status: StatusJson | null,
  alarms: readonly AlarmJson[],
  provider: string | null,
): readonly Row[] {
  const isOwn = ({ subject }: { readonly subject: string }): boolean =>
    provider === null || providerOf(subject) === provider
  const now = (status?.resting ?? [])
    .filter(isOwn)
    .map(({ subject, cause, wait_ms: waitMs }): Row => ({
      key: `now ${subject}`,
      subject,
      what: 'left alone',
      why: causes[cause],
      at: null,
      lasts: `${duration(waitMs * 1_000)} yet`,
      isNow: true,
      times: 1,
    }))
  const past = alarms
    .filter((alarm) => alarm.kind in ejections && isOwn(alarm))
    .toSorted((left, right) => Date.parse(right.first_at) - Date.parse(left.first_at))
    .map(({ kind, subject, text, first_at: first, count: times, resolved_at: resolved }): Row => ({
      key: `${kind} ${subject} ${first}`,
      subject,
      what: ejections[kind]!,
      why: text,
      at: first,
      lasts:
        resolved === null
          ? 'not over'
          : duration((Date.parse(resolved) - Date.parse(first)) * 1_000),
      isNow: resolved === null,
      times,
    }))
  return [...now, ...past].slice(0, shownMost)
}
