import { Database } from 'bun:sqlite'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

export interface Lock {
  release(): void
}

/**
 * Makes this process the owner of a store's folder, until it releases it or dies: the lock is one
 * that the operating system holds on an open file. A file that says who owns it would outlive
 * `kill -9`. It is no guard on network file systems that do not keep locks.
 * @throws Error when another process owns the folder, or it cannot be written
 */
export function lockFolder(folder: string): Lock {
  let db: Database | null = null
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    db = new Database(join(folder, 'lock'), { create: true, strict: true })
    db.run('PRAGMA busy_timeout = 0')
    db.run('PRAGMA journal_mode = MEMORY')
    db.run('BEGIN EXCLUSIVE')
    const held = db
    return { release: () => held.close() }
  } catch (error) {
    db?.close()
    if ((error as { code?: string }).code === 'SQLITE_BUSY') throw inUse(folder, error)
    throw new Error(`The store ${folder} cannot be opened: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function inUse(folder: string, cause: unknown): Error {
  return new Error(
    `The store ${folder} is in use by another process. Stop the gateway that runs there, or ask it over its /api.`,
    { cause },
  )
}
