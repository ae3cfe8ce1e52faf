import type { AlarmKind } from '../../alarms/alarms.ts'
import type { Claim, IdempotentCalls } from '../../gateway/pipeline/idempotent-calls.ts'
import type { Shelf, ShelfItem, ShelfQuery, ShelfWords } from '../../store/ports.ts'
import type { Bell } from '../alarms.ts'
import type { MainLink } from './link.ts'

/**
 * Parts of the main thread as another one has them. What this thread tells keeps its order before what
 * it asks. What another thread asks may overtake it, so an answer ends when what it left is `settled`.
 */

export class RemoteShelf implements Shelf {
  readonly #main: MainLink

  constructor(main: MainLink) {
    this.#main = main
  }

  put(item: ShelfItem, words: ShelfWords): void {
    this.#main.tell({ type: 'put', item, words })
  }

  get(kind: string, id: string): Promise<ShelfItem | null> {
    return this.#main.ask({ what: 'item', kind, id })
  }

  remove(kind: string, id: string): void {
    this.#main.tell({ type: 'remove', kind, id })
  }

  list(query: ShelfQuery): Promise<readonly ShelfItem[]> {
    return this.#main.ask({ what: 'items', query })
  }

  settled(): Promise<void> | null {
    return this.#main.heard()
  }
}

export class RemoteIdempotentCalls implements IdempotentCalls {
  readonly #main: MainLink

  constructor(main: MainLink) {
    this.#main = main
  }

  claim(id: string, asks: string): Promise<Claim> {
    return this.#main.ask({ what: 'claim', id, asks })
  }

  end(id: string): void {
    this.#main.tell({ type: 'end', id })
  }
}

export class RemoteBell implements Bell {
  readonly #main: MainLink

  constructor(main: MainLink) {
    this.#main = main
  }

  raise(kind: AlarmKind, subject: string, text: string): void {
    this.#main.tell({ type: 'raise', kind, subject, text })
  }

  resolve(kind: AlarmKind, subject: string): void {
    this.#main.tell({ type: 'resolve', kind, subject })
  }
}
