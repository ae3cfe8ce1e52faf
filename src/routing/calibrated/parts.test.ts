import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { seeded } from '../../core/random.ts'
import { fitDense } from './dense.ts'
import { scoreOf, sigmoid, trainHead } from './head.ts'
import { agree, signalNames, signalsOf } from './signals.ts'
import { placeOf, readLine, TableFault } from './table.ts'
import { dimension, Words, wordsWithPlaces } from './words.ts'

describe('a line of a table', () => {
  const line = (result: object) =>
    JSON.stringify({
      id: 1,
      prompt: 'Hello',
      results: { a: { score: 1, cost_usd: 0.1, ...result } },
    })

  test('is read, and what it lacks is unknown', () => {
    const { row, models } = readLine(line({ error_type: 'x' }), new Set(['a', 'b']))
    expect(models).toEqual(['a'])
    expect(row.results.get('a')).toEqual({
      score: 1,
      costUsd: 0.1,
      checkUsd: 0,
      response: null,
      answer: undefined,
      confidence: null,
    })
    expect(row.results.has('b')).toBe(false)
  })

  test.each([
    ['', 'no JSON'],
    ['[1]', 'no JSON object'],
    ['{"prompt": "x", "results": {"a": {"score": NaN, "cost_usd": 0}}}', 'NaN'],
    ['{"results": {}}', '"prompt"'],
    ['{"prompt": "x"}', '"results"'],
    [line({ score: null }), 'between 0 and 1'],
    [line({ score: 1.5 }), 'between 0 and 1'],
    [line({ cost_usd: undefined }), 'cost_usd'],
    [line({ cost_usd: -1 }), 'cost_usd'],
  ])('%p is refused with a sentence', (text, says) => {
    expect(() => readLine(text, new Set(['a']))).toThrow(says)
    expect(() => readLine(text, new Set(['a']))).toThrow(TableFault)
  })

  test('prompts that differ in case and space alone stay together in every split', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (prompt, seed) => {
        const other = `  ${prompt.toUpperCase().toLowerCase()}\n`
        expect(placeOf(other, seed)).toBe(placeOf(prompt.toUpperCase(), seed))
        expect(placeOf(prompt, seed)).toBeWithin(0, 1)
      }),
    )
  })
})

describe('words', () => {
  test('have distinct places within the table, whatever the text', () => {
    const words = new Words()
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.option(fc.string()), (prompt, answer) => {
        const bag = words.bagOf(prompt, answer)
        expect(new Set(bag).size).toBe(bag.length)
        if (answer !== null)
          expect(words.withAnswer(words.bagOf(prompt, null), answer)).toEqual(bag)
        for (const place of bag) expect(place).toBeWithin(0, dimension)
      }),
    )
  })

  test('of a prompt of a megabyte are as few as of a long one', () => {
    expect(new Words().bagOf('many words here '.repeat(70_000), null).length).toBeLessThan(500)
  })

  test('are explained by the places that they have', () => {
    const prompt = 'Name 3 colours of kites, please.'
    const bag = new Set(new Words().bagOf(prompt, null))
    const named = wordsWithPlaces(prompt)
    expect(named.length).toBeGreaterThan(10)
    for (const { place } of named) expect(bag.has(place)).toBe(true)
  })
})

test('a head learns which words matter, the same way each time', () => {
  const words = new Words()
  const random = seeded(1)
  const goals = Float64Array.from({ length: 400 }, () => Number(random.next() < 0.5))
  const bags = [...goals].map((goal, at) =>
    words.bagOf(goal === 1 ? `hard ${at}` : `easy ${at}`, null),
  )
  const rows = bags.map((_, row) => row)
  const head = trainHead(bags, goals, rows, 'logistic', 7)
  expect(trainHead(bags, goals, rows, 'logistic', 7)).toEqual(head)
  expect(scoreOf(head, words.bagOf('hard x', null))).toBeGreaterThan(
    scoreOf(head, words.bagOf('easy x', null)) + 1,
  )
})

test('a regression finds the weights that made the data, and leaves flat columns alone', () => {
  const random = seeded(2)
  const x = Float64Array.from({ length: 4_000 }, () => 10 * random.next())
  const flat = new Float64Array(4_000).fill(3)
  const goals = x.map((value) => Number(random.next() < sigmoid(value - 5)))
  const { bias, weights } = fitDense([x, flat], goals, 0)
  expect(weights[0]).toBeWithin(0.85, 1.15)
  expect(bias).toBeWithin(-5.75, -4.25)
  expect(weights[1]).toBe(0)
})

describe('signals', () => {
  const answered = { response: null, answer: undefined, confidence: null }

  test('are as many as their names, and finite, whatever an answer holds', () => {
    const outcome = fc.record({
      response: fc.option(fc.string()),
      answer: fc.option(fc.string()),
      confidence: fc.option(
        fc.record({ p: fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e6, min: -1e6 }) }),
      ),
    })
    fc.assert(
      fc.property(outcome, (each) => {
        const values = signalsOf(each, ['p'])
        expect(values.length).toBe(signalNames(['p']).length)
        expect(values.every(Number.isFinite)).toBe(true)
      }),
    )
  })

  test('a surer answer has less doubt, as a probability and as its logarithm', () => {
    const doubt = (p: number) => signalsOf({ ...answered, confidence: { p } }, ['p'])[1]!
    expect(doubt(0.99)).toBeLessThan(doubt(0.6))
    expect(doubt(Math.log(0.99))).toBeCloseTo(doubt(0.99), 9)
    expect(doubt(-30)).toBeGreaterThan(doubt(-0.1))
  })

  test('answers agree by what they mean, and long ones cannot be compared', () => {
    const says = (answer: string) => ({ ...answered, answer })
    expect(agree(says('1,000'), says('1000.0'))).toBe(true)
    expect(agree(says(' "Paris". '), says('paris'))).toBe(true)
    expect(agree(says('a'), says('b'))).toBe(false)
    expect(agree(says('$1,200.50'), says('1200.5'))).toBe(true)
    expect(agree(says('12 %'), says('12.0'))).toBe(true)
    // Two lists are no number, and ids of twenty digits are more than one can tell apart.
    expect(agree(says('1, 12'), says('11, 2'))).toBe(false)
    expect(agree(says('1 2 3'), says('1 23'))).toBe(false)
    expect(agree(says('12345678901234567890'), says('12345678901234567891'))).toBe(false)
    expect(agree(says('12345678901234567890'), says('12345678901234567890'))).toBe(true)
    expect(agree(says('x'.repeat(500)), says('x'.repeat(500)))).toBeNull()
    expect(agree({ ...answered, answer: null, response: 'I do not know' }, says('4'))).toBeNull()
    expect(agree({ ...answered, response: 'B' }, { ...answered, response: 'b' })).toBe(true)
  })

  test('JSON agrees whatever the order of its members, also where a text holds it', () => {
    const says = (response: string) => ({ ...answered, response })
    const call = (json: string) => says(JSON.stringify([{ name: 'area', arguments: json }]))
    const one = call('{"base": 6, "unit": "cm"}')
    expect(agree(one, call('{"unit":"CM","base":6.0}'))).toBe(true)
    expect(agree(one, call('{"unit":"cm","base":7}'))).toBe(false)
    expect(agree(one, says('6 cm'))).toBe(false)
    const id = (last: number) => says(`{"id": 123456789012345678${last}}`)
    expect([agree(id(0), id(1)), agree(id(1), id(1))]).toEqual([false, true])
    const long = JSON.stringify({ words: 'many '.repeat(100) })
    expect(agree(says(long), says(` ${long}`))).toBe(true)
    expect(agree(says('{"a":'), says('{"a":'))).toBe(true)
  })
})
