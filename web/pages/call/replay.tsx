import { type FormEvent, useState } from 'react'
import type { WholeCallJson } from '../../../src/server/contract/calls.ts'
import { Fault as FaultError } from '../../fault.ts'
import { Button, Link } from '../../parts/button.tsx'
import { Diff } from '../../parts/diff.tsx'
import { TextField } from '../../parts/field.tsx'
import { Money } from '../../parts/figures.tsx'
import { duration } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Fault } from '../../parts/states.tsx'
import { type Played, play, playPaths } from '../../play.ts'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { totalUs } from '../calls/facts.ts'
import { wordsOf } from './talk.ts'

/** The same question to another model, now: what it says, costs and takes beside what was said then. */
export function Replay({ call }: { readonly call: WholeCallJson }) {
  const dialect = call.attempts[0]?.dialect ?? ''
  const path = playPaths[dialect]
  const { answer: status } = useAsk('/api/status')
  const [model, setModel] = useState('')
  const [busy, setBusy] = useState(false)
  const [played, setPlayed] = useState<Played | null>(null)
  const [fault, setFault] = useState<FaultError | null>(null)
  const { request } = call
  if (path === undefined || typeof request !== 'object' || request === null) return null
  const names = [
    ...new Set((status?.tasks ?? []).flatMap(({ name, models }) => [name, ...models])),
  ].toSorted()

  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setFault(null)
    try {
      const anew = {
        ...request,
        model: model.trim(),
        stream: false,
        stream_options: undefined,
      }
      setPlayed(await play(path, anew, { feature: 'replay' }))
    } catch (error) {
      setFault(error instanceof FaultError ? error : new FaultError(String(error)))
    }
    setBusy(false)
  }

  const before = Object.values(call.answers).map(wordsOf).at(-1) ?? null
  return (
    <Panel
      title="Replay on another model"
      note="Asks the same once more. It costs what the model costs, and is booked under your key with the feature replay."
    >
      <form className="replay-form" onSubmit={(event) => void start(event)}>
        <TextField
          label="Task or model"
          bare
          value={model}
          onChange={setModel}
          placeholder="task or provider/model"
          suggestions={names}
        />
        <Button type="submit" kind="primary" busy={busy} disabled={model.trim() === ''}>
          {busy ? 'Asking' : 'Replay'}
        </Button>
      </form>
      {fault === null ? null : <Fault fault={fault} />}
      {played === null ? null : (
        <div className="stack">
          <Beside call={call} played={played} />
          {before === null ? (
            <p className="words">{wordsOf(played.body)}</p>
          ) : (
            <Diff before={before} after={wordsOf(played.body)} />
          )}
        </div>
      )}
    </Panel>
  )
}

function Beside({ call, played }: { readonly call: WholeCallJson; readonly played: Played }) {
  return (
    <table className="beside">
      <thead>
        <tr>
          <th scope="col">
            <span className="unseen">When</span>
          </th>
          <th scope="col">Model</th>
          <th scope="col" className="right">
            Cost
          </th>
          <th scope="col" className="right">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">Then</th>
          <td>{call.model ?? call.model_asked}</td>
          <td className="right">
            <Money usd={call.cost_usd} />
          </td>
          <td className="right">{duration(totalUs(call))}</td>
        </tr>
        <tr>
          <th scope="row">
            {played.requestId === null ? (
              'Now'
            ) : (
              <Link to={pathTo(`/calls/${played.requestId}`)}>Now</Link>
            )}
          </th>
          <td>{played.model}</td>
          <td className="right">
            <Money usd={played.costUsd} />
          </td>
          <td className="right">{duration(played.tookMs * 1_000)}</td>
        </tr>
      </tbody>
    </table>
  )
}
