import { afterAll, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeWhole } from './write.ts'

const root = mkdtempSync(join(tmpdir(), 'freehold-write-'))
afterAll(() => rmSync(root, { recursive: true }))

function place(text?: string): { folder: string; path: string } {
  const folder = mkdtempSync(join(root, 'f-'))
  const path = join(folder, 'freehold.yaml')
  if (text !== undefined) writeFileSync(path, text)
  return { folder, path }
}

const sync = (file: { sync(): Promise<void> }) => file.sync()

function fails(code: string) {
  return (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }))
}

describe('a file that is written whole', () => {
  test('has the new text, and nothing stands beside it', async () => {
    const { folder, path } = place('before')
    await writeWhole(path, 'after')
    expect(readFileSync(path, 'utf8')).toBe('after')
    expect(readdirSync(folder)).toEqual(['freehold.yaml'])
  })

  test('may be new', async () => {
    const { path } = place()
    await writeWhole(path, 'first')
    expect(readFileSync(path, 'utf8')).toBe('first')
  })

  test('is another file: who has the old one open goes on reading the text of before', async () => {
    const { path } = place('before')
    const inode = statSync(path).ino
    const held = openSync(path, 'r')
    await writeWhole(path, 'after')
    expect(statSync(path).ino).not.toBe(inode)
    expect(readFileSync(held, 'utf8')).toBe('before')
    closeSync(held)
  })

  test('keeps its rights', async () => {
    const { path } = place('secret')
    chmodSync(path, 0o600)
    await writeWhole(path, 'another secret')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('is found behind a link, which stays one', async () => {
    const { folder, path } = place('before')
    const link = join(folder, 'link.yaml')
    symlinkSync(path, link)
    await writeWhole(link, 'after')
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('after')
  })

  test('is made where a link points to that has nothing behind it yet', async () => {
    const { folder, path } = place()
    const link = join(folder, 'link.yaml')
    symlinkSync('freehold.yaml', link)
    await writeWhole(link, 'first')
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('first')
  })

  test('keeps its group', async () => {
    const { path } = place('before')
    const groups = process.getgroups?.() ?? []
    const group =
      process.getuid?.() === 0 ? 1_000 : groups.find((each) => each !== process.getgid?.())
    if (group === undefined) return // nobody may give a file away who has one group alone
    chownSync(path, process.getuid?.() ?? 0, group)
    await writeWhole(path, 'after')
    expect(statSync(path).gid).toBe(group)
  })

  test('is overwritten where nothing may be moved over it, as when it is mounted', async () => {
    const { folder, path } = place('before, and longer')
    const inode = statSync(path).ino
    await writeWhole(path, 'after', { sync, rename: fails('EBUSY') })
    expect(statSync(path).ino).toBe(inode)
    expect(readFileSync(path, 'utf8')).toBe('after')
    expect(readdirSync(folder)).toEqual(['freehold.yaml'])
  })

  test('is as it was when the disk is full', async () => {
    const { folder, path } = place('before')
    const steps = { sync: fails('ENOSPC'), rename }
    await expect(writeWhole(path, 'after', steps)).rejects.toThrow('ENOSPC')
    expect(readFileSync(path, 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(['freehold.yaml'])
  })

  test('of a folder that is gone says so', async () => {
    const { folder, path } = place()
    rmSync(folder, { recursive: true })
    await expect(writeWhole(path, 'text')).rejects.toThrow('ENOENT')
    expect(existsSync(folder)).toBe(false)
  })
})
