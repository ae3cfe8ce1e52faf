import type { Instant } from '../core/clock.ts'
import { keptLabel } from './kept.ts'
import type { Shelf, ShelfItem, ShelfMark, ShelfQuery } from './ports.ts'

/** An item with more than this is not taken: a conversation with its pictures has less. */
export const shelfItemBytesMax = 16_000_000

/** Items that are looked at with each that is put, by turns: of what is over as much is kept as a third of what is not. */
const lookedAt = 4

/**
 * A shelf in memory: all of it in a store that is in memory, and in front of the disk what was put or
 * asked for lately. Each kind has room of its own; what is over goes, and then what was not touched for
 * longest.
 */
export class MemoryShelf implements Shelf {
  readonly #now: () => Instant
  readonly #bytesMax: number
  readonly #kinds = new Map<string, Kind>()
  #dropped = 0

  /** @param bytesMax  of each kind */
  constructor(now: () => Instant, bytesMax: number) {
    this.#now = now
    this.#bytesMax = bytesMax
  }

  /** Items that were too large. */
  get dropped(): number {
    return this.#dropped
  }

  put(item: ShelfItem): void {
    const { kind: name, id } = item
    const kind = this.#kindOf(name)
    take(kind, id)
    this.#dropExpired(kind)
    const bytes = bytesOf(item)
    if (bytes > Math.min(this.#bytesMax, shelfItemBytesMax)) {
      this.#dropped += 1
      return
    }
    kind.items.set(id, item)
    kind.bytes += bytes
    for (const oldest of kind.items.keys()) {
      if (kind.bytes <= this.#bytesMax) break
      take(kind, oldest)
    }
  }

  settled(): null {
    return null
  }

  async get(kind: string, id: string): Promise<ShelfItem | null> {
    return this.find(kind, id)
  }

  find(name: string, id: string): ShelfItem | null {
    const kind = this.#kinds.get(name)
    const item = kind && take(kind, id)
    if (!item || item.expiresAt <= this.#now()) return null
    // Whoever moves to the end must not keep the round from coming there, nor it the map's old tables.
    this.#dropExpired(kind!)
    // Back at the end: the first is the one that was not touched for longest.
    kind.items.set(id, item)
    kind.bytes += bytesOf(item)
    return item
  }

  remove(name: string, id: string): void {
    const kind = this.#kinds.get(name)
    if (kind) take(kind, id)
  }

  /** Forgets what calls for a customer left before an instant. @returns how many */
  forget(customer: string, before: Instant): number {
    let count = 0
    for (const kind of this.#kinds.values()) {
      for (const item of kind.items.values()) {
        if (item.customer === undefined || item.at >= before) continue
        if (keptLabel(item.customer) !== keptLabel(customer)) continue
        take(kind, item.id)
        count += 1
      }
    }
    return count
  }

  async list(query: ShelfQuery): Promise<readonly ShelfItem[]> {
    const { kind, after } = query
    if (after === undefined) return this.behind(query, null)
    const mark = this.find(kind, after)
    return mark ? this.behind(query, mark) : []
  }

  behind({ kind: name, owner, limit }: ShelfQuery, mark: ShelfMark | null): ShelfItem[] {
    const now = this.#now()
    return [...(this.#kinds.get(name)?.items.values() ?? [])]
      .filter(
        (item) =>
          item.expiresAt > now &&
          (owner === undefined || item.owner === owner) &&
          (mark === null || newestFirst(mark, item) < 0),
      )
      .toSorted(newestFirst)
      .slice(0, limit)
  }

  #kindOf(name: string): Kind {
    let kind = this.#kinds.get(name)
    if (kind === undefined) {
      kind = { items: new Map(), bytes: 0, round: null }
      this.#kinds.set(name, kind)
    }
    return kind
  }

  #dropExpired(kind: Kind): void {
    const now = this.#now()
    for (let count = 0; count < lookedAt; count += 1) {
      kind.round ??= kind.items.values()
      const { value, done } = kind.round.next()
      if (done === true) {
        kind.round = null
        return
      }
      if (value.expiresAt <= now) take(kind, value.id)
    }
  }
}

/** Those of one moment by their ids, so that a page begins where the one before it ended. */
export function newestFirst(left: ShelfMark, right: ShelfMark): number {
  if (left.at !== right.at) return right.at - left.at
  return left.id === right.id ? 0 : left.id < right.id ? 1 : -1
}

/** Of UTF-16 text at its widest. */
export function bytesOf({ id, value }: ShelfItem): number {
  return 2 * (id.length + value.length) + 200
}

interface Kind {
  readonly items: Map<string, ShelfItem>
  bytes: number
  /** Goes through the items, to find what is over; null before it begins anew. */
  round: MapIterator<ShelfItem> | null
}

function take(kind: Kind, id: string): ShelfItem | undefined {
  const item = kind.items.get(id)
  if (item) {
    kind.items.delete(id)
    kind.bytes -= bytesOf(item)
  }
  return item
}
