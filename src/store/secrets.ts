import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../core/secret.ts'

/** Secrets that live beside the ledger, each in a file that only its owner can read. */

/** What keys are hashed under; made at the first start, and worthless without the store. */
export function pepperOf(folder: string): Secret {
  const path = join(folder, 'pepper')
  const known = readSecret(path)
  if (known !== null) return known
  const made = new Secret(Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex'))
  writeSecret(folder, path, made)
  return made
}

export function adminKeyPath(folder: string): string {
  return join(folder, 'admin.key')
}

/** The key and a newline, mode 0600. */
export function writeAdminKey(folder: string, secret: Secret): void {
  writeSecret(folder, adminKeyPath(folder), secret)
}

function readSecret(path: string): Secret | null {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return text === '' ? null : new Secret(text)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null
    throw error
  }
}

function writeSecret(folder: string, path: string, secret: Secret): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(path, `${secret.reveal()}\n`, { mode: 0o600 })
  chmodSync(path, 0o600) // a file that was there keeps its mode otherwise
}
