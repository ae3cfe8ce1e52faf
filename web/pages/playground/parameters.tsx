import { TextArea, TextField } from '../../parts/field.tsx'

/** As they are typed: what is empty is not sent. */
export interface ParameterTexts {
  readonly temperature: string
  readonly maxTokens: string
  readonly others: string
}

export const noParameters: ParameterTexts = { temperature: '', maxTokens: '', others: '' }

/** Members of a question that the page itself fills in. */
const own = new Set(['model', 'messages', 'stream', 'stream_options'])

/** The parameters as a call has them, or why they cannot be sent. */
export function questionParameters({
  temperature,
  maxTokens,
  others,
}: ParameterTexts):
  | { readonly value: Readonly<Record<string, unknown>> }
  | { readonly error: string } {
  const value: Record<string, unknown> = {}
  if (temperature.trim() !== '') {
    const number = Number(temperature)
    if (!(number >= 0 && number <= 2)) return { error: 'Temperature is a number from 0 to 2.' }
    value['temperature'] = number
  }
  if (maxTokens.trim() !== '') {
    const number = Number(maxTokens)
    if (!Number.isInteger(number) || number < 1)
      return { error: 'The most tokens are a whole number from 1.' }
    value['max_tokens'] = number
  }
  if (others.trim() === '') return { value }
  let read: unknown
  try {
    read = JSON.parse(others)
  } catch (error) {
    return { error: `The other parameters are no JSON: ${(error as Error).message}` }
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    return { error: 'The other parameters have to be one JSON object.' }
  const taken = Object.keys(read).find((name) => own.has(name))
  if (taken !== undefined) return { error: `${taken} is set by this page.` }
  return { value: { ...value, ...read } }
}

export function Parameters({
  value,
  onChange,
  error,
}: {
  readonly value: ParameterTexts
  readonly onChange: (value: ParameterTexts) => void
  readonly error: string | null
}) {
  return (
    <div className="play-parameters">
      <TextField
        label="Temperature"
        type="number"
        value={value.temperature}
        onChange={(temperature) => onChange({ ...value, temperature })}
        placeholder="as the model has it"
      />
      <TextField
        label="Most tokens"
        type="number"
        value={value.maxTokens}
        onChange={(maxTokens) => onChange({ ...value, maxTokens })}
        placeholder="as the model has it"
      />
      <TextArea
        label="Other parameters, as JSON"
        mono
        rows={2}
        value={value.others}
        onChange={(others) => onChange({ ...value, others })}
        placeholder={'{"reasoning_effort": "low", "seed": 7}'}
        error={error}
      />
    </div>
  )
}
