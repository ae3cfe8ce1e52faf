import { type KeyboardEvent, useId, useState } from 'react'
import type { ModelJson } from '../../../src/server/contract/models.ts'
import { Button } from '../../parts/button.tsx'

/** More do not fit beside each other. */
export const modelsMax = 6

/** Who is asked: a task by its name, or a model of a live provider. */
export function ModelPicker({
  models,
  onChange,
  tasks,
  listed,
}: {
  readonly models: readonly string[]
  readonly onChange: (models: readonly string[]) => void
  readonly tasks: readonly string[]
  readonly listed: readonly ModelJson[]
}) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const isFull = models.length >= modelsMax
  const add = (): void => {
    const name = typed.trim()
    // A blank parts names in the address, and stands in none.
    if (name === '' || /\s/.test(name) || isFull) return
    if (!models.includes(name)) onChange([...models, name])
    setTyped('')
  }
  const chats = listed.filter(({ operations }) => operations.includes('chat'))
  return (
    <div className="picker" role="group" aria-label="Models">
      <ul>
        {models.map((name) => (
          <li key={name}>
            <span title={name}>{name}</span>
            <Button
              kind="quiet"
              icon="close"
              label={`Do not ask ${name}`}
              onClick={() => onChange(models.filter((each) => each !== name))}
            />
          </li>
        ))}
      </ul>
      <div className="picker-add">
        <label className="unseen" htmlFor={id}>
          Task or model
        </label>
        <input
          id={id}
          value={typed}
          list={`${id}-list`}
          placeholder={isFull ? `${modelsMax} at most` : 'task or provider/model'}
          disabled={isFull}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event: KeyboardEvent) => {
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
            event.preventDefault()
            add()
          }}
        />
        <datalist id={`${id}-list`}>
          {tasks.map((name) => (
            <option key={name} value={name}>
              task
            </option>
          ))}
          {chats.map(({ id: name, price }) => (
            <option key={name} value={name}>
              {price?.['input'] === undefined
                ? 'price not known'
                : `${price['input']} in, ${price['output'] ?? '–'} out per million`}
            </option>
          ))}
        </datalist>
        <Button icon="plus" disabled={typed.trim() === '' || isFull} onClick={add}>
          Add
        </Button>
      </div>
    </div>
  )
}
