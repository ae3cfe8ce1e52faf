import type { Event } from './dialects/dialect.ts'
import type { Tokens } from './model.ts'
import type { Ending } from './play.ts'

/** One exchange, as the vendor saw it. */
export interface Entry {
  readonly id: number
  /** Milliseconds since 1970 when the request was complete. */
  readonly at: number
  readonly method: string
  readonly path: string
  /** Names in lower case; values as received, keys included. */
  readonly headers: Readonly<Record<string, string>>
  /** As received. */
  readonly body: string
  readonly model: string | null
  /** The fault that was played. */
  readonly fault: string | null
  /** What the vendor calls the request. */
  readonly requestId: string
  /** Null until the headers of the answer went out. */
  readonly status: number | null
  /** What was counted, output as far as it was sent; null when nothing of an answer was. */
  readonly tokens: Tokens | null
  /** The text of the whole answer, also when it was broken off; of giant ones the first megabyte. */
  readonly text: string
  readonly bytesSent: number
  /** How many events of each kind went out whole; an answer in one piece is one end. */
  readonly sent: Readonly<Partial<Record<Event['mark'], number>>>
  /** 'open' while it is under way; 'left' when the client's socket closed before the end. */
  readonly ending: Ending | 'open'
  /** Milliseconds since 1970 of the end, whichever it was: for 'left' when the socket closed. */
  readonly endedAt: number | null
}

export type OpenEntry = { -readonly [Field in keyof Entry]: Entry[Field] }

/** The last exchanges, bounded in number and in text. */
export class History {
  readonly #entries: (OpenEntry | undefined)[] = []
  readonly #countMax: number
  readonly #charsMax: number
  #first = 1
  #next = 1
  #chars = 0

  constructor(countMax = 100_000, charsMax = 64 * 1024 * 1024) {
    this.#countMax = countMax
    this.#charsMax = charsMax
  }

  add(entry: Omit<Entry, 'id'>): OpenEntry {
    if (this.#next - this.#first >= this.#countMax) this.#forgetOldest()
    const added = { ...entry, id: this.#next }
    this.#entries[this.#next % this.#countMax] = added
    this.#next += 1
    this.#grow(entry.body.length)
    return added
  }

  /** Notes the text of the answer, which comes later than the request. */
  say(entry: OpenEntry, text: string): void {
    const grown = text.length - entry.text.length
    entry.text = text
    if (entry.id >= this.#first) this.#grow(grown)
  }

  /** Oldest first, from the one behind `id`. */
  after(id: number): readonly Entry[] {
    const found: Entry[] = []
    for (let n = Math.max(this.#first, id + 1); n < this.#next; n += 1) {
      const entry = this.#entries[n % this.#countMax]
      if (entry) found.push({ ...entry })
    }
    return found
  }

  /** Forgets all; ids go on, so that nobody takes a new entry for an old one. */
  clear(): void {
    this.#entries.length = 0
    this.#first = this.#next
    this.#chars = 0
  }

  #grow(chars: number): void {
    this.#chars += chars
    while (this.#chars > this.#charsMax && this.#next - this.#first > 1) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const place = this.#first % this.#countMax
    const oldest = this.#entries[place]
    this.#chars -= (oldest?.body.length ?? 0) + (oldest?.text.length ?? 0)
    this.#entries[place] = undefined
    this.#first += 1
  }
}
