import { type ReactNode, useId } from 'react'

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  /** Why what stands there cannot be taken. */
  readonly error?: string | null
  /** The label is for those alone who do not see what stands around. */
  readonly bare?: boolean
  readonly children: (ids: {
    readonly id: string
    readonly describedBy: string | undefined
  }) => ReactNode
}

/** A label, what is filled in, and what helps with it. */
function Field({ label, hint, error = null, bare = false, children }: FieldProps) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? hint
  return (
    <div className="field">
      <label htmlFor={id} className={bare ? 'unseen' : undefined}>
        {label}
      </label>
      {children({ id, describedBy: note === undefined ? undefined : noteId })}
      {note === undefined ? null : (
        <p
          id={noteId}
          className={error === null ? 'hint' : 'hint bad'}
          role={error === null ? undefined : 'alert'}
        >
          {note}
        </p>
      )}
    </div>
  )
}

type Plain = Omit<FieldProps, 'children'>

export interface TextFieldProps extends Plain {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly type?: 'text' | 'search' | 'password' | 'number' | 'datetime-local' | 'month' | 'date'
  readonly placeholder?: string
  readonly autoComplete?: string
  readonly required?: boolean
  readonly suggestions?: readonly string[]
}

export function TextField({
  value,
  onChange,
  type = 'text',
  placeholder,
  autoComplete = 'off',
  required,
  suggestions,
  ...field
}: TextFieldProps) {
  const listId = useId()
  return (
    <Field {...field}>
      {({ id, describedBy }) => (
        <>
          <input
            id={id}
            type={type}
            value={value}
            placeholder={placeholder}
            autoComplete={autoComplete}
            required={required}
            spellCheck={false}
            list={suggestions === undefined ? undefined : listId}
            aria-describedby={describedBy}
            aria-invalid={(field.error ?? null) === null ? undefined : true}
            onChange={(event) => onChange(event.target.value)}
          />
          {suggestions === undefined ? null : (
            <datalist id={listId}>
              {suggestions.map((each) => (
                <option key={each} value={each} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  )
}

export function TextArea({
  value,
  onChange,
  rows = 6,
  mono = false,
  placeholder,
  ...field
}: Plain & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly rows?: number
  readonly mono?: boolean
  readonly placeholder?: string
}) {
  return (
    <Field {...field}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          rows={rows}
          value={value}
          className={mono ? 'mono' : undefined}
          placeholder={placeholder}
          spellCheck={!mono}
          aria-describedby={describedBy}
          aria-invalid={(field.error ?? null) === null ? undefined : true}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export function Select({
  value,
  onChange,
  options,
  ...field
}: Plain & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly options: readonly (readonly [value: string, text: string])[]
}) {
  return (
    <Field {...field}>
      {({ id, describedBy }) => (
        <select
          id={id}
          value={value}
          aria-describedby={describedBy}
          onChange={(event) => onChange(event.target.value)}
        >
          {options.map(([each, text]) => (
            <option key={each} value={each}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export function Checkbox({
  label,
  checked,
  onChange,
}: {
  readonly label: ReactNode
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}) {
  return (
    <label className="checkbox">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{label}</span>
    </label>
  )
}
