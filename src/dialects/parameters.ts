import { type Edits, editJson, type JsonObject } from '../core/json.ts'
import type { ParameterRule, Target } from './dialect.ts'
import { present } from './fields.ts'

/**
 * The top-level parameters of a request on their way to a provider: what was sent, what changes, and
 * a word for each change that the caller should know of.
 */
export class Parameters {
  readonly adapted: string[] = []
  readonly #sent: Readonly<Record<string, unknown>>
  /** Undefined: left out. */
  readonly #changed = new Map<string, unknown>()

  constructor(sent: Readonly<Record<string, unknown>>) {
    this.#sent = sent
  }

  /** Undefined when it is left out or null. */
  get(name: string): unknown {
    if (this.#changed.has(name)) return this.#changed.get(name)
    return Object.hasOwn(this.#sent, name) ? (this.#sent[name] ?? undefined) : undefined
  }

  set(name: string, value: unknown): void {
    this.#changed.set(name, value)
  }

  remove(name: string): void {
    this.#changed.set(name, undefined)
  }

  /** Top-level nulls say nothing, and some engines refuse them. */
  removeNulls(): void {
    for (const name in this.#sent) if (this.#sent[name] === null) this.remove(name)
  }

  apply(rules: readonly ParameterRule[] | undefined, { model, answerMax }: Target): void {
    if (rules !== undefined) {
      const stream = this.get('stream') === true
      for (const rule of rules) {
        if (rule.models !== undefined && !rule.models.test(model)) continue
        if (this.#meets(rule.where)) this.#apply(rule, stream)
      }
    }
    if (answerMax === undefined) return
    for (const name of answerLimits) this.#clamp(name, -Infinity, answerMax)
  }

  /** The text that was sent with the changes spliced in. */
  edit(body: JsonObject): string {
    if (this.#changed.size === 0) return body.text
    const edits = new Map<string, string | null>()
    for (const [name, value] of this.#changed) {
      edits.set(name, value === undefined ? null : JSON.stringify(value))
    }
    return editJson(body, edits satisfies Edits)
  }

  /** All parameters as a new object's text. */
  write(): string {
    return JSON.stringify(this.whole())
  }

  /** All parameters; what was sent itself where nothing changes. */
  whole(): Readonly<Record<string, unknown>> {
    if (this.#changed.size === 0) return this.#sent
    const whole: Record<string, unknown> = { ...this.#sent }
    for (const [name, value] of this.#changed) {
      if (value === undefined) delete whole[name]
      else whole[name] = value
    }
    return whole
  }

  #meets(where: ParameterRule['where']): boolean {
    if (where === undefined) return true
    const value = this.get(where.name)
    if (where.is?.includes(value) === true) return true
    return where.above !== undefined && typeof value === 'number' && value > where.above
  }

  #apply({ name, does }: ParameterRule, stream: boolean): void {
    const value = this.get(name)
    if (does.kind === 'default') {
      const fits = does.when === undefined || (does.when === 'stream') === stream
      if (value !== undefined || !fits) return
      this.set(name, does.value)
      this.adapted.push(`+${name}=${JSON.stringify(does.value)}`)
      return
    }
    if (value === undefined) return
    switch (does.kind) {
      case 'drop':
        this.remove(name)
        this.adapted.push(`-${name}`)
        return
      case 'rename':
        this.remove(name)
        if (!present(this.get(does.to))) this.set(does.to, value)
        this.adapted.push(`${name}>${does.to}`)
        return
      case 'clamp':
        return this.#clamp(name, does.min ?? -Infinity, does.max ?? Infinity)
      case 'map': {
        const key = typeof value === 'string' ? value : JSON.stringify(value)
        if (!Object.hasOwn(does.values, key)) return
        const mapped = does.values[key]
        this.set(name, mapped)
        this.adapted.push(`${name}=${JSON.stringify(mapped)}`)
      }
    }
  }

  #clamp(name: string, min: number, max: number): void {
    const value = this.get(name)
    if (typeof value !== 'number') return
    const bounded = Math.min(Math.max(value, min), max)
    if (bounded === value) return
    this.set(name, bounded)
    this.adapted.push(`${name}=${bounded}`)
  }
}

/** Several messages may be changed alike: the word for it stands once. */
export function noteOnce(adapted: string[], word: string): void {
  if (!adapted.includes(word)) adapted.push(word)
}

/** What bounds the length of an answer, in the dialects that say it at the top. */
const answerLimits = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const

/** Names under `metadata` that are meant for the gateway and go no further. */
const ownName = /^x-freehold-/i

/** The caller's metadata without what was meant for the gateway; undefined when nothing is left. */
export function withoutOwnNames(metadata: unknown): unknown {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return metadata
  const entries = Object.entries(metadata)
  const kept = entries.filter(([name]) => !ownName.test(name))
  if (kept.length === entries.length) return metadata
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
