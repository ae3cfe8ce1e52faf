import { useEffect, useState } from 'react'
import type { ErasedCountsJson, ErasureJson } from '../../../src/server/contract/erasure.ts'
import { read, send } from '../../api.ts'
import { Fault as FaultError } from '../../fault.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { count } from '../../parts/format.ts'
import { Fault, Skeleton } from '../../parts/states.tsx'

const lookMs = 300

/** What would go of one customer is counted first; it goes once its name is typed. */
export function EraseCustomer({
  customer,
  onClose,
}: {
  readonly customer: string
  readonly onClose: () => void
}) {
  const [isAgreed, setIsAgreed] = useState(false)
  const [typed, setTyped] = useState('')
  const { state, fault } = useErasure(customer, isAgreed)
  const isDone = state?.state === 'done' && !state.dry
  const isBusy = state === null || state.state === 'running'
  const isNothing = state?.state === 'done' && state.dry && isEmpty(state.counts)
  return (
    <Dialog
      title={isDone ? 'Erased' : 'Erase what a customer said'}
      onClose={onClose}
      actions={
        isDone || isNothing ? (
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <Button
            kind="danger"
            busy={isBusy && fault === null}
            disabled={typed !== customer || isAgreed || fault !== null}
            onClick={() => setIsAgreed(true)}
          >
            Erase for good
          </Button>
        )
      }
    >
      <div className="stack">
        {fault === null ? null : <Fault fault={fault} />}
        {state === null ? <Skeleton height={150} /> : <Found state={state} />}
        {state === null || isDone || isNothing ? null : (
          <TextField
            label="Type the customer’s name to agree"
            value={typed}
            onChange={setTyped}
            hint={customer}
          />
        )}
        {state === null ? null : (
          <details>
            <summary>What stays</summary>
            <ul>
              {state.not_reached.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </Dialog>
  )
}

const names = {
  calls: 'Calls with a prompt or an answer',
  pieces: 'Pieces of prompts, its alone',
  comments: 'Comments and corrections',
  kept: 'Kept answers, turns and conversations',
  cases: 'Cases of evaluations',
} as const satisfies Record<keyof ErasedCountsJson, string>

function Found({ state }: { readonly state: ErasureJson }) {
  const { counts } = state
  return (
    <>
      <p role="status">{sentenceOf(state)}</p>
      {counts === null ? null : (
        <dl className="kept-facts">
          {Object.entries(names).map(([name, text]) => (
            <div key={name}>
              <dt>{text}</dt>
              <dd>{count(counts[name as keyof ErasedCountsJson])}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  )
}

function sentenceOf({
  customer,
  state,
  dry,
  share,
  seconds_left: left,
  counts,
}: ErasureJson): string {
  if (state === 'running') {
    const time = left === null ? '' : `, ${count(left)} s left`
    return `${dry ? 'Looking what there is' : 'Erasing'}: ${Math.floor(100 * share)} %${time}.`
  }
  if (state !== 'done') return 'It was stopped.'
  if (!dry) return `What ${customer} said is erased. Amounts, tokens and times stay.`
  return isEmpty(counts)
    ? `Nothing that ${customer} said is kept.`
    : 'This would go. There is no way back, and every sum stays the same.'
}

function isEmpty(counts: ErasedCountsJson | null): boolean {
  return counts === null || Object.values(counts).every((each) => each === 0)
}

/** Begins to look, or to erase, and looks after it until it is done. */
function useErasure(
  customer: string,
  isAgreed: boolean,
): { readonly state: ErasureJson | null; readonly fault: FaultError | null } {
  const [state, setState] = useState<ErasureJson | null>(null)
  const [fault, setFault] = useState<FaultError | null>(null)
  useEffect(() => {
    const left = new AbortController()
    const follow = async (): Promise<void> => {
      const route = 'POST /api/customers/*/erase'
      let now = await send(route, { dry: !isAgreed }, { rest: customer })
      while (!left.signal.aborted) {
        setState(now)
        if (now.state !== 'running') break
        await new Promise((resolve) => setTimeout(resolve, lookMs))
        now = await read('/api/customers/*/erase', { rest: customer, signal: left.signal })
      }
      if (now.state === 'failed' && now.error !== null) setFault(new FaultError(now.error))
    }
    follow().catch((error: unknown) => {
      if (left.signal.aborted) return
      setFault(error instanceof FaultError ? error : new FaultError(String(error)))
    })
    return () => left.abort()
  }, [customer, isAgreed])
  return { state, fault }
}
