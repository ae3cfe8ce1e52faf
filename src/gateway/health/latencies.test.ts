import { describe, expect, test } from 'bun:test'
import { Latencies } from './latencies.ts'

const second = 1_000_000

test('whole answers have quantiles of their own, once enough were seen', () => {
  const latencies = new Latencies(() => 0)
  for (let n = 1; n <= 19; n += 1) latencies.observeAnswer('acme/large', n * second)
  expect(latencies.answerUs('acme/large', 0.95)).toBeNull()
  latencies.observeAnswer('acme/large', 20 * second)
  expect(latencies.answerUs('acme/large', 0.95)).toBe(19 * second)
  expect(latencies.answerUs('acme/small', 0.95)).toBeNull()
  // What was long ago is forgotten: the last 256 count.
  for (let n = 0; n < 256; n += 1) latencies.observeAnswer('acme/large', second)
  expect(latencies.answerUs('acme/large', 1)).toBe(second)
})

describe('latencies', () => {
  test('a model that takes ten times as long as usual is slow for a while, and then is looked at again', () => {
    const { latencies, observe, pass } = scene()
    observe(40, 0.3 * second)
    expect(latencies.isSlow('acme/large')).toBe(false)
    observe(3, 3 * second)
    expect(latencies.isSlow('acme/large')).toBe(true)
    pass(10_000)
    expect(latencies.isSlow('acme/large')).toBe(false)
    observe(1, 3 * second)
    pass(19_000)
    expect(latencies.isSlow('acme/large')).toBe(true)
    pass(1_000)
    observe(8, 0.3 * second)
    expect(latencies.isSlow('acme/large')).toBe(false)
  })

  test('a single slow answer says nothing, and neither do a few calls in all', () => {
    const { latencies, observe } = scene()
    observe(19, 0.3 * second)
    observe(1, 3 * second)
    expect(latencies.isSlow('acme/large')).toBe(false)
    const young = scene()
    young.observe(2, 0.3 * second)
    young.observe(10, 30 * second)
    expect(young.latencies.isSlow('acme/large')).toBe(false)
  })

  test('what nobody notices is not slow', () => {
    const { latencies, observe } = scene()
    observe(40, 0.01 * second)
    observe(40, 0.3 * second)
    expect(latencies.isSlow('acme/large')).toBe(false)
  })

  test('what nineteen of twenty streams keep within is known of a model that was seen often enough', () => {
    const { latencies, observe } = scene()
    observe(19, 0.3 * second)
    expect(latencies.quantileUs('acme/large', 0.95)).toBeNull()
    const known = scene()
    for (let count = 1; count <= 100; count += 1) known.observe(1, count * second)
    expect(known.latencies.quantileUs('acme/large', 0.95)).toBeGreaterThanOrEqual(90 * second)
    expect(known.latencies.quantileUs('acme/large', 0.95)).toBeLessThanOrEqual(96 * second)
    expect(known.latencies.quantileUs('acme/small', 0.95)).toBeNull()
  })

  test('of a model that has become quick the old times are forgotten', () => {
    const { latencies, observe } = scene()
    observe(100, 10 * second)
    observe(300, second)
    expect(latencies.quantileUs('acme/large', 0.95)).toBe(second)
  })

  test('a change that lasts becomes the usual', () => {
    const { latencies, observe, pass } = scene()
    observe(40, 0.3 * second)
    for (let call = 0; call < 200; call += 1) {
      observe(1, 3 * second)
      pass(60_000)
    }
    observe(1, 3 * second)
    expect(latencies.isSlow('acme/large')).toBe(false)
  })
})

function scene() {
  let nowUs = 0
  const latencies = new Latencies(() => nowUs)
  const observe = (times: number, firstContentUs: number): void => {
    for (let time = 0; time < times; time += 1) latencies.observe('acme/large', firstContentUs)
  }
  return { latencies, observe, pass: (ms: number) => (nowUs += ms * 1_000) }
}
