import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Of the system, where nothing may stand beside a file or be moved over it: a file that is mounted into a container. */
const inPlaceOnly = new Set(['EACCES', 'EPERM', 'EBUSY', 'EXDEV', 'EROFS'])

/** What a system may refuse to do. */
type Steps = Pick<typeof import('node:fs'), 'fsyncSync' | 'renameSync'>

/**
 * Writes a file whole or not at all: who reads it meanwhile, or after a crash, finds the text of before or this one. It
 * keeps its rights and its owner, and a link goes on pointing to it. Where only its content may be changed, that is
 * overwritten where it is.
 * @throws Error of the system; the file is as it was, unless it could only be overwritten
 */
export function writeWhole(
  path: string,
  text: string,
  steps: Steps = { fsyncSync, renameSync },
): void {
  const real = realPath(path)
  const before = statSync(real, { throwIfNoEntry: false })
  const isOurs = before === undefined || before.uid === process.getuid?.()
  if (!isOurs || !replaced(real, text, before, steps)) writeFileSync(real, text)
}

/** False where only the content may be changed. @throws Error of the system */
function replaced(path: string, text: string, before: Stats | undefined, steps: Steps): boolean {
  const beside = `${path}.${process.pid}.new`
  try {
    const file = openSync(beside, 'w')
    try {
      if (before !== undefined) {
        // Of a group that is not ours: EPERM, and the file is overwritten where it is.
        fchownSync(file, before.uid, before.gid)
        fchmodSync(file, before.mode & 0o777)
      }
      writeFileSync(file, text)
      steps.fsyncSync(file)
    } finally {
      closeSync(file)
    }
    steps.renameSync(beside, path)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    try {
      rmSync(beside, { force: true })
    } catch {
      // In a folder that cannot be written it was never there.
    }
    if (inPlaceOnly.has((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** So that the new name outlives a power cut. Where a folder cannot be synced, it is there all the same. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // The file has its new text.
  }
}

/** Of a link the file that it names, which may not be there yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
    return isLink ? resolve(dirname(path), readlinkSync(path)) : path
  }
}
