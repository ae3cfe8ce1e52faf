import type { Random } from '../../src/core/random.ts'
import { type JournalFiles, systemFiles } from '../../src/store/journal/files.ts'
import { pick, type World } from './world.ts'

export type Sickness = 'full' | 'broken' | 'slow'

/** What the disk has done to whoever wrote on it. */
export interface DiskFigures {
  writes: number
  failed: number
  torn: number
  slow: number
}

/**
 * The disk below the journal: files that outlive a process, on a file system that is full, broken or
 * slow for a while, and that keeps of a write what was written when its process was killed.
 */
export class Disk {
  readonly figures: DiskFigures = { writes: 0, failed: 0, torn: 0, slow: 0 }
  sickness: Sickness | null = null
  readonly #world: World
  readonly #chance: Random

  constructor(world: World) {
    this.#world = world
    this.#chance = world.chance('disk')
  }

  /** The disk as one process sees it, until it is gone. */
  mount(): Mount {
    return new Mount(this, this.#world, this.#chance)
  }
}

/** The file system of one process. */
export class Mount implements JournalFiles {
  readonly #disk: Disk
  readonly #world: World
  readonly #chance: Random
  readonly #open = new Set<number>()
  #gone = false
  /** After how many writes the process dies in the next one, and who is told; null: it does not. */
  #death: { left: number; readonly died: () => void } | null = null

  constructor(disk: Disk, world: World, chance: Random) {
    this.#disk = disk
    this.#world = world
    this.#chance = chance
  }

  /** The write after so many is cut in the middle, and nothing is written behind it. */
  dieInWrite(after: number, died: () => void): void {
    this.#death = { left: after, died }
  }

  /** Its process is gone: nothing it still does reaches the disk. */
  unmount(): void {
    this.#gone = true
    for (const fd of this.#open) systemFiles.close(fd)
    this.#open.clear()
  }

  create(path: string): number {
    this.#check()
    const fd = systemFiles.create(path)
    this.#open.add(fd)
    return fd
  }

  write(fd: number, bytes: Uint8Array, position: number): number {
    const { figures } = this.#disk
    if (this.#death !== null && !this.#gone && this.#death.left-- === 0) {
      const part = Math.floor(this.#chance.next() * bytes.length)
      if (part > 0) systemFiles.write(fd, bytes.subarray(0, part), position)
      figures.torn += 1
      const { died } = this.#death
      this.#death = null
      died()
    }
    if (this.#disk.sickness === 'slow') {
      figures.slow += 1
      this.#world.hold(20 + this.#chance.next() * 400)
    }
    if (this.#disk.sickness === 'broken' && !this.#gone && this.#chance.next() < 0.5) {
      const part = Math.floor(this.#chance.next() * bytes.length)
      if (part > 0) systemFiles.write(fd, bytes.subarray(0, part), position)
    }
    this.#check()
    figures.writes += 1
    // A file system may take fewer bytes than it is given.
    const taken = this.#chance.next() < 0.05 ? Math.ceil(bytes.length / 2) : bytes.length
    return systemFiles.write(fd, bytes.subarray(0, taken), position)
  }

  truncate(fd: number, length: number): void {
    if (this.#gone || (this.#disk.sickness === 'broken' && this.#chance.next() < 0.5)) this.#check()
    systemFiles.truncate(fd, length)
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) return
    systemFiles.close(fd)
  }

  remove(path: string): void {
    this.#check()
    systemFiles.remove(path)
  }

  #check(): void {
    const { sickness, figures } = this.#disk
    if (this.#gone) throw failure('EBADF')
    if (sickness === null || sickness === 'slow') return
    figures.failed += 1
    throw failure(sickness === 'full' ? pick(['ENOSPC', 'EDQUOT'], this.#chance) : 'EIO')
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}
