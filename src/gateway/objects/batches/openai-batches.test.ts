import { expect, test } from 'bun:test'
import { Departure } from '../../../core/departure.ts'
import { openaiBatches } from './openai-batches.ts'
import type { VendorPlace } from './vendor-batches.ts'

/**
 * A vendor that takes files and answers a batch with a status, and what it was asked.
 * @param mark  of the batch that it has all the same
 */
function vendor(status: number, mark = 'another') {
  const asked: string[] = []
  const batch = { id: 'b-1', metadata: { freehold: mark } }
  const answerTo = (what: string): object => {
    if (what.startsWith('GET')) return { data: [batch] }
    return what === 'POST /batches' ? batch : { id: 'f-1' }
  }
  const open = ({ method, url }: { method: string; url: string }) => {
    const what = `${method} ${url.slice('http://acme'.length)}`
    asked.push(what)
    const isBatch = what === 'POST /batches'
    return Promise.resolve({
      status: isBatch ? status : 200,
      headers: new Headers(),
      text: () => Promise.resolve(JSON.stringify(answerTo(what))),
    })
  }
  const none = new Map()
  const bounds = { budget: null, rate: null }
  const place = {
    live: {
      id: 'acme',
      baseUrl: 'http://acme',
      keys: [],
      headers: none,
      timeouts: {},
      modelTimeouts: none,
      bounds,
      facts: { objects: { files: {}, batches: { paths: {} } }, sign: { kind: 'none' } },
    },
    credential: null,
    by: { key: { id: 'web', bounds }, header: () => null, departure: new Departure() },
    parts: {
      clock: { now: () => 0, elapsedUs: () => 0 },
      rates: { take: () => ({ holds: [] }), giveBack: () => {} },
      upstream: { open },
    },
  } as unknown as VendorPlace
  const load = { path: '/v1/chat/completions', mark: 'm-0', lines: [{ place: 0, body: '{}' }] }
  return { asked, submit: () => openaiBatches.submit(place, load) }
}

test('a file of requests stays where its batch was taken', async () => {
  const { asked, submit } = vendor(200)
  expect(await submit()).toBe('b-1')
  expect(asked).toEqual(['POST /files', 'POST /batches'])
})

test('where the batch is refused, what people wrote does not stay at the vendor', async () => {
  const { asked, submit } = vendor(400)
  await expect(submit()).rejects.toThrow()
  expect(asked).toEqual(['POST /files', 'POST /batches', 'DELETE /files/f-1'])
})

test('where the vendor may have taken it, it is looked for, and its requests are left there', async () => {
  const { asked, submit } = vendor(500)
  await expect(submit()).rejects.toThrow()
  expect(asked).toEqual(['POST /files', 'POST /batches', 'GET /batches?limit=100'])
  // Asked live as well its lines would be paid twice.
  expect(await vendor(500, 'm-0').submit()).toBe('b-1')
})
