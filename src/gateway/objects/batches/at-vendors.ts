import type { Instant } from '../../../core/clock.ts'
import { Departure } from '../../../core/departure.ts'
import { GatewayError, shuttingDown } from '../../../core/errors.ts'
import type { CallId } from '../../../core/ids.ts'
import { type JsonObject, readJsonObject } from '../../../core/json.ts'
import { nothing } from '../../../core/money.ts'
import type { Dialect } from '../../../dialects/dialect.ts'
import type { LineReader } from '../../../store/files/lines.ts'
import type { Hold } from '../../limits/budgets.ts'
import type { Parts } from '../../pipeline/parts.ts'
import { type By, credentialOf } from '../ask-provider.ts'
import { isLineFault, readBatchLine } from '../batch-line.ts'
import type { LineAnswer } from './ask-line.ts'
import type { BatchFacts, VendorBatch } from './facts.ts'
import type { WaitingLine } from './validate.ts'
import {
  cancel,
  findMarked,
  forget,
  linesAt,
  look,
  submit,
  type VendorPlace,
} from './vendor-batch.ts'
import { bookVendorLine, type VendorLine, vendorLine } from './vendor-line.ts'

export interface AtVendorsParts {
  readonly parts: Parts
  readonly facts: () => BatchFacts
  readonly save: (vendors: readonly VendorBatch[]) => Promise<void>
  readonly lines: readonly WaitingLine[]
  readonly reader: LineReader
  readonly dialect: Dialect
  /** Milliseconds until a line is cheapest live. */
  readonly waitMs: (line: WaitingLine) => number
  /** Resolves when the answer is in the batch's output. */
  readonly answered: (line: WaitingLine, answer: LineAnswer) => Promise<void>
  /** Until when vendors may take; after that what they have not answered is asked live. */
  readonly until: Instant
  readonly halted: Promise<void>
  readonly isHalted: () => boolean
}

/** What vendors' batches are promised within; a batch with less time than that is asked line by line. */
export const vendorWindowUs = 24 * 3_600_000_000
/** As OpenAI bounds a file of requests, less what the form around it takes. */
const textMax = 100_000_000
const firstLookMs = 500
const longestLookMs = 60_000
/** A vendor that was told to stop says what it has answered within ten minutes (OpenAI's word). */
const stopMsMax = 600_000

/**
 * Lines of a batch in vendors' own batches. What is given away is noted before and after, so that whoever goes
 * on after a crash finds it again; what a vendor does not answer in time is asked live, as every other line.
 */
export class AtVendors {
  readonly #has: AtVendorsParts
  readonly #holds = new Map<number, Hold>()
  readonly #departure = new Departure()
  /** Places of lines that have their answer. */
  readonly #done = new Set<number>()

  constructor(has: AtVendorsParts) {
    this.#has = has
  }

  get #vendors(): readonly VendorBatch[] {
    return this.#has.facts().vendors ?? []
  }

  /**
   * Gives lines away that vendors answer for less, unless an earlier process has done so.
   * @param isOpen  whether a line, by its place, has no answer yet
   * @returns places of lines that are nobody else's for now
   */
  async give(isOpen: (place: number) => boolean): Promise<ReadonlySet<number>> {
    const { facts } = this.#has
    if (facts().vendors === undefined) await this.#giveAll(isOpen)
    else await this.#refind()
    const away = this.#vendors.filter(({ isOver }) => !isOver)
    return new Set(away.flatMap((vendor) => placesOf(vendor).filter(isOpen)))
  }

  /** Waits for what was given away. @returns lines that no vendor answered */
  async wait(given: ReadonlySet<number>): Promise<readonly WaitingLine[]> {
    await Promise.all(
      this.#vendors.filter(({ isOver }) => !isOver).map((vendor) => this.#waitFor(vendor)),
    )
    const left = [...given].filter((place) => !this.#done.has(place))
    const { parts, lines } = this.#has
    for (const place of left) {
      const hold = this.#holds.get(place)
      if (hold) parts.budgets.settle(hold, nothing, parts.clock.now())
    }
    return left.map((place) => lines[place]!)
  }

  /** Leaves what is at vendors there, for the next start. */
  leave(): void {
    this.#departure.leave(shuttingDown())
  }

  async #giveAll(isOpen: (place: number) => boolean): Promise<void> {
    const { lines, facts, save } = this.#has
    const heaps = new Map<string, Heap>()
    for (const [place, line] of lines.entries()) {
      if (this.#has.isHalted()) break
      if (!isOpen(place)) continue
      const offer = await this.#offer(place, line)
      if (offer === null) continue
      const { provider, model, path } = offer
      const name = `${provider.id}/${model} ${path}`
      let heap = heaps.get(name)
      if (heap !== undefined && heap.size + offer.body.length > textMax) {
        await this.#send(heap)
        heap = undefined
      }
      if (heap === undefined) heaps.set(name, (heap = { offer, places: [], texts: [], size: 0 }))
      this.#holds.set(place, offer.hold)
      heap.places.push(place)
      heap.texts.push(
        `{"custom_id":"line-${place}","method":"POST","url":${JSON.stringify(path)},"body":${offer.body}}`,
      )
      heap.size += offer.body.length
    }
    for (const heap of heaps.values()) await this.#send(heap)
    // From here on nothing is given away any more, also when nobody took anything.
    if (facts().vendors === undefined) await save([])
  }

  async #offer(place: number, line: WaitingLine): Promise<VendorLine | null> {
    const { parts, facts, waitMs } = this.#has
    const asked = await this.#line(line)
    if (asked === null) return null
    const liveAt = (parts.clock.now() + waitMs(line) * 1_000) as Instant
    return vendorLine(asked, this.#idOf(place), facts().endpoint, liveAt, parts)
  }

  async #line(line: WaitingLine) {
    const { parts, facts, dialect, reader } = this.#has
    const { owner, headers, at } = facts()
    const key = parts.keyring.named(owner)
    const read = readBatchLine(await reader.text(line))
    if (key === null || isLineFault(read)) return null
    const header = (name: string): string | null => headers[name] ?? null
    return { dialect, body: read.body, key, header, wantedAt: at }
  }

  async #send({ offer, places, texts }: Heap): Promise<void> {
    const { parts, save } = this.#has
    const { provider, model, path } = offer
    const credential = credentialOf(provider, null, parts)
    const mark = `${this.#has.facts().id}-${this.#vendors.length}`
    const vendor: VendorBatch = {
      provider: provider.id,
      model,
      credential: credential?.fingerprint() ?? null,
      at: parts.clock.now(),
      mark,
      lines: rangesOf(places),
      id: null,
      isOver: false,
    }
    await save([...this.#vendors, vendor])
    const by = this.#by()
    if (by === null) return this.#note({ ...vendor, isOver: true })
    try {
      const lines = `${texts.join('\n')}\n`
      const id = await submit({ live: provider, credential }, { path, mark, lines }, by, parts)
      await this.#note({ ...vendor, id })
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.code === 'shutting_down') return // the next start finds out
      await this.#note({ ...vendor, isOver: true })
    }
  }

  /** What was given away while its process died: the vendor tells whether it came there. */
  async #refind(): Promise<void> {
    for (const vendor of this.#vendors) {
      if (vendor.id !== null || vendor.isOver) continue
      const [place, by] = [this.#placeOf(vendor), this.#by()]
      if (place === null || by === null) {
        await this.#note({ ...vendor, isOver: true })
        continue
      }
      try {
        const id = await findMarked(place, vendor.mark, by, this.#has.parts)
        await this.#note(id === null ? { ...vendor, isOver: true } : { ...vendor, id })
      } catch (error) {
        // Whether it has them nobody knows: asked live they may be paid twice, not asked they are lost.
        if (!(error instanceof GatewayError)) throw error
        await this.#note({ ...vendor, isOver: true })
      }
    }
  }

  async #waitFor(vendor: VendorBatch): Promise<void> {
    const { parts, until, halted, isHalted } = this.#has
    const { id } = vendor
    const place = this.#placeOf(vendor)
    if (id === null || place === null) return this.#note({ ...vendor, isOver: true })
    let toldAtMs: number | null = null
    for (let waitMs = firstLookMs; ; waitMs = Math.min(2 * waitMs, longestLookMs)) {
      const by = this.#by()
      if (by === null) return this.#note({ ...vendor, isOver: true })
      const nowMs = parts.clock.elapsedUs() / 1_000
      try {
        const looked = await look(place, id, by, parts)
        if (looked.isOver) {
          for (const file of looked.answers) await this.#read(vendor, place, file, by)
          await this.#note({ ...vendor, isOver: true })
          await forget(place, [looked.input, ...looked.answers], by, parts).catch(() => undefined)
          return
        }
        const isLate = parts.clock.now() >= until || isHalted()
        if (isLate && toldAtMs === null) {
          toldAtMs = nowMs
          waitMs = firstLookMs
          await cancel(place, id, by, parts)
        }
      } catch (error) {
        if (this.#departure.reason !== null) return // the next start looks again
        if (!(error instanceof GatewayError)) throw error
        if (error.status === 404) return this.#note({ ...vendor, isOver: true })
      }
      if (toldAtMs !== null && nowMs - toldAtMs > stopMsMax)
        return this.#note({ ...vendor, isOver: true })
      const sleep = parts.clock.sleep(waitMs)
      await (isHalted() ? sleep : Promise.race([sleep, halted]))
      if (this.#departure.reason !== null) return
    }
  }

  async #read(vendor: VendorBatch, place: VendorPlace, file: string, by: By): Promise<void> {
    const { parts, lines, answered } = this.#has
    const own = new Set(placesOf(vendor))
    for await (const text of linesAt(place, file, by, parts)) {
      const told = answerIn(text)
      const line = told === null ? undefined : lines[told.place]
      if (told === null || line === undefined || !own.has(told.place)) continue
      if (this.#done.has(told.place)) continue
      const asked = await this.#line(line)
      if (asked === null) continue
      const { live, credential } = place
      const { model, at } = vendor
      const hold = this.#holds.get(told.place) ?? null
      const { status, body } = told
      const answer = { provider: live, model, credential, at, status, text: body, hold }
      const booked = await bookVendorLine(asked, this.#idOf(told.place), answer, parts)
      this.#holds.delete(told.place)
      // What failed there is asked live, and then failed or not.
      if (booked.error !== null) continue
      await parts.ledger.flushed()
      await answered(line, booked)
      this.#done.add(told.place)
    }
  }

  #placeOf({ provider, credential }: VendorBatch): VendorPlace | null {
    const { parts } = this.#has
    const live = parts.snapshot().providers.get(provider)
    if (live === undefined) return null
    const known = live.keys.find((key) => key.fingerprint() === credential)
    return credential !== null && known === undefined ? null : { live, credential: known ?? null }
  }

  #by(): By | null {
    const { parts, facts } = this.#has
    const key = parts.keyring.named(facts().owner)
    // The gateway's own looks are none of the key's requests.
    const free = key && { ...key, bounds: { ...key.bounds, rate: null } }
    return free && { key: free, header: () => null, departure: this.#departure.branch() }
  }

  #note(vendor: VendorBatch): Promise<void> {
    const others = this.#vendors.map((each) => (each.mark === vendor.mark ? vendor : each))
    return this.#has.save(others)
  }

  /** The same line has the same id whoever books it. */
  #idOf(place: number): CallId {
    const { id, at } = this.#has.facts()
    const hash = new Bun.CryptoHasher('sha256').update(`${id}:${place}`).digest('hex')
    const ms = Math.floor(at / 1_000)
      .toString(16)
      .padStart(12, '0')
    return `${ms.slice(0, 8)}-${ms.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}` as CallId
  }
}

/** Lines of one model on their way. */
interface Heap {
  readonly offer: VendorLine
  readonly places: number[]
  readonly texts: string[]
  size: number
}

interface Told {
  readonly place: number
  readonly status: number
  /** As the vendor wrote it. */
  readonly body: string
}

/** Null for a line that was not run, and for what is no line of ours. */
function answerIn(text: string): Told | null {
  try {
    const line = readJsonObject(text)
    const [, place] = /^line-(\d{1,6})$/.exec(String(line.value['custom_id'])) ?? []
    const response = within(line, 'response')
    const body = response && within(response, 'body')
    const status = response?.value['status_code']
    if (place === undefined || !body || typeof status !== 'number') return null
    return { place: Number(place), status, body: body.text }
  } catch {
    return null
  }
}

function within({ text, members }: JsonObject, name: string): JsonObject | null {
  const member = members.find(({ key }) => key === name)
  const inner = member && text.slice(member.valueStart, member.end)
  return inner?.startsWith('{') ? readJsonObject(inner) : null
}

function rangesOf(places: readonly number[]): VendorBatch['lines'] {
  const ranges: [number, number][] = []
  for (const place of places) {
    const last = ranges.at(-1)
    if (last && last[1] === place) last[1] = place + 1
    else ranges.push([place, place + 1])
  }
  return ranges
}

function placesOf({ lines }: VendorBatch): number[] {
  return lines.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at))
}
