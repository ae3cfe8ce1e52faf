import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'bun:test'

/** Folders that are gone when the file's tests are done. */
export function scratch(): () => string {
  const root = mkdtempSync(join(tmpdir(), 'freehold-store-'))
  let made = 0
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  return () => {
    made += 1
    return join(root, String(made))
  }
}

/**
 * What a promise was rejected with; null when it was not. (`expect(…).rejects` holds up the event loop
 * while it waits, and the messages of a thread with it.)
 */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  )
}
