import { useEffect, useState } from 'react'
import type { CallJson } from '../../../src/server/contract/calls.ts'
import { Money, When } from '../../parts/figures.tsx'
import { count, duration, unknown } from '../../parts/format.ts'
import { Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useKeys } from '../../state/keys.ts'
import { go, pathTo } from '../../state/location.ts'
import { toneOf, totalUs } from './facts.ts'

export function CallsTable({
  calls,
  fresh,
}: {
  readonly calls: readonly CallJson[]
  /** Ids of those that came while somebody looked. */
  readonly fresh: ReadonlySet<string>
}) {
  const [current, setCurrent] = useState<string | null>(null)
  const place = calls.findIndex(({ id }) => id === current)
  useEffect(() => {
    if (current !== null)
      document.querySelector('tr[aria-current="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [current])
  useKeys((key) => {
    const step = key === 'j' ? 1 : key === 'k' ? -1 : 0
    if (step !== 0) {
      const next = calls[Math.min(calls.length - 1, Math.max(0, place + step))]
      setCurrent(next?.id ?? null)
      return true
    }
    if (key !== 'Enter' || current === null || place === -1) return false
    go(pathTo(`/calls/${current}`))
    return true
  })
  // A call that came live may stand on the page as well.
  const shown = calls.filter(({ id }, index) => calls.findIndex((each) => each.id === id) === index)
  return (
    <Table
      label="Calls"
      fixed
      rows={shown}
      keyOf={({ id }) => id}
      to={({ id }) => pathTo(`/calls/${id}`)}
      current={current}
      columns={[
        {
          title: 'Time',
          width: '126px',
          cell: ({ id, at }) => (
            <>
              {fresh.has(id) ? <span className="fresh" title="Came while you looked" /> : null}
              <When at={at} style="time" />
            </>
          ),
        },
        { title: 'Task', width: '9%', wideOnly: true, cell: ({ task }) => task ?? <Nobody /> },
        {
          title: 'Model',
          cell: ({ model, model_asked: asked }) => (
            <span title={`asked for ${asked}`}>{model ?? asked}</span>
          ),
        },
        {
          title: 'Customer',
          wideOnly: true,
          cell: ({ attempts }) => attempts[0]?.customer ?? <Nobody />,
        },
        {
          title: 'Feature',
          wideOnly: true,
          cell: ({ attempts }) => attempts[0]?.feature ?? <Nobody />,
        },
        { title: 'End', width: '150px', wideOnly: true, cell: (call) => <End call={call} /> },
        {
          title: 'Tokens',
          align: 'right',
          wideOnly: true,
          cell: ({ attempts }) => <Tokens attempts={attempts} />,
        },
        {
          title: 'First',
          align: 'right',
          wideOnly: true,
          cell: ({ attempts }) => duration(attempts.at(-1)?.timings_us.first_content ?? null),
        },
        { title: 'Took', align: 'right', wideOnly: true, cell: (call) => duration(totalUs(call)) },
        { title: 'Cost', align: 'right', cell: ({ cost_usd: usd }) => <Money usd={usd} /> },
      ]}
    />
  )
}

function End({ call }: { readonly call: CallJson }) {
  const { ok, error_code: code, end_state: end, attempts } = call
  return (
    <span className="end">
      {ok ? (
        <span className="faint-text">ok</span>
      ) : (
        <Tag tone={toneOf(call)} title={attempts.at(-1)?.error_text ?? end}>
          {code ?? end}
        </Tag>
      )}
      {attempts.length > 1 ? (
        <span className="faint-text" title={`${attempts.length} attempts`}>
          ×{attempts.length}
        </span>
      ) : null}
    </span>
  )
}

function Tokens({ attempts }: { readonly attempts: CallJson['attempts'] }) {
  const tokens = attempts.findLast(({ tokens: each }) => each !== null)?.tokens
  if (tokens === null || tokens === undefined) return <>{unknown}</>
  const sum = (...names: readonly string[]): number =>
    names.reduce((all, name) => all + (tokens[name] ?? 0), 0)
  const asked = sum('input', 'cache_read', 'cache_write', 'cache_write_1h', 'audio_in', 'image_in')
  const said = sum('output', 'reasoning', 'audio_out', 'image_out')
  return (
    <span title={`${asked} tokens asked, ${said} answered`}>
      {count(asked)} <span className="faint-text">→</span> {count(said)}
    </span>
  )
}

function Nobody() {
  return <span className="unknown">{unknown}</span>
}
