import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AnswerStore } from '../../control/evals/plan.ts'
import type { Answered } from '../../core/caller.ts'
import { usd, usdText } from '../../core/money.ts'

/**
 * Answers on the disk, a line each, so that what was paid once is not asked again: neither by a second run
 * nor after one that was stopped. They hold what models said, so nobody else may read them.
 */
export class AnswerFile implements AnswerStore {
  readonly #path: string
  readonly #run: string
  readonly #known = new Map<string, Answered>()

  /** @param only  read the answers of this run alone; null: all that there are */
  constructor(folder: string, suite: string, run: string, only: string | null) {
    const name = new Bun.CryptoHasher('sha256').update(suite).digest('hex').slice(0, 16)
    this.#path = join(folder, 'evals', `${name}.jsonl`)
    this.#run = run
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const lines = linesOf(this.#path)
    // A crash cut the last line off: what comes next must not be glued to it.
    if ((lines.at(-1) ?? '') !== '') appendFileSync(this.#path, '\n')
    for (const line of lines) {
      const kept = entryOf(line)
      if (kept !== null && (only === null || kept.run === only))
        this.#known.set(kept.key, kept.answer)
    }
  }

  get(key: string): Answered | undefined {
    return this.#known.get(key)
  }

  put(key: string, answer: Answered): void {
    this.#known.set(key, answer)
    const cost = answer.cost === null ? null : usdText(answer.cost)
    const line = JSON.stringify({ key, run: this.#run, answer: { ...answer, cost } })
    appendFileSync(this.#path, `${line}\n`, { mode: 0o600 })
  }
}

/** Remembers which run was stopped before its end, so that `--resume` finds its answers. */
export class RunMark {
  readonly #path: string

  constructor(folder: string, suite: string) {
    const name = new Bun.CryptoHasher('sha256').update(suite).digest('hex').slice(0, 16)
    this.#path = join(folder, 'evals', `${name}.run`)
  }

  /** The run that was not finished; null when the last one was. */
  get(): string | null {
    try {
      return readFileSync(this.#path, 'utf8').trim()
    } catch {
      return null
    }
  }

  set(run: string): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    writeFileSync(this.#path, `${run}\n`, { mode: 0o600 })
  }

  clear(): void {
    rmSync(this.#path, { force: true })
  }
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

/** Null for a line that a crash cut off. */
function entryOf(
  line: string,
): { readonly key: string; readonly run: string; readonly answer: Answered } | null {
  if (line === '') return null
  try {
    const { key, run, answer } = JSON.parse(line) as {
      key: string
      run: string
      answer: Omit<Answered, 'cost'> & { cost: string | null }
    }
    return { key, run, answer: { ...answer, cost: answer.cost === null ? null : usd(answer.cost) } }
  } catch {
    return null
  }
}
