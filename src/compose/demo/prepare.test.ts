import { afterEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSimulated } from '../../store/simulated.ts'
import { lockFolder } from '../../store/sqlite/lock.ts'
import { prepareDemo } from './prepare.ts'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder with a file in it. */
function folderWith(path: string): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-demo-'))
  folders.push(folder)
  const file = join(folder, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, 'of somebody')
  return { folder, file }
}

const prepare = (folder: string, anew = false) =>
  prepareDemo({ folder, seed: 7, anew, onProgress: () => {}, signal: AbortSignal.abort() })

test.each(['freehold.yaml', 'store/index.ts'])(
  'a folder that has a %s of its own stays as it is',
  async (path) => {
    const { folder, file } = folderWith(path)
    await expect(prepare(folder, true)).rejects.toThrow("is there already and is not the demo's")
    expect(existsSync(file)).toBeTrue()
  },
)

test('a demo that somebody looks at is not made anew under them', async () => {
  const { folder, file } = folderWith('store/ledger.db')
  const now = new Date().toISOString()
  writeSimulated(join(folder, 'store'), { seed: 7, since: now, until: now })
  const lock = lockFolder(join(folder, 'store'))
  try {
    await expect(prepare(folder, true)).rejects.toThrow('in use by another process')
  } finally {
    lock.release()
  }
  expect(existsSync(file)).toBeTrue()
})
