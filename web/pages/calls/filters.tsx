import { useEffect, useState } from 'react'
import type { Query } from '../../api.ts'
import { Button } from '../../parts/button.tsx'
import { Select, TextField } from '../../parts/field.tsx'
import { go, type ParamChange, usePlace, withParams } from '../../state/location.ts'

/** Parameters of the page and of /api alike. */
const labels = {
  task: 'Task',
  model: 'Model',
  provider: 'Provider',
  customer: 'Customer',
  feature: 'Feature',
  key: 'Key',
  session: 'Session',
  role: 'Role',
  cost_min: 'Cost from, USD',
  total_ms_min: 'Time from, ms',
} as const

const names = Object.keys(labels) as (keyof typeof labels)[]

const all = [...names, 'text', 'status', 'cost'] as const

/** To be put into the address when all are taken away. */
export const noFilters: ParamChange = Object.fromEntries(all.map((name) => [name, null]))

export function filtersOf(query: URLSearchParams): Query {
  return Object.fromEntries(
    all.flatMap((name) => {
      const value = query.get(name)
      return value === null || value === '' ? [] : [[name, value]]
    }),
  )
}

export function isFiltered(filters: Query): boolean {
  return Object.keys(filters).length > 0
}

/** Words, how it ended, and whatever else was asked for, each to be taken away again. */
export function Filters() {
  const { query } = usePlace()
  const [open, setOpen] = useState(false)
  const set = names.filter((name) => query.has(name))
  const put = (change: ParamChange): void => go(withParams({ ...change, before: null }))
  return (
    <div className="filters">
      <div className="filters-row">
        <Search key={query.get('text') ?? ''} text={query.get('text') ?? ''} put={put} />
        <Select
          label="How it ended"
          bare
          value={query.get('status') ?? ''}
          onChange={(value) => put({ status: value === '' ? null : value })}
          options={[
            ['', 'Any end'],
            ['ok', 'With an answer'],
            ['error', 'With a failure'],
          ]}
        />
        <Button
          pressed={query.has('cost')}
          onClick={() => put({ cost: query.has('cost') ? null : 'unknown' })}
        >
          Without a price
        </Button>
        <Button pressed={open} onClick={() => setOpen(!open)}>
          Filter
        </Button>
        {set.map((name) => (
          <span key={name} className="chip">
            <span className="chip-name">{labels[name]}</span>
            <span className="chip-value">{query.get(name)}</span>
            <Button
              kind="quiet"
              icon="close"
              label={`Without ${labels[name].toLowerCase()}`}
              onClick={() => put({ [name]: null })}
            />
          </span>
        ))}
      </div>
      {open ? <All query={query} put={put} close={() => setOpen(false)} /> : null}
    </div>
  )
}

function Search({
  text,
  put,
}: {
  readonly text: string
  readonly put: (change: ParamChange) => void
}) {
  const [typed, setTyped] = useState(text)
  return (
    <form
      role="search"
      className="filters-search"
      onSubmit={(event) => {
        event.preventDefault()
        put({ text: typed.trim() === '' ? null : typed.trim() })
      }}
    >
      <TextField
        label="Search what was said"
        bare
        type="search"
        value={typed}
        onChange={(value) => {
          setTyped(value)
          if (value === '' && text !== '') put({ text: null })
        }}
        placeholder="Search what was asked and answered"
      />
    </form>
  )
}

function All({
  query,
  put,
  close,
}: {
  readonly query: URLSearchParams
  readonly put: (change: ParamChange) => void
  readonly close: () => void
}) {
  const from = (): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']))
  const [values, setValues] = useState(from)
  useEffect(() => setValues(from()), [query])
  const wrong = {
    cost_min: /^(\d+(\.\d{1,12})?)?$/.test(values['cost_min'] ?? '') ? null : 'An amount: 0.25',
    total_ms_min: /^(\d{1,8})?$/.test(values['total_ms_min'] ?? '') ? null : 'A whole number',
  }
  const isWrong = wrong.cost_min !== null || wrong.total_ms_min !== null
  return (
    <form
      className="filters-all"
      onSubmit={(event) => {
        event.preventDefault()
        if (isWrong) return
        put(
          Object.fromEntries(
            Object.entries(values).map(([name, value]) => [name, value === '' ? null : value]),
          ),
        )
        close()
      }}
    >
      {names.map((name) => (
        <TextField
          key={name}
          label={labels[name]}
          value={values[name] ?? ''}
          error={name === 'cost_min' || name === 'total_ms_min' ? wrong[name] : null}
          onChange={(value) => setValues({ ...values, [name]: value })}
        />
      ))}
      <div className="filters-apply">
        <Button type="submit" kind="primary" disabled={isWrong}>
          Show these calls
        </Button>
      </div>
    </form>
  )
}
