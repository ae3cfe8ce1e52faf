import type { Instant } from '../core/clock.ts'
import type { CallId } from '../core/ids.ts'
import type { AttemptRecord, AttemptRole } from '../core/record.ts'
import { type Kind, promptTokens } from '../core/usage.ts'

/** What calls of the past took, many at a time, for whoever prices them anew. */

export interface ScanQuery {
  readonly filters: ScanFilters
  /** Calls that began then or later. */
  readonly since: Instant
  readonly until: Instant
  /** Where the page before ended. */
  readonly after: CallId | null
  /** Rows that are looked at for one page. */
  readonly rows: number
}

/** By the dimensions of `ports.ts`. */
type ScanFilters = Readonly<
  Partial<
    Record<'task' | 'model' | 'provider' | 'key' | 'customer' | 'feature' | 'env' | 'role', string>
  >
>

export const scanRowsMax = 20_000

/**
 * Chats that a model answered whole, each once. Answers from caches, and what evaluations, judges and
 * shadows asked, are no traffic.
 */
export interface ScanPage {
  readonly looked: number
  /** The last call that was looked at; null at the end. */
  readonly next: CallId | null
  /** 16 bytes a call. */
  readonly ids: Uint8Array
  /** `scanColumns` of each call, one behind the other. NaN: not known. */
  readonly values: Float64Array
  /** What the columns `model` and `task` count in; the task of a direct call is null. */
  readonly models: readonly string[]
  readonly tasks: readonly (string | null)[]
}

/** Tokens, picodollars and microseconds; all of a call's attempts are in `cost`. */
export const scanColumns = ['at', 'prompt', 'cached', 'output', 'cost', 'model', 'task'] as const

/** Features of calls that nobody's product made. */
export const internalFeatures = ['eval', 'judge', 'probe', 'replay'] as const

/** Roles of attempts that no caller's answer came from. */
export const asideOfScan = [
  'shadow',
  'audit',
  'judge',
  'probe',
  'cache_hit',
  'replay',
  'refused',
  'correction',
] as const satisfies readonly AttemptRole[]

/** What of an attempt is looked at: of chats alone, and none of those that stand above. */
export interface ScannedAttempt {
  /** 32 hexadecimal digits. */
  readonly id: string
  readonly at: number
  readonly task: string | null
  /** 'provider/model'; null where nobody was asked. */
  readonly model: string | null
  readonly isComplete: boolean
  /** Null: not counted. */
  readonly prompt: number | null
  readonly cached: number
  readonly output: number
  /**
   * Pictures, sound and searches, which each vendor counts otherwise: what they cost elsewhere is not
   * known, and their calls are left out.
   */
  readonly other: number
  readonly cost: number | null
}

/** Null for an attempt that is none of a user's chats. */
export function scannedOf(record: AttemptRecord): ScannedAttempt | null {
  const { role, operation, feature, usage, provider, model } = record
  if (operation !== 'chat' || (asideOfScan as readonly string[]).includes(role)) return null
  if ((internalFeatures as readonly (string | null)[]).includes(feature)) return null
  return {
    id: record.callId.replaceAll('-', ''),
    at: record.at,
    task: record.task,
    model: provider === null || model === null ? null : `${provider}/${model}`,
    isComplete: record.endState === 'complete',
    prompt: usage === null ? null : promptTokens(usage),
    cached: usage?.cacheRead ?? 0,
    output: usage === null ? 0 : usage.output + usage.reasoning,
    other: usage === null ? 0 : otherKinds.reduce((sum, kind) => sum + usage[kind], 0),
    cost: record.cost === null ? null : Number(record.cost),
  }
}

export const otherKinds = [
  'audioIn',
  'audioOut',
  'search',
  'imageIn',
  'imageOut',
  'images',
  'characters',
  'seconds',
] as const satisfies readonly Kind[]

/** Makes a page of attempts that come call by call. */
export class ScanPages {
  readonly #ids: string[] = []
  readonly #values: number[] = []
  readonly #models = new Names<string>()
  readonly #tasks = new Names<string | null>()
  #call: ScannedAttempt[] = []

  add(attempt: ScannedAttempt): void {
    if (this.#call.length > 0 && this.#call[0]!.id !== attempt.id) this.#close()
    this.#call.push(attempt)
  }

  page(looked: number, next: CallId | null): ScanPage {
    this.#close()
    return {
      looked,
      next,
      ids: Uint8Array.from(Buffer.from(this.#ids.join(''), 'hex')),
      values: Float64Array.from(this.#values),
      models: this.#models.all,
      tasks: this.#tasks.all,
    }
  }

  #close(): void {
    const attempts = this.#call
    this.#call = []
    const answer = attempts.findLast(({ isComplete }) => isComplete)
    if (answer === undefined || answer.prompt === null || answer.model === null) return
    if (answer.other > 0) return
    const cost = attempts.reduce((sum, each) => sum + (each.cost ?? 0), 0)
    this.#ids.push(answer.id)
    this.#values.push(
      attempts[0]!.at,
      answer.prompt,
      answer.cached,
      answer.output,
      answer.cost === null ? Number.NaN : cost,
      this.#models.place(answer.model),
      this.#tasks.place(answer.task),
    )
  }
}

class Names<Name> {
  readonly all: Name[] = []
  readonly #places = new Map<Name, number>()

  place(name: Name): number {
    let place = this.#places.get(name)
    if (place === undefined) {
      place = this.all.push(name) - 1
      this.#places.set(name, place)
    }
    return place
  }
}
