import type { Dialect } from '../../../dialects/dialect.ts'
import type { Documents } from '../../../store/files/documents.ts'
import type { KeptFiles } from '../../../store/files/kept-files.ts'
import type { Parts } from '../../pipeline/parts.ts'
import { outwardId } from '../ids.ts'
import { type BatchFacts, isOver } from './facts.ts'
import { BatchRun } from './run.ts'
import { Slots } from './slots.ts'

export interface EngineParts {
  readonly parts: Parts
  readonly kept: KeptFiles
  readonly documents: Documents<BatchFacts>
  readonly dialects: ReadonlyMap<string, Dialect>
  /** Lines of all batches at the same moment. */
  readonly concurrent: () => number
  /** Whether vendors' own batches may be used. */
  readonly atVendors: () => boolean
  readonly onFault: (error: unknown, batch: string) => void
}

const sweepMs = 3_600_000
/** A batch that the disk did not let go on is tried again after this. */
const againMs = 60_000

/** The batches that the gateway runs itself. */
export class BatchEngine {
  readonly #has: EngineParts
  readonly #slots: Slots
  readonly #running = new Map<string, { readonly run: BatchRun; readonly ended: Promise<void> }>()
  #sweeping: ReturnType<typeof setInterval> | null = null
  #isStopped = false

  constructor(has: EngineParts) {
    this.#has = has
    this.#slots = new Slots(has.concurrent)
  }

  /** Goes on with what an earlier process left. */
  start(): void {
    for (const facts of this.#has.documents.all()) if (!isOver(facts)) this.#run(facts)
    this.#sweeping = setInterval(() => void this.#sweep(), sweepMs)
    this.#sweeping.unref()
    void this.#sweep()
  }

  /** @returns once it is on the disk; it runs from then on */
  async begin(facts: BatchFacts): Promise<BatchFacts> {
    await this.#has.documents.put(facts.id, facts)
    this.#run(facts)
    return facts
  }

  find(id: string): BatchFacts | null {
    return this.#running.get(id)?.run.facts ?? this.#has.documents.get(id)
  }

  all(): readonly BatchFacts[] {
    return this.#has.documents.all().map((facts) => this.find(facts.id) ?? facts)
  }

  async cancel(id: string): Promise<void> {
    const facts = this.find(id)
    if (facts && !isOver(facts) && !this.#running.has(id)) this.#run(facts)
    await this.#running.get(id)?.run.cancel()
  }

  /** The batch that reads a file now, by its outward id. */
  readerOf(file: string): string | null {
    const reader = [...this.#running.values()].find(({ run }) => run.facts.input === file)
    return reader ? outwardId('batch', { provider: null, id: reader.run.facts.id }) : null
  }

  /** Begins no other line, lets those under way end within the limit, and leaves the rest to the next start. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopped = true
    if (this.#sweeping) clearInterval(this.#sweeping)
    const running = [...this.#running.values()]
    for (const { run } of running) run.stop()
    const limit = setTimeout(() => {
      for (const { run } of running) run.leave()
    }, drainMs)
    await Promise.all(running.map(({ ended }) => ended))
    clearTimeout(limit)
  }

  #run(facts: BatchFacts): void {
    const { documents } = this.#has
    const run = new BatchRun(facts, {
      ...this.#has,
      slots: this.#slots,
      save: (next) => documents.put(next.id, next),
    })
    const ended = run
      .run()
      .catch((error: unknown) => this.#failed(error, facts.id))
      .finally(() => this.#running.delete(facts.id))
    this.#running.set(facts.id, { run, ended })
  }

  /** A batch without its file has come to its end; a disk that fails may work again. */
  async #failed(error: unknown, id: string): Promise<void> {
    const { documents, onFault, parts } = this.#has
    onFault(error, outwardId('batch', { provider: null, id }))
    const facts = documents.get(id)
    if (facts === null || this.#isStopped) return
    if ((error as { code?: unknown }).code !== 'ENOENT') {
      setTimeout(() => {
        if (!this.#isStopped && !this.#running.has(id)) this.#run(documents.get(id) ?? facts)
      }, againMs).unref()
      return
    }
    const gone = {
      code: 'file_gone',
      message: 'A file of this batch is gone. Upload its requests again.',
      param: null,
      line: null,
    }
    const moments = { ...facts.moments, failed: parts.clock.now() }
    const failed = { ...facts, status: 'failed', errors: [gone], moments } as const
    try {
      await documents.put(id, failed)
    } catch (fault) {
      onFault(fault, id)
    }
  }

  /** Forgets files and batches whose time is over. */
  async #sweep(): Promise<void> {
    const { kept, documents, parts } = this.#has
    try {
      const open = documents.all().filter((facts) => !isOver(facts))
      await kept.sweep(new Set(open.flatMap(({ input, output, error }) => [input, output, error])))
      for (const facts of documents.all()) {
        const end = Math.max(...Object.values(facts.moments), facts.at)
        const isPast = end + facts.keepMs * 1_000 < parts.clock.now()
        if (isOver(facts) && isPast) await documents.remove(facts.id)
      }
    } catch (error) {
      this.#has.onFault(error, 'files')
    }
  }
}
