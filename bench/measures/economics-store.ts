import { join } from 'node:path'
import type { Instant } from '../../src/core/clock.ts'
import { noUsage } from '../../src/core/usage.ts'
import { Calendar, hourUs } from '../../src/store/calendar.ts'
import { addPace, noPace } from '../../src/store/performance.ts'
import type { RevenueRow } from '../../src/store/revenue.ts'
import { aRecord } from '../../src/store/rows.suite.ts'
import { inTransaction, openDatabase } from '../../src/store/sqlite/database.ts'
import { packedPace } from '../../src/store/sqlite/pace-pack.ts'
import { addRevenue } from '../../src/store/sqlite/revenue.ts'
import { type Built, buildStore } from './page-store.ts'

const days = 30
const customers = 100
/** Of each hour of each model and task: as many answers give a histogram most of the buckets that it will have. */
const timed = 400

/** What the configuration of the scene names. */
export const traffic = {
  tasks: ['support', 'classify', 'summarise'],
  models: ['deepseek/deepseek-v4-flash', 'openai/gpt-4o-mini'],
}

/** The store of a page, and beside it what economics reads: revenue of each customer, and how fast models were. */
export function buildEconomics(folder: string, size: { calls: number; rows: number }): Built {
  const built = buildStore(folder, size, traffic)
  const calendar = new Calendar('UTC')
  const db = openDatabase(join(folder, 'ledger.db'), calendar)
  const now = (Date.now() * 1_000) as Instant
  try {
    addRevenue(db, revenue(calendar, now))
    inTransaction(db, () => {
      const putSeries = db.query(
        'INSERT INTO pace_series (key, provider, model, task) VALUES (?, ?, ?, ?) RETURNING id',
      )
      const putHour = db.query('INSERT INTO pace_hour (hour, series, body) VALUES (?, ?, ?)')
      const bodies = Array.from({ length: 24 }, (_, seed) => packedPace(pace(seed)))
      for (const model of traffic.models)
        for (const task of traffic.tasks) {
          const provider = model.slice(0, model.indexOf('/'))
          const key = JSON.stringify([provider, model, task])
          const [id] = putSeries.values(key, provider, model, task)[0] as [bigint]
          for (let hour = 0; hour < days * 24; hour += 1)
            putHour.run(calendar.hourStart(now) - hour * hourUs, id, bodies[hour % 24]!)
        }
    })
  } finally {
    db.close()
  }
  return built
}

/** An hour of streamed answers, spread as such times are: by a log-normal. */
function pace(seed: number) {
  const sum = noPace()
  for (let each = 0; each < timed; each += 1) {
    // Halton's sequence: the same draws at every run, and evenly spread.
    const normal = normalOf(halton(each + 1 + seed * timed, 2), halton(each + 1 + seed * timed, 3))
    const firstContentUs = Math.round(400_000 * Math.exp(0.5 * normal))
    const totalUs = firstContentUs + Math.round(4_000_000 * Math.exp(0.7 * normal))
    const usage = { ...noUsage, input: 1_200, output: 150 + ((each * 7) % 300) }
    const at = (Math.floor((each / timed) * 3_600) * 1_000_000) as Instant
    addPace(sum, aRecord({ at, stream: true, firstContentUs, totalUs, usage }), 0 as Instant)
  }
  return sum
}

function halton(index: number, base: number): number {
  let [value, share] = [0, 1 / base]
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    value += (rest % base) * share
    share /= base
  }
  return value
}

/** Box and Muller. */
function normalOf(one: number, other: number): number {
  return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * other)
}

/** A payment of each customer for this month and the one before. */
function revenue(calendar: Calendar, now: Instant): readonly RevenueRow[] {
  const today = calendar.dayLabel(now)
  const months = [monthBefore(today.slice(0, 7)), today.slice(0, 7)]
  return months.flatMap((month) =>
    Array.from({ length: customers }, (_, each): RevenueRow => {
      const last = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0))
      return {
        id: `${month}-${each}`,
        customer: `customer-${each}`,
        from: `${month}-01`,
        to: last.toISOString().slice(0, 10),
        amountMicro: BigInt(20 + each * 40) * 1_000_000n,
        currency: 'USD',
        plan: each % 2 === 0 ? 'team' : 'solo',
        cohort: null,
        source: 'bench',
        at: now,
      }
    }),
  )
}

function monthBefore(month: string): string {
  const first = new Date(`${month}-01T00:00:00Z`)
  first.setUTCMonth(first.getUTCMonth() - 1)
  return first.toISOString().slice(0, 7)
}
