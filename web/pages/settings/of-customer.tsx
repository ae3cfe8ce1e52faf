import { type FormEvent, useState } from 'react'
import { read } from '../../api.ts'
import { Fault as FaultError } from '../../fault.ts'
import { Button, Link } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { count } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Fault } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { useIsAdmin } from '../../state/session.ts'
import { EraseCustomer } from './erase-customer.tsx'

/** Calls whose words are asked for at once. */
const besides = 4
/** More are for `freehold logs`, which no browser has to hold. */
const callsMost = 5_000

/** All that is kept of one customer's calls, as lines of JSON. */
export function OfCustomer() {
  const costs = useAsk('/api/costs', { query: { by: 'customer', since: '396d' } })
  const [customer, setCustomer] = useState('')
  const [done, setDone] = useState<number | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  const [fault, setFault] = useState<FaultError | null>(null)
  const [isErasing, setIsErasing] = useState(false)
  const isAdmin = useIsAdmin()
  const names = (costs.answer?.rows ?? []).flatMap(({ group }) => group['customer'] ?? [])

  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setFault(null)
    setSaid(null)
    setDone(0)
    try {
      const { lines, isCut } = await linesOf(customer, setDone)
      if (lines.length > 0) save(`${fileName(customer)}.jsonl`, lines)
      setSaid(
        lines.length === 0
          ? 'No call of this customer is in the ledger.'
          : `${lines.length === 1 ? '1 call was' : `${count(lines.length)} calls were`} written${isCut ? `, the newest ${count(callsMost)}. All of them: freehold logs --customer` : ''}.`,
      )
    } catch (error) {
      setFault(error instanceof FaultError ? error : new FaultError(String(error)))
    }
    setDone(null)
  }
  return (
    <Panel
      title="Data of one customer"
      note={
        <>
          Every call with its attempts, prompts and answers, as far as they are kept: one line of
          JSON each. To erase what it said takes an admin; amounts, tokens and times stay on the
          ledger.
        </>
      }
    >
      <form className="of-customer" onSubmit={(event) => void start(event)}>
        <TextField
          label="Customer"
          value={customer}
          onChange={setCustomer}
          suggestions={names}
          placeholder="as calls name it"
        />
        <Button type="submit" busy={done !== null} disabled={customer.trim() === ''}>
          {done === null ? 'Export' : `${count(done)} calls so far`}
        </Button>
        {isAdmin ? (
          <Button
            kind="danger"
            disabled={customer.trim() === ''}
            onClick={() => setIsErasing(true)}
          >
            Erase…
          </Button>
        ) : null}
        {customer.trim() === '' ? null : <Link to={pathTo('/calls', { customer })}>Its calls</Link>}
      </form>
      {fault === null ? null : <Fault fault={fault} />}
      <p className="hint" role="status">
        {said}
      </p>
      {isErasing ? <EraseCustomer customer={customer} onClose={() => setIsErasing(false)} /> : null}
    </Panel>
  )
}

async function linesOf(
  customer: string,
  onProgress: (calls: number) => void,
): Promise<{ readonly lines: readonly string[]; readonly isCut: boolean }> {
  const lines: string[] = []
  let before: string | null = null
  for (;;) {
    const { calls, next }: { calls: readonly { readonly id: string }[]; next: string | null } =
      await read('/api/calls', { query: { customer, limit: 100, before } })
    for (let at = 0; at < calls.length; at += besides) {
      const whole = await Promise.all(
        calls.slice(at, at + besides).map(({ id }) => read('/api/calls/*', { rest: id })),
      )
      lines.push(...whole.map((call) => JSON.stringify(call)))
      onProgress(lines.length)
    }
    if (next === null || lines.length >= callsMost) return { lines, isCut: next !== null }
    before = next
  }
}

function save(name: string, lines: readonly string[]): void {
  const url = URL.createObjectURL(
    new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' }),
  )
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

function fileName(customer: string): string {
  return `customer-${customer.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60)}`
}
