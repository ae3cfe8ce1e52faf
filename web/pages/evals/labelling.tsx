import { useEffect, useMemo, useState } from 'react'
import type { CallJson } from '../../../src/server/contract/calls.ts'
import { Button, Link } from '../../parts/button.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Select, TextField } from '../../parts/field.tsx'
import { When } from '../../parts/figures.tsx'
import { count } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { useAsk, useSend } from '../../state/ask.ts'
import { useKeys } from '../../state/keys.ts'
import { go, type ParamChange, pathTo, useParam, withParams } from '../../state/location.ts'
import { useIsAdmin } from '../../state/session.ts'
import { Messages } from '../call/messages.tsx'

const batch = 50
/** Labels below which a judge is not believed; see the guide on evaluations. */
const labelsLeast = 50
const sideLeast = 10

/** Of other calls the newest come first again. */
function others(change: ParamChange): void {
  go(withParams({ ...change, before: null }), { replace: true })
}

interface Given {
  readonly call: string
  readonly task: string | null
  /** What was labelled. */
  readonly name: string
  readonly score: number
}

/** Answers one after another, and a key for each verdict. What is said calibrates judges. */
export function Labelling() {
  const isAdmin = useIsAdmin()
  const [task] = useParam('task')
  const [of] = useParam('of')
  const [nameAsked, setName] = useParam('name')
  const [before, setBefore] = useParam('before')
  const name = nameAsked ?? 'quality'
  const { answer: status } = useAsk('/api/status')
  const calls = useAsk('/api/calls', {
    query: { task, status: 'ok', limit: batch, before, feature: of === 'evals' ? 'eval' : null },
  })
  const said = useAsk('/api/feedback', { query: { task, limit: 1_000 } })
  const [given, setGiven] = useState<readonly Given[]>([])
  const [skipped, setSkipped] = useState<readonly string[]>([])
  const labels = useMemo(() => {
    const known = new Map<string, number>()
    for (const each of said.answer?.feedback ?? [])
      if (
        each.source === 'human' &&
        each.name === name &&
        each.score !== null &&
        each.call_id !== null
      )
        known.set(each.call_id, each.score)
    for (const each of given)
      if (each.name === name && (task === null || each.task === task))
        known.set(each.call, each.score)
    return known
  }, [said.answer, given, name, task])
  const queue = (calls.answer?.calls ?? []).filter(
    ({ id }) => !labels.has(id) && !skipped.includes(id),
  )
  const now = said.answer === null ? null : (queue[0] ?? null)
  const right = [...labels.values()].filter((score) => score >= 0.5).length
  const tools = (
    <div className="money-tools">
      <Select
        label="Task"
        bare
        value={task ?? ''}
        onChange={(value) => others({ task: value === '' ? null : value })}
        options={[
          ['', 'Every task'],
          ...(status?.tasks ?? []).map(({ name: each }) => [each, each] as const),
        ]}
      />
      <Select
        label="Calls"
        bare
        value={of ?? 'all'}
        onChange={(value) => others({ of: value === 'all' ? null : value })}
        options={[
          ['all', 'All calls'],
          ['evals', 'Answers of evaluations'],
        ]}
      />
      <TextField
        label="What is labelled"
        bare
        value={name}
        onChange={(value) => setName(value === 'quality' ? null : value)}
      />
    </div>
  )
  if (!isAdmin)
    return (
      <Panel title="Label by hand">
        <Empty title="Labels are given by admins">
          You are signed in as a viewer. What was said of answers stands with each call.
        </Empty>
      </Panel>
    )
  return (
    <div className="stack">
      {tools}
      {calls.fault === null ? null : <Fault fault={calls.fault} again={calls.again} />}
      {said.fault === null ? null : <Fault fault={said.fault} again={said.again} />}
      <Progress labels={labels.size} right={right} />
      {calls.answer === null || said.answer === null ? (
        <Skeleton height={360} />
      ) : now === null ? (
        <Panel title="Label by hand">
          <Empty
            title={
              calls.answer.calls.length === 0
                ? 'There is no answer to label'
                : 'All of these are labelled'
            }
            action={
              calls.answer.next === null ? undefined : (
                <Button onClick={() => setBefore(calls.answer!.next)}>Look at older calls</Button>
              )
            }
          >
            {calls.answer.calls.length === 0
              ? 'No call that fits was answered. Choose another task, or all of them.'
              : 'Older calls, or another task, have more.'}
          </Empty>
        </Panel>
      ) : (
        <OneLabel
          key={now.id}
          call={now}
          name={name}
          next={queue[1] ?? null}
          last={given.at(-1) ?? null}
          onGiven={(score) =>
            setGiven((all) => [...all, { call: now.id, task: now.task, name, score }])
          }
          onSkip={() => setSkipped((all) => [...all, now.id])}
          onBack={() => setGiven((all) => all.slice(0, -1))}
        />
      )}
      <Export />
    </div>
  )
}

function Progress({ labels, right }: { readonly labels: number; readonly right: number }) {
  const wrong = labels - right
  const missing = [
    ...(labels < labelsLeast ? [`${count(labelsLeast - labels)} more labels`] : []),
    ...(right < sideLeast ? [`${count(sideLeast - right)} more that are right`] : []),
    ...(wrong < sideLeast ? [`${count(sideLeast - wrong)} more that are wrong`] : []),
  ]
  return (
    <div className="label-progress" role="status">
      <span className="label-bar" aria-hidden="true">
        <span
          className="label-right"
          style={{ inlineSize: `${Math.min(100, (right / labelsLeast) * 100)}%` }}
        />
        <span
          className="label-wrong"
          style={{ inlineSize: `${Math.min(100, (wrong / labelsLeast) * 100)}%` }}
        />
      </span>
      <span>
        <strong>{count(labels)}</strong> {labels === 1 ? 'label' : 'labels'}: {count(right)} right,{' '}
        {count(wrong)} wrong
      </span>
      <span className="faint-text">
        {missing.length === 0
          ? 'enough to calibrate a judge'
          : `a judge needs ${missing.join(', ')}`}
      </span>
    </div>
  )
}

const verdicts = [
  { key: '1', score: 1, title: 'Right' },
  { key: '2', score: 0.5, title: 'Partly' },
  { key: '3', score: 0, title: 'Wrong' },
] as const

function OneLabel({
  call,
  name,
  next,
  last,
  onGiven,
  onSkip,
  onBack,
}: {
  readonly call: CallJson
  readonly name: string
  readonly next: CallJson | null
  readonly last: Given | null
  readonly onGiven: (score: number) => void
  readonly onSkip: () => void
  readonly onBack: () => void
}) {
  const whole = useAsk('/api/calls/*', { rest: call.id })
  // Asked for ahead, so that the next stands at once.
  useAsk(next === null ? null : '/api/calls/*', next === null ? {} : { rest: next.id })
  const sending = useSend('POST /api/feedback')
  const [comment, setComment] = useState('')
  useEffect(() => setComment(''), [call.id])
  const isReadable = whole.answer !== null && Object.keys(whole.answer.answers).length > 0
  const give = async (score: number): Promise<void> => {
    if (sending.busy || !isReadable) return
    const done = await sending.start({
      call_id: call.id,
      name,
      source: 'human',
      score,
      ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
    })
    if (done !== null) onGiven(score)
  }
  useKeys((key) => {
    const verdict = verdicts.find((each) => each.key === key)
    if (verdict !== undefined) void give(verdict.score)
    else if (key === 's') onSkip()
    else if (key === 'z' && last !== null) onBack()
    else return false
    return true
  })
  return (
    <Panel
      title={`${call.task ?? call.model_asked}, answered by ${call.model ?? 'nobody'}`}
      aside={
        <>
          <When at={call.at} />
          <Link to={pathTo(`/calls/${call.id}`)}>the call</Link>
        </>
      }
    >
      <div className="stack">
        {sending.fault === null ? null : <Fault fault={sending.fault} />}
        {whole.fault === null ? null : <Fault fault={whole.fault} again={whole.again} />}
        {whole.answer === null ? <Skeleton height={240} /> : <Messages call={whole.answer} />}
        <TextField
          label="Why, if it helps"
          bare
          value={comment}
          onChange={setComment}
          placeholder="Why, if it helps (optional)"
        />
        <div className="label-keys">
          {verdicts.map(({ key, score, title }) => (
            <Button
              key={key}
              kind={score === 1 ? 'primary' : 'plain'}
              busy={sending.busy}
              disabled={!isReadable}
              onClick={() => void give(score)}
            >
              {title} <kbd>{key}</kbd>
            </Button>
          ))}
          <Button kind="quiet" onClick={onSkip}>
            Skip <kbd>S</kbd>
          </Button>
          <Button kind="quiet" disabled={last === null} onClick={onBack}>
            Last one again <kbd>Z</kbd>
          </Button>
          {isReadable || whole.answer === null ? null : (
            <Tag tone="warning">its words were not kept: a judge could not be tried on it</Tag>
          )}
        </div>
      </div>
    </Panel>
  )
}

const labelCommand = 'freehold feedback --labels labels.jsonl'

function Export() {
  return (
    <p className="faint-text label-export">
      Labels of people, with what was asked and answered, for <code>freehold eval --labels</code>:{' '}
      <code>{labelCommand}</code> <Copy text={() => labelCommand} label="Copy the command" />
    </p>
  )
}
