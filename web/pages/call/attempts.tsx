import { type ReactNode, useState } from 'react'
import type { AttemptJson } from '../../../src/server/contract/calls.ts'
import { Money } from '../../parts/figures.tsx'
import { duration } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Tag } from '../../parts/states.tsx'
import { Checkbox } from '../../parts/field.tsx'

/** Why each attempt was made, what it changed of the question, and how it ended; side by side where there are several. */
export function Attempts({ attempts }: { readonly attempts: readonly AttemptJson[] }) {
  const [onlyOther, setOnlyOther] = useState(false)
  const rows = factsOf(attempts)
  const shown = onlyOther ? rows.filter(({ differs }) => differs) : rows
  return (
    <Panel
      title={attempts.length === 1 ? 'The attempt' : 'The attempts'}
      aside={
        attempts.length > 1 ? (
          <Checkbox label="only what differs" checked={onlyOther} onChange={setOnlyOther} />
        ) : undefined
      }
      flush
    >
      <div className="table-frame" tabIndex={0} role="region" aria-label="Attempts">
        <table className="attempts">
          <thead>
            <tr>
              <th scope="col">
                <span className="unseen">Fact</span>
              </th>
              {attempts.map(({ attempt, end_state: end, error_code: code }) => (
                <th key={attempt} scope="col">
                  {attempts.length > 1 ? `${attempt}. ` : ''}
                  <Tag tone={end === 'complete' ? 'good' : 'bad'}>
                    {end === 'complete' ? 'complete' : (code ?? end)}
                  </Tag>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, cells }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells.map((cell, index) => (
                  <td key={attempts[index]!.attempt} className="wraps">
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

interface Fact {
  readonly name: string
  readonly cells: readonly ReactNode[]
  readonly differs: boolean
}

function factsOf(attempts: readonly AttemptJson[]): readonly Fact[] {
  const plain: readonly (readonly [string, (attempt: AttemptJson) => string | null])[] = [
    ['Model', ({ provider, model }) => (provider === null ? null : `${provider}/${model}`)],
    ['Served as', ({ model, model_served: served }) => (served === model ? null : served)],
    ['Why', ({ reason }) => reason],
    ['Role', ({ role }) => role.replaceAll('_', ' ')],
    ['Policy', ({ policy }) => policy],
    ['Adapted', ({ adapted }) => adapted],
    ['Status', ({ status }) => (status === null ? null : String(status))],
    ['Error', ({ error_text: text }) => text],
    ['Finish', ({ finish }) => finish],
    [
      'Tool calls',
      ({ tool_calls: calls }) => (calls === null || calls === 0 ? null : String(calls)),
    ],
    ['Credential', ({ credential }) => credential],
    ['Served in', ({ region }) => region],
    ['Mode', ({ mode }) => mode],
    ['Answer’s id', ({ answer_id: id }) => id],
    [
      'Overhead',
      ({ timings_us: { overhead }, stream }) =>
        overhead === null || stream ? null : duration(overhead),
    ],
  ]
  const facts = plain.flatMap(([name, read]): Fact[] => {
    const values = attempts.map(read)
    if (values.every((value) => value === null)) return []
    return [
      {
        name,
        cells: values.map((value) => value ?? <Nothing />),
        differs: new Set(values).size > 1,
      },
    ]
  })
  const costs = attempts.map(({ cost_usd: usd }) => usd)
  return [
    ...facts,
    {
      name: 'Cost',
      cells: costs.map((usd, index) => <Money key={attempts[index]!.attempt} usd={usd} />),
      differs: new Set(costs).size > 1,
    },
  ]
}

function Nothing() {
  return <span className="unknown">–</span>
}
