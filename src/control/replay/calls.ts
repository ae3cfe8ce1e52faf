import type { Instant } from '../../core/clock.ts'

/** A call of the past, as far as its price elsewhere depends on it. */
export interface PastCall {
  readonly id: string
  readonly at: Instant
  /** Tokens of the whole prompt, cached ones included. */
  readonly prompt: number
  readonly cached: number
  /** Tokens of the answer, reasoning included. */
  readonly output: number
  /** Picodollars of all its attempts; null when that of the answer is not known. */
  readonly cost: number | null
  readonly model: string
  readonly task: string | null
}

/** A page as /api/replay/calls gives it: numbers in a row, because a million objects take minutes. */
export interface PackedCalls {
  readonly ids: string
  readonly values: string
  readonly columns: readonly string[]
  readonly models: readonly string[]
  readonly tasks: readonly (string | null)[]
}

export function unpackedCalls(page: PackedCalls): readonly PastCall[] {
  const ids = Buffer.from(page.ids, 'base64')
  const bytes = Uint8Array.from(Buffer.from(page.values, 'base64'))
  const values = new Float64Array(bytes.buffer)
  const width = page.columns.length
  const place = (name: string): number => page.columns.indexOf(name)
  const [at, prompt, cached, output] = ['at', 'prompt', 'cached', 'output'].map(place)
  const [cost, model, task] = ['cost', 'model', 'task'].map(place)
  return Array.from({ length: values.length / width }, (_, index): PastCall => {
    const value = (column: number | undefined): number => values[index * width + column!]!
    const paid = value(cost)
    return {
      id: idText(ids.subarray(index * 16, index * 16 + 16)),
      at: value(at) as Instant,
      prompt: value(prompt),
      cached: value(cached),
      output: value(output),
      cost: Number.isNaN(paid) ? null : paid,
      model: page.models[value(model)]!,
      task: page.tasks[value(task)] ?? null,
    }
  })
}

function idText(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
