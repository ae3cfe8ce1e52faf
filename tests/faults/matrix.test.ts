import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chances } from '../../bench/torture/part.ts'
import { faults } from '../../simulator/faults.ts'
import {
  allCases,
  type Case,
  callersOf,
  cutCases,
  isAlone,
  largeCases,
  uncutCase,
  vendorNames,
} from './matrix/cases.ts'
import { startCity, type City } from './matrix/city.ts'
import { playAll, streamBytes } from './matrix/play.ts'
import { notOfAnswers } from './matrix/rows.ts'
import { addresses, budgets, comingAgain, leaving, outage, pairsOf } from './matrix/scenes.ts'

/**
 * Every fault of a vendor, to callers of every dialect from vendors of every dialect, whole and
 * streamed, with and without another route: what the client gets, what the vendor sees, and what the
 * ledger says of it. `npm run torture -- --matrix` plays what is left out here for its time.
 */
let city: City
let next = 0

/** Half of what has somebody to turn to is drawn by chance, for the time it takes: MATRIX_SEED=7 draws it again. */
const seed = Number(process.env['MATRIX_SEED'] ?? Math.floor(Math.random() * 1e9))
const chance = chances(seed)
console.log(`MATRIX_SEED=${seed}`)

/** Numbers no two cases share. */
function from(cases: (first: number) => Case[]): Case[] {
  const made = cases(next)
  next += made.length
  return made
}

beforeAll(async () => {
  city = await startCity()
})
afterAll(() => city.close())

describe.each(vendorNames)('a vendor of %s', (vendor) => {
  test.each([...callersOf(vendor)])(
    'goes wrong in every way to a caller of %s',
    async (caller) => {
      const cases = from((first) => allCases(vendor, first)).filter(
        (each) => each.from === caller && (!each.routed || chance() < 0.5),
      )
      const { wrong, tally } = await playAll(city, cases)
      expect(wrong).toEqual([])
      expect(tally.rows).toBeGreaterThan(cases.length - 1)
      expect(tally.tokens).toBeGreaterThan(0)
    },
    60_000,
  )

  if (!isAlone(vendor)) {
    test('says more than fits into one read', async () => {
      const { wrong, tally } = await playAll(
        city,
        from((first) => largeCases(vendor, first, false)),
      )
      expect(wrong).toEqual([])
      expect(tally.ends.answer).toBe(2)
    }, 60_000)
  }

  if (vendor !== 'embeddings' && vendor !== 'rerank') {
    test('breaks off at every byte', async () => {
      const bytes = await streamBytes(city, from((first) => [uncutCase(vendor, first)])[0]!)
      const cases = from((first) => cutCases(vendor, bytes, first, false))
      const { wrong, tally } = await playAll(city, cases)
      expect(wrong).toEqual([])
      expect(tally.ends).toEqual({
        answer: expect.any(Number),
        break: expect.any(Number),
        refused: expect.any(Number),
      })
      for (const count of Object.values(tally.ends)) expect(count).toBeGreaterThan(0)
    }, 60_000)
  }

  test('is not where it should be', () => addresses({ vendor, city }), 20_000)
  test('is let go at once when a client leaves', () => leaving({ vendor, city }), 20_000)
  test('is not asked again for a client that comes again', () => comingAgain({ vendor, city }))
  test('is asked as often as a budget allows, of ten calls at once', () =>
    budgets({ vendor, city }))
  test(
    'is down: 200 calls at once ask it a fifth more, and then leave it alone',
    () => outage({ vendor, city }),
    20_000,
  )
})

test('nothing is left over: every pair is told apart, and rows without a fault of answers say why', () => {
  expect(vendorNames.flatMap((vendor) => pairsOf(vendor, 'slow-1', 0))).toHaveLength(64)
  const played = new Set(Object.values(faults).map(({ row }) => row))
  const rows = Array.from({ length: 25 }, (_, index) => `V${index + 1}`)
  expect(rows.filter((row) => !played.has(row)).toSorted()).toEqual(
    Object.keys(notOfAnswers).toSorted(),
  )
  expect(city.town.log()).not.toContain('internal_error')
})
