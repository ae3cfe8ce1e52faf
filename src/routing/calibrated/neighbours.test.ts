import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { seeded } from '../../core/random.ts'
import { decide } from '../learned.ts'
import { calibrate, tripsOf } from './calibrate.ts'
import { explain } from './explain.ts'
import {
  type Embedding,
  fitNeighbours,
  neighboursOf,
  quantised,
  textToEmbed,
  verdictsNear,
  widthMost,
} from './neighbours.ts'
import { readRule, writeRule } from './policy-file.ts'
import { embeddingsOf, follow } from './rule.ts'
import type { Row } from './table.ts'
import { totalsOf } from './totals.ts'
import { townOf } from './town.suite.ts'

const vectors = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
  minLength: 1,
  maxLength: 3 * widthMost,
})

describe('a vector', () => {
  test('is kept in bytes, and no longer than what is looked at', () => {
    fc.assert(
      fc.property(vectors, (values) => {
        const kept = quantised(values)
        if (kept === null) return
        expect(kept.length).toBe(Math.min(values.length, widthMost))
        expect(Math.max(...kept.map((value) => Math.abs(value)))).toBe(127)
      }),
    )
  })

  test('that is none is nothing', () => {
    expect([quantised([]), quantised([0, 0]), quantised([1, Number.NaN])]).toEqual([
      null,
      null,
      null,
    ])
  })

  test('of 3,072 numbers keeps its cosines when it is folded', () => {
    const random = seeded(4)
    const draw = () => Array.from({ length: 3_072 }, () => random.next() - 0.5)
    let worst = 0
    for (let round = 0; round < 30; round += 1) {
      const [one, noise] = [draw(), draw()]
      const other = one.map((value, at) => value + (round / 10) * noise[at]!)
      const folded = cosine([...quantised(one)!], [...quantised(other)!])
      worst = Math.max(worst, Math.abs(folded - cosine(one, other)))
    }
    expect(worst).toBeLessThan(0.15)
  })
})

test('what is embedded of a prompt is never empty, and bounded', () => {
  expect(textToEmbed(' \n')).toBe('.')
  expect(textToEmbed('Name a colour.')).toBe('Name a colour.')
  const long = `Answer in one word. ${'x'.repeat(1_000_000)} What is it?`
  expect(textToEmbed(long).length).toBeLessThan(5_000)
  expect(textToEmbed(long)).toStartWith('Answer in one word.')
  expect(textToEmbed(long)).toEndWith('What is it?')
})

describe('neighbours', () => {
  const seen = [
    { id: 'a', vector: Int8Array.of(127, 0), fold: 0, cheap: 0, strong: 1 },
    { id: 'b', vector: Int8Array.of(120, 40), fold: 1, cheap: 0, strong: 1 },
    { id: 'c', vector: Int8Array.of(0, 127), fold: 1, cheap: 1, strong: 1 },
    { id: 'd', vector: Int8Array.of(-127, 0), fold: 1, cheap: 1, strong: 0 },
  ]
  const neighbours = fitNeighbours('acme/embed', seen)

  test('are the nearest of other folds, and nobody who looks away', () => {
    const near = neighboursOf(neighbours, Int8Array.of(127, 10), 2)
    expect(near.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(near[0]!.likeness).toBeCloseTo(127 / Math.hypot(127, 10), 6)
    const others = neighboursOf(neighbours, Int8Array.of(127, 10), 0)
    expect(others.map(({ id }) => id)).toEqual(['b', 'c'])
  })

  test('say what became of them, drawn to the mean by one of them', () => {
    const [benefit, wrong, right] = verdictsNear(neighbours, Int8Array.of(127, 0), 2)
    // Cosines 1 and 0.9487; the means of all four are 0.5 + 1/8, 0.5 and 0.75.
    const whole = 1 + 1 + 120 / Math.hypot(120, 40)
    expect(benefit).toBeCloseTo((0.625 + whole - 1) / whole, 6)
    expect(wrong).toBeCloseTo((0.5 + whole - 1) / whole, 6)
    expect(right).toBeCloseTo((0.75 + whole - 1) / whole, 6)
  })

  test('of another length are nobody, and the mean stands', () => {
    expect(verdictsNear(neighbours, Int8Array.of(1, 2, 3), 2)).toEqual([0.625, 0.5, 0.75])
  })
})

/** Hard and easy prompts in words that no two of them share, and answers that tell nothing. */
function scattered(rows: number, seed: number, costUsd: number): readonly Row[] {
  const random = seeded(seed)
  const word = () => Math.floor(random.next() * 1e9).toString(36)
  return townOf({ rows, seed, easy: 0.97, hard: 0.05, strong: 0.97 }).map((row) => {
    const side = row.prompt.includes('derive') ? 1 : -1
    const noise = Array.from({ length: 15 }, () => random.next() - 0.5)
    const embedding: Embedding = { vector: quantised([side, ...noise])!, costUsd }
    const results = new Map(
      [...row.results].map(([name, each]) => [name, { ...each, response: null }]),
    )
    return { ...row, results, prompt: `${word()} ${word()} ${word()} ${word()}`, embedding }
  })
}

const wish = { cheap: ['small'], strong: 'large', quality: 0.95, confidence: 0.95, seed: 1 }

function calibrated(rows: readonly Row[], embeddings: string | null) {
  const steps = calibrate(rows, { ...wish, embeddings })
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

describe('a policy by neighbours', () => {
  const rows = scattered(900, 3, 1e-6)

  test('is found where words say nothing, and holds on other rows', () => {
    expect(calibrated(rows, null).certificate?.totals.saving ?? 0).toBeLessThan(0.15)
    const { rule, candidate, certificate } = calibrated(rows, 'acme/embed')
    expect(candidate).toContain('neighbours')
    expect(embeddingsOf(rule)).toBe('acme/embed')
    expect(certificate!.totals.saving).toBeGreaterThan(0.3)
    const others = scattered(900, 4, 1e-6)
    const { qualityRatio, saving } = totalsOf(tripsOf(rule, others, 'large'))
    expect(qualityRatio).toBeGreaterThan(0.95)
    expect(saving).toBeGreaterThan(0.3)
  })

  test('pays for the embedding of every prompt, and is none where that is dearer than the strong model', () => {
    const { rule } = calibrated(rows, 'acme/embed')
    for (const row of rows.slice(0, 50)) {
      const trip = follow(rule, row, 'large')!
      const { cheap, strong } = {
        cheap: row.results.get('small')!,
        strong: row.results.get('large')!,
      }
      expect(trip.costUsd).toBeCloseTo((trip.escalated ? strong : cheap).costUsd + 1e-6, 12)
    }
    expect(embeddingsOf(calibrated(scattered(900, 3, 3e-4), 'acme/embed').rule)).toBeNull()
  })

  test('decides from its file as before, and without a vector for the strong model', () => {
    const { rule } = calibrated(rows, 'acme/embed')
    const read = readRule(JSON.parse(JSON.stringify(writeRule(rule))))
    if (rule.method === 'static' || read.method === 'static') throw new Error('nothing is routed')
    for (const { prompt, embedding } of rows.slice(0, 50))
      expect(decide(read, prompt, embedding!.vector)).toEqual(
        decide(rule, prompt, embedding!.vector),
      )
    expect(decide(read, 'anything').asks).toBe('strong')
    expect(decide(read, 'anything', Int8Array.of(1, 2)).asks).not.toBe('cheap')
  })

  test('holds no prompt, also where rows have no id but that', () => {
    const nameless = rows.map((row) => ({ ...row, id: row.prompt }))
    const text = JSON.stringify(writeRule(calibrated(nameless, 'acme/embed').rule))
    expect(text).toContain('sha256:')
    expect(rows.filter(({ prompt }) => text.includes(prompt))).toEqual([])
  })

  test('names the prompts that it goes by, and what became of them', () => {
    const { rule } = calibrated(rows, 'acme/embed')
    if (rule.method === 'static') throw new Error('nothing is routed')
    const { prompt, embedding, id } = rows[0]!
    const { neighbours, decision } = explain(rule, prompt, embedding!.vector)
    expect(neighbours.length).toBe(10)
    expect(neighbours.map((each) => each.id)).not.toContain(id)
    const lost = neighbours.filter(({ cheap, strong }) => cheap < strong).length
    expect(lost > 5).toBe(decision === 'strong')
    const likeness = neighbours.map((each) => each.likeness)
    expect(likeness).toEqual(likeness.toSorted((a, b) => b - a))
  })
})

function cosine(one: readonly number[], other: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, at) => sum + value * b[at]!, 0)
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other))
}
