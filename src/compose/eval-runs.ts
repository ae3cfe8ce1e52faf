import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calibrationJson } from '../control/evals/json.ts'
import type { Calibration } from '../control/evals/judge/calibration.ts'
import { systemClock } from '../core/clock.ts'
import type {
  CalibrationJson,
  EvalCaseJson,
  EvalRunJson,
  EvalRunWholeJson,
  JudgeCalibrationJson,
} from '../server/contract/evals.ts'
import type { KeptEvals } from '../server/control.ts'
import { LineReader, type LinePlace } from '../store/files/lines.ts'

interface KeptRows extends Pick<EvalRunWholeJson, 'ungradable'> {
  readonly rows: readonly (EvalRunWholeJson['rows'][number] & LinePlace)[]
}

/** Nothing but what the command writes is a name of a file. */
const idShape = /^\d{8}T\d{6}-[0-9a-f]{8}$/

/** Runs that commands kept in the store's folder; see src/cli/eval/run-file.ts. Waits for the disk, and holds nobody up. */
export class EvalRuns implements KeptEvals {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = join(folder, 'evals')
  }

  async list(limit: number): Promise<readonly EvalRunJson[]> {
    const ids = (await namesIn(join(this.#folder, 'runs')))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((id) => idShape.test(id))
    const heads: EvalRunJson[] = []
    // One after another: whoever calls meanwhile has a turn in between.
    for (const id of ids.toSorted().toReversed().slice(0, limit)) {
      const head = await this.#head(id)
      if (head !== null) heads.push(head)
    }
    return heads
  }

  async run(id: string): Promise<EvalRunWholeJson | null> {
    const [head, kept] = [await this.#head(id), await this.#rows(id)]
    if (head === null || kept === null) return null
    const rows = kept.rows.map(({ id: name, description, values }) => ({
      id: name,
      description,
      values,
    }))
    return { ...head, rows, ungradable: kept.ungradable }
  }

  async case(id: string, at: number): Promise<EvalCaseJson | null> {
    const place = (await this.#rows(id))?.rows[at]
    if (place === undefined) return null
    try {
      const reader = await LineReader.open(join(this.#folder, 'runs', `${id}.jsonl`))
      try {
        return JSON.parse(await reader.text(place)) as EvalCaseJson
      } finally {
        await reader.close()
      }
    } catch {
      // It was dropped meanwhile, or is damaged.
      return null
    }
  }

  async judges(): Promise<readonly JudgeCalibrationJson[]> {
    const folder = join(this.#folder, 'judges')
    const found: JudgeCalibrationJson[] = []
    for (const name of await namesIn(folder)) {
      const kept = await jsonIn<Calibration>(join(folder, name))
      if (kept === null) continue
      const json = calibrationJson(kept) as unknown as CalibrationJson
      found.push({ ...json, valid: kept.validUntil > systemClock.now() })
    }
    return found.toSorted((left, right) => (left.at < right.at ? 1 : -1))
  }

  async #head(id: string): Promise<EvalRunJson | null> {
    return idShape.test(id) ? jsonIn(join(this.#folder, 'runs', `${id}.json`)) : null
  }

  async #rows(id: string): Promise<KeptRows | null> {
    return idShape.test(id) ? jsonIn(join(this.#folder, 'runs', `${id}.rows`)) : null
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json'))
  } catch {
    // No evaluation was run here yet.
    return []
  }
}

/** Null where it is not there, or was cut off. */
async function jsonIn<Value>(path: string): Promise<Value | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value
  } catch {
    return null
  }
}
