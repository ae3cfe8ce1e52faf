import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { storeNamedBy } from './whereabouts.ts'

const folder = mkdtempSync(join(tmpdir(), 'freehold-whereabouts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
function named(text: string): string | null {
  count += 1
  const path = join(folder, `${count}.yaml`)
  writeFileSync(path, text)
  return storeNamedBy(path)
}

test('a store is found beside its file, at its path, or where it is usually', () => {
  expect(named('store: ./there\n')).toBe(join(folder, 'there'))
  expect(named('store: /var/lib/freehold # elsewhere\n')).toBe('/var/lib/freehold')
  expect(named('{ "providers": { "sim": {} } }')).toBe(join(folder, 'data'))
  // What is wrong elsewhere in it is for the gateway to say.
  expect(named('tasks: { t: [] }\nnonsense: 7\n')).toBe(join(folder, 'data'))
  expect(storeNamedBy(null)).toBe(resolve('data'))
})

test.each(['store: "${STORE}/data"', 'store: [1]', 'store: ""', 'store: a: b: c', '- a list', ''])(
  'of %j only who reads it whole can tell',
  (text) => {
    expect(named(text)).toBeNull()
  },
)

test('of a file that cannot be read nothing is told', () => {
  expect(storeNamedBy(join(folder, 'nowhere.yaml'))).toBeNull()
})
