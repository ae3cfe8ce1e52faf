import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type CallId, isCallId } from '../core/ids.ts'
import { type LinePlace, linesOf } from './files/lines.ts'

/** A case of a run that was made of a call, and the calls that asked it anew. */
export interface CaseOfCall {
  readonly run: string
  readonly id: CallId
  readonly askedBy: readonly CallId[]
}

interface KeptRow extends LinePlace {
  readonly id: string
  readonly description: string | null
}

interface KeptRows {
  readonly rows: readonly KeptRow[]
}

/** What is read here of a line in a file of cases. */
interface KeptCase {
  readonly erased?: boolean
  readonly line?: number
  readonly answers?: readonly { readonly answer?: { readonly call_id?: string | null } }[]
}

/**
 * Words in the files that evaluations left beside the store: runs, whose cases carry the id of the call that
 * they were made of, and answers, which carry the id of the call that gave them. Lines are overwritten in their
 * place, so that all others stay where the files of rows say they are.
 */
export class EvalWords {
  readonly #folder: string

  /** @param folder  of the store */
  constructor(folder: string) {
    this.#folder = join(folder, 'evals')
  }

  runs(): readonly string[] {
    return namesIn(join(this.#folder, 'runs'))
      .filter((name) => name.endsWith('.rows'))
      .map((name) => name.slice(0, -'.rows'.length))
      .toSorted()
  }

  /** Cases of a run that have words and were made of a call that is meant. */
  casesOf(run: string, isMeant: (id: CallId) => boolean): readonly CaseOfCall[] {
    return this.#meant(run, isMeant).map(({ row, kept }) => ({
      run,
      id: row.id as CallId,
      askedBy: (kept.answers ?? []).flatMap(({ answer }) => {
        const id = answer?.call_id
        return typeof id === 'string' && isCallId(id) ? [id] : []
      }),
    }))
  }

  /** @throws Error when the disk fails */
  eraseCases(run: string, isMeant: (id: CallId) => boolean): void {
    const meant = this.#meant(run, isMeant)
    if (meant.length === 0) return
    const file = openSync(this.#path(run, 'jsonl'), 'r+')
    try {
      for (const { row, kept } of meant) {
        overwrite(file, row, {
          id: row.id,
          description: null,
          line: kept.line ?? 0,
          cluster: row.id,
          variant: null,
          vars: {},
          messages: [],
          params: null,
          answers: [],
          erased: true,
        })
      }
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    this.#eraseDescriptions(run, new Set(meant.map(({ row }) => row.id)))
  }

  /** Files of answers that were kept so that nothing is asked twice. */
  answerFiles(): readonly string[] {
    return namesIn(this.#folder).filter((name) => /^[0-9a-f]{16}\.jsonl$/.test(name))
  }

  /** Overwrites the answers that these calls gave. @throws Error when the disk fails */
  async eraseAnswers(name: string, given: ReadonlySet<string>): Promise<void> {
    const path = join(this.#folder, name)
    const places: LinePlace[] = []
    for await (const { lines } of linesOf(path)) {
      for (const line of lines) {
        const answer = jsonOf<{ answer?: { callId?: unknown } }>(line.text)?.answer
        if (typeof answer?.callId === 'string' && given.has(answer.callId)) places.push(line)
      }
    }
    if (places.length === 0) return
    const file = openSync(path, 'r+')
    try {
      for (const place of places) overwrite(file, place, null)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }

  #meant(
    run: string,
    isMeant: (id: CallId) => boolean,
  ): readonly { readonly row: KeptRow; readonly kept: KeptCase }[] {
    const path = this.#path(run, 'jsonl')
    const rows = this.#rows(run)?.rows.filter(({ id }) => isCallId(id) && isMeant(id)) ?? []
    if (rows.length === 0 || !existsSync(path)) return []
    const file = openSync(path, 'r')
    try {
      return rows.flatMap((row) => {
        const bytes = Buffer.alloc(row.length)
        readSync(file, bytes, 0, row.length, row.start)
        // A line that cannot be read may hold words all the same.
        const kept = jsonOf<KeptCase>(bytes.toString('utf8')) ?? {}
        return kept.erased === true || bytes.every((byte) => byte === space) ? [] : [{ row, kept }]
      })
    } finally {
      closeSync(file)
    }
  }

  #eraseDescriptions(run: string, ids: ReadonlySet<string>): void {
    const whole = this.#rows(run)
    if (!whole?.rows.some(({ id, description }) => ids.has(id) && description !== null)) return
    const rows = whole.rows.map((row) => (ids.has(row.id) ? { ...row, description: null } : row))
    const path = this.#path(run, 'rows')
    writeFileSync(`${path}.half`, JSON.stringify({ ...whole, rows }), { mode: 0o600, flush: true })
    renameSync(`${path}.half`, path)
  }

  #rows(run: string): KeptRows | null {
    try {
      return jsonOf<KeptRows>(readFileSync(this.#path(run, 'rows'), 'utf8'))
    } catch {
      return null // dropped meanwhile, because there are newer ones
    }
  }

  #path(run: string, ending: 'jsonl' | 'rows'): string {
    return join(this.#folder, 'runs', `${run}.${ending}`)
  }
}

const space = 0x20

/** Puts a value, or nothing, in the place of a line; the rest of it becomes spaces. */
function overwrite(file: number, { start, length }: LinePlace, value: unknown): void {
  const bytes = Buffer.alloc(length, space)
  const text = value === null ? '' : JSON.stringify(value)
  if (Buffer.byteLength(text) <= length) bytes.write(text)
  writeSync(file, bytes, 0, length, start)
}

function jsonOf<Value>(text: string | null): Value | null {
  try {
    return text === null ? null : (JSON.parse(text) as Value)
  } catch {
    return null
  }
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
