import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs'

/** The file system as the journal's writer uses it. Tests let the n-th call fail. */
export interface JournalFiles {
  /** Makes a file that is not there yet, for its owner alone, and opens it. */
  create(path: string): number
  /** Returns how many bytes were written, which may be fewer than were given. */
  write(fd: number, bytes: Uint8Array, position: number): number
  truncate(fd: number, length: number): void
  close(fd: number): void
  remove(path: string): void
}

export const systemFiles: JournalFiles = {
  create: (path) => openSync(path, 'wx', 0o600),
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  close: closeSync,
  remove: unlinkSync,
}
