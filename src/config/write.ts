import type { Stats } from 'node:fs'
import { lstat, open, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** Of the system, where nothing may stand beside a file or be moved over it: a file that is mounted into a container. */
const inPlaceOnly = new Set(['EACCES', 'EPERM', 'EBUSY', 'EXDEV', 'EROFS'])

/** What a system may refuse to do. */
export interface Steps {
  readonly sync: (file: { sync(): Promise<void> }) => Promise<void>
  readonly rename: (from: string, to: string) => Promise<void>
}

const steps: Steps = { sync: (file) => file.sync(), rename }

/**
 * Writes a file whole or not at all: who reads it meanwhile, or after a crash, finds the text of before or this one. It
 * keeps its rights and its owner, and a link goes on pointing to it. Where only its content may be changed, that is
 * overwritten where it is. Two writes of one file at once are for their callers to keep apart.
 * @throws Error of the system; the file is as it was, unless it could only be overwritten
 */
export async function writeWhole(path: string, text: string, by: Steps = steps): Promise<void> {
  const real = await realPath(path)
  const before = await found(stat(real))
  const isOurs = before === null || before.uid === process.getuid?.()
  if (!isOurs || !(await replaced(real, text, before, by))) await writeFile(real, text)
}

/** False where only the content may be changed. @throws Error of the system */
async function replaced(
  path: string,
  text: string,
  before: Stats | null,
  by: Steps,
): Promise<boolean> {
  const beside = `${path}.${process.pid}.new`
  try {
    const file = await open(beside, 'w')
    try {
      if (before !== null) {
        // Of a group that is not ours: EPERM, and the file is overwritten where it is.
        await file.chown(before.uid, before.gid)
        await file.chmod(before.mode & 0o777)
      }
      await file.writeFile(text)
      await by.sync(file)
    } finally {
      await file.close()
    }
    await by.rename(beside, path)
    await syncFolder(dirname(path))
    return true
  } catch (error) {
    // In a folder that cannot be written it was never there.
    await rm(beside, { force: true }).catch(() => {})
    if (inPlaceOnly.has(codeOf(error))) return false
    throw error
  }
}

/** So that the new name outlives a power cut. Where a folder cannot be synced, it is there all the same. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    // The file has its new text.
  }
}

/** Of a link the file that it names, which may not be there yet. */
async function realPath(path: string): Promise<string> {
  const real = await found(realpath(path))
  if (real !== null) return real
  const isLink = (await found(lstat(path)))?.isSymbolicLink() ?? false
  return isLink ? resolve(dirname(path), await readlink(path)) : path
}

/** Null for what is not there. */
async function found<Result>(looking: Promise<Result>): Promise<Result | null> {
  try {
    return await looking
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}
