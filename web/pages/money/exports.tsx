import { useState } from 'react'
import { urlOf } from '../../api.ts'
import type { Fault as FaultError } from '../../fault.ts'
import { Button } from '../../parts/button.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Fault } from '../../parts/states.tsx'
import { type Range, spanOf } from '../../state/range.ts'
import { saved } from './csv.ts'

/** Longer times take the gateway a while, and the command writes them a day after the other. */
const directDays = 31

/** The same for the tools of others. */
export function Exports({ range }: { readonly range: Range }) {
  const [fault, setFault] = useState<FaultError | null>(null)
  const [busy, setBusy] = useState(false)
  const span = spanOf(range)
  const days = (range.until.getTime() - range.since.getTime()) / 86_400_000
  const command = `freehold export focus --since ${span.since.slice(0, 10)} --until ${dayAfter(range.until)} --out focus.csv`
  const save = async (): Promise<void> => {
    setBusy(true)
    setFault(
      await saved(
        urlOf('/api/exports/charges', { query: span }),
        `charges-${span.since.slice(0, 10)}.json`,
      ),
    )
    setBusy(false)
  }
  return (
    <Panel
      title="Export"
      note="What was charged, line by line: for each day, customer, feature, seller, model and meter. FOCUS is what tools for cloud bills read; it is held against the ledger to the last digit before it is written."
    >
      {fault === null ? null : <Fault fault={fault} />}
      <div className="money-export">
        <code>{command}</code>
        <Copy text={() => command} label="Copy the command" />
        <Button
          busy={busy}
          disabled={days > directDays}
          onClick={() => void save()}
          title={
            days > directDays
              ? `Up to ${directDays} days at once; the command takes any time.`
              : undefined
          }
        >
          Charges as JSON
        </Button>
      </div>
    </Panel>
  )
}

function dayAfter(until: Date): string {
  return new Date(until.getTime() + 86_399_999).toISOString().slice(0, 10)
}
