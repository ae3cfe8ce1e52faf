import type { Instant } from '../../../core/clock.ts'
import { Departure } from '../../../core/departure.ts'
import { keyUnknown, shuttingDown } from '../../../core/errors.ts'
import { newCallId } from '../../../core/ids.ts'
import type { Dialect } from '../../../dialects/dialect.ts'
import type { KeptFiles } from '../../../store/files/kept-files.ts'
import type { LineReader, LineWriter } from '../../../store/files/lines.ts'
import { CheaperHours } from '../../pipeline/cheaper-hour.ts'
import type { Parts } from '../../pipeline/parts.ts'
import type { ApiKey } from '../../pipeline/snapshot.ts'
import { isLineFault, readBatchLine } from '../batch-line.ts'
import { AtVendors, vendorWindowUs } from './at-vendors.ts'
import { askLine, type LineAnswer, waitAfter } from './ask-line.ts'
import type { BatchEnding, BatchFacts, BatchStatus } from './facts.ts'
import { leftText, lineText } from './line-text.ts'
import { coolingMs, gapMs } from './pace.ts'
import type { Slots } from './slots.ts'
import { validate, type WaitingLine } from './validate.ts'

export interface RunParts {
  readonly parts: Parts
  readonly kept: KeptFiles
  readonly slots: Slots
  /** Which wire format a path speaks. */
  readonly dialects: ReadonlyMap<string, Dialect>
  /** Whether vendors' own batches may be used. */
  readonly atVendors: () => boolean
  /** Resolves when the facts are on the disk. */
  readonly save: (facts: BatchFacts) => Promise<void>
}

/** Timers count milliseconds in 31 bits. */
const timerMsMax = 2 ** 31 - 1

/**
 * A batch under way. Each answered line stands in its output before it counts as done, so that whoever
 * goes on after a crash asks it never again; a line whose answer was not written yet is asked anew.
 */
export class BatchRun {
  #facts: BatchFacts
  readonly #has: RunParts
  #queue: WaitingLine[] = []
  #next = 0
  /** Lines that have to be asked again. */
  #again: WaitingLine[] = []
  /** Of lines under way. */
  readonly #departures = new Set<Departure>()
  /** No line of this batch begins before, in milliseconds of the monotonic clock. */
  #notBeforeMs = 0
  readonly #cheaper: CheaperHours | null
  #expiry: ReturnType<typeof setTimeout> | undefined
  #vendors: AtVendors | null = null
  readonly #halted = Promise.withResolvers<void>()
  #isHalted = false
  #isStopping = false

  constructor(facts: BatchFacts, has: RunParts) {
    this.#facts = facts
    this.#has = has
    this.#cheaper = cheaperHours(facts)
  }

  get facts(): BatchFacts {
    return this.#facts
  }

  /** Goes from wherever it stands to its end, or to a stop of the gateway. @throws Error when the disk fails */
  async run(): Promise<void> {
    const { kept, slots } = this.#has
    const { lines, faults } = await validate(kept, this.#facts.input, this.#facts.endpoint)
    if (faults.length > 0) return this.#put('failed', { errors: faults })
    this.#facts = { ...this.#facts, total: lines.length }
    const output = await kept.grow(this.#facts.output)
    const error = await kept.grow(this.#facts.error)
    const reader = await kept.reader(this.#facts.input)
    const { ending } = this.#facts
    if (ending === 'cancelled' || ending === 'expired') this.#halt()
    this.#startExpiry()
    try {
      const done = await this.#readDone()
      this.#queue = lines.filter(({ customId }) => !done.has(customId))
      // Of an output that was whole a power cut may have taken the last lines.
      if (ending === 'completed' && this.#queue.length > 0)
        this.#facts = { ...this.#facts, ending: null }
      if (this.#facts.ending === null) await this.#put('in_progress')
      const work = (): Promise<unknown> =>
        Promise.all(
          Array.from({ length: Math.max(1, slots.count) }, () => this.#work(reader, output, error)),
        )
      const vendors = this.#atVendors(lines, reader, output)
      if (vendors === null) await work()
      else {
        const given = await vendors.give((place) => !done.has(lines[place]!.customId))
        const away = new Set([...given].map((place) => lines[place]))
        this.#queue = this.#queue.filter((line) => !away.has(line))
        const [left] = await Promise.all([vendors.wait(given), work()])
        this.#again.push(...left)
        if (left.length > 0) await work()
      }
      if (this.#isStopping) return
      await this.#finish(error)
    } finally {
      clearTimeout(this.#expiry)
      await Promise.all([output.close(), error.close(), reader.close()])
    }
    await this.#publish()
  }

  /** Lets lines under way end, and begins no other. */
  async cancel(): Promise<void> {
    if (this.#facts.ending !== null) return
    await this.#put('cancelling', { ending: 'cancelled' })
    this.#halt()
  }

  /** Leaves the batch as it is, for the next start. */
  stop(): void {
    this.#isStopping = true
    this.#vendors?.leave()
    this.#halt()
  }

  /** Gives up what is still under way. */
  leave(): void {
    for (const departure of this.#departures) departure.leave(shuttingDown())
  }

  /** Null where lines have no time for it, or nobody wants it. */
  #atVendors(
    lines: readonly WaitingLine[],
    reader: LineReader,
    output: LineWriter,
  ): AtVendors | null {
    const { parts, dialects, atVendors } = this.#has
    const { at, deadline = null, vendors, endpoint } = this.#facts
    const dialect = dialects.get(endpoint)
    if (deadline === null || dialect === undefined) return null
    if (vendors === undefined && (!atVendors() || deadline - at < vendorWindowUs)) return null
    this.#vendors = new AtVendors({
      parts,
      facts: () => this.#facts,
      save: (next) => {
        this.#facts = { ...this.#facts, vendors: next }
        return this.#has.save(this.#facts)
      },
      lines,
      reader,
      dialect,
      waitMs: ({ model }) => this.#cheaper?.waitMs(model, parts) ?? 0,
      answered: async ({ customId }, answer) => {
        await output.append(lineText(customId, answer))
        this.#facts = { ...this.#facts, completed: this.#facts.completed + 1 }
      },
      until: workFrom(this.#facts, deadline),
      halted: this.#halted.promise,
      isHalted: () => this.#isHalted,
    })
    return this.#vendors
  }

  #halt(): void {
    this.#isHalted = true
    this.#halted.resolve()
  }

  /** Waits for the end of its time, in pieces that a timer can hold. */
  #startExpiry(): void {
    const leftMs = (this.#facts.expiresAt - this.#has.parts.clock.now()) / 1_000
    const waitMs = Math.min(Math.max(leftMs, 0), timerMsMax)
    this.#expiry = setTimeout(() => {
      if (waitMs < leftMs) return this.#startExpiry()
      if (this.#facts.ending !== null) return
      this.#facts = { ...this.#facts, ending: 'expired' }
      this.#halt()
    }, waitMs)
  }

  /** The lines that are in the output already, counted. */
  async #readDone(): Promise<ReadonlySet<string>> {
    const { kept } = this.#has
    const done = new Set<string>()
    let [completed, failed] = [0, 0]
    for (const id of [this.#facts.output, this.#facts.error]) {
      for await (const { lines } of kept.lines(id)) {
        for (const { text } of lines) {
          const line = JSON.parse(text ?? '{}') as { custom_id?: string; response?: unknown }
          if (line.custom_id === undefined) continue
          done.add(line.custom_id)
          if (id === this.#facts.output) completed += 1
          else if (line.response !== null) failed += 1
        }
      }
    }
    this.#facts = { ...this.#facts, completed, failed }
    return done
  }

  async #work(reader: LineReader, output: LineWriter, error: LineWriter): Promise<void> {
    const { slots } = this.#has
    for (let line = this.#take(); line !== null; line = this.#take()) {
      if (!(await this.#mayBegin(line))) {
        this.#again.push(line)
        return
      }
      await slots.take()
      try {
        // Its batch may have come to its end while it waited for its place.
        if (this.#isHalted) this.#again.push(line)
        else await this.#runLine(line, reader, output, error)
      } finally {
        slots.free()
      }
    }
  }

  #take(): WaitingLine | null {
    if (this.#isHalted) return null
    const again = this.#again.shift()
    if (again) return again
    const line = this.#queue[this.#next]
    if (line === undefined) return null
    this.#next += 1
    return line
  }

  /** Waits until a line may begin. False: the batch has come to its end before. */
  async #mayBegin({ model }: WaitingLine): Promise<boolean> {
    const { parts } = this.#has
    while (!this.#isHalted) {
      const nowMs = parts.clock.elapsedUs() / 1_000
      const cooling = Math.max(coolingMs(model, parts), this.#cheaper?.waitMs(model, parts) ?? 0)
      if (cooling <= 0 && nowMs >= this.#notBeforeMs) {
        const key = parts.keyring.named(this.#facts.owner)
        const gap = key ? gapMs(model, key, this.#header('x-freehold-customer'), parts) : 0
        this.#notBeforeMs = nowMs + gap
        return true
      }
      const waitMs = Math.max(cooling, this.#notBeforeMs - nowMs)
      await Promise.race([parts.clock.sleep(Math.min(waitMs, 5_000)), this.#halted.promise])
    }
    return false
  }

  async #runLine(
    line: WaitingLine,
    reader: LineReader,
    output: LineWriter,
    error: LineWriter,
  ): Promise<void> {
    const answer = await this.#ask(line, reader)
    if (this.#isStopping && answer.error?.code === 'shutting_down') return
    const waitMs = waitAfter(answer, line.tries)
    if (waitMs !== null) {
      line.tries += 1
      this.#again.push(line)
      const fromNowMs = this.#has.parts.clock.elapsedUs() / 1_000 + waitMs
      this.#notBeforeMs = Math.max(this.#notBeforeMs, fromNowMs)
      return
    }
    const isGood = answer.error === null
    await (isGood ? output : error).append(lineText(line.customId, answer))
    const { completed, failed } = this.#facts
    this.#facts = {
      ...this.#facts,
      completed: completed + (isGood ? 1 : 0),
      failed: failed + (isGood ? 0 : 1),
    }
  }

  async #ask(line: WaitingLine, reader: LineReader): Promise<LineAnswer> {
    const { parts, dialects } = this.#has
    const dialect = dialects.get(this.#facts.endpoint)
    const read = readBatchLine(await reader.text(line))
    if (!dialect || isLineFault(read)) throw new Error(`${line.customId} cannot be read any more.`)
    const key: ApiKey | null = parts.keyring.named(this.#facts.owner)
    if (key === null) {
      const [error, requestId] = [keyUnknown(), newCallId()]
      return {
        requestId,
        status: error.status,
        text: dialect.writeError(error, requestId),
        error,
      }
    }
    const departure = new Departure()
    this.#departures.add(departure)
    try {
      const header = (name: string): string | null => this.#header(name)
      // Whoever set a deadline has waited for a price, and would have been answered at once without.
      const wanted = this.#cheaper === null ? {} : { wantedAt: this.#facts.at }
      return await askLine({ dialect, body: read.body, key, header, departure, ...wanted }, parts)
    } finally {
      this.#departures.delete(departure)
    }
  }

  #header(name: string): string | null {
    return this.#facts.headers[name] ?? null
  }

  /** What was not asked is told as well: no line goes without a word. */
  async #finish(error: LineWriter): Promise<void> {
    const ending: BatchEnding = this.#facts.ending ?? 'completed'
    if (ending !== 'cancelled') await this.#put('finalizing', { ending })
    const left = [...this.#again, ...this.#queue.slice(this.#next)]
    for (const { customId } of left) await error.append(leftText(customId, ending))
  }

  async #publish(): Promise<void> {
    const { kept, parts } = this.#has
    const { id, owner, output, error, keepMs } = this.#facts
    const expiresAt = (parts.clock.now() + keepMs * 1_000) as Instant
    const file = { owner, purpose: 'batch_output', expiresAt }
    const good = await kept.publish(output, { ...file, name: `batch_${id}_output.jsonl` })
    const bad = await kept.publish(error, { ...file, name: `batch_${id}_error.jsonl` })
    const ending = this.#facts.ending ?? 'completed'
    await this.#put(ending, { hasOutput: good !== null, hasError: bad !== null })
  }

  async #put(status: BatchStatus, more: Partial<BatchFacts> = {}): Promise<void> {
    const { clock } = this.#has.parts
    const moments = { ...this.#facts.moments }
    moments[status] ??= clock.now()
    this.#facts = { ...this.#facts, ...more, status, moments }
    await this.#has.save(this.#facts)
  }
}

/** The last quarter of the time up to the deadline is for the work itself. */
const workShare = 0.25

function cheaperHours(facts: BatchFacts): CheaperHours | null {
  const { deadline = null } = facts
  return deadline === null ? null : new CheaperHours(workFrom(facts, deadline))
}

function workFrom({ at, expiresAt }: BatchFacts, deadline: Instant): Instant {
  const end = Math.min(deadline, expiresAt)
  return (end - workShare * (end - at)) as Instant
}
