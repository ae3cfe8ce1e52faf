import { describe, expect, test } from 'bun:test'
import type { Model } from '../catalog/model.ts'
import { type Instant } from '../core/clock.ts'
import { decimal } from '../core/money.ts'
import { Fitted, type PolicyFacts } from './calibrated/fitted.ts'
import type { Routed, Rule } from './calibrated/rule.ts'
import type { Scorer } from './calibrated/scorer.ts'
import { priceHash, whyVoid } from './certificate.ts'

const now = (Date.parse('2026-11-22T00:00:00Z') * 1_000) as Instant
const facts: PolicyFacts = {
  sha256: 'a',
  made: '2026-11-01T00:00:00.000Z',
  strong: 'b/large',
  quality: 0.95,
  confidence: 0.95,
  certificate: { pValue: 0.01, level: 0.02, saving: 0.5, rows: 600 },
  agreement: null,
  extractedAnswers: false,
  promptHash: null,
}
const rule: Routed = {
  method: 'cascade',
  cheap: 'a/small',
  second: null,
  strong: 'b/large',
  threshold: 0.5,
  scorer: null,
  direct: null,
}
const models = ['a/small', 'b/large']
const asked = { quality: 0.95, confidence: 0.95 }

function why(said: Partial<PolicyFacts>, of: Rule = rule, task = models, promise = asked) {
  return whyVoid(new Fitted({ ...facts, ...said }, of), promise, task, now)
}

function scorerOf(keys: readonly string[]): Scorer {
  const reads = { words: false, answer: true, second: false, keys, neighbours: false }
  return { reads, goal: 'benefit', thrift: 0, seed: 1, parts: [], neighbours: null }
}

describe('a policy carries what it was proven for', () => {
  test('and nothing else', () => {
    expect(why({})).toBeNull()
    expect(why({ made: '2026-08-01T00:00:00.000Z' })).toContain('113 days old')
    expect(why({ made: null })).toContain('does not say when')
    expect(why({ certificate: null })).toContain('nothing was proven')
    expect(why({}, { ...rule, scorer: scorerOf(['mean_logprob']) })).toBeNull()
    expect(why({}, { ...rule, scorer: scorerOf(['p_true_logprob']) })).toContain('p_true_logprob')
    expect(why({ extractedAnswers: true })).toContain('extracted answers')
    expect(why({}, rule, ['a/small', 'c/other'])).toContain('fitted with b/large')
    expect(why({}, rule, ['b/large', 'a/small'])).toContain('strongest model is a/small')
    expect(why({ quality: 0.9 })).toContain('a quality of 0.9, and 0.95 is promised')
    expect(why({ confidence: 0.9 })).toContain('a confidence of 0.9')
  })

  test('the strong model needs no proof, and a cheap one alone does', () => {
    const alone = (model: string): Rule => ({ method: 'static', model })
    expect(why({ certificate: null }, alone('b/large'))).toBeNull()
    expect(why({ certificate: null }, alone('a/small'))).toContain('nothing was proven')
  })
})

test('a price is named by what holds at the moment, whatever the hour of the day', () => {
  const at = (text: string): Instant => (Date.parse(text) * 1_000) as Instant
  const segment = (output: string, more: object = {}) => ({
    id: output,
    price: { input: decimal('1'), output: decimal(output) },
    currency: 'USD' as const,
    source: '',
    readOn: null,
    ...more,
  })
  const june = at('2026-06-01T00:00:00Z')
  const model = {
    prices: [segment('2', { to: june }), segment('3', { from: june })],
    machine: null,
  } as unknown as Model
  const may = priceHash([model], at('2026-05-01T00:00:00Z'))
  expect(priceHash([model], at('2026-05-31T00:00:00Z'))).toBe(may)
  expect(priceHash([model], at('2026-06-02T00:00:00Z'))).not.toBe(may)
  expect(priceHash([null], june)).not.toBe(priceHash([model], june))
  const nightly = { ...model, prices: [segment('2'), segment('1', { windows: [[0, 480]] })] }
  expect(priceHash([nightly], at('2026-05-01T01:00:00Z'))).toBe(
    priceHash([nightly], at('2026-05-01T12:00:00Z')),
  )
})
