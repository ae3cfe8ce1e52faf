import type { Dialect } from '../../dialects/dialect.ts'
import type { Documents } from '../../store/files/documents.ts'
import type { KeptFiles } from '../../store/files/kept-files.ts'
import type { Parts } from '../pipeline/parts.ts'
import { BatchEngine } from './batches/engine.ts'
import type { BatchFacts } from './batches/facts.ts'
import { Batches } from './batches.ts'
import { Files } from './files.ts'
import { Jobs } from './jobs.ts'
import { Owned } from './owned.ts'

export interface ObjectSettings {
  readonly concurrent: number
  readonly keepMs: number
  /** Whether lines with time for it may go into vendors' own batches. */
  readonly atVendors: boolean
}

export interface ObjectParts {
  readonly parts: Parts
  readonly kept: KeptFiles
  readonly documents: Documents<BatchFacts>
  /** Paths that a line of a batch may ask, and their wire formats. */
  readonly dialects: ReadonlyMap<string, Dialect>
  readonly settings: () => ObjectSettings
  readonly onFault: (error: unknown, subject: string) => void
}

/** Files, batches and fine-tuning jobs: at providers, and in the gateway's own folder. */
export class Objects {
  readonly files: Files
  readonly batches: Batches
  readonly jobs: Jobs
  readonly #engine: BatchEngine

  constructor({ parts, kept, documents, dialects, settings, onFault }: ObjectParts) {
    const owned = new Owned(parts)
    const concurrent = (): number => settings().concurrent
    const keepMs = (): number => settings().keepMs
    const atVendors = (): boolean => settings().atVendors
    const engine = new BatchEngine({
      parts,
      kept,
      documents,
      dialects,
      concurrent,
      atVendors,
      onFault,
    })
    const readerOf = (file: string): string | null => engine.readerOf(file)
    this.#engine = engine
    this.files = new Files({ parts, owned, kept, keepMs, readerOf })
    this.batches = new Batches({
      parts,
      owned,
      kept,
      engine,
      endpoints: [...dialects.keys()],
      keepMs,
    })
    this.jobs = new Jobs(parts, owned)
  }

  /** Goes on with the batches that an earlier process left. */
  start(): void {
    this.#engine.start()
  }

  stop(drainMs: number): Promise<void> {
    return this.#engine.stop(drainMs)
  }
}
