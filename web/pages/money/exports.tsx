import { useEffect, useRef, useState } from 'react'
import { Fault as FaultError } from '../../fault.ts'
import { Button } from '../../parts/button.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Money } from '../../parts/figures.tsx'
import { count } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Fault, Tag } from '../../parts/states.tsx'
import type { Range } from '../../state/range.ts'
import { type Exported, exportFocus } from './focus.ts'

/** Longer times are for the command: it writes them to the disk a day after the other. */
const daysMax = 92

/** The same for the tools of others. */
export function Exports({ range: { since, until } }: { readonly range: Range }) {
  const [fault, setFault] = useState<FaultError | null>(null)
  const [day, setDay] = useState<number | null>(null)
  const [done, setDone] = useState<Exported | null>(null)
  const ending = useRef<AbortController | null>(null)
  useEffect(() => () => ending.current?.abort(), [])
  const days = Math.ceil((until.getTime() - since.getTime()) / 86_400_000)
  const command = `freehold export focus --since ${dayOf(since)} --until ${dayOf(new Date(until.getTime() + 86_399_999))} --out focus.csv`
  const start = async (): Promise<void> => {
    const own = new AbortController()
    ending.current = own
    setFault(null)
    setDone(null)
    try {
      setDone(await exportFocus({ since, until }, { signal: own.signal, onDay: setDay }))
    } catch (error) {
      if (!own.signal.aborted)
        setFault(error instanceof FaultError ? error : new FaultError(String(error)))
    }
    setDay(null)
  }
  return (
    <Panel
      title="Export"
      note="What was charged, line by line, as tools for cloud bills read it (FOCUS 1.2): for each day, customer, feature, seller, model and meter."
    >
      {fault === null ? null : <Fault fault={fault} />}
      <div className="money-export">
        {day === null ? (
          <Button
            disabled={days > daysMax}
            title={days > daysMax ? `Up to ${daysMax} days here; the command takes any time.` : ''}
            onClick={() => void start()}
          >
            Download FOCUS
          </Button>
        ) : (
          <Button onClick={() => ending.current?.abort()}>
            Stop, day {count(day)} of {count(days)}
          </Button>
        )}
        <code>{command}</code>
        <Copy text={() => command} label="Copy the command" />
      </div>
      {done === null ? null : (
        <p className="export-done" role="status">
          <Tag tone={done.adds ? 'good' : 'warning'}>{done.adds ? 'adds up' : 'differs'}</Tag>{' '}
          {count(done.rows)} rows of <Money usd={done.usd} />
          {done.adds
            ? ', the sum of the calls to the last digit.'
            : '. Their sum is not that of the calls: look with freehold ledger verify.'}
          {done.unknown === 0
            ? ''
            : ` ${count(done.unknown)} attempts have no known price and are in none of them.`}
        </p>
      )}
    </Panel>
  )
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}
