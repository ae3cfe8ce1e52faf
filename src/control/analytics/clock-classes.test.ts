import { expect, test } from 'bun:test'
import { type Instant, instant } from '../../core/clock.ts'
import type { Money } from '../../core/money.ts'
import { noUsage } from '../../core/usage.ts'
import { MemoryLedger } from '../../store/memory/ledger.ts'
import { aRecord } from '../../store/rows.suite.ts'
import { cellsByClass } from './clock-classes.ts'

const hourUs = 3_600_000_000

test.each(['UTC', 'Asia/Kolkata', 'Europe/Berlin'])(
  'sums by price are those of every hour on its own, in %s',
  async (timezone) => {
    const ledger = new MemoryLedger(timezone)
    const since = instant('2026-10-20T00:00:00Z')
    const until = (since + 9 * 24 * hourUs) as Instant
    const shift = timezone === 'Asia/Kolkata' ? hourUs / 2 : 0
    const expected = new Map<string, bigint>()
    const classOf = (at: Instant): string => {
      const hour = Math.floor((at / hourUs) % 24)
      return hour >= 1 && hour < 4 ? 'peak' : at > since + 5 * 24 * hourUs ? 'later' : 'usual'
    }
    for (let at = since + shift, count = 1; at < until - shift; at += hourUs, count += 1) {
      ledger.append(
        aRecord({
          at: at as Instant,
          usage: { ...noUsage, input: count },
          cost: BigInt(count) as Money,
        }),
      )
      const key = classOf(at as Instant)
      expected.set(key, (expected.get(key) ?? 0n) + BigInt(count))
    }
    for (const byDay of [true, false])
      for (const isApart of [undefined, () => true]) {
        const { cells, cut } = await cellsByClass(ledger, {
          since: (since + shift) as Instant,
          until: (until - shift) as Instant,
          timezone,
          classOf,
          by: ['model', 'task'],
          filters: {},
          byDay,
          ...(isApart === undefined ? {} : { isApart }),
        })
        expect(cut).toBe(false)
        const sums = new Map<string, bigint>()
        for (const { hours, cost, usage } of cells) {
          expect(BigInt(usage.input)).toBe(cost)
          sums.set(hours.key, (sums.get(hours.key) ?? 0n) + cost)
        }
        expect(sums).toEqual(expected)
      }
  },
)
