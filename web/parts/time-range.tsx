import { useEffect, useRef, useState } from 'react'
import {
  type Range,
  relativeRanges,
  setAbsolute,
  setCompare,
  setRelative,
  shift,
  useRange,
  zoomOut,
} from '../state/range.ts'
import { Button } from './button.tsx'
import { Checkbox, TextField } from './field.tsx'
import { Icon } from './icon.tsx'
import { useKeys } from '../state/keys.ts'

/** What time the page looks at; it stands in the address and goes along to other pages. */
export function TimeRange({ comparison = true }: { readonly comparison?: boolean }) {
  const range = useRange()
  const [open, setOpen] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return undefined
    const close = (event: Event): void => {
      if (!place.current!.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', close)
    return () => removeEventListener('pointerdown', close)
  }, [open])
  useKeys((key) => {
    if (key !== '[' && key !== ']') return false
    shift(range, key === '[' ? -1 : 1)
    return true
  })
  return (
    <div
      className="range"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return
        setOpen(false)
        place.current!.querySelector<HTMLElement>('.range-button')!.focus()
      }}
    >
      <Button icon="left" label="Earlier" onClick={() => shift(range, -1)} />
      <button
        type="button"
        className="button range-button"
        aria-expanded={open}
        aria-haspopup="dialog"
        onClick={() => setOpen(!open)}
      >
        <Icon name="clock" />
        <span className="range-label">{range.label}</span>
        <Icon name="down" />
      </button>
      <Button
        icon="right"
        label="Later"
        disabled={range.relative !== null}
        onClick={() => shift(range, 1)}
      />
      <span className="wide-only">
        <Button icon="zoomOut" label="Twice as long" onClick={() => zoomOut(range)} />
      </span>
      {open ? <Choices range={range} comparison={comparison} close={() => setOpen(false)} /> : null}
    </div>
  )
}

function Choices({
  range,
  comparison,
  close,
}: {
  readonly range: Range
  readonly comparison: boolean
  readonly close: () => void
}) {
  const [from, setFrom] = useState(fieldText(range.since))
  const [to, setTo] = useState(fieldText(range.until))
  const wrong = new Date(from) < new Date(to) ? null : 'The end has to be after the beginning.'
  return (
    <div className="range-choices" role="dialog" aria-label="Time range">
      <ul>
        {relativeRanges.map(([name, label]) => (
          <li key={name}>
            <button
              type="button"
              autoFocus={name === (range.relative ?? relativeRanges[0]![0])}
              aria-pressed={name === range.relative}
              onClick={() => {
                setRelative(name)
                close()
              }}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (wrong !== null) return
          setAbsolute(new Date(from), new Date(to))
          close()
        }}
      >
        <TextField label="From" type="datetime-local" value={from} onChange={setFrom} />
        <TextField label="To" type="datetime-local" value={to} onChange={setTo} error={wrong} />
        <Button type="submit" kind="primary" disabled={wrong !== null}>
          Use this time
        </Button>
        {comparison ? (
          <Checkbox
            label="Compare with the time before"
            checked={range.before !== null}
            onChange={setCompare}
          />
        ) : null}
      </form>
    </div>
  )
}

/** As the field wants it, in local time. */
function fieldText(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
