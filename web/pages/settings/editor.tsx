import { type UIEvent, useEffect, useId, useRef } from 'react'
import type { ConfigIssueJson } from '../../../src/server/contract/settings.ts'

/** A text with its line numbers; lines with something wrong are marked. */
export function Editor({
  label,
  text,
  onChange,
  issues,
  place,
}: {
  readonly label: string
  readonly text: string
  readonly onChange: (text: string) => void
  readonly issues: readonly ConfigIssueJson[]
  /** Where to go, from 1; another object goes there again. */
  readonly place: { readonly line: number; readonly column: number } | null
}) {
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const numbers = useRef<HTMLOListElement>(null)
  const lines = text.split('\n')
  const wrong = new Map(issues.map(({ line, sentence }) => [line, sentence]))
  useEffect(() => {
    const element = area.current
    if (place === null || element === null) return
    const before = element.value.split('\n').slice(0, place.line - 1)
    const at = before.reduce((sum, { length }) => sum + length + 1, 0) + place.column - 1
    element.focus()
    element.setSelectionRange(at, at)
    const lineHeight = Number.parseFloat(getComputedStyle(element).lineHeight)
    element.scrollTop = Math.max(0, (place.line - 6) * lineHeight)
  }, [place])
  return (
    <div className="editor">
      <label className="unseen" htmlFor={id}>
        {label}
      </label>
      <ol ref={numbers} aria-hidden="true">
        {lines.map((_, index) => (
          <li
            key={index}
            className={wrong.has(index + 1) ? 'wrong' : undefined}
            title={wrong.get(index + 1)}
          >
            {index + 1}
          </li>
        ))}
      </ol>
      <textarea
        ref={area}
        id={id}
        className="mono"
        value={text}
        wrap="off"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        aria-invalid={issues.length > 0 || undefined}
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event: UIEvent<HTMLTextAreaElement>) => {
          if (numbers.current !== null) numbers.current.scrollTop = event.currentTarget.scrollTop
        }}
      />
    </div>
  )
}
