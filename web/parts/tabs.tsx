import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { useParam } from '../state/location.ts'

export interface Tab {
  readonly id: string
  readonly title: ReactNode
  readonly show: () => ReactNode
}

/** Which one is open stands in the address, under `param`. */
export function Tabs({
  label,
  tabs,
  param = 'tab',
}: {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly param?: string
}) {
  const base = useId()
  const [asked, put] = useParam(param)
  const open = tabs.find(({ id }) => id === asked) ?? tabs[0]
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // On a phone the one that is open may stand beside the screen.
    const [place, button] = [list.current, list.current?.querySelector('[aria-selected="true"]')]
    if (place === null || !(button instanceof HTMLElement)) return
    const before = button.offsetLeft - place.offsetLeft
    place.scrollLeft = before - (place.clientWidth - button.offsetWidth) / 2
  }, [open?.id])
  if (open === undefined) return null
  const choose = ({ id }: Tab): void => put(id === tabs[0]!.id ? null : id)
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = tabs[(tabs.indexOf(open) + step + tabs.length) % tabs.length]!
    choose(next)
    document.getElementById(`${base}-${next.id}`)?.focus()
  }
  return (
    <>
      <div ref={list} className="tabs" role="tablist" aria-label={label} onKeyDown={onKey}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`${base}-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab === open}
            aria-controls={`${base}-panel`}
            tabIndex={tab === open ? 0 : -1}
            onClick={() => choose(tab)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div id={`${base}-panel`} role="tabpanel" aria-labelledby={`${base}-${open.id}`}>
        {open.show()}
      </div>
    </>
  )
}

/** One of a few, side by side. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: Value
  readonly options: readonly (readonly [value: Value, text: string])[]
  readonly onChange: (value: Value) => void
}) {
  return (
    <div className="choice" role="group" aria-label={label}>
      {options.map(([each, text]) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => onChange(each)}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
