import { expect, test } from 'bun:test'
import { type Instant, instant } from '../../../core/clock.ts'
import type { Parts } from '../../pipeline/parts.ts'
import { AtVendors, type AtVendorsParts } from './at-vendors.ts'
import type { BatchFacts, VendorBatch } from './facts.ts'
import { answerIn, placesOf, rangesOf } from './vendor-told.ts'

const begun = instant('2026-11-22T00:00:00Z')
const hourUs = 3_600_000_000

/**
 * A vendor that says `status` until it is told to stop, and what it was asked. The batch `deaf` does not stop, and
 * `busy` is heard at the third time. Time passes as it is slept.
 * @param vendor  null: nothing was given away yet
 * @param output  the file of its answers
 */
function scene(
  vendor: Partial<VendorBatch> | null,
  status: string,
  until: number,
  output?: string,
) {
  const asked: string[] = []
  let [now, state] = [begun as number, status]
  const isBusy = (path: string): boolean =>
    path === '/batches/busy/cancel' && asked.filter((each) => each.endsWith('/cancel')).length < 3
  const answers = (path: string): object => {
    if (path.endsWith('/cancel') && !path.includes('deaf') && !isBusy(path)) state = 'cancelled'
    if (path.startsWith('/batches?')) return { data: [{ id: 'b-other', metadata: {} }] }
    const file = output === undefined ? null : 'f-1'
    return { id: 'b-1', status: state, output_file_id: file, error_file_id: null }
  }
  const open = ({ method, url }: { method: string; url: string }) => {
    const path = url.slice('http://acme'.length)
    asked.push(`${method} ${path}`)
    const text = () => Promise.resolve(JSON.stringify(answers(path)))
    const chunks = [Buffer.from(output ?? '')]
    const read = () => Promise.resolve(chunks.shift() ?? null)
    const status = isBusy(path) ? 503 : 200
    return Promise.resolve({ status, headers: new Headers(), text, read, cancel: () => {} })
  }
  const none = new Map()
  const live = {
    id: 'acme',
    baseUrl: 'http://acme',
    keys: [],
    headers: none,
    timeouts: {},
    modelTimeouts: none,
    bounds: { budget: null, rate: null },
    facts: { objects: { files: {}, batches: { paths: {} } }, sign: { kind: 'none' } },
  }
  const parts = {
    clock: {
      now: () => now as Instant,
      elapsedUs: () => now,
      sleep: (ms: number) => {
        now += ms * 1_000
        return Promise.resolve()
      },
    },
    snapshot: () => ({ providers: new Map([['acme', live]]) }),
    keyring: { named: () => null },
    rates: { take: () => ({ holds: [] }), giveBack: () => {} },
    upstream: { open },
  } as unknown as Parts
  const given: VendorBatch = {
    provider: 'acme',
    model: 'large',
    credential: null,
    at: begun,
    mark: 'mark-0',
    lines: [[0, 2]],
    id: 'b-1',
    isOver: false,
    ...vendor,
  }
  const vendors = vendor === null ? undefined : [given]
  let facts = { id: 'ab', owner: 'web', at: begun, vendors } as unknown as BatchFacts
  const lines = ['one', 'two', 'three'].map((customId) => ({ customId }))
  const booked: string[] = []
  const reader = {
    text: ({ customId }: { customId: string }) => {
      booked.push(customId)
      return Promise.resolve('no line that could be asked')
    },
  }
  const has = {
    parts,
    facts: () => facts,
    save: (vendors: readonly VendorBatch[]) => {
      facts = { ...facts, vendors }
      return Promise.resolve()
    },
    lines,
    reader,
    until: (begun + until) as Instant,
    halted: new Promise(() => {}),
    isHalted: () => false,
  } as unknown as AtVendorsParts
  return {
    vendors: new AtVendors(has),
    asked,
    booked,
    facts: () => facts,
    passedUs: () => now - begun,
  }
}

test('a vendor that is late is told to stop, and what it did not answer is asked live', async () => {
  const { vendors, asked, facts, passedUs } = scene({}, 'in_progress', hourUs)
  const given = await vendors.give(() => true)
  expect([...given]).toEqual([0, 1])
  const left = await vendors.wait(given)
  expect(left.map(({ customId }) => customId)).toEqual(['one', 'two'])
  expect(asked.filter((each) => each.endsWith('/cancel'))).toEqual(['POST /batches/b-1/cancel'])
  expect(facts().vendors).toMatchObject([{ isOver: true }])
  // It was looked at for an hour, and no oftener than once a minute in the end.
  expect(passedUs()).toBeGreaterThanOrEqual(hourUs)
  expect(passedUs()).toBeLessThan(hourUs + 2 * 60_000_000)
  expect(asked.length).toBeLessThan(80)
})

test('one that does not even stop is left alone, so that the deadline holds', async () => {
  const { vendors, asked, passedUs } = scene({ id: 'deaf' }, 'in_progress', 0)
  expect(await vendors.wait(await vendors.give(() => true))).toHaveLength(2)
  expect(asked.filter((each) => each.endsWith('/cancel'))).toHaveLength(1)
  expect(passedUs()).toBeGreaterThan(hourUs / 6)
  expect(passedUs()).toBeLessThan(hourUs / 4)
})

test('a vendor that did not hear that it is to stop is told again', async () => {
  const { vendors, asked, passedUs } = scene({ id: 'busy' }, 'in_progress', 0)
  expect(await vendors.wait(await vendors.give(() => true))).toHaveLength(2)
  expect(asked.filter((each) => each.endsWith('/cancel'))).toHaveLength(3)
  expect(passedUs()).toBeLessThan(hourUs / 60)
})

test('what was given away while the process died is looked for, and asked live where it never came', async () => {
  const { vendors, asked, facts } = scene({ id: null }, 'in_progress', hourUs)
  expect((await vendors.give(() => true)).size).toBe(0)
  expect(asked).toEqual(['GET /batches?limit=100'])
  expect(facts().vendors).toMatchObject([{ isOver: true }])
})

test('lines that were answered before are nobody’s to wait for', async () => {
  const { vendors } = scene({}, 'completed', hourUs)
  const given = await vendors.give((place) => place === 1)
  expect([...given]).toEqual([1])
  expect((await vendors.wait(given)).map(({ customId }) => customId)).toEqual(['two'])
})

test('what was on its way as the gateway stops is left for the next start to find out', async () => {
  const { vendors, asked, facts } = scene({ id: null }, 'in_progress', hourUs)
  vendors.leave()
  const given = await vendors.give(() => true)
  await vendors.wait(given)
  expect(asked).toEqual([])
  expect(facts().vendors).toMatchObject([{ id: null, isOver: false }])
})

test('a gateway that stops before it has given anything away gives it away at its next start', async () => {
  const { vendors, facts } = scene(null, 'in_progress', hourUs)
  vendors.leave()
  expect((await vendors.give(() => true)).size).toBe(0)
  expect(facts().vendors).toBeUndefined()
  const next = scene(null, 'in_progress', hourUs)
  await next.vendors.give(() => true)
  expect(next.facts().vendors).toEqual([])
})

test('an answer that an earlier process has written is neither booked nor written again', async () => {
  const line = (place: number): string =>
    `{"custom_id":"line-${place}","response":{"status_code":200,"body":{}},"error":null}\n`
  const { vendors, booked } = scene({}, 'completed', hourUs, line(0) + line(1))
  await vendors.wait(await vendors.give((place) => place === 1))
  expect(booked).toEqual(['two'])
})

test('a line that the vendor answers twice is booked once', async () => {
  const line = '{"custom_id":"line-1","response":{"status_code":200,"body":{}},"error":null}\n'
  const { vendors, booked } = scene({}, 'completed', hourUs, line + line)
  await vendors.wait(await vendors.give(() => true))
  expect(booked).toEqual(['two'])
})

test('places of lines come back as they were noted', () => {
  const places = [0, 1, 2, 5, 7, 8]
  const lines = rangesOf(places)
  expect(lines).toEqual([
    [0, 3],
    [5, 6],
    [7, 9],
  ])
  expect(placesOf({ lines } as unknown as VendorBatch)).toEqual(places)
})

test('an answer is read as the vendor wrote it, and what was not run is none', () => {
  const body = '{"big": 12345678901234567890, "text": "a\\"b"}'
  const line = `{"id":"x","custom_id":"line-12","response":{"status_code":200,"body":${body}},"error":null}`
  expect(answerIn(line)).toEqual({ place: 12, status: 200, body })
  for (const none of [
    '{"custom_id":"line-1","response":null,"error":{"code":"batch_expired"}}',
    '{"custom_id":"own","response":{"status_code":200,"body":{}}}',
    'no json',
  ])
    expect(answerIn(none)).toBeNull()
})
