import { expect, test } from 'bun:test'
import type { Instant } from '../core/clock.ts'
import { type CallId, newCallId } from '../core/ids.ts'
import type { ErasedCounts, Erasure } from './erasure.ts'
import type { FeedbackRow } from './feedback.ts'
import type { LedgerWriter, PayloadWriter, Store } from './ports.ts'
import { aRecord } from './rows.suite.ts'

interface Backend {
  readonly ledger: LedgerWriter
  readonly payloads: PayloadWriter
  readonly store: Store
}

/** What every backend owes of forgetting on demand; the backend is asked for in each test. */
export function erasureTests(backend: () => Backend): void {
  test('what one customer said is erased; its amounts and what others said stay', async () => {
    const gone = await said('acme', 'the walrus sings')
    const other = await said('globex', 'the heron fishes')
    const before = await sums()
    const would = await erased('acme', { dry: true })
    expect(would).toMatchObject({ calls: 1, comments: 2 })
    expect((await whole(gone)).request).toEqual({ text: 'the walrus sings' })
    expect(await erased('acme')).toEqual(would)

    const call = await whole(gone)
    expect(call).toMatchObject({ request: null, payloadNote: 'erased' })
    expect(call.answers.size).toBe(0)
    expect(call.attempts[0]).toMatchObject({ customer: 'acme', cost: 583_700_000n })
    expect(await whole(other)).toMatchObject({ request: { text: 'the heron fishes' } })
    expect(await sums()).toEqual(before)
    const rows = await backend().store.feedback({ latest: false, limit: 10 })
    expect(rows.map(({ comment, correction, score }) => [comment, correction, score])).toEqual([
      ['about the heron fishes', null, null],
      ['the heron fishes, rather', '"heron"', 0.5],
      [null, null, null],
      [null, null, 0.5],
    ])
    expect(await erased('acme')).toMatchObject({ calls: 0, pieces: 0, comments: 0 })
  })

  test('calls that began after it was asked for are not touched', async () => {
    const before = now()
    await Bun.sleep(2)
    const later = await said('acme', 'the walrus sings on')
    expect(await erased('acme', { before })).toMatchObject({ calls: 0, comments: 0 })
    expect((await whole(later)).request).toEqual({ text: 'the walrus sings on' })
  })

  const now = (): Instant => (Date.now() * 1_000) as Instant

  const said = async (customer: string, text: string): Promise<CallId> => {
    const { ledger, payloads, store } = backend()
    const session = `session of ${customer}`
    const record = aRecord({ at: now(), customer, session })
    ledger.append(record)
    await ledger.flushed()
    payloads.keep({
      callId: record.callId,
      attempt: 1,
      at: record.at,
      dialect: 'openai-chat',
      request: JSON.stringify({ text }),
      answer: JSON.stringify({ text: `${text}!` }),
      mode: 'full',
    })
    const about = (parts: Partial<FeedbackRow>): FeedbackRow => ({
      id: `fb_${newCallId()}`,
      at: now(),
      target: { kind: 'call', id: record.callId },
      keyId: 'web',
      task: null,
      model: null,
      name: 'quality',
      source: 'end_user',
      score: null,
      label: null,
      comment: null,
      correction: null,
      repeatId: null,
      digest: 'of the words',
      ...parts,
    })
    const [animal] = /heron|walrus/.exec(text)!
    const correction = JSON.stringify(animal)
    await store.addFeedback(about({ score: 0.5, comment: `${text}, rather`, correction }), 'full')
    const target = { kind: 'session', id: session } as const
    await store.addFeedback(about({ target, comment: `about ${text}` }), 'full')
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await whole(record.callId)).request !== null) return record.callId
      await Bun.sleep(10)
    }
    throw new Error('It was never kept.')
  }

  const whole = async (id: CallId) => (await backend().store.call(id))!

  const sums = () =>
    backend().store.costs({
      by: ['customer', 'model'],
      filters: {},
      since: 0 as Instant,
      until: (now() + 86_400_000_000) as Instant,
    })

  const erased = async (
    customer: string,
    { dry = false, before = (now() + 1_000) as Instant }: Partial<Erasure> = {},
  ): Promise<ErasedCounts> => {
    const erasure = { id: newCallId(), customer, before, dry }
    for (;;) {
      const { counts, share, done } = await backend().store.eraseSome(erasure)
      expect(share).toBeLessThanOrEqual(1)
      if (done) return counts
    }
  }
}
