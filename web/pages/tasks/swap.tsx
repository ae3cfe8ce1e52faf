import { useState } from 'react'
import type { CertificateJson } from '../../../src/server/contract/certificates.ts'
import type { SwapPlanJson, TaskJson } from '../../../src/server/contract/tasks.ts'
import { Button } from '../../parts/button.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Select } from '../../parts/field.tsx'
import { When } from '../../parts/figures.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { useAsk, useSend } from '../../state/ask.ts'
import { Comparison } from './comparison.tsx'
import { isOver, points, proofOf } from './facts.ts'
import { LineDiff } from '../../parts/line-diff.tsx'
import { ModelPicker } from './model-picker.tsx'

export interface SwapDone {
  readonly task: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

const behindAll = 'behind'

/** Chooses another model for a task: differences first, then what the file would say, then the swap. */
export function SwapDialog({
  task,
  onClose,
  onDone,
}: {
  readonly task: TaskJson
  readonly onClose: () => void
  readonly onDone: (done: SwapDone) => void
}) {
  const [place, setPlace] = useState('0')
  const [model, setModel] = useState<string | null>(null)
  const swapping = useSend('POST /api/swap')
  const certificates = useAsk('/api/certificates', { query: { task: task.name } })
  const names = task.models.map((each) => each.model)
  const replaced = place === behindAll ? null : (names[Number(place)] ?? null)
  const after = model === null ? null : modelsAfter(names, place, model)
  const plan = useAsk(after === null ? null : '/api/swap', {
    query: { task: task.name, model: after ?? [] },
  })
  const isReady = plan.answer !== null && !plan.pending && plan.fault === null
  const swap = async (): Promise<void> => {
    if (after === null) return
    const done = await swapping.start({ task: task.name, model: after })
    if (done !== null) onDone({ task: task.name, ...done })
  }
  return (
    <Dialog
      title={`Swap the model of ${task.name}`}
      onClose={onClose}
      wide
      actions={
        <>
          <Button onClick={onClose}>Leave as it is</Button>
          <Button
            kind="primary"
            disabled={!isReady}
            busy={swapping.busy}
            onClick={() => void swap()}
          >
            Swap
          </Button>
        </>
      }
    >
      <div className="swap">
        {task.weights === null ? null : (
          <p className="hint">
            Its models are whoever sells the weights {task.weights}. A swap cannot change that: edit
            the file.
          </p>
        )}
        {names.length === 1 && task.policy !== 'fixed' ? null : (
          <Select
            label="In the place of"
            value={place}
            onChange={setPlace}
            options={[
              ...names.map((name, index) => [String(index), `${index + 1}. ${name}`] as const),
              ...(task.policy === 'fixed'
                ? ([[behindAll, 'nobody: as a further stand-in']] as const)
                : []),
            ]}
          />
        )}
        <ModelPicker value={model} taken={names} onChange={setModel} />
        {model === null ? null : (
          <>
            {plan.fault === null ? (
              plan.answer === null ? (
                <Skeleton height={92} />
              ) : (
                <Planned plan={plan.answer} />
              )
            ) : (
              <Fault fault={plan.fault} />
            )}
            <ProofOf
              task={task.name}
              before={replaced}
              after={model}
              certificates={certificates.answer?.certificates ?? null}
            />
            <Comparison before={replaced} after={model} />
          </>
        )}
        {swapping.fault === null ? null : <Fault fault={swapping.fault} />}
      </div>
    </Dialog>
  )
}

function modelsAfter(names: readonly string[], place: string, model: string): readonly string[] {
  return place === behindAll ? [...names, model] : names.with(Number(place), model)
}

function Planned({ plan }: { readonly plan: SwapPlanJson }) {
  return (
    <section aria-label="What the file would say">
      <h3 className="swap-head">
        What changes in <code>{plan.file}</code>
      </h3>
      <LineDiff before={plan.text_before} after={plan.text_after} line={plan.line} />
      <p className="hint">
        It is in force at once, no call fails for it, and the rest of the file stays as it is, with
        its comments.
      </p>
    </section>
  )
}

/** What is kept about these two; a swap without a proof is possible, and is said to be one. */
function ProofOf({
  task,
  before,
  after,
  certificates,
}: {
  readonly task: string
  readonly before: string | null
  readonly after: string
  readonly certificates: readonly CertificateJson[] | null
}) {
  if (certificates === null || before === null) return null
  const found = certificates.find((each) => {
    const { incumbent, candidate } = proofOf(each)
    return [incumbent, candidate].every((name) => name === before || name === after)
  })
  const command = `freehold swap ${task} ${after} --prove evals/${task}.yaml`
  if (found === undefined)
    return (
      <div className="proof">
        <p>
          <Tag tone="warning">no proof</Tag> Nobody has measured {after} against {before} on this
          task. To swap only when it is proven no worse:
        </p>
        <p className="command">
          <code>{command}</code>
          <Copy text={() => command} label="Copy the command" />
        </p>
      </div>
    )
  const proof = proofOf(found)
  const isOld = isOver(found, Date.now())
  return (
    <div className="proof">
      <p>
        <Tag tone={isOld ? 'warning' : proof.candidate === after ? 'good' : 'info'}>
          {isOld ? 'old proof' : 'measured'}
        </Tag>{' '}
        {proof.candidate} against {proof.incumbent}: {points(proof.difference)},{' '}
        <When at={found.at} style="date" />, certificate {found.seq}.
      </p>
    </div>
  )
}

/** What was done, with the way back. */
export function Swapped({
  done,
  onUndone,
  onClose,
}: {
  readonly done: SwapDone
  readonly onUndone: () => void
  readonly onClose: () => void
}) {
  const undoing = useSend('POST /api/swap')
  const undo = async (): Promise<void> => {
    const undone = await undoing.start({ task: done.task, model: done.before })
    if (undone !== null) onUndone()
  }
  return (
    <div className="swapped" role="status">
      <Icon name="check" />
      <p>
        In force: <strong>{done.after.join(', ')}</strong> answers {done.task}; before it was{' '}
        {done.before.join(', ')}.
      </p>
      {undoing.fault === null ? null : <Fault fault={undoing.fault} />}
      <Button busy={undoing.busy} onClick={() => void undo()}>
        Undo
      </Button>
      <Button kind="quiet" icon="close" label="Dismiss" onClick={onClose} />
    </div>
  )
}
