import type { Instant } from '../../core/clock.ts'
import { bytesOf, MemoryShelf, newestFirst, shelfItemBytesMax } from '../memory-shelf.ts'
import type {
  Shelf,
  ShelfChange,
  ShelfItem,
  ShelfQuery,
  ShelfReader,
  ShelfWords,
} from '../ports.ts'

export interface ShelfLink {
  /** What is on the disk, asked of the ledger's thread. */
  readonly reader: ShelfReader
  /** Something waits to be sent. */
  readonly wake: () => void
  /** Sends all that waits, now: a question that follows is answered with it. */
  readonly send: () => void
  readonly now: () => Instant
  /** Bytes of items that may wait, here and on the way. */
  readonly queueBytesMax: number
  /** Of each kind, on the disk. */
  readonly bytesMax: number
}

/** Of each kind, in memory: some hundred conversations. */
const latelyBytesMax = 32_000_000

/**
 * The shelf as the thread that serves calls sees it. What was put or asked for lately is in memory
 * here, what must not be written is nowhere else; the rest is the ledger's thread's.
 */
export class ShelfClient implements Shelf {
  readonly #link: ShelfLink
  readonly #lately: MemoryShelf
  #queue: ShelfChange[] = []
  /** Sent, and not dealt with yet. */
  #sent: ShelfChange[] = []
  #waitingBytes = 0
  #dropped = 0

  constructor(link: ShelfLink) {
    this.#link = link
    this.#lately = new MemoryShelf(link.now, Math.min(latelyBytesMax, link.bytesMax))
  }

  get dropped(): number {
    return this.#dropped
  }

  put(item: ShelfItem, words: ShelfWords): void {
    const bytes = bytesOf(item)
    if (bytes > shelfItemBytesMax) {
      this.#dropped += 1
      this.remove(item.kind, item.id)
      return
    }
    this.#lately.put(item)
    const fits = this.#waitingBytes + bytes <= this.#link.queueBytesMax
    // Also what is not to be written, or finds no room: what was written before in its place has to go.
    if (words !== 'none' && fits) this.#push({ item, words })
    else this.#push({ gone: { kind: item.kind, id: item.id } })
    if (words !== 'none' && !fits) this.#dropped += 1
  }

  settled(): null {
    return null
  }

  async get(kind: string, id: string): Promise<ShelfItem | null> {
    const here = this.#lately.find(kind, id)
    if (here) return here
    this.#flush()
    try {
      const item = await this.#link.reader.shelfItem(kind, id)
      // Kept near, unless something was put in its place or removed while it was looked for.
      if (item && !this.#isUnderWay(kind, id)) this.#lately.put(item)
      return item
    } catch {
      return null // the thread is gone or its disk fails, which is told where it happens
    }
  }

  remove(kind: string, id: string): void {
    this.#lately.remove(kind, id)
    this.#push({ gone: { kind, id } })
  }

  async list(query: ShelfQuery): Promise<readonly ShelfItem[]> {
    const mark = query.after === undefined ? null : await this.get(query.kind, query.after)
    if (query.after !== undefined && mark === null) return []
    this.#flush()
    const kept = await this.#link.reader.shelfItems(query, mark)
    const lately = this.#lately.behind(query, mark)
    const known = new Set(lately.map(({ id }) => id))
    return [...lately, ...kept.filter(({ id }) => !known.has(id))]
      .toSorted(newestFirst)
      .slice(0, query.limit)
  }

  /** Here, what calls for a customer left before an instant; what is on the disk is erased there. */
  forget(customer: string, before: Instant): void {
    this.#lately.forget(customer, before)
  }

  /** What is to be sent now. */
  take(): readonly ShelfChange[] {
    const changes = this.#queue
    this.#queue = []
    this.#sent.push(...changes)
    return changes
  }

  /** So many of those that were sent first were dealt with. */
  taken(count: number): void {
    for (const change of this.#sent.splice(0, count)) this.#waitingBytes -= weightOf(change)
  }

  /** The thread has died with what it was sent: removals are sent to the next one. */
  died(): void {
    const lost = this.#sent.splice(0)
    for (const change of lost) {
      if ('item' in change) {
        this.#dropped += 1
        this.#waitingBytes -= weightOf(change)
      }
    }
    this.#queue.unshift(...lost.filter((change) => 'gone' in change))
  }

  #push(change: ShelfChange): void {
    this.#waitingBytes += weightOf(change)
    this.#queue.push(change)
    this.#link.wake()
  }

  #flush(): void {
    if (this.#queue.length > 0) this.#link.send()
  }

  #isUnderWay(kind: string, id: string): boolean {
    return [...this.#sent, ...this.#queue].some((change) => {
      const about = 'item' in change ? change.item : change.gone
      return about.id === id && about.kind === kind
    })
  }
}

/** A removal weighs nothing: it is never refused. */
function weightOf(change: ShelfChange): number {
  return 'item' in change ? bytesOf(change.item) : 0
}
