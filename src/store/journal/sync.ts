import { closeSync, fdatasync, fstatSync, fsync, openSync } from 'node:fs'
import { promisify } from 'node:util'
import { openSegment, segmentNumbers } from './segment.ts'

const syncData = promisify(fdatasync)
const syncAll = promisify(fsync)

/**
 * Brings to the disk what the writer of one lane wrote. A killed process loses nothing without it; a power cut
 * loses what was written since the last time. It runs on another thread than the writer, because a
 * sync is short on a good disk and takes seconds on a sick one.
 */
export class JournalSync {
  readonly #folder: string
  readonly #lane: number
  #segment = 0
  #fd = -1
  #syncedBytes = 0

  constructor(folder: string, lane = 0) {
    this.#folder = folder
    this.#lane = lane
  }

  /** @throws Error when the disk fails: what was written lately may not survive a power cut */
  async sync(): Promise<void> {
    for (const number of segmentNumbers(this.#folder, this.#lane)) {
      if (number < this.#segment) continue
      if (number > this.#segment && !(await this.#open(number))) continue
      const size = fstatSync(this.#fd).size
      if (size === this.#syncedBytes) continue
      await syncData(this.#fd)
      this.#syncedBytes = size
    }
  }

  close(): void {
    if (this.#fd !== -1) closeSync(this.#fd)
    this.#fd = -1
  }

  /** Also syncs the folder, so that the new file's name survives. */
  async #open(number: number): Promise<boolean> {
    const fd = openSegment(this.#folder, number)
    if (fd === null) return false
    this.close()
    this.#fd = fd
    this.#segment = number
    this.#syncedBytes = 0
    const folder = openSync(this.#folder, 'r')
    try {
      await syncAll(folder)
    } finally {
      closeSync(folder)
    }
    return true
  }
}
