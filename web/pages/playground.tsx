import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { TextArea } from '../parts/field.tsx'
import { count, money } from '../parts/format.ts'
import { PageHead, Panel } from '../parts/panel.tsx'
import { Empty, Fault } from '../parts/states.tsx'
import { useAsk } from '../state/ask.ts'
import { useParam } from '../state/location.ts'
import { useIsAdmin } from '../state/session.ts'
import { Answer, firstUs } from './playground/answer.tsx'
import { modelsMax, ModelPicker } from './playground/model-picker.tsx'
import { noParameters, Parameters, questionParameters } from './playground/parameters.tsx'
import { type Run, useRuns } from './playground/runs.ts'

/** One prompt to several models side by side: what each says, how soon, and for how much. */
export function PlaygroundPage() {
  const isAdmin = useIsAdmin()
  return (
    <>
      <PageHead title="Playground" />
      {isAdmin ? (
        <Playground />
      ) : (
        <Panel title="Asking costs money">
          <Empty title="Whoever asks here needs an admin key">
            You are signed in to look. What others asked stands under Calls, with the feature
            playground.
          </Empty>
        </Panel>
      )}
    </>
  )
}

function Playground() {
  const status = useAsk('/api/status')
  const listed = useAsk('/api/models')
  const [chosen, setChosen] = useParam('models')
  const [system, setSystem] = useState('')
  const [prompt, setPrompt] = useState('')
  const [parameters, setParameters] = useState(noParameters)
  const { runs, busy, start, stop } = useRuns()

  const tasks = status.answer?.tasks ?? []
  const usual = [...new Set(tasks.flatMap(({ models }) => models))].slice(0, 3)
  const models = chosen === null ? usual : chosen.split(' ').filter((name) => name !== '')
  const read = questionParameters(parameters)
  const isReady = prompt.trim() !== '' && models.length > 0 && 'value' in read

  const ask = (): void => {
    if (!isReady || busy) return
    const messages = [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: prompt },
    ]
    start(models, { ...read.value, messages })
  }
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    ask()
  }
  return (
    <>
      {status.fault === null ? null : <Fault fault={status.fault} again={status.again} />}
      <form
        className="play"
        onKeyDown={onKey}
        onSubmit={(event: FormEvent) => {
          event.preventDefault()
          ask()
        }}
      >
        <div className="play-words">
          <TextArea
            label="Prompt"
            value={prompt}
            onChange={setPrompt}
            rows={5}
            placeholder="What all of them are asked"
          />
          <details className="play-more">
            <summary>
              System prompt and parameters
              {system.trim() === '' && parameters === noParameters ? null : <span> · set</span>}
            </summary>
            <TextArea label="System prompt" value={system} onChange={setSystem} rows={3} />
            <Parameters
              value={parameters}
              onChange={setParameters}
              error={'error' in read ? read.error : null}
            />
          </details>
        </div>
        <div className="play-who">
          <ModelPicker
            models={models}
            onChange={(next) => setChosen(next.join(' '))}
            tasks={tasks.map(({ name }) => name)}
            listed={listed.answer?.models ?? []}
          />
          <div className="play-go">
            {busy ? (
              <Button kind="danger" icon="close" onClick={() => stop()}>
                Stop all
              </Button>
            ) : (
              <Button type="submit" kind="primary" icon="playground" disabled={!isReady}>
                Ask {models.length === 1 ? 'it' : models.length === 0 ? '' : `all ${models.length}`}
              </Button>
            )}
            <span className="faint-text wide-only">
              <kbd>Ctrl</kbd> <kbd>Enter</kbd>
            </span>
          </div>
          <p className="hint">
            Booked under your key, with the feature <code>playground</code>.
          </p>
        </div>
      </form>
      {runs.length === 0 ? (
        <Panel title="Answers">
          <Empty title="Nothing was asked yet">
            Write a prompt, choose up to {modelsMax} tasks or models, and see them answer beside
            each other, with what each took and cost.
          </Empty>
        </Panel>
      ) : (
        <>
          <Together runs={runs} busy={busy} />
          <div className="answers">
            {runs.map((run) => (
              <Answer key={run.model} run={run} best={bestOf(runs)} stop={() => stop(run.model)} />
            ))}
          </div>
        </>
      )}
    </>
  )
}

/** What all answers cost together; said by ear as well when the last of them is there. */
function Together({ runs, busy }: { readonly runs: readonly Run[]; readonly busy: boolean }) {
  const done = runs.filter(({ state }) => state !== 'asking' && state !== 'speaking')
  const costs = runs.map(({ booked }) => booked?.cost_usd ?? null)
  const isKnown = costs.every((cost) => cost !== null)
  const total = costs.reduce((sum, cost) => sum + Number(cost ?? 0), 0)
  return (
    <p className="play-sum" role="status">
      {busy
        ? `${count(done.length)} of ${count(runs.length)} have answered`
        : `${isKnown ? money(total) : 'Some of the cost is not known'}${isKnown ? ' together' : ''}`}
    </p>
  )
}

/** Who was first and who was cheapest, where there is more than one to compare. */
function bestOf(runs: readonly Run[]): {
  readonly first: string | null
  readonly cheap: string | null
} {
  const least = (figure: (run: Run) => number | null): string | null => {
    const known = runs.flatMap((run) => {
      const value = run.state === 'done' ? figure(run) : null
      return value === null ? [] : [{ model: run.model, value }]
    })
    const [best, second] = known.toSorted((left, right) => left.value - right.value)
    return best === undefined || second === undefined || best.value === second.value
      ? null
      : best.model
  }
  return {
    first: least(firstUs),
    cheap: least(({ booked }) =>
      booked === null || booked.cost_usd === null ? null : Number(booked.cost_usd),
    ),
  }
}
