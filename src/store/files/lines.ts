import { type FileHandle, open } from 'node:fs/promises'

/** Bytes that are read in one go: what a slow disk gives in a few milliseconds. */
const chunkBytes = 262_144

/** Longer lines are nobody's: a request of a batch is no longer than a body may be. */
export const lineBytesMax = 32_000_000

const lineFeed = 0x0a

/** Where a line stands in its file, without its end. */
export interface LinePlace {
  readonly start: number
  readonly length: number
}

export interface ReadLine extends LinePlace {
  /** Null: its bytes are no UTF-8, or too many. */
  readonly text: string | null
}

/**
 * The lines of a file in portions, so that others have their turn in between. The last one may lack its
 * line feed; `ended` says so.
 */
export async function* linesOf(
  path: string,
): AsyncGenerator<{ readonly lines: readonly ReadLine[]; readonly ended: boolean }> {
  const file = await open(path, 'r')
  try {
    const line = new LineParts()
    let at = 0
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes)
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, at)
      if (bytesRead === 0) break
      const bytes = chunk.subarray(0, bytesRead)
      const lines: ReadLine[] = []
      let from = 0
      for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, from)) {
        line.add(bytes.subarray(from, end))
        from = end + 1
        lines.push(line.take(at + end))
      }
      line.add(bytes.subarray(from))
      at += bytesRead
      if (lines.length > 0) yield { lines, ended: true }
    }
    if (line.length > 0) yield { lines: [line.take(at)], ended: false }
  } finally {
    await file.close()
  }
}

/** A line that comes in pieces. */
class LineParts {
  #parts: Uint8Array[] = []
  length = 0

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.length += bytes.length
    if (this.length <= lineBytesMax) this.#parts.push(bytes)
    else this.#parts = []
  }

  /** @param end  where the line ended in its file */
  take(end: number): ReadLine {
    const { length } = this
    const text = length <= lineBytesMax ? textOf(Buffer.concat(this.#parts)) : null
    this.#parts = []
    this.length = 0
    return { start: end - length, length, text }
  }
}

const strict = new TextDecoder('utf-8', { fatal: true })
const lenient = new TextDecoder()

function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

/** A file whose lines are read again, one here and one there. */
export class LineReader {
  readonly #file: FileHandle

  static async open(path: string): Promise<LineReader> {
    return new LineReader(await open(path, 'r'))
  }

  private constructor(file: FileHandle) {
    this.#file = file
  }

  async text({ start, length }: LinePlace): Promise<string> {
    const bytes = Buffer.alloc(length)
    const { bytesRead } = await this.#file.read(bytes, 0, length, start)
    // As `linesOf` reads it: a byte order mark is no part of it.
    return lenient.decode(bytes.subarray(0, bytesRead))
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** Lines that were written and are not on the disk yet wait for it this long at most. */
const syncMs = 1_000

/**
 * A file that grows line by line. A line that was appended outlives the death of this process, and a
 * power cut from a second later on.
 */
export class LineWriter {
  readonly #file: FileHandle
  /** Of whole lines, in bytes. */
  #size: number
  /** A line was begun and could not be ended. */
  #isTorn = false
  #turn: Promise<void> = Promise.resolve()
  #waiting: string[] = []
  /** The write that will take what waits; null when nothing does. */
  #next: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null

  /** What is behind the last whole line is cut off: nobody was told of it. */
  static async open(path: string): Promise<LineWriter> {
    const file = await open(path, 'a', 0o600)
    let whole = 0
    for await (const { lines, ended } of linesOf(path)) {
      const last = lines.at(-1)
      if (ended && last) whole = last.start + last.length + 1
    }
    await file.truncate(whole)
    return new LineWriter(file, whole)
  }

  private constructor(file: FileHandle, size: number) {
    this.#file = file
    this.#size = size
  }

  /** Resolves when the system has it. */
  append(line: string): Promise<void> {
    this.#waiting.push(line)
    if (this.#next === null) {
      this.#next = this.#turn.then(() => this.#write())
      // The next line is tried also when this one could not be written.
      this.#turn = this.#next.catch(() => {})
    }
    this.#timer ??= setTimeout(() => this.#syncSoon(), syncMs)
    return this.#next
  }

  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    await this.#turn
    await this.#file.sync()
    await this.#file.close()
  }

  /** All that waits, in one go: it is written, or none of it is. */
  async #write(): Promise<void> {
    const lines = this.#waiting
    this.#waiting = []
    this.#next = null
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    if (this.#isTorn) await this.#file.truncate(this.#size)
    this.#isTorn = true
    await this.#file.appendFile(bytes)
    this.#isTorn = false
    this.#size += bytes.length
  }

  #syncSoon(): void {
    this.#timer = null
    this.#turn = this.#turn.then(() => this.#file.sync()).catch(() => {})
  }
}
