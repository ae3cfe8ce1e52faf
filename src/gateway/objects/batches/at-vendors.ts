import type { Instant } from '../../../core/clock.ts'
import { Departure } from '../../../core/departure.ts'
import { GatewayError, shuttingDown } from '../../../core/errors.ts'
import type { CallId } from '../../../core/ids.ts'
import { nothing } from '../../../core/money.ts'
import type { Dialect } from '../../../dialects/dialect.ts'
import type { LineReader } from '../../../store/files/lines.ts'
import type { Hold } from '../../limits/budgets.ts'
import type { Parts } from '../../pipeline/parts.ts'
import type { ApiKey } from '../../pipeline/snapshot.ts'
import { type By, credentialOf } from '../ask-provider.ts'
import { isLineFault, readBatchLine } from '../batch-line.ts'
import type { LineAnswer } from './ask-line.ts'
import type { BatchFacts, VendorBatch } from './facts.ts'
import type { WaitingLine } from './validate.ts'
import { batchesOf } from './batches-of.ts'
import type { Ended, VendorBatches, VendorPlace } from './vendor-batches.ts'
import { bookVendorLine, type VendorLine, vendorLine } from './vendor-line.ts'
import { placesOf, rangesOf, type Told } from './vendor-told.ts'

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
/** Vendors take ten times as much in a file (OpenAI 200 MB). What is sent is in memory three times. */
const textMax = 20_000_000
/** Rows that are on the disk together before their answers are told. */
const bookedMax = 64
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
  /** Places of lines that have their answer, also those of an earlier process. */
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
    for (const place of this.#has.lines.keys()) if (!isOpen(place)) this.#done.add(place)
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
    for (const place of left) this.#release(place)
    return left.map((place) => this.#has.lines[place]!)
  }

  #release(place: number): void {
    const { budgets, clock } = this.#has.parts
    const hold = this.#holds.get(place)
    if (hold) budgets.settle(hold, nothing, clock.now())
    this.#holds.delete(place)
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
      if (heap === undefined) heaps.set(name, (heap = { offer, lines: [], size: 0 }))
      this.#holds.set(place, offer.hold)
      heap.lines.push({ place, body: offer.body })
      heap.size += offer.body.length
    }
    for (const heap of heaps.values()) {
      if (this.#has.isHalted()) for (const { place } of heap.lines) this.#release(place)
      else await this.#send(heap)
    }
    if (this.#departure.reason !== null) return // the next start gives them away
    // From here on nothing is given away any more, also when nobody took anything.
    if (facts().vendors === undefined) await save([])
  }

  async #offer(place: number, line: WaitingLine): Promise<VendorLine | null> {
    const { parts, facts, waitMs } = this.#has
    const asked = await this.#line(line)
    // Asked live it is told that its key is gone.
    if (asked === null || parts.keyring.named(facts().owner) === null) return null
    const liveAt = (parts.clock.now() + waitMs(line) * 1_000) as Instant
    return vendorLine(asked, this.#idOf(place), liveAt, parts)
  }

  async #line(line: WaitingLine) {
    const { facts, dialect, reader } = this.#has
    const { headers, at } = facts()
    const read = readBatchLine(await reader.text(line))
    if (isLineFault(read)) return null
    const header = (name: string): string | null => headers[name] ?? null
    return { dialect, body: read.body, key: this.#key(), header, wantedAt: at }
  }

  async #send({ offer, lines }: Heap): Promise<void> {
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
      lines: rangesOf(lines.map(({ place }) => place)),
      id: null,
      isOver: false,
    }
    await save([...this.#vendors, vendor])
    try {
      const place = { live: provider, credential, by: this.#by(), parts }
      const id = await batchesOf(provider)!.submit(place, { path, mark, lines })
      await this.#note({ ...vendor, id })
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.code === 'shutting_down') return // the next start finds out
      for (const { place } of lines) this.#release(place)
      await this.#note({ ...vendor, isOver: true })
    }
  }

  /** What was given away while its process died: the vendor tells whether it came there. */
  async #refind(): Promise<void> {
    for (const vendor of this.#vendors) {
      if (this.#departure.reason !== null) return // the next start looks for it
      if (vendor.id !== null || vendor.isOver) continue
      const at = this.#placeOf(vendor)
      if (at === null) {
        await this.#note({ ...vendor, isOver: true })
        continue
      }
      try {
        const id = await at.batches.find(at.place, vendor.mark)
        await this.#note(id === null ? { ...vendor, isOver: true } : { ...vendor, id })
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        if (this.#departure.reason !== null) return
        // Whether it has them nobody knows: asked live they may be paid twice, not asked they are lost.
        await this.#note({ ...vendor, isOver: true })
      }
    }
  }

  async #waitFor(vendor: VendorBatch): Promise<void> {
    const { parts, until, halted, isHalted } = this.#has
    const { id } = vendor
    // What was on its way as the gateway stopped may lie there: the next start finds out.
    if (this.#departure.reason !== null) return
    const at = this.#placeOf(vendor)
    if (id === null || at === null) return this.#note({ ...vendor, isOver: true })
    const { place, batches } = at
    let toldAtMs: number | null = null
    let isTold = false
    for (let waitMs = firstLookMs; ; waitMs = Math.min(2 * waitMs, longestLookMs)) {
      const nowMs = parts.clock.elapsedUs() / 1_000
      if (toldAtMs === null && (parts.clock.now() >= until || isHalted())) {
        toldAtMs = nowMs
        waitMs = firstLookMs
      }
      if (toldAtMs !== null && !isTold) isTold = await toldToStop(batches.cancel(place, id))
      try {
        const ended = await batches.look(place, id)
        if (ended !== null) {
          await this.#read(vendor, place, ended)
          await this.#note({ ...vendor, isOver: true })
          await ended.forget().catch(ifAnswered)
          return
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

  async #read(vendor: VendorBatch, place: VendorPlace, ended: Ended): Promise<void> {
    /** Of which the vendor has said nothing yet: it may say the same twice. */
    const open = new Set(placesOf(vendor))
    const booked: Booked[] = []
    try {
      for await (const told of ended.told()) {
        if (!open.delete(told.place) || this.#done.has(told.place)) continue
        const answer = await this.#book(vendor, place, told)
        // What failed there is asked live, and then failed or not.
        if (answer === null || answer.error !== null) continue
        booked.push({ place: told.place, answer })
        if (booked.length < bookedMax) continue
        await this.#tell(booked.splice(0))
      }
    } finally {
      await this.#tell(booked)
    }
  }

  async #book(vendor: VendorBatch, place: VendorPlace, told: Told): Promise<LineAnswer | null> {
    const { parts, lines } = this.#has
    const line = lines[told.place]
    const asked = line === undefined ? null : await this.#line(line)
    if (asked === null) return null
    const { live, credential } = place
    const { model, at } = vendor
    const hold = this.#holds.get(told.place) ?? null
    this.#holds.delete(told.place)
    const { status, body } = told
    const answer = { provider: live, model, credential, at, status, text: body, hold }
    return bookVendorLine(asked, this.#idOf(told.place), answer, parts)
  }

  /** An answer is told when its row is in the journal. */
  async #tell(booked: readonly Booked[]): Promise<void> {
    if (booked.length === 0) return
    const { parts, lines, answered } = this.#has
    await parts.ledger.flushed()
    for (const { place, answer } of booked) {
      await answered(lines[place]!, answer)
      this.#done.add(place)
    }
  }

  #placeOf({
    provider,
    credential,
  }: VendorBatch): { readonly place: VendorPlace; readonly batches: VendorBatches } | null {
    const { parts } = this.#has
    const live = parts.snapshot().providers.get(provider)
    if (live === undefined) return null
    const known = live.keys.find((key) => key.fingerprint() === credential)
    const batches = batchesOf(live)
    if (batches === null || (credential !== null && known === undefined)) return null
    const place = { live, credential: known ?? null, by: this.#by(), parts }
    return { place, batches }
  }

  #by(): By {
    const key = this.#key()
    // The gateway's own looks are none of the key's requests.
    const free = { ...key, bounds: { ...key.bounds, rate: null } }
    return { key: free, header: () => null, departure: this.#departure.branch() }
  }

  /** What lies at a vendor is booked to its key also when that is gone by then: it was spent. */
  #key(): ApiKey {
    const { parts, facts } = this.#has
    const { owner } = facts()
    const bounds = { budget: null, rate: null }
    return (
      parts.keyring.named(owner) ?? { id: owner, role: 'caller', env: null, tasks: null, bounds }
    )
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

/** Whether the vendor has heard it: what goes on there is paid for beside what is asked live. */
async function toldToStop(telling: Promise<void>): Promise<boolean> {
  try {
    await telling
    return true
  } catch (error) {
    ifAnswered(error)
    return (error as GatewayError).again === 'never'
  }
}

/** What has ended cannot be cancelled, and what is kept a while longer hurts nobody: the next look tells. */
function ifAnswered(error: unknown): void {
  if (!(error instanceof GatewayError)) throw error
}

interface Booked {
  readonly place: number
  readonly answer: LineAnswer
}

/** Lines of one model on their way. */
interface Heap {
  readonly offer: VendorLine
  readonly lines: { readonly place: number; readonly body: string }[]
  size: number
}
