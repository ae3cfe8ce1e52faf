import { type ReactNode, useState } from 'react'
import type { KeyJson } from '../../../src/server/contract/keys.ts'
import { Button } from '../../parts/button.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Checkbox, Select, TextField } from '../../parts/field.tsx'
import { Fault } from '../../parts/states.tsx'
import { useAsk, useSend } from '../../state/ask.ts'
import { useSession } from '../../state/session.ts'

type Per = 'day' | 'week' | 'month' | 'total'

const spans: readonly (readonly [Per, string])[] = [
  ['day', 'per day'],
  ['week', 'per week'],
  ['month', 'per month'],
  ['total', 'in total'],
]

/** Empty: no budget. Undefined: it is no amount. */
function budgetOf(limit: string, per: Per) {
  if (limit.trim() === '') return null
  return /^\d{1,9}(\.\d{1,12})?$/.test(limit.trim())
    ? { limit: `${limit.trim()} USD`, per }
    : undefined
}

function BudgetFields({
  limit,
  per,
  onLimit,
  onPer,
}: {
  readonly limit: string
  readonly per: Per
  readonly onLimit: (limit: string) => void
  readonly onPer: (per: Per) => void
}) {
  return (
    <div className="field-pair">
      <TextField
        label="Budget, USD"
        value={limit}
        onChange={onLimit}
        placeholder="none"
        error={budgetOf(limit, per) === undefined ? 'An amount such as 50 or 0.25.' : null}
      />
      <Select
        label="Counted"
        value={per}
        onChange={(value) => onPer(value as Per)}
        options={spans}
      />
    </div>
  )
}

function Form({ onSend, children }: { readonly onSend: () => void; readonly children: ReactNode }) {
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        onSend()
      }}
    >
      {children}
    </form>
  )
}

/** Makes a key. Its secret is shown here, once: the gateway keeps its hash alone. */
export function CreateKey({
  onClose,
  onMade,
}: {
  readonly onClose: () => void
  readonly onMade: () => void
}) {
  const making = useSend('POST /api/keys')
  const status = useAsk('/api/status')
  const [id, setId] = useState('')
  const [role, setRole] = useState('caller')
  const [env, setEnv] = useState('')
  const [limit, setLimit] = useState('')
  const [per, setPer] = useState<Per>('month')
  const [tasks, setTasks] = useState<readonly string[]>([])
  const budget = budgetOf(limit, per)
  const isWhole = id !== '' && budget !== undefined
  const send = async (): Promise<void> => {
    if (!isWhole || making.busy) return
    const made = await making.start({
      id,
      role: role as 'caller',
      env: env === '' ? null : env,
      tasks: tasks.length === 0 ? null : tasks,
      budget,
    })
    if (made !== null) onMade()
  }
  if (making.answer !== null) {
    const { id: name, secret } = making.answer
    return (
      <Dialog
        title={`The key ${name}`}
        onClose={onClose}
        actions={
          <Button kind="primary" onClick={onClose}>
            I have it
          </Button>
        }
      >
        <div className="stack">
          <p>
            This is its secret, and nobody can show it again: Freehold keeps a hash of it. Copy it
            to where it is used.
          </p>
          <div className="secret">
            <code>{secret}</code>
            <Copy text={() => secret}>Copy</Copy>
          </div>
        </div>
      </Dialog>
    )
  }
  const names = status.answer?.tasks.map(({ name }) => name) ?? []
  return (
    <Dialog
      title="New key"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={making.busy} disabled={!isWhole} onClick={() => void send()}>
            Make the key
          </Button>
        </>
      }
    >
      <Form onSend={() => void send()}>
        {making.fault === null ? null : <Fault fault={making.fault} />}
        <TextField
          label="Name"
          value={id}
          onChange={setId}
          placeholder="web"
          error={
            id === '' || /^[A-Za-z0-9_.:@-]{1,100}$/.test(id)
              ? null
              : 'Letters, digits, and _ . : @ -'
          }
          hint="What the ledger calls it."
        />
        <Select
          label="Role"
          value={role}
          onChange={setRole}
          options={[
            ['caller', 'caller: calls tasks and models'],
            ['viewer', 'viewer: sees this dashboard, too'],
            ['admin', 'admin: changes everything'],
          ]}
        />
        <BudgetFields limit={limit} per={per} onLimit={setLimit} onPer={setPer} />
        <TextField
          label="Environment"
          value={env}
          onChange={setEnv}
          placeholder="production"
          hint="Told apart in every figure."
        />
        {names.length === 0 || role === 'admin' ? null : (
          <fieldset className="choices">
            <legend>Tasks; none chosen are all</legend>
            {names.map((name) => (
              <Checkbox
                key={name}
                label={name}
                checked={tasks.includes(name)}
                onChange={(on) =>
                  setTasks(on ? [...tasks, name] : tasks.filter((each) => each !== name))
                }
              />
            ))}
          </fieldset>
        )}
        <button type="submit" hidden />
      </Form>
    </Dialog>
  )
}

/** Another limit for a key. What it has spent stays spent. */
export function ChangeCap({
  of: { id, budget: before },
  onClose,
  onChanged,
}: {
  readonly of: KeyJson
  readonly onClose: () => void
  readonly onChanged: () => void
}) {
  const changing = useSend('POST /api/keys/*/budget')
  const [limit, setLimit] = useState(before?.limit.replace(/ USD$/, '') ?? '')
  const [per, setPer] = useState<Per>((before?.per as Per | undefined) ?? 'month')
  const budget = budgetOf(limit, per)
  const send = async (): Promise<void> => {
    if (budget === undefined || changing.busy) return
    const done = await changing.start({ budget }, id)
    if (done === null) return
    onChanged()
    onClose()
  }
  return (
    <Dialog
      title={`Budget of ${id}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            busy={changing.busy}
            disabled={budget === undefined}
            onClick={() => void send()}
          >
            {budget === null ? 'Take the budget away' : 'Change'}
          </Button>
        </>
      }
    >
      <Form onSend={() => void send()}>
        {changing.fault === null ? null : <Fault fault={changing.fault} />}
        <BudgetFields limit={limit} per={per} onLimit={setLimit} onPer={setPer} />
        <p className="faint-text">
          It holds from the next call on. What the key has spent stays spent; empty takes the budget
          away.
        </p>
        <button type="submit" hidden />
      </Form>
    </Dialog>
  )
}

export function RevokeKey({
  of: { id, role },
  onClose,
  onRevoked,
}: {
  readonly of: KeyJson
  readonly onClose: () => void
  readonly onRevoked: () => void
}) {
  const revoking = useSend('DELETE /api/keys/*')
  const now = useSession()
  const isOwn = now.state === 'in' && now.session.key === id
  const send = async (): Promise<void> => {
    if ((await revoking.start(null, id)) === null) return
    onRevoked()
    onClose()
  }
  return (
    <Dialog
      title={`Revoke ${id}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button kind="danger" busy={revoking.busy} onClick={() => void send()}>
            Revoke {id}
          </Button>
        </>
      }
    >
      {revoking.fault === null ? null : <Fault fault={revoking.fault} />}
      <p>
        Whoever calls with it is refused from the next call on, and it cannot be taken back: its
        name stays taken, and its calls stay on the ledger.
      </p>
      {isOwn ? (
        <p className="bad-text">You are signed in with this key, and will be signed out.</p>
      ) : role === 'admin' ? (
        <p className="bad-text">It is an admin’s. See that another one is left.</p>
      ) : null}
    </Dialog>
  )
}
