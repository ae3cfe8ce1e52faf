import { describe, expect, test } from 'bun:test'
import { type BudgetRefusal, Budgets, type Hold } from '../../src/gateway/limits/budgets.ts'
import { Health } from '../../src/gateway/health/health.ts'
import type { Parts } from '../../src/gateway/pipeline/parts.ts'
import { wrongsOf } from './checker.ts'
import { timeZone } from './config.ts'
import { type Day, liveThrough } from './day.ts'
import { leftOver } from './rest.ts'

/**
 * Days of a gateway in a world of its own: the pipeline, its limits, its health and its ledger as they
 * are, with a clock, a network and a disk that do what a seed says. SIMULATION_SEED=7 lives through the
 * seventh day again; without it each run draws another one.
 */
const seed = Number(process.env['SIMULATION_SEED'] ?? Math.floor(Math.random() * 1e9))
console.log(`SIMULATION_SEED=${seed}`)

/**
 * Days on which something was wrong once: on 508 a burst of calls asked a vendor that was down, all at the
 * end of its rest; on the last the disk was full when an answer had come to its end.
 */
const remembered = [1, 3, 508, 20_261_142] as const

const dayMs = 120_000

const days = new Map<number, Promise<Day>>()

/** A day is lived through once, however often it is looked at. */
function dayOf(each: number): Promise<Day> {
  const known = days.get(each) ?? liveThrough(each)
  days.set(each, known)
  return known
}

describe.each([...new Set([seed, ...remembered])])('the day of seed %d', (each) => {
  test(
    'three histories agree, nothing is held in the end, and everything that may happen did',
    async () => {
      const day = await dayOf(each)
      expect(wrongsOf(day)).toEqual([])
      expect(leftOver(day)).toEqual([])
      happened(day)
    },
    dayMs,
  )
})

test(
  'one seed is one day',
  async () => {
    const [first, second] = [await dayOf(seed), await liveThrough(seed)]
    expect(second.hash).toBe(first.hash)
    expect(second.figures).toEqual(first.figures)
  },
  2 * dayMs,
)

describe('whoever looks from outside notices', () => {
  test(
    'a ledger that says it has written before it has',
    async () => {
      const hasty = (parts: Parts): Parts => {
        const { ledger } = parts
        const flushed = (): Promise<void> => Promise.resolve()
        return {
          ...parts,
          ledger: {
            intend: (intent) => ledger.intend(intent),
            append: (record) => ledger.append(record),
            flushed,
          },
        }
      }
      expect((await wrongsAfter(hasty)).join(' ')).toContain('its client has the answer')
    },
    dayMs,
  )

  test(
    'health that leaves nobody alone',
    async () => {
      class Restless extends Health {
        override waitMs(): number {
          return 0
        }
        override restMs(): number {
          return 0
        }
      }
      const restless = (parts: Parts): Parts => ({
        ...parts,
        health: new Restless({
          elapsedUs: () => parts.clock.elapsedUs(),
          chance: () => parts.random.next(),
          onChange: () => {},
        }),
      })
      expect((await wrongsAfter(restless)).join(' ')).toContain('that knew it was down')
    },
    dayMs,
  )

  test(
    'budgets that look before a call and charge behind it',
    async () => {
      class Careless extends Budgets {
        override hold(...[budgets, , now]: Parameters<Budgets['hold']>): Hold | BudgetRefusal {
          return super.hold(budgets, 1n as Hold['ceiling'], now)
        }
        override extend(): null {
          return null
        }
      }
      const careless = (parts: Parts): Parts => ({
        ...parts,
        budgets: new Careless(timeZone, () => {}),
      })
      expect((await wrongsAfter(careless)).join(' ')).toContain('are allowed')
    },
    dayMs,
  )
})

async function wrongsAfter(sabotage: (parts: Parts) => Parts): Promise<readonly string[]> {
  return wrongsOf(await liveThrough(remembered[0], sabotage))
}

/** A day on which nothing went wrong shows nothing. */
function happened({ asked, heard, rows, figures, disk }: Day): void {
  expect(asked.length).toBeGreaterThan(2_000)
  expect(asked.filter(({ whole }) => whole).length).toBeGreaterThan(1_000)
  for (const times of [
    figures.kills,
    figures.reloads,
    figures.refusedReloads,
    figures.clocksSet,
    figures.sicknesses,
    figures.bursts,
    disk.failed,
  ])
    expect(times).toBeGreaterThan(0)
  const codes = new Set(asked.map(({ code }) => code))
  for (const code of ['budget_spent', 'rate_limit_exceeded', 'caller_left'])
    expect(codes).toContain(code)
  expect(asked.some(({ cut }) => cut)).toBe(true)
  const states = new Set<string>(rows.map(({ endState }) => endState))
  for (const state of ['complete', 'provider_error', 'provider_cut', 'timeout', 'caller_left'])
    expect(states).toContain(state)
  const roles = new Set<string>(rows.map(({ role }) => role))
  for (const role of ['served', 'retry', 'fallback', 'refused']) expect(roles).toContain(role)
  expect(new Set(heard.map(({ fault }) => fault)).size).toBeGreaterThan(20)
  expect(new Set(heard.map(({ ending }) => ending))).toEqual(
    new Set(['finished', 'broken', 'left']),
  )
}
