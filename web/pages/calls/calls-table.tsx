import { useEffect, useState } from 'react'
import type { CallJson } from '../../../src/server/contract/calls.ts'
import { Money, When } from '../../parts/figures.tsx'
import { count, duration, unknown } from '../../parts/format.ts'
import { Icon } from '../../parts/icon.tsx'
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
          width: '128px',
          cell: ({ id, at }) => (
            <>
              {fresh.has(id) ? <span className="fresh" title="Came while you looked" /> : null}
              <When at={at} style="time" />
            </>
          ),
        },
        { title: 'Task', width: '90px', wideOnly: true, cell: ({ task }) => task ?? <Nobody /> },
        {
          title: 'Model',
          cell: ({ ok, model, model_asked: asked }) => (
            <span title={`asked for ${asked}`}>
              {ok ? null : (
                <span className="narrow-only failed-mark">
                  <Icon name="warning" />
                  <span className="unseen">failed</span>{' '}
                </span>
              )}
              {model ?? asked}
            </span>
          ),
        },
        {
          title: 'Customer',
          width: '140px',
          wideOnly: true,
          cell: ({ attempts }) => attempts[0]?.customer ?? <Nobody />,
        },
        {
          title: 'Feature',
          width: '108px',
          wideOnly: 'very',
          cell: ({ attempts }) => attempts[0]?.feature ?? <Nobody />,
        },
        { title: 'End', width: '118px', wideOnly: true, cell: (call) => <End call={call} /> },
        {
          title: 'Tokens',
          width: '126px',
          align: 'right',
          wideOnly: true,
          cell: ({ attempts }) => <Tokens attempts={attempts} />,
        },
        {
          title: 'First',
          width: '72px',
          align: 'right',
          wideOnly: 'very',
          cell: ({ attempts }) => duration(firstUs(attempts)),
        },
        {
          title: 'Took',
          width: '72px',
          align: 'right',
          wideOnly: true,
          cell: (call) => duration(totalUs(call)),
        },
        {
          title: 'Cost',
          width: '108px',
          align: 'right',
          cell: ({ cost_usd: usd }) => <Money usd={usd} />,
        },
      ]}
    />
  )
}

/** What comes in one piece has no first part. */
function firstUs(attempts: CallJson['attempts']): number | null {
  const last = attempts.at(-1)
  return last?.stream === true ? last.timings_us.first_content : null
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
