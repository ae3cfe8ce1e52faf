import { useMemo, useState } from 'react'
import type { WholeCallJson } from '../../../src/server/contract/calls.ts'
import { Button } from '../../parts/button.tsx'
import { Copy } from '../../parts/copy.tsx'
import { bytes } from '../../parts/format.ts'

const shownCharacters = 20_000

/** The bodies as JSON, as far as they are kept. */
export function Raw({ call }: { readonly call: WholeCallJson }) {
  return (
    <div className="stack">
      <Body title="Request" value={call.request} />
      {Object.entries(call.answers).map(([attempt, answer]) => (
        <Body key={attempt} title={`Answer of attempt ${attempt}`} value={answer} />
      ))}
      {call.attempts.map(({ attempt, usage_raw: usage }) =>
        usage === null ? null : (
          <Body key={attempt} title={`Usage as attempt ${attempt} said it`} value={usage} />
        ),
      )}
    </div>
  )
}

function Body({ title, value }: { readonly title: string; readonly value: unknown }) {
  const text = useMemo(
    () => (typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')),
    [value],
  )
  const [whole, setWhole] = useState(false)
  const isLong = text.length > shownCharacters && !whole
  return (
    <section className="raw">
      <header>
        <h3>{title}</h3>
        <span className="faint-text">{bytes(text.length)}</span>
        <Copy text={() => text} label={`Copy: ${title}`} />
      </header>
      <pre tabIndex={0} aria-label={title}>
        {isLong ? text.slice(0, shownCharacters) : text}
      </pre>
      {isLong ? (
        <Button kind="quiet" onClick={() => setWhole(true)}>
          Show all {bytes(text.length)}
        </Button>
      ) : null}
    </section>
  )
}
