import { describe, expect, test } from 'bun:test'
import { seeded } from '../core/random.ts'
import { noExtra } from '../core/call.ts'
import type { ChatReply, ReplyPart } from '../core/reply.ts'
import { gradeByAgreement, QualityWatch } from './audit.ts'

/** Audits until the alarm; null when there is none. */
function audits(
  watch: QualityWatch,
  agreement: (count: number) => number,
  most: number,
  seed: number,
): number | null {
  const random = seeded(seed)
  for (let count = 1; count <= most; count += 1) {
    const routed = random.next() < agreement(count) ? 1 : 0
    if (watch.observe({ routed, strong: 1 })) return count
  }
  return null
}

const target = 0.9

describe('the watch over quality', () => {
  test('tells where its margin lies, and goes on with that after a restart', () => {
    const whole = new QualityWatch(target)
    expect(whole.interval).toBeNull()
    const first = new QualityWatch(target)
    audits(whole, () => 0.97, 300, 5)
    audits(first, () => 0.97, 150, 5)
    const { interval, margin } = whole
    expect(interval!.audits).toBe(300)
    expect(interval!.low).toBeLessThan(margin!)
    expect(interval!.high).toBeGreaterThan(margin!)
    const again = new QualityWatch(target, first.state())
    expect(again.interval).toEqual(first.interval)
    audits(again, () => 0.97, 10, 6)
    expect(again.interval!.audits).toBe(160)
    // What an earlier version kept has no interval: it is of the audits since.
    const { sequence: _, ...older } = first.state()
    expect(new QualityWatch(target, older).interval).toBeNull()
  })

  test('has no interval whose ends have changed places when quality falls after a long calm', () => {
    const watch = new QualityWatch(target)
    audits(watch, () => 0.99, 2_000, 7)
    const random = seeded(8)
    for (let count = 0; count < 4_000; count += 1)
      watch.observe({ routed: Number(random.next() < 0.5), strong: 1 })
    const { low, high } = watch.interval!
    expect(low).toBeLessThan(high)
    expect(high).toBeLessThan(0)
    const again = new QualityWatch(target, JSON.parse(JSON.stringify(watch.state())))
    expect(again.interval).toEqual(watch.interval)
  })

  test('of a policy that just keeps its target alarms in one life of twenty at most', () => {
    let alarms = 0
    for (let seed = 0; seed < 400; seed += 1)
      if (audits(new QualityWatch(target), () => target, 1_000, seed) !== null) alarms += 1
    // 20 are allowed on average by the wealth alone; 40 would be a fifth of all lives in 4.5 deviations.
    expect(alarms).toBeLessThan(40)
  })

  test('of one that is well above it never does', () => {
    for (let seed = 0; seed < 50; seed += 1)
      expect(audits(new QualityWatch(target), () => 0.98, 2_000, seed)).toBeNull()
  })

  test('of one that has fallen alarms soon, also after a long calm', () => {
    const bad = Array.from({ length: 50 }, (_, seed) =>
      audits(new QualityWatch(target), () => 0.6, 2_000, seed),
    )
    expect(bad.every((count) => count !== null && count < 200)).toBe(true)
    const calm = 3_000
    for (let seed = 0; seed < 20; seed += 1) {
      const at = audits(
        new QualityWatch(target),
        (count) => (count < calm ? 0.98 : 0.6),
        calm + 400,
        seed,
      )
      expect(at).not.toBeNull()
      expect(at!).toBeGreaterThan(calm)
    }
  })

  test('goes on where it stopped, and the alarm stays', () => {
    const whole = new QualityWatch(target)
    const first = new QualityWatch(target)
    const random = seeded(9)
    const grades = Array.from({ length: 60 }, () => ({
      routed: random.next() < 0.6 ? 1 : 0,
      strong: 1,
    }))
    for (const each of grades) whole.observe(each)
    for (const each of grades.slice(0, 20)) first.observe(each)
    const second = new QualityWatch(target, JSON.parse(JSON.stringify(first.state())))
    for (const each of grades.slice(20)) second.observe(each)
    expect(second.state()).toEqual(whole.state())
    expect(new QualityWatch(target, whole.state()).alarmed).toBe(whole.alarmed)
    for (let count = 0; count < 500; count += 1) second.observe({ routed: 1, strong: 1 })
    expect(second.alarmed).toBe(true)
  })

  test('says how long it would take to notice a fall', () => {
    const watch = new QualityWatch(target)
    expect(watch.auditsToNotice(0.05)).toBeNull()
    const random = seeded(2)
    for (let count = 0; count < 500; count += 1)
      watch.observe({ routed: random.next() < 0.95 ? 1 : 0, strong: 1 })
    expect(watch.margin).toBeCloseTo(0.05, 1)
    // 2 * 0.0475 * ln 20 / 0.05^2 is 114.
    expect(watch.auditsToNotice(0.05)).toBeGreaterThan(60)
    expect(watch.auditsToNotice(0.05)).toBeLessThan(180)
  })

  test('refuses scores that are none', () => {
    expect(() => new QualityWatch(target).observe({ routed: 2, strong: 0 })).toThrow(RangeError)
    expect(() => new QualityWatch(1)).toThrow(RangeError)
  })
})

describe('agreement', () => {
  const reply = (...parts: readonly ReplyPart[]): ChatReply => ({
    operation: 'chat',
    id: null,
    model: null,
    createdS: null,
    choices: [{ index: 0, parts, ending: null, logprobs: null, extra: noExtra }],
    measured: null,
    extra: noExtra,
  })
  const text = (said: string) => reply({ type: 'text', text: said, extra: noExtra })
  const call = (name: string, given: string): ReplyPart => ({
    type: 'toolCall',
    id: Math.random().toString(),
    name,
    arguments: given,
    extra: noExtra,
  })
  const long = (word: string): string => `${word} `.repeat(80)

  test.each([
    ['the same words', text('Blue.'), text(' blue'), 1],
    ['the same number', text('1,000'), text('1000'), 1],
    ['other words', text('blue'), text('red'), 0],
    ['one document, written in two ways', text('{"a":1,"b":[2]}'), text('{ "b": [2], "a": 1 }'), 1],
    ['two long ids', text('{"a":12345678901234567890}'), text('{"a":12345678901234567891}'), 0],
    [
      'one long id',
      reply(call('go', '{"a":12345678901234567890}')),
      reply(call('go', '{"a":12345678901234567890}')),
      1,
    ],
    [
      'two long ids of a call',
      reply(call('go', '{"a":12345678901234567890}')),
      reply(call('go', '{"a":12345678901234567891}')),
      0,
    ],
    ['two documents', text('{"a":1}'), text('{"a":2}'), 0],
    ['a long document', text(`{"a":"${long('x')}"}`), text(`{"a":"${long('x')}" }`), 1],
    [
      'the same calls in another order',
      reply(call('look', '{"a":1}'), call('go', '')),
      reply(call('go', ''), call('look', '{ "a": 1 }')),
      1,
    ],
    ['a call and a text', reply(call('look', '{}')), text('Looking.'), 0],
    ['long texts', text(long('one')), text(long('two')), null],
    ['nothing', text(''), text('blue'), null],
  ] as const)('%s', (_what, routed, strong, score) => {
    expect(gradeByAgreement(routed, strong)?.routed ?? null).toBe(score)
  })

  test('with itself is whole, however long it is', () => {
    const own = text(long('one'))
    expect(gradeByAgreement(own, own)).toEqual({ routed: 1, strong: 1 })
  })
})
