import { expect, test } from 'bun:test'
import { DistinctIds, fitId, madeToolId, ownId, shortIds, wordIds } from './call-ids.ts'

test('an id that fits stays, and any other is replaced by the same one each time', () => {
  expect(fitId('toolu_01A-b', wordIds)).toBe('toolu_01A-b')
  expect(fitId('functions.weather:0', shortIds)).toBe('functions.weather:0')
  const fitted = fitId('functions.weather:0', wordIds)
  expect(fitted).toMatch(wordIds.fits)
  expect(fitId('functions.weather:0', wordIds)).toBe(fitted)
  expect(fitId('functions.weather:1', wordIds)).not.toBe(fitted)
})

test('an id that is made here may go to anybody, however long that of the answer is', () => {
  expect(madeToolId('a', 0, 1)).toBe('call_a-0-1')
  expect(madeToolId('', 0, 1)).toBe('')
  const long = `chatcmpl-${'0'.repeat(32)}`
  for (const id of [madeToolId(long, 0, 0), madeToolId('gen.1', 0, 0), ownId('x'.repeat(47))]) {
    expect(id).toMatch(wordIds.fits)
    expect(id.length).toBeLessThanOrEqual(40)
  }
  expect(madeToolId(long, 0, 0)).not.toBe(madeToolId(long, 0, 1))
})

test('of ids that come again each is another, and results go to the calls that wait for them', () => {
  const ids = new DistinctIds(wordIds)
  expect([ids.ofCall('call_0'), ids.ofResult('call_0')]).toEqual(['call_0', 'call_0'])
  const [second, third] = [ids.ofCall('call_0'), ids.ofCall('call_0')]
  expect(new Set(['call_0', second, third]).size).toBe(3)
  expect([ids.ofResult('call_0'), ids.ofResult('call_0')]).toEqual([second, third])
  for (const id of [second, third]) expect(id).toMatch(wordIds.fits)
  expect(ids.ofResult('call_9')).toBe('call_9')
  // A later turn has what was before it in the same words.
  const again = new DistinctIds(wordIds)
  expect([0, 1, 2].map(() => again.ofCall('call_0'))).toEqual(['call_0', second, third])
})
