import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

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
  if (!isOurs || !replaced(real, text, before?.mode, steps)) writeFileSync(real, text)
}

/** False where only the content may be changed. @throws Error of the system */
function replaced(path: string, text: string, mode: number | undefined, steps: Steps): boolean {
  const beside = `${path}.${process.pid}.new`
  try {
    const file = openSync(beside, 'w')
    try {
      if (mode !== undefined) fchmodSync(file, mode & 0o777)
      writeFileSync(file, text)
      steps.fsyncSync(file)
    } finally {
      closeSync(file)
    }
    steps.renameSync(beside, path)
    syncFolder(dirname(path))
    return true
  } catch (error) {
    rmSync(beside, { force: true })
    if (inPlaceOnly.has((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** So that the new name outlives a power cut. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return path
    throw error
  }
}
