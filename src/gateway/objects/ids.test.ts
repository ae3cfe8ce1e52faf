import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ObjectKind, outwardId, placeOfId } from './ids.ts'

const kinds: readonly ObjectKind[] = ['file', 'batch', 'job']

test('an id says where its object lies, and reads as OpenAI writes them', () => {
  expect(outwardId('file', { provider: 'openai', id: 'file-abc' })).toBe('file-openai~file-abc')
  expect(outwardId('job', { provider: 'eu.azure-1', id: 'ftjob-x' })).toBe(
    'ftjob-eu.azure-1~ftjob-x',
  )
  expect(outwardId('batch', { provider: null, id: 'a'.repeat(32) })).toBe(`batch_${'a'.repeat(32)}`)
})

test('every id of every provider is read back, stands in a URL as it is, and is like no other', () => {
  const providers = fc.stringMatching(/^[A-Za-z0-9_.:@-]{1,100}$/)
  const ids = fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
  fc.assert(
    fc.property(fc.constantFrom(...kinds), providers, ids, (kind, provider, id) => {
      const outward = outwardId(kind, { provider, id })
      expect(outward).toMatch(/^[A-Za-z0-9_.:@~-]+$/)
      expect(placeOfId(kind, outward)).toEqual({ provider, id })
    }),
  )
})

test.each([
  '',
  'file-',
  'file-openai',
  'file-openai~',
  'file-~file-abc',
  'file-openai~~Zg==',
  'file-openai~~ZmlsZQ', // 'file', which needs no writing anew
  'file-openai~a/b',
  'batch_openai~batch_1',
  `file-${'A'.repeat(32)}`,
  `file-openai~${'a'.repeat(2_000)}`,
])('%p is the id of no file', (id) => {
  expect(placeOfId('file', id)).toBeNull()
})
