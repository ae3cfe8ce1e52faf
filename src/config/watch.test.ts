import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchConfig, type ConfigWatch } from './watch.ts'

let folder: string
let path: string
let told: string[]
let troubles: string[]
let watch: ConfigWatch

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-watch-'))
  path = join(folder, 'freehold.yaml')
  told = []
  troubles = []
  writeFileSync(path, 'one')
  begin()
})

afterEach(() => {
  watch.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a change is told once, with the text', async () => {
  writeFileSync(path, 'two')
  await until(() => told.length > 0)
  expect(told).toEqual(['two'])
})

test('a change between reading and watching is told', async () => {
  watch.close()
  writeFileSync(path, 'two')
  begin()
  await until(() => told.length > 0)
  expect(told).toEqual(['two'])
})

test('a file that is replaced, as editors do, is told, and again', async () => {
  for (const text of ['two', 'three', 'four']) {
    writeFileSync(`${path}.tmp`, text)
    renameSync(`${path}.tmp`, path)
    await until(() => told.at(-1) === text)
  }
  expect(told).toEqual(['two', 'three', 'four'])
})

test('writing the same again, or another file, tells nothing', async () => {
  writeFileSync(path, 'one')
  writeFileSync(join(folder, 'other.yaml'), 'x')
  await Bun.sleep(200)
  expect(told).toEqual([])
})

test('a file that is emptied on its way to being written is not taken for an empty one', async () => {
  writeFileSync(path, '')
  await Bun.sleep(200)
  writeFileSync(path, 'two')
  await until(() => told.length > 0)
  expect(told).toEqual(['two'])
})

test('a file that stays empty is meant', async () => {
  writeFileSync(path, '')
  await until(() => told.length > 0)
  expect(told).toEqual([''])
})

test('a file that is gone is complained of once, and waited for', async () => {
  rmSync(path)
  await until(() => troubles.length > 0)
  expect(troubles).toHaveLength(1)
  expect(told).toEqual([])
  writeFileSync(path, 'two')
  await until(() => told.length > 0)
  writeFileSync(path, 'three')
  await until(() => told.length > 1)
  expect(told).toEqual(['two', 'three'])
})

test('a folder that is made anew is watched anew', async () => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  writeFileSync(path, 'two')
  await until(() => told.length > 0)
  writeFileSync(path, 'three')
  await until(() => told.length > 1)
  expect(told).toEqual(['two', 'three'])
})

test('a link that is turned, as Kubernetes does, is told', async () => {
  watch.close()
  rmSync(path)
  for (const name of ['1', '2']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'freehold.yaml'), name)
  }
  symlinkSync('1', join(folder, '..data'))
  symlinkSync('..data/freehold.yaml', path)
  begin('1')
  await Bun.sleep(100)
  symlinkSync('2', join(folder, '..new'))
  renameSync(join(folder, '..new'), join(folder, '..data'))
  await until(() => told.length > 0)
  writeFileSync(join(folder, '2', 'freehold.yaml'), 'three')
  await until(() => told.length > 1)
  expect(told).toEqual(['2', 'three'])
})

test('reload hands the text over, changed or not, and says when it cannot', async () => {
  await watch.reload()
  expect(told).toEqual(['one'])
  rmSync(path)
  await expect(watch.reload()).rejects.toThrow('no such file')
})

test('a change is seen in a folder that never rests', async () => {
  const noise = setInterval(() => writeFileSync(join(folder, 'noise'), 'x'), 10)
  writeFileSync(path, 'two')
  await until(() => told.length > 0)
  clearInterval(noise)
  expect(told).toEqual(['two'])
})

test('a watch that is closed tells nothing', async () => {
  watch.close()
  writeFileSync(path, 'two')
  await Bun.sleep(200)
  expect(told).toEqual([])
})

function begin(seen = 'one'): void {
  watch = watchConfig(path, (text) => told.push(text), {
    seen,
    onTrouble: (sentence) => troubles.push(sentence),
  })
}

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !holds(); round += 1) await Bun.sleep(10)
  expect(holds()).toBe(true)
}
