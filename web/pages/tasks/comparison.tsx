import type { ReactNode } from 'react'
import type { ModelJson } from '../../../src/server/contract/models.ts'
import type { BenchmarkRowJson } from '../../../src/server/contract/performance.ts'
import { When } from '../../parts/figures.tsx'
import { count, duration, percent, unknown } from '../../parts/format.ts'
import { Tag } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { cents } from './price.tsx'

/** What is known of two models, side by side; what the new one lacks is marked. */
export function Comparison({
  before,
  after,
}: {
  readonly before: string | null
  readonly after: string
}) {
  const models = useAsk('/api/models').answer?.models ?? []
  const measured = useAsk('/api/benchmark').answer?.rows ?? []
  const of = (id: string | null): Side => ({
    known: models.find((each) => each.id === id) ?? null,
    seen: measured.find((each) => each.model === id) ?? null,
  })
  const [now, then] = [of(before), of(after)]
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label="The two models">
      <table className="comparison">
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">Property</span>
            </th>
            <th scope="col" className="right">
              {before ?? 'nobody'}
            </th>
            <th scope="col" className="right">
              {after}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows
            .filter(({ tells }) => [now, then].some(tells))
            .map(({ name, show, differs }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="right">{before === null ? '' : show(now)}</td>
                <td className="right">
                  {before === null ? null : <Difference told={differs?.(now, then) ?? null} />}{' '}
                  {show(then)}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  )
}

interface Side {
  readonly known: ModelJson | null
  readonly seen: BenchmarkRowJson | null
}

interface Told {
  readonly tone: 'good' | 'bad'
  readonly text: string
}

interface Fact {
  readonly name: string
  /** Whether something is known of it: what nobody knows of either is left out. */
  readonly tells: (side: Side) => boolean
  readonly show: (side: Side) => ReactNode
  readonly differs?: (now: Side, then: Side) => Told | null
}

const rows: readonly Fact[] = [
  priceOf('Input, per million tokens', 'input'),
  priceOf('Output, per million tokens', 'output'),
  {
    name: 'Context',
    tells: ({ known }) => (known?.context ?? null) !== null,
    show: ({ known }) => count(known?.context ?? null),
    differs: (now, then) => less(now.known?.context, then.known?.context, 'smaller'),
  },
  {
    name: 'Longest answer',
    tells: ({ known }) => (known?.output_max ?? null) !== null,
    show: ({ known }) => count(known?.output_max ?? null),
    differs: (now, then) => less(now.known?.output_max, then.known?.output_max, 'shorter'),
  },
  {
    name: 'Takes',
    tells: ({ known }) => known !== null,
    show: ({ known }) => known?.inputs.join(', ') || unknown,
    differs: lostInputs,
  },
  {
    name: 'Tools',
    tells: ({ known }) => (known?.tools ?? null) !== null,
    show: ({ known }) => yes(known?.tools),
    differs: lost('tools'),
  },
  {
    name: 'Reasoning',
    tells: ({ known }) => (known?.reasoning ?? null) !== null,
    show: ({ known }) => yes(known?.reasoning),
    differs: lost('reasoning'),
  },
  {
    name: 'Open weights',
    tells: ({ known }) => (known?.open_weights ?? null) !== null,
    show: ({ known }) => yes(known?.open_weights),
  },
  {
    name: 'Law',
    tells: ({ known }) => (known?.jurisdiction ?? null) !== null,
    show: ({ known }) => known?.jurisdiction ?? unknown,
  },
  {
    name: 'Prompts',
    tells: ({ known }) => known !== null,
    show: ({ known }) => known?.data ?? unknown,
  },
  {
    name: 'Ends',
    tells: ({ known }) => (known?.shutdown ?? null) !== null,
    show: ({ known }) =>
      known === null || known.shutdown === null ? (
        unknown
      ) : (
        <When at={known.shutdown} style="date" />
      ),
  },
  timeOf('First token, p50 of 30 days', ({ seen }) => seen?.ttft_us.p50 ?? null),
  timeOf('Answer, p50 of 30 days', ({ seen }) => seen?.total_us.p50 ?? null),
  {
    name: 'Failed, of 30 days',
    tells: ({ seen }) => seen !== null,
    show: ({ seen }) => (seen === null ? 'never called' : percent(seen.error_rate)),
  },
]

function priceOf(name: string, kind: 'input' | 'output'): Fact {
  // One that the catalog does not know may have a price of its own.
  const rate = ({ known, seen }: Side): string | null =>
    known?.price?.[kind] ?? seen?.[`price_${kind}`] ?? null
  const currencyOf = ({ known, seen }: Side): string => known?.currency ?? seen?.currency ?? 'USD'
  return {
    name,
    tells: () => true,
    show: (side) => {
      const text = rate(side)
      if (text === null) return <span className="unknown">unknown</span>
      const currency = currencyOf(side)
      return currency === 'USD' ? `$${cents(text)}` : `${text} ${currency}`
    },
    differs: (now, then) => {
      const [one, other] = [rate(now), rate(then)]
      if (one === null || other === null || currencyOf(now) !== currencyOf(then)) return null
      return change(Number(one), Number(other))
    },
  }
}

function timeOf(name: string, value: (side: Side) => number | null): Fact {
  return {
    name,
    tells: (side) => value(side) !== null,
    show: (side) => duration(value(side)),
    differs: (now, then) => {
      const [one, other] = [value(now), value(then)]
      return one === null || other === null ? null : change(one, other)
    },
  }
}

function change(now: number, then: number): Told | null {
  if (now === then || now === 0) return null
  const share = (then - now) / now
  const sign = share < 0 ? '−' : '+'
  const text =
    Math.abs(share) >= 10 ? `×${(then / now).toFixed(0)}` : `${sign}${percent(Math.abs(share))}`
  return { tone: share < 0 ? 'good' : 'bad', text }
}

function less(
  now: number | null | undefined,
  then: number | null | undefined,
  text: string,
): Told | null {
  return typeof now === 'number' && typeof then === 'number' && then < now
    ? { tone: 'bad', text }
    : null
}

function lost(name: 'tools' | 'reasoning') {
  return (now: Side, then: Side): Told | null =>
    now.known?.[name] === true && then.known?.[name] === false
      ? { tone: 'bad', text: 'lost' }
      : null
}

function lostInputs(now: Side, then: Side): Told | null {
  if (now.known === null || then.known === null) return null
  const inputs = then.known.inputs
  const gone = now.known.inputs.filter((each) => !inputs.includes(each))
  return gone.length === 0 ? null : { tone: 'bad', text: `no ${gone.join(', ')}` }
}

function Difference({ told }: { readonly told: Told | null }) {
  return told === null ? null : <Tag tone={told.tone}>{told.text}</Tag>
}

function yes(value: boolean | null | undefined): string {
  return value === true ? 'yes' : value === false ? 'no' : unknown
}
