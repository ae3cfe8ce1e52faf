import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Clock, Instant } from '../../core/clock.ts'
import { Documents } from './documents.ts'
import { linesOf, LineReader, LineWriter, type ReadLine } from './lines.ts'

/** A file that the gateway itself keeps for a caller. */
export interface KeptFile {
  /** 32 hex digits. */
  readonly id: string
  /** The key whose it is. */
  readonly owner: string
  readonly name: string
  readonly purpose: string
  readonly bytes: number
  readonly at: Instant
  readonly expiresAt: Instant
}

export interface FileLimits {
  /** Of all files together. */
  readonly bytesMax: number
}

/** There is no room for a file, or nobody knows whether it was written. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom'
}

/**
 * Files of callers, in the store's folder, as they came: bytes in one file, what is known of them in
 * another that is written last. Everything waits for the disk without holding up the thread.
 */
export class KeptFiles {
  readonly #folder: string
  readonly #clock: Clock
  readonly #limits: FileLimits
  readonly #facts: Documents<KeptFile>
  /** Of files that are being written and are no files yet. */
  #pendingBytes = 0

  static async open(folder: string, limits: FileLimits, clock: Clock): Promise<KeptFiles> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const facts = await Documents.open<KeptFile>(join(folder, 'facts'))
    return new KeptFiles(folder, limits, clock, facts)
  }

  private constructor(
    folder: string,
    limits: FileLimits,
    clock: Clock,
    facts: Documents<KeptFile>,
  ) {
    this.#folder = folder
    this.#limits = limits
    this.#clock = clock
    this.#facts = facts
  }

  /** @throws NoRoom with a sentence */
  async add(file: Omit<KeptFile, 'id' | 'at' | 'bytes'>, bytes: Uint8Array): Promise<KeptFile> {
    const left = this.#limits.bytesMax - this.bytes - this.#pendingBytes
    if (bytes.length > left) {
      throw new NoRoom(
        `The gateway has ${sizeText(Math.max(0, left))} left for files, and this one has ${sizeText(bytes.length)}. Delete files, or raise files.total in freehold.yaml.`,
      )
    }
    const id = newFileId()
    this.#pendingBytes += bytes.length
    try {
      await this.#write(id, bytes)
      const kept = { ...file, id, at: this.#clock.now(), bytes: bytes.length }
      await this.#facts.put(id, kept)
      return kept
    } catch (error) {
      await rm(this.#path(id), { force: true })
      throw error
    } finally {
      this.#pendingBytes -= bytes.length
    }
  }

  /** Null when it is not there, or has expired. */
  find(id: string): KeptFile | null {
    const file = this.#facts.get(id)
    return file && file.expiresAt > this.#clock.now() ? file : null
  }

  /** Those that have not expired. */
  all(): readonly KeptFile[] {
    const now = this.#clock.now()
    return this.#facts.all().filter(({ expiresAt }) => expiresAt > now)
  }

  /** Of all files that are known. */
  get bytes(): number {
    return this.#facts.all().reduce((sum, { bytes }) => sum + bytes, 0)
  }

  content({ id }: KeptFile): ReadableStream<Uint8Array> {
    return Readable.toWeb(createReadStream(this.#path(id))) as ReadableStream<Uint8Array>
  }

  lines(id: string): AsyncGenerator<{ readonly lines: readonly ReadLine[]; ended: boolean }> {
    return linesOf(this.#path(id))
  }

  reader(id: string): Promise<LineReader> {
    return LineReader.open(this.#path(id))
  }

  /** A file that grows and is none yet, whether it was begun before or not. */
  grow(id: string): Promise<LineWriter> {
    return LineWriter.open(this.#path(id))
  }

  /** Makes a file of one that has grown; null when there is nothing in it. */
  async publish(id: string, file: Omit<KeptFile, 'id' | 'at' | 'bytes'>): Promise<KeptFile | null> {
    const { size } = await stat(this.#path(id))
    if (size === 0) {
      await rm(this.#path(id), { force: true })
      return null
    }
    const kept = { ...file, id, at: this.#clock.now(), bytes: size }
    await this.#facts.put(id, kept)
    return kept
  }

  async remove(id: string): Promise<void> {
    await this.#facts.remove(id)
    await rm(this.#path(id), { force: true })
  }

  /** Forgets what has expired, and bytes that belong to nothing. @param growing  ids of files to be */
  async sweep(growing: ReadonlySet<string>): Promise<void> {
    const now = this.#clock.now()
    for (const { id, expiresAt } of this.#facts.all()) {
      if (expiresAt <= now && !growing.has(id)) await this.remove(id)
    }
    for (const name of await readdir(this.#folder)) {
      const isNobodys = isFileId(name) && this.#facts.get(name) === null && !growing.has(name)
      // A file that is being added has bytes before it has facts.
      if (isNobodys && (await isOld(join(this.#folder, name), now))) {
        await rm(join(this.#folder, name), { force: true })
      }
    }
  }

  async #write(id: string, bytes: Uint8Array): Promise<void> {
    const file = await open(this.#path(id), 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  #path(id: string): string {
    if (!isFileId(id)) throw new RangeError(`${JSON.stringify(id)} is no id of a file.`)
    return join(this.#folder, id)
  }
}

export function newFileId(): string {
  return Bun.randomUUIDv7('hex').replaceAll('-', '')
}

function isFileId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}

const hourMs = 3_600_000

async function isOld(path: string, now: Instant): Promise<boolean> {
  try {
    return now / 1_000 - (await stat(path)).mtimeMs > hourMs
  } catch {
    return false // it has gone in the meantime
  }
}

function sizeText(bytes: number): string {
  return bytes >= 1_000_000 ? `${Math.floor(bytes / 1_000_000)} MB` : `${bytes} bytes`
}
