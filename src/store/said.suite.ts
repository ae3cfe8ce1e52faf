import { expect, test } from 'bun:test'
import type { Instant } from '../core/clock.ts'
import { newCallId } from '../core/ids.ts'
import { brokenLink } from './certificate.ts'
import type { FeedbackRow } from './feedback.ts'
import type { Store } from './ports.ts'
import { noon } from './rows.suite.ts'

/** What every backend owes of what people said and what was proven; the store is asked for in each test. */
export function saidTests(store: () => Store): void {
  const said = (parts: Partial<FeedbackRow> = {}): FeedbackRow => ({
    id: `fb_${newCallId()}`,
    at: noon,
    target: { kind: 'call', id: 'c1' },
    keyId: 'web',
    task: 'support',
    model: 'acme/small',
    name: 'quality',
    source: 'end_user',
    score: 1,
    label: null,
    comment: null,
    correction: null,
    repeatId: null,
    digest: 'd',
    ...parts,
  })
  const all = { latest: false, limit: 100 }

  test('feedback is added, newest first, and of each slot the last row counts', async () => {
    const rows = [
      said(),
      said({ score: 0.25 }),
      said({ name: 'tone', score: null, label: 'rude' }),
      said({ target: { kind: 'session', id: 'c1' }, task: null, model: null }),
      said({ at: (noon + 5) as Instant, target: { kind: 'call', id: 'c2' }, score: 0 }),
    ]
    for (const row of rows) expect(await store().addFeedback(row, 'full')).toEqual(row)
    expect(await store().feedback(all)).toEqual(rows.toReversed())
    expect(await store().feedback({ ...all, latest: true, call: 'c1' })).toEqual([
      rows[2]!,
      rows[1]!,
    ])
    expect(await store().feedback({ ...all, session: 'c1' })).toEqual([rows[3]!])
    expect(await store().feedback({ ...all, since: (noon + 1) as Instant })).toEqual([rows[4]!])
    const page = await store().feedback({ ...all, limit: 2 })
    expect(await store().feedback({ ...all, before: page.at(-1)!.id })).toEqual(
      rows.slice(0, 3).toReversed(),
    )
  })

  test('feedback under one name of a key is one row, whatever else it says', async () => {
    const first = said({ repeatId: 'r1', digest: 'one' })
    await store().addFeedback(first, 'full')
    const again = await store().addFeedback(said({ repeatId: 'r1', digest: 'two' }), 'full')
    expect(again).toEqual(first)
    await store().addFeedback(said({ repeatId: 'r1', keyId: 'other' }), 'full')
    expect(await store().feedback(all)).toHaveLength(2)
  })

  test('success rates are of the scores that count, by task, model and name', async () => {
    await store().addFeedback(said({ score: 0 }), 'full')
    await store().addFeedback(said({ score: 0.5 }), 'full')
    await store().addFeedback(said({ target: { kind: 'call', id: 'c2' }, score: 1 }), 'full')
    await store().addFeedback(said({ target: { kind: 'call', id: 'c3' }, score: null }), 'full')
    await store().addFeedback(said({ task: 'other', target: { kind: 'call', id: 'c4' } }), 'full')
    expect(await store().feedbackRates({ task: 'support' })).toEqual([
      { task: 'support', model: 'acme/small', name: 'quality', scores: 2, sum: 1.5, squares: 1.25 },
    ])
    expect(await store().feedbackRates({})).toHaveLength(2)
    expect(await store().feedbackRates({ since: (noon + 1) as Instant })).toEqual([])
  })

  test('what people wrote is not kept where no words are', async () => {
    const row = said({ label: 'rude', comment: 'No.', correction: '"Yes."' })
    const kept = await store().addFeedback(row, 'none')
    expect(kept).toEqual({ ...row, comment: null, correction: null })
    expect(await store().feedback(all)).toEqual([kept])
  })

  test('certificates are a chain, in which a changed link shows', async () => {
    for (const task of ['one', 'two', 'three'])
      await store().addCertificate({ at: noon, task, body: JSON.stringify({ task }) })
    const chain = await store().certificates()
    expect(chain.map(({ seq, task }) => [seq, task])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ])
    expect(chain[2]!.previous).toBe(chain[1]!.hash)
    expect(brokenLink(chain)).toBeNull()
    const forged = chain.map((row) => (row.seq === 2 ? { ...row, body: '{}' } : row))
    expect(brokenLink(forged)).toBe(2)
    expect(brokenLink(chain.filter(({ seq }) => seq !== 2))).toBe(3)
  })
}
