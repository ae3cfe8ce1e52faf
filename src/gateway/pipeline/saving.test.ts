import { describe, expect, test } from 'bun:test'
import { describedAs, makeCatalog } from '../../catalog/catalog.ts'
import type { PriceSegment } from '../../catalog/model.ts'
import { type Instant, instant } from '../../core/clock.ts'
import { decimal, type Money, usd } from '../../core/money.ts'
import type { AttemptRole, EndState } from '../../core/record.ts'
import { noUsage } from '../../core/usage.ts'
import type { Charge } from './account.ts'
import type { Attempt } from './attempt.ts'
import type { Baseline } from './baseline.ts'
import { savingOf } from './saving.ts'
import type { Trip } from './trip.ts'

const day = instant('2026-11-22T02:00:00Z')
const night = instant('2026-11-22T05:00:00Z')
const usage = { ...noUsage, input: 1_000_000 }

function segment(id: string, input: string, more: Partial<PriceSegment> = {}): PriceSegment {
  const price = { input: decimal(input), output: decimal('1') }
  return { id, price, currency: 'USD', source: 'a test', readOn: null, ...more }
}

/** `clock` costs 2 dollars from 1 to 4 o'clock, else 1; `dear` always 10. */
const catalog = makeCatalog([
  {
    ...describedAs('acme', 'clock'),
    prices: [segment('base', '1'), segment('peak', '2', { windows: [[60, 240]] })],
  },
  { ...describedAs('acme', 'dear'), prices: [segment('base', '10')] },
])

interface Scene {
  readonly baseline: Baseline | null
  readonly model: string
  readonly cost: Money | null
  readonly at?: Instant
  readonly mode?: string
  readonly endState?: EndState
  readonly role?: AttemptRole
}

function saving({ baseline, model, cost, at = night, mode, endState, role }: Scene) {
  const trip = { baseline, snapshot: { catalog } } as unknown as Trip
  const stop = { provider: { id: 'acme' }, model, ...(mode === undefined ? {} : { mode }) }
  const attempt = { stop, at, role: role ?? 'served' } as unknown as Attempt
  const charge = { cost, measured: { usage } } as unknown as Charge
  const { saved, savedBy } = savingOf(trip, attempt, { endState: endState ?? 'complete' }, charge)
  return [saved === null ? null : Number(saved) / 1e12, savedBy, trip.baseline === null]
}

const dear: Baseline = { provider: 'acme', model: 'dear', by: 'seller', at: null }
const waited: Baseline = { provider: 'acme', model: 'clock', by: null, at: day }

describe('what was saved', () => {
  test('is nothing, and nothing is looked at, where nothing was done', () => {
    expect(saving({ baseline: null, model: 'clock', cost: usd('1') })).toEqual([null, null, true])
    expect(saving({ baseline: dear, model: 'dear', cost: usd('10') })).toEqual([null, null, false])
  })

  test('is the price of the one that would have been asked, less what it cost', () => {
    expect(saving({ baseline: dear, model: 'clock', cost: usd('1') })).toEqual([9, 'seller', false])
    const dearer = { ...dear, model: 'clock' }
    expect(saving({ baseline: dearer, model: 'dear', cost: usd('10') })).toEqual([
      -9,
      'seller',
      false,
    ])
  })

  test('by waiting is the price of when it was wanted', () => {
    expect(saving({ baseline: waited, model: 'clock', cost: usd('1') })).toEqual([1, 'wait', false])
    expect(saving({ baseline: waited, model: 'clock', cost: usd('2'), at: day })).toEqual([
      null,
      null,
      false,
    ])
  })

  test('says all that was done', () => {
    const both = { ...waited, by: 'seller' as const }
    expect(saving({ baseline: both, model: 'dear', cost: usd('0.5'), mode: 'batch' })).toEqual([
      1.5,
      'wait+seller+batch',
      false,
    ])
    const tier = { ...dear, by: 'deadline' as const }
    expect(saving({ baseline: tier, model: 'dear', cost: usd('4'), mode: 'flex' })).toEqual([
      6,
      'deadline',
      false,
    ])
  })

  test('is not known where one of the two costs is not, and what was done is said', () => {
    expect(saving({ baseline: dear, model: 'clock', cost: null })).toEqual([null, 'seller', false])
    const unheard = { ...dear, model: 'unheard' }
    expect(saving({ baseline: unheard, model: 'clock', cost: usd('1') })).toEqual([
      null,
      'seller',
      false,
    ])
  })

  test('is less by what was spent in vain on the cheaper one', () => {
    const cut = { baseline: dear, model: 'clock', endState: 'provider_cut' } as const
    expect(saving({ ...cut, cost: usd('0.25') })).toEqual([-0.25, 'seller', false])
    expect(saving({ ...cut, cost: usd('0') })).toEqual([null, null, false])
  })

  test('is that of what was said until the caller left, who would have left the dear one too', () => {
    const left = { baseline: dear, model: 'clock', endState: 'caller_left' } as const
    expect(saving({ ...left, cost: usd('0.25') })).toEqual([9.75, 'seller', false])
    expect(saving({ ...left, model: 'dear', cost: usd('10') })).toEqual([null, null, false])
  })

  test('is nothing where another one was asked because the one that was to be asked rested', () => {
    expect(saving({ baseline: waited, model: 'dear', cost: usd('0.5') })).toEqual([
      null,
      null,
      false,
    ])
    // In a vendor's batch another seller is asked for its price.
    const batched = { baseline: waited, model: 'dear', mode: 'batch' } as const
    expect(saving({ ...batched, cost: usd('0.5') })).toEqual([1.5, 'wait+seller+batch', false])
  })

  test('is not reckoned any more once the one that would have been asked has failed as well', () => {
    const failed = { baseline: dear, model: 'dear', endState: 'provider_error' } as const
    expect(saving({ ...failed, cost: usd('0') })).toEqual([null, null, true])
  })

  test.each(['shadow', 'audit', 'hedge', 'judge'] as const)('is nothing of a %s', (role) => {
    expect(saving({ baseline: dear, model: 'clock', cost: usd('1'), role })).toEqual([
      null,
      null,
      false,
    ])
  })
})
