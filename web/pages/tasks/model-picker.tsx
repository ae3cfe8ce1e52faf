import { useState } from 'react'
import type { ModelJson } from '../../../src/server/contract/models.ts'
import { TextField } from '../../parts/field.tsx'
import { count } from '../../parts/format.ts'
import { Fault, Skeleton } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { Price } from './price.tsx'

const shownMost = 7

/** A model of a live provider, found by a part of its name. One that nobody knows may be named in full. */
export function ModelPicker({
  value,
  taken,
  onChange,
}: {
  readonly value: string | null
  readonly taken: readonly string[]
  readonly onChange: (model: string | null) => void
}) {
  const [text, setText] = useState('')
  const models = useAsk('/api/models')
  const wanted = text.trim().toLowerCase()
  const fitting = (models.answer?.models ?? []).filter(
    ({ id, operations }) =>
      !taken.includes(id) && operations.includes('chat') && id.toLowerCase().includes(wanted),
  )
  const shown = fitting.slice(0, shownMost)
  const typed = text.trim()
  const isNew =
    /^[^/\s]+\/\S+$/.test(typed) &&
    !taken.includes(typed) &&
    !fitting.some(({ id }) => id === typed)
  return (
    <div className="picker">
      <TextField
        label="Model"
        type="search"
        value={text}
        placeholder="provider/model, or a part of it"
        onChange={(next) => {
          setText(next)
          onChange(null)
        }}
      />
      {models.fault === null ? null : <Fault fault={models.fault} again={models.again} />}
      {models.answer === null ? (
        models.fault === null ? (
          <Skeleton lines={4} />
        ) : null
      ) : (
        <div className="picks" role="radiogroup" aria-label="Models">
          {shown.map((model) => (
            <Pick
              key={model.id}
              model={model}
              checked={value === model.id}
              onPick={() => onChange(model.id)}
            />
          ))}
          {isNew ? (
            <div>
              <label>
                <input
                  type="radio"
                  name="model"
                  checked={value === typed}
                  onChange={() => onChange(typed)}
                />
                <span className="pick-name">{typed}</span>
                <span className="unknown">not in the catalog: its cost would not be known</span>
              </label>
            </div>
          ) : null}
        </div>
      )}
      {models.answer !== null && shown.length === 0 && !isNew ? (
        <p className="hint">No live provider is known to sell a chat model of this name.</p>
      ) : null}
      {fitting.length > shownMost ? (
        <p className="hint">and {count(fitting.length - shownMost)} more: type more of the name</p>
      ) : null}
    </div>
  )
}

function Pick({
  model: { id, price, currency },
  checked,
  onPick,
}: {
  readonly model: ModelJson
  readonly checked: boolean
  readonly onPick: () => void
}) {
  return (
    <div>
      <label>
        <input type="radio" name="model" checked={checked} onChange={onPick} />
        <span className="pick-name">{id}</span>
        <Price
          input={price?.['input'] ?? null}
          output={price?.['output'] ?? null}
          currency={currency}
        />
      </label>
    </div>
  )
}
