import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { type Instant, instant } from '../core/clock.ts'
import { type CallId, firstIdAt, newCallId } from '../core/ids.ts'
import { add, type Money, nothing } from '../core/money.ts'
import { type AttemptRecord, isAside } from '../core/record.ts'
import { kinds, noUsage, type Usage } from '../core/usage.ts'
import { keptRecord } from './kept.ts'
import {
  type AlarmRow,
  type CallQuery,
  type CostQuery,
  type CostRow,
  type Dimension,
  dimensions,
  type KeyRow,
  type LedgerWriter,
  type Payload,
  type PayloadWriter,
  type Store,
} from './ports.ts'
import { anyRecord, brokenText } from './chance.suite.ts'
import { erasureTests } from './erasure.suite.ts'
import { anIntent, aRecord, noon } from './rows.suite.ts'
import { saidTests } from './said.suite.ts'
import { failureOf } from './scratch.suite.ts'

export interface Backend {
  readonly ledger: LedgerWriter
  readonly payloads: PayloadWriter
  readonly store: Store
  close(): Promise<void>
}

const minuteUs = 60_000_000
const hourUs = 60 * minuteUs
const wide = { since: 0 as Instant, until: instant('2090-01-01') }

/** What every backend of the store owes. `open` gives an empty one. */
export function storeSuite(name: string, open: (timeZone: string) => Promise<Backend>): void {
  const seed = Date.now() % 1_000_000
  const sample = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number) =>
    fc.sample(arbitrary, { numRuns, seed })

  describe(`the ledger in ${name} (seed ${seed})`, () => {
    let backend: Backend
    const opened: Backend[] = []
    const begin = async (timeZone = 'UTC') => {
      backend = await open(timeZone)
      opened.push(backend)
    }
    beforeEach(() => begin())
    afterAll(async () => {
      for (const one of opened) await one.close()
    })

    const book = async (...records: readonly AttemptRecord[]) => {
      for (const record of records) backend.ledger.append(record)
      await backend.ledger.flushed()
    }
    const list = async (query: Partial<CallQuery> = {}) =>
      backend.store.calls({ filters: {}, limit: 100, ...query })
    const idsOf = async (query: Partial<CallQuery> = {}) => [
      ...new Set((await list(query)).attempts.map(({ callId }) => callId)),
    ]

    test('a row is there as soon as it was flushed, with every field', async () => {
      const intent = anIntent()
      const record = aRecord({ callId: intent.callId })
      backend.ledger.intend(intent)
      await backend.ledger.flushed()
      expect(await backend.store.call(intent.callId)).toBeNull()
      await book(record)
      const call = await backend.store.call(intent.callId)
      expect(call?.attempts).toEqual([record])
      expect((await backend.store.health()).rows).toBe(1)
    })

    test('what was timed comes back within a twentieth, by model and by hour', async () => {
      const fast = { stream: true, firstContentUs: 200_000, totalUs: 1_200_000 }
      const tokens = (output: number) => ({ usage: { ...noUsage, input: 10, output } })
      await book(
        ...Array.from({ length: 18 }, () => aRecord({ ...fast, ...tokens(101) })),
        ...[1, 2].map(() => aRecord({ ...fast, firstContentUs: 900_000, usage: null })),
        aRecord({ ...fast, at: (noon + hourUs) as Instant, ...tokens(11) }),
        aRecord({ provider: 'zhipu', model: 'glm-4-9b', totalUs: 500_000, ...tokens(50) }),
        aRecord({ role: 'cache_hit', totalUs: 1 }),
      )
      const near = (value: number | null, real: number) =>
        expect(Math.abs(value! / real - 1)).toBeLessThan(0.026)
      const { rows, total } = await backend.store.performance({
        by: ['model', 'hour'],
        filters: {},
        ...wide,
      })
      expect(rows.map(({ group, attempts }) => [...group, attempts])).toEqual([
        ['deepseek/deepseek-v4-flash', '2026-11-21T12:00+00:00', 20],
        ['zhipu/glm-4-9b', '2026-11-21T12:00+00:00', 1],
        ['deepseek/deepseek-v4-flash', '2026-11-21T13:00+00:00', 1],
      ])
      const [first, other] = rows
      expect([first!.ttftUs.n, first!.totalUs.n, first!.tokensPerS.n]).toEqual([20, 20, 18])
      near(first!.ttftUs.p50, 200_000)
      near(first!.ttftUs.p95, 900_000)
      near(first!.tokensPerS.p50, 100)
      expect(other!.ttftUs).toEqual({ n: 0, p50: null, p95: null, p99: null })
      near(other!.totalUs.p95, 500_000)
      expect(other!.meanTokensPerS).toBe(100)
      expect([total.attempts, total.ttftUs.n, total.minutes]).toEqual([22, 21, 2])
    })

    test('calls are scanned page by page, each once, with what a model took that answered', async () => {
      const ids = Array.from({ length: 7 }, () => newCallId()).toSorted()
      const beganAt = Date.now() * 1000
      for (const callId of ids) {
        await book(
          aRecord({ callId, endState: 'timeout', cost: 5n as Money, usage: null }),
          aRecord({ callId, attempt: 2, role: 'fallback', model: 'b', cost: 70n as Money }),
          aRecord({ callId, attempt: 3, role: 'audit', cost: 900n as Money }),
        )
      }
      await book(aRecord({ feature: 'eval' }), aRecord({ operation: 'embed' }))
      await book(aRecord({ role: 'cache_hit' }), aRecord({ task: 'other', cost: null }))
      const query = {
        since: (beganAt - hourUs) as Instant,
        until: (beganAt + hourUs) as Instant,
        rows: 5,
      }
      const seen: unknown[] = []
      const found: string[] = []
      let after: CallId | null = null
      do {
        const page = await backend.store.scan({ ...query, filters: {}, after })
        for (let at = 0; at < page.values.length; at += 7) {
          const [, prompt, cached, output, cost, model, task] = page.values.subarray(at, at + 7)
          seen.push([prompt, cached, output, cost, page.models[model!], page.tasks[task!]])
        }
        found.push(Buffer.from(page.ids).toString('hex'))
        after = page.next
      } while (after !== null)
      const row = [1500, 300, 250, 75, 'deepseek/b', 'general_purpose']
      const direct = [1500, 300, 250, Number.NaN, 'deepseek/deepseek-v4-flash', 'other']
      expect(seen).toEqual([...ids.map(() => row), direct])
      expect(found.join('').slice(0, 7 * 32)).toBe(ids.join('').replaceAll('-', ''))
      const other = await backend.store.scan({ ...query, filters: { task: 'other' }, after: null })
      expect([other.values.length, other.next]).toEqual([7, null])
    })

    test('where it is asked for, times and speeds come with how they are distributed', async () => {
      await book(
        aRecord({ stream: true, firstContentUs: 110_000, totalUs: 1_110_000 }),
        aRecord({ stream: true, firstContentUs: 111_000, totalUs: 1_111_000 }),
        aRecord({ stream: true, firstContentUs: 900_000, totalUs: 2_900_000 }),
      )
      const query = { by: ['provider'], filters: {}, ...wide } as const
      const plain = await backend.store.performance(query)
      expect([plain.rows[0]!.bins, plain.total.bins]).toEqual([null, null])
      const { rows, total } = await backend.store.performance({ ...query, bins: true })
      const { ttftUs, totalUs, tokensPerS } = rows[0]!.bins!
      expect(ttftUs.map(({ count }) => count)).toEqual([2, 1])
      expect(ttftUs[0]!.from).toBeLessThanOrEqual(110_000)
      expect(ttftUs[0]!.to).toBeGreaterThan(111_000)
      expect(totalUs.reduce((sum, { count }) => sum + count, 0)).toBe(3)
      // 250 tokens, the first of which came with the first content, in a second and in two.
      const [slow, quick] = [tokensPerS[0]!, tokensPerS.at(-1)!]
      expect(slow.from).toBeLessThan(124.5)
      expect(slow.to).toBeGreaterThan(124.5)
      expect([quick.from < 249, quick.to > 249, quick.count]).toEqual([true, true, 2])
      expect(total.bins).toEqual(rows[0]!.bins)
    })

    test('a provider is down in a minute in which it only failed, and what the caller did is not held against it', async () => {
      const at = (minute: number) => ({ at: (noon + minute * minuteUs) as Instant })
      await book(
        aRecord({ ...at(0) }),
        aRecord({ ...at(1), endState: 'timeout', status: null }),
        aRecord({ ...at(1), endState: 'provider_error', status: 429 }),
        aRecord({ ...at(45), endState: 'provider_error', status: 503 }),
        aRecord({ ...at(45) }),
        aRecord({ ...at(50), endState: 'provider_error', status: 400 }),
        aRecord({ ...at(51), endState: 'caller_left' }),
        aRecord({ ...at(45), task: 'other' }),
      )
      const query = { filters: { provider: 'deepseek' }, ...wide }
      const { rows } = await backend.store.performance({ by: ['provider'], ...query })
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({
        group: ['deepseek'],
        attempts: 8,
        answered: 3,
        failed: 3,
        throttled: 1,
        minutes: 3,
        minutesUp: 2,
      })
      const byTask = await backend.store.performance({ by: ['task'], ...query })
      expect(byTask.rows.map(({ group, minutes }) => [...group, minutes])).toEqual([
        ['general_purpose', 3],
        ['other', 1],
      ])
      const none = await backend.store.performance({ by: [], filters: { task: 'no' }, ...wide })
      expect([none.rows.length, none.total.attempts, none.missingUntil]).toEqual([0, 0, null])
    })

    test('any row comes back as it was, with what is unknown as null', async () => {
      const some = sample(anyRecord, 100)
      await book(...some)
      for (const record of some) {
        expect((await backend.store.call(record.callId))?.attempts).toEqual([keptRecord(record)])
      }
    })

    test('texts that no database likes are kept, well-formed and bounded', async () => {
      const long = 'é'.repeat(1_000_000)
      const texts = ['a\u0000b', '__proto__', 'toString', "'; DROP TABLE attempt; --", long]
      const broken = sample(brokenText, 4)
      for (const text of [...texts, ...broken]) {
        const record = aRecord({ customer: text, session: text, errorText: text, usageRaw: text })
        await book(record)
        const [found] = (await backend.store.call(record.callId))!.attempts
        expect(found!.errorText).toBe(text.toWellFormed())
        expect(await idsOf({ filters: { customer: text } })).toContain(record.callId)
        expect(await idsOf({ filters: {}, session: text })).toContain(record.callId)
        const spent = await backend.store.spent({
          windows: [{ scope: 'customer', value: text, since: 0 as Instant }],
        })
        expect(spent).toHaveLength(1)
      }
      const other = aRecord({ customer: `${long}!` })
      await book(other)
      expect(await idsOf({ filters: { customer: `${long}!` } })).toEqual([other.callId])
      const { customer } = (await backend.store.call(other.callId))!.attempts[0]!
      expect(customer!.length).toBeLessThanOrEqual(1000)
    })

    test('a count or a cost that no column holds is unknown, and the row is there', async () => {
      const record = aRecord({ totalUs: 12.6, queueUs: 2 ** 60, cost: (2n ** 70n) as Money })
      await book(record)
      expect((await backend.store.call(record.callId))?.attempts[0]).toMatchObject({
        totalUs: 13,
        queueUs: null,
        cost: null,
      })
    })

    test('a row is never counted twice', async () => {
      const record = aRecord()
      await book(record, record)
      await book(record)
      const { total } = await backend.store.costs({ by: [], filters: {}, ...wide })
      expect(total).toMatchObject({ calls: 1, attempts: 1, cost: record.cost })
      expect((await backend.store.health()).rows).toBe(1)
    })

    test('a call is all of its attempts, in order', async () => {
      const callId = newCallId()
      const attempts = [3, 1, 2].map((attempt) => aRecord({ callId, attempt }))
      await book(...attempts)
      const found = (await backend.store.call(callId))!.attempts
      expect(found.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
      expect(await backend.store.call(newCallId())).toBeNull()
    })

    describe('a list of calls', () => {
      test('is paged newest first, each call once, and ends', async () => {
        const ids = manyIds(25)
        await book(
          ...ids.flatMap((callId, index) =>
            (index % 3 === 0 ? [1, 2] : [1]).map((attempt) => aRecord({ callId, attempt })),
          ),
        )
        const seen: CallId[] = []
        let before: CallId | null = null
        do {
          const page = await list({ limit: 10, ...(before ? { before } : {}) })
          seen.push(...new Set(page.attempts.map(({ callId }) => callId)))
          before = page.next
        } while (before !== null)
        expect(seen).toEqual(ids.toReversed())
      })

      test('of exactly one page has no next one', async () => {
        await book(...manyIds(10).map((callId) => aRecord({ callId })))
        expect((await list({ limit: 10 })).next).toBeNull()
        expect((await list({ limit: 9 })).next).not.toBeNull()
      })

      test('holds the calls of which an attempt fits, with all their attempts', async () => {
        const callId = newCallId()
        await book(
          aRecord({ callId, attempt: 1, provider: 'zhipu', endState: 'timeout' }),
          aRecord({ callId, attempt: 2, provider: 'deepseek' }),
          aRecord({ provider: 'moonshot' }),
        )
        const page = await list({ filters: { provider: 'zhipu' } })
        expect(page.attempts.map(({ attempt }) => attempt)).toEqual([1, 2])
        expect(await idsOf({ status: 'error' })).toEqual([callId])
        expect(await idsOf({ status: 'ok' })).toHaveLength(2)
        expect(await idsOf({ filters: { provider: 'deepseek' }, status: 'error' })).toEqual([])
      })

      test('is filtered by what an attempt cost and how long it took, and not by what is not known', async () => {
        const dear = aRecord({ cost: 2_000n as Money, totalUs: 90 })
        const slow = aRecord({ cost: 10n as Money, totalUs: 5_000 })
        const unknown = aRecord({ cost: null, totalUs: null })
        await book(dear, slow, unknown)
        expect(await idsOf({ costMin: 2_000n as Money })).toEqual([dear.callId])
        expect(await idsOf({ totalUsMin: 91 })).toEqual([slow.callId])
        expect(await idsOf({ costMin: 0n as Money })).toHaveLength(2)
        expect(await idsOf({ costUnknown: true })).toEqual([unknown.callId])
        expect(await idsOf({ costMin: 11n as Money, totalUsMin: 91 })).toEqual([])
      })

      test('is filtered by every dimension, alone and together', async () => {
        const one = aRecord({ ...asDimensions('one'), session: 'first' })
        const two = aRecord({ ...asDimensions('two') })
        await book(one, two)
        const values = { ...sameFor('one'), model: 'one/one' }
        for (const name of dimensions) {
          expect(await idsOf({ filters: { [name]: values[name] } })).toEqual([one.callId])
        }
        expect(await idsOf({ filters: values, session: 'first' })).toEqual([one.callId])
        expect(await idsOf({ filters: { ...values, env: 'two' } })).toEqual([])
        expect(await idsOf({ filters: { task: 'nobody' } })).toEqual([])
      })

      test('is bounded by time: the first instant is in it, the last is not', async () => {
        const at = (minutes: number) => (noon + minutes * minuteUs) as Instant
        const ids = manyIds(4)
        await book(...ids.map((callId, index) => aRecord({ callId, at: at(index * 20) })))
        expect(await idsOf({ since: at(20), until: at(60) })).toEqual([ids[2]!, ids[1]!])
        expect(await idsOf({ since: at(61) })).toEqual([])
        expect(await idsOf({ until: at(0) })).toEqual([])
      })

      test('finds a call also where its id says another time than its row', async () => {
        const early = aRecord({ callId: firstIdAt(instant('2020-01-01')), customer: 'odd' })
        await book(...manyIds(3).map((callId) => aRecord({ callId })), early)
        expect(await idsOf({ filters: { customer: 'odd' } })).toEqual([early.callId])
        expect((await idsOf()).at(-1)).toBe(early.callId)
      })

      test('given to a follower is what came since, the call that took long too', async () => {
        const [slow, quick, next] = manyIds(3)
        backend.ledger.intend(anIntent({ callId: slow! }))
        await book(aRecord({ callId: quick! }))
        expect(await idsOf()).toEqual([quick!])
        await book(aRecord({ callId: slow!, customer: 'slow' }), aRecord({ callId: next! }))
        expect(await idsOf({ after: quick! })).toEqual([slow!, next!])
        expect(await idsOf({ after: quick!, filters: { customer: 'slow' } })).toEqual([slow!])
        expect(await idsOf({ after: quick!, limit: 1 })).toEqual([slow!])
        expect(await idsOf({ after: next! })).toEqual([])
        await book(aRecord({ callId: quick!, attempt: 2 }))
        expect(await idsOf({ after: next! })).toEqual([quick!])
      })

      test('after a call that never came is by id', async () => {
        const ids = manyIds(5)
        await book(...ids.filter((_, index) => index !== 2).map((callId) => aRecord({ callId })))
        const page = await list({ after: ids[2]!, limit: 1 })
        expect(page.attempts.map(({ callId }) => callId)).toEqual([ids[3]!])
        expect(page.next).toBe(ids[3]!)
        expect(await idsOf({ after: ids[2]! })).toEqual(ids.slice(3))
      })

      test('is asked for with a limit that makes sense', async () => {
        for (const limit of [0, 1001, 1.5, Number.NaN]) {
          expect(await failureOf(list({ limit }))).toBeInstanceOf(RangeError)
        }
      })
    })

    describe('costs', () => {
      test('by anything are the sums of the rows', async () => {
        for (const zone of ['UTC', 'Asia/Kolkata', 'Europe/Berlin']) {
          await begin(zone)
          const records = sample(bookable, 300)
          await book(...records.slice(0, 150))
          await book(...records.slice(150))
          for (const [by, filters, since, until] of sample(anyQuestion, 40)) {
            const query: CostQuery = { by, filters, since, until }
            const report = await backend.store.costs(query)
            const inTime = records.filter(({ at }) => at >= report.since && at < report.until)
            expect(report.since).toBeLessThanOrEqual(since)
            expect(report.until).toBeGreaterThanOrEqual(until)
            expect(Math.max(since - report.since, report.until - until)).toBeLessThan(hourUs)
            const expected = summed(inTime, query, zone)
            expect(sorted(report.rows)).toEqual(sorted(expected))
            expect(report.total).toEqual(summed(inTime, { by: [], filters }, zone)[0] ?? noRow)
            expect(report.cut).toBe(false)
          }
        }
      })

      test('are earliest first by day and hour, dearest first within', async () => {
        const day = (days: number) => (noon + days * 24 * hourUs) as Instant
        await book(
          aRecord({ at: day(1), customer: 'a', cost: 5n as Money }),
          aRecord({ at: day(0), customer: 'a', cost: 1n as Money }),
          aRecord({ at: day(0), customer: 'b', cost: 9n as Money }),
          aRecord({ at: day(0), customer: null, cost: null }),
        )
        const { rows } = await backend.store.costs({
          by: ['day', 'customer'],
          filters: {},
          ...wide,
        })
        expect(rows.map(({ group }) => group)).toEqual([
          ['2026-11-21', 'b'],
          ['2026-11-21', 'a'],
          ['2026-11-21', null],
          ['2026-11-22', 'a'],
        ])
        const byCustomer = await backend.store.costs({ by: ['customer'], filters: {}, ...wide })
        expect(byCustomer.rows.map(({ group }) => group[0])).toEqual(['b', 'a', null])
        expect(byCustomer.rows.map(({ costUnknown }) => costUnknown)).toEqual([0, 0, 1])
      })

      test('may pass what 64 bits hold', async () => {
        const dear = 9_000_000_000_000_000_000n as Money
        await book(...manyIds(5).map((callId) => aRecord({ callId, cost: dear })))
        await book(...manyIds(5).map((callId) => aRecord({ callId, cost: dear })))
        const { total } = await backend.store.costs({ by: [], filters: {}, ...wide })
        expect(total.cost).toBe((10n * dear) as Money)
        const [spent] = await backend.store.spent({
          windows: [{ scope: 'key', value: 'web', since: (noon - 1) as Instant }],
        })
        expect(spent!.cost).toBe((10n * dear) as Money)
      })

      test('of a day in Berlin with 25 hours are told by hour, and added to one day', async () => {
        await begin('Europe/Berlin')
        const hours = Array.from(
          { length: 25 },
          (_, hour) => (instant('2026-10-24T22:00:00Z') + hour * hourUs) as Instant,
        )
        await book(...hours.map((at) => aRecord({ at })))
        const byHour = await backend.store.costs({ by: ['hour'], filters: {}, ...wide })
        expect(byHour.rows).toHaveLength(25)
        expect(byHour.rows.slice(2, 4).map(({ group }) => group[0])).toEqual([
          '2026-10-25T02:00+02:00',
          '2026-10-25T02:00+01:00',
        ])
        const byDay = await backend.store.costs({ by: ['day'], filters: {}, ...wide })
        expect(byDay.rows.map(({ group, calls }) => [group[0], calls])).toEqual([
          ['2026-10-25', 25],
        ])
      })

      test('of a time that is empty, or ends before it begins, are nothing', async () => {
        await book(aRecord())
        const empty = { since: instant('2020-01-01'), until: instant('2020-01-02') }
        for (const time of [empty, { since: wide.until, until: wide.since }]) {
          const report = await backend.store.costs({ by: ['day'], filters: {}, ...time })
          expect(report.rows).toEqual([])
          expect(report.total).toEqual(noRow)
        }
      })
    })

    test('what was spent since any instant is the sum of the rows since then', async () => {
      const records = sample(bookable, 300)
      await book(...records)
      for (const since of sample(anyTime, 30)) {
        const windows = (['key', 'customer', 'feature', 'task', 'provider'] as const).flatMap(
          (scope) => [
            { scope, value: null, since },
            { scope, value: 'a', since },
          ],
        )
        const expected = windows.flatMap(({ scope, value }) => {
          const field = scope === 'key' ? 'keyId' : scope
          const meant = records.filter(
            (record) =>
              record.at >= since &&
              (value === null || record[field] === value) &&
              // What was asked for nobody's call is no caller's spending.
              (scope === 'provider' || !isAside(record.role)),
          )
          return [...Map.groupBy(meant, (record) => record[field])].flatMap(([name, rows]) =>
            name === null
              ? []
              : [{ scope, value: name, since, cost: costOf(rows), costUnknown: unknownOf(rows) }],
          )
        })
        expect(sorted(await backend.store.spent({ windows }))).toEqual(sorted(expected))
      }
    })

    describe('payloads', () => {
      test('come back as the same JSON value, every attempt with its answer', async () => {
        const { callId } = await called()
        const request = { model: 'm', messages: [{ role: 'user', content: 'Name a prime.' }] }
        keep({ callId, request: JSON.stringify(request), answer: null })
        keep({ callId, attempt: 2, request: null, answer: '{"text":"eleven"}' })
        const call = await untilKept(callId, 2)
        expect(call.request).toEqual(request)
        expect(call.answers).toEqual(new Map([[2, '{"text":"eleven"}']]))
        expect(call.payloadNote).toBeNull()
        expect(await backend.store.health()).toMatchObject({ payloadsKept: 2, payloadsDropped: 0 })
      })

      test('that are to be masked are kept masked, also what a stream cuts over its events', async () => {
        const { callId } = await called()
        const event = (content: string) => `data: {"choices":[{"delta":{"content":"${content}"}}]}`
        keep({
          callId,
          mode: 'redacted',
          request: '{"messages":[{"content":"I am bob@acme.com"}]}',
          answer: [event('Hello bob@'), '', event('acme.com, welcome'), '', 'data: [DONE]'].join(
            '\n',
          ),
        })
        const call = await untilKept(callId, 1)
        expect(call.request).toEqual({ messages: [{ content: 'I am [email]' }] })
        expect(call.answers.get(1)).toContain('Hello [email], welcome')
        expect(call.answers.get(1)).toEndWith('data: [DONE]')
        expect(JSON.stringify([...call.answers])).not.toContain('acme.com')
      })

      test('that were never kept are said to be so', async () => {
        const { callId } = await called()
        const call = await backend.store.call(callId)
        expect(call).toMatchObject({ request: null, payloadNote: 'none kept' })
        expect(call!.answers.size).toBe(0)
      })

      const called = async () => {
        const record = aRecord({ at: (Date.now() * 1000) as Instant })
        await book(record)
        return record
      }
      const keep = (changes: Partial<Payload>) =>
        backend.payloads.keep({
          callId: newCallId(),
          attempt: 1,
          at: (Date.now() * 1000) as Instant,
          dialect: 'openai-chat',
          request: null,
          answer: null,
          mode: 'full',
          ...changes,
        })
      const untilKept = async (callId: CallId, count: number) => {
        for (let waited = 0; waited < 200; waited += 1) {
          if ((await backend.store.health()).payloadsKept >= count) break
          await Bun.sleep(10)
        }
        return (await backend.store.call(callId))!
      }
    })

    describe('settings', () => {
      const key = (changes: Partial<KeyRow> = {}): KeyRow => ({
        id: 'ops',
        hash: 'ab'.repeat(32),
        hint: 'fh_8sK2',
        role: 'admin',
        env: null,
        tasks: null,
        budget: null,
        createdAt: noon,
        revokedAt: null,
        ...changes,
      })

      test('keep keys as they were made, oldest first', async () => {
        const web = key({
          id: 'web',
          role: 'caller',
          env: 'production',
          tasks: ['a', 'b/c'],
          budget: { limit: '50 USD', per: 'month' },
          createdAt: (noon - 1) as Instant,
        })
        await backend.store.addKey(key())
        await backend.store.addKey(web)
        expect(await backend.store.keys()).toEqual([web, key()])
      })

      test('take an id once', async () => {
        await backend.store.addKey(key())
        const again = key({ hash: 'cd'.repeat(32) })
        expect(await failureOf(backend.store.addKey(again))).toBeInstanceOf(RangeError)
        expect(await backend.store.keys()).toEqual([key()])
      })

      test('revoke a key once, and keep its id taken', async () => {
        await backend.store.addKey(key())
        expect(await backend.store.revokeKey('ops', (noon + 5) as Instant)).toBe(true)
        expect(await backend.store.revokeKey('ops', (noon + 6) as Instant)).toBe(false)
        expect(await backend.store.revokeKey('nobody', noon)).toBe(false)
        expect((await backend.store.keys())[0]?.revokedAt).toBe((noon + 5) as Instant)
        expect(await failureOf(backend.store.addKey(key()))).toBeInstanceOf(RangeError)
      })

      test('give a live key another budget, or none', async () => {
        await backend.store.addKey(key())
        const budget = { limit: '0.5 USD', per: 'day' } as const
        expect(await backend.store.setKeyBudget('ops', budget)).toBe(true)
        expect((await backend.store.keys())[0]?.budget).toEqual(budget)
        expect(await backend.store.setKeyBudget('ops', null)).toBe(true)
        expect((await backend.store.keys())[0]?.budget).toBeNull()
        await backend.store.revokeKey('ops', noon)
        expect(await backend.store.setKeyBudget('ops', budget)).toBe(false)
        expect(await backend.store.setKeyBudget('nobody', budget)).toBe(false)
      })
    })

    test('the book of alarms replaces a row, and lists the latest first', async () => {
      const alarm = (changes: Partial<AlarmRow>): AlarmRow => ({
        kind: 'unknown_price',
        subject: 'acme/large',
        severity: 'warning',
        text: 'No price.',
        firstAt: noon,
        lastAt: noon,
        count: 1,
        resolvedAt: null,
        ...changes,
      })
      const again = alarm({ lastAt: (noon + 1) as Instant, count: 2 })
      const other = alarm({ subject: 'acme/small', lastAt: (noon + 2) as Instant })
      const ended = alarm({ kind: 'budget_near', resolvedAt: noon })
      for (const row of [alarm({}), ended, again, other]) await backend.store.putAlarm(row)
      const all = await backend.store.alarms({ openOnly: false, limit: 10 })
      expect(all).toEqual([other, again, ended])
      expect(await backend.store.alarms({ openOnly: true, limit: 10 })).toEqual([other, again])
      expect(await backend.store.alarms({ openOnly: false, limit: 1 })).toEqual([other])
    })

    saidTests(() => backend.store)
    erasureTests(() => backend)
  })
}

/** Ids that sort in the order in which they are made. */
function manyIds(count: number): CallId[] {
  return Array.from({ length: count }, () => newCallId()).toSorted()
}

/** All dimensions with one value. */
function sameFor(value: string): Record<Dimension, string> {
  return Object.fromEntries(dimensions.map((name) => [name, value])) as Record<Dimension, string>
}

function asDimensions(value: string): Partial<AttemptRecord> {
  const { key: keyId, saved_by: savedBy, ...rest } = sameFor(value)
  return { ...(rest as Partial<AttemptRecord>), keyId, savedBy }
}

/** Around the end of summer time in Europe, with few values so that sums have several rows. */
const anyTime = fc
  .integer({ min: Date.UTC(2026, 9, 20), max: Date.UTC(2026, 10, 2) })
  .map((ms) => (ms * 1000 + 123) as Instant)
const fewNames = fc.constantFrom('a', 'b', 'c')
const fewNamesOrNone = fc.option(fewNames)

const bookable: fc.Arbitrary<AttemptRecord> = fc
  .record({
    at: anyTime,
    attempt: fc.nat({ max: 3 }),
    task: fewNamesOrNone,
    provider: fewNamesOrNone,
    model: fewNamesOrNone,
    keyId: fewNames,
    customer: fewNamesOrNone,
    feature: fewNamesOrNone,
    env: fewNamesOrNone,
    role: fc.constantFrom('served', 'retry', 'shadow'),
    endState: fc.constantFrom('complete', 'timeout', 'unknown'),
    usage: fc.option(
      fc.record(Object.fromEntries(kinds.map((kind) => [kind, fc.nat({ max: 100_000_000 })]))),
    ),
    usageSource: fc.constantFrom('provider', 'estimate', 'none'),
    cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 17n })),
  })
  .map((changes) => aRecord(changes as Partial<AttemptRecord>))

const anyQuestion = fc.tuple(
  fc.uniqueArray(fc.constantFrom(...dimensions, 'day' as const, 'hour' as const), { maxLength: 3 }),
  fc.record(
    { customer: fewNames, provider: fewNames, model: fc.constant('a/b') },
    { requiredKeys: [] },
  ),
  anyTime,
  anyTime,
)

/** A second opinion: reckoned from the rows, with the runtime's own dates. */
function summed(
  records: readonly AttemptRecord[],
  { by, filters }: Pick<CostQuery, 'by' | 'filters'>,
  zone: string,
): CostRow[] {
  const valueOf = (record: AttemptRecord, name: CostQuery['by'][number]): string | null => {
    if (name === 'day') return localText(record.at, zone).slice(0, 10)
    if (name === 'hour') return localText(record.at, zone)
    if (name === 'key') return record.keyId
    if (name === 'saved_by') return record.savedBy ?? (record.role === 'cache_hit' ? 'cache' : null)
    if (name !== 'model') return record[name]
    return record.provider && record.model && `${record.provider}/${record.model}`
  }
  const meant = records.filter((record) =>
    Object.entries(filters).every(([name, value]) => valueOf(record, name as Dimension) === value),
  )
  const groups = Map.groupBy(meant, (record) =>
    JSON.stringify(by.map((name) => valueOf(record, name))),
  )
  return [...groups].map(([group, rows]) => ({
    group: JSON.parse(group) as (string | null)[],
    calls: rows.filter(({ attempt }) => attempt <= 1).length,
    attempts: rows.length,
    errors: rows.filter(({ endState }) => endState !== 'complete').length,
    usage: Object.fromEntries(
      kinds.map((kind) => [kind, rows.reduce((sum, { usage }) => sum + (usage?.[kind] ?? 0), 0)]),
    ) as Usage,
    cost: costOf(rows),
    costUnknown: unknownOf(rows),
    estimated: rows.filter(({ usageSource }) => usageSource === 'estimate').length,
    saved: rows.reduce((sum, { saved }) => add(sum, saved ?? nothing), nothing),
  }))
}

/** '2026-10-25T02:00+01:00': the local hour of an instant. */
function localText(at: Instant, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(at / 1000)
  const part = (type: string) => parts.find((one) => one.type === type)!.value
  const offset = part('timeZoneName').replace('GMT', '').replace('\u2212', '-') || '+00:00'
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:00${offset}`
}

function costOf(records: readonly AttemptRecord[]): Money {
  return records.reduce((sum, { cost }) => add(sum, cost ?? nothing), nothing)
}

function unknownOf(records: readonly AttemptRecord[]): number {
  return records.filter(({ cost }) => cost === null).length
}

const noRow: CostRow = {
  group: [],
  calls: 0,
  attempts: 0,
  errors: 0,
  usage: noUsage,
  cost: nothing,
  costUnknown: 0,
  estimated: 0,
  saved: nothing,
}

function sorted<Row>(rows: readonly Row[]): Row[] {
  const text = (row: Row) =>
    JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return rows.toSorted((left, right) => (text(left) < text(right) ? -1 : 1))
}
