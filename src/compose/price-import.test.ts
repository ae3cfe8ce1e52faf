import { describe, expect, test } from 'bun:test'
import { standard } from '../catalog/book.ts'
import { catalogOf } from '../catalog/index.ts'
import { priceAt } from '../catalog/price.ts'
import type { Quote } from '../catalog/tables/table.ts'
import { instant } from '../core/clock.ts'
import type { Decimal } from '../core/money.ts'
import type { Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { ImportWishJson } from '../server/prices-json.ts'
import { segmentsOf } from './book.ts'
import { proposalsOf } from './price-import.ts'

const now = instant('2026-11-22T12:00:00Z')
const sold = catalogOf(['mistral']).models('mistral')
const plain = sold.find(
  ({ prices }) => prices.length === 1 && Number(prices[0]!.price.input) > 0 && !prices[0]!.tiers,
)!
const card = plain.prices[0]!.price
const input = Number(card.input)

const live = (id: string, vendor: string) => [id, { id, facts: { id: vendor } }] as const
const snapshot = {
  providers: new Map([live('mistral', 'mistral'), live('mine', 'deepseek')]),
} as unknown as Snapshot

const quote = (source: string, price: number, changes: Partial<Quote> = {}): Quote => ({
  provider: 'mistral',
  model: plain.id,
  region: standard,
  mode: standard,
  segments: [
    {
      id: 'base',
      price: { ...card, input: String(price) as Decimal },
      currency: 'USD',
      source,
      readOn: '2026-11-20',
    },
  ],
  isWhole: false,
  source,
  ...changes,
})

function proposed(quotes: readonly Quote[], changes: Partial<ImportWishJson> = {}) {
  const wish: ImportWishJson = {
    tables: [{ source: 'tables', quotes }],
    kind: 'price_change',
    from: null,
    confidence: 'table',
    read_on: '2026-11-20',
    dry: true,
    ...changes,
  }
  return proposalsOf(wish, { snapshot, versions: [], rows: [], now })
}

const doubtsOf = (quotes: readonly Quote[]): string =>
  proposed(quotes)
    .proposals.flatMap(({ draft }) => draft.doubts)
    .join('; ')

test('what two tables say is taken, what one says alone is held, and so is what they disagree on', () => {
  const next = input * 1.5
  expect(doubtsOf([quote('a', next), quote('b', next)])).toBe('')
  expect(doubtsOf([quote('a', next)])).toContain('alone')
  expect(doubtsOf([quote('a', next), quote('b', input * 2)])).toContain('b says another price')
  expect(doubtsOf([quote('a', next), quote('a', next)])).toContain('alone')
})

test('a slip of a unit and yuan for dollars are held, however many tables say so', () => {
  expect(doubtsOf([quote('a', input * 100), quote('b', input * 100)])).toContain('another unit')
  expect(doubtsOf([quote('a', input * 7), quote('b', input * 7)])).toContain('yuan')
})

test('what is the same is counted, what is gone is named, and who is not live is left out', () => {
  const found = proposed([
    quote('a', input),
    quote('a', 1, { provider: 'anthropic' }),
    quote('a', 1, { provider: 'nobody' }),
  ])
  expect(found).toMatchObject({ proposals: [], same: 1, elsewhere: 2 })
  expect(found.gone).not.toContain(`mistral/${plain.id}`)
  expect(found.gone.length).toBeGreaterThan(3)
})

describe('the card that would be kept', () => {
  const cardOf = (quotes: readonly Quote[], changes: Partial<ImportWishJson> = {}) =>
    segmentsOf(proposed(quotes, changes).proposals[0]!.draft.body)
  const before = instant('2026-11-01')

  test('of a change is the old one until now', () => {
    const segments = cardOf([quote('a', input * 2)])
    expect(priceAt(segments, before)?.price.input).toBe(card.input!)
    expect(priceAt(segments, now)?.price.input).toBe(String(input * 2) as Decimal)
  })

  test('of an error of the table holds for the past as well', () => {
    const segments = cardOf([quote('a', input * 2)], { kind: 'table_error' })
    expect(priceAt(segments, before)?.price.input).toBe(String(input * 2) as Decimal)
  })

  test('of another mode is a card of its own', () => {
    const batch = quote('a', input / 2, { mode: 'batch' })
    const [proposal] = proposed([batch]).proposals
    expect(proposal).toMatchObject({ diff: { what: 'new' }, draft: { mode: 'batch' } })
  })
})

test('a change of price that begins in the past is refused, and says what it is instead', () => {
  expect(() => proposed([quote('a', 1)], { from: '2026-11-01' })).toThrow('--kind table_error')
})

describe('a card that tells all of its times', () => {
  const dated = (price: number, from?: string, to?: string) => ({
    ...quote('their page', price).segments[0]!,
    ...(from === undefined ? {} : { from: instant(from) }),
    ...(to === undefined ? {} : { to: instant(to) }),
  })
  const whole = (...segments: ReturnType<typeof dated>[]) =>
    quote('their page', input, { segments, isWhole: true })

  test('and announces a price is taken, and the price of now holds until then', () => {
    const { proposals, same } = proposed([whole(dated(2 * input, '2026-12-01'))])
    expect(same).toBe(0)
    expect(proposals[0]!.diff).toMatchObject({ what: 'changed', at: instant('2026-12-01') })
    const segments = segmentsOf(proposals[0]!.draft.body)
    const at = (day: string) => Number(priceAt(segments, instant(day))!.price.input)
    expect(['2026-11-30', '2026-12-02'].map(at)).toEqual([input, 2 * input])
    expect(proposals[0]!.draft.doubts).toEqual(['one source alone says so'])
  })

  test('and says what is in force throughout is the same', () => {
    expect(proposed([whole(dated(input))])).toMatchObject({ same: 1, proposals: [] })
  })

  test('and has a gap, or ends, is held with the days', () => {
    const gap = proposed([whole(dated(input, undefined, '2026-12-01'), dated(input, '2027-01-01'))])
    expect(gap.proposals[0]!.draft.doubts.join()).toContain('2026-12-01 to 2027-01-01')
    const end = proposed([whole(dated(input, undefined, '2026-12-31'))])
    expect(end.proposals[0]!.draft.doubts.join()).toContain('no price from 2026-12-31 on')
  })

  test('and puts the past right is taken as an error of the table, and is no change of price', () => {
    const was = [whole(dated(3 * input, undefined, '2026-09-01'), dated(input, '2026-09-01'))]
    expect(proposed(was).same).toBe(1)
    const error = proposed(was, { kind: 'table_error' })
    expect(error.proposals[0]!.diff).toMatchObject({ what: 'changed' })
    expect(error.proposals[0]!.diff.at!).toBeLessThan(now)
  })
})

describe('a kind that a table does not name', () => {
  const told = (price: Readonly<Record<string, string>>, tells: Quote['tells']) => {
    const [segment] = quote('a table', input).segments
    const segments = [{ ...segment!, price: price as (typeof segment & {})['price'] }]
    return quote('a table', input, { segments, ...(tells === undefined ? {} : { tells }) })
  }
  const onlyInput = { input: String(2 * input) }

  test('because it cannot keeps its price', () => {
    const { proposals } = proposed([told(onlyInput, ['input'])])
    expect(proposals[0]!.diff.moves.map(({ meter }) => meter)).toEqual(['input'])
    expect(segmentsOf(proposals[0]!.draft.body).at(-1)!.price).toEqual({
      ...card,
      ...onlyInput,
    } as never)
  })

  test('though it could is held back', () => {
    expect(doubtsOf([told(onlyInput, ['input', 'output'])])).toContain(
      'output: it would have no price of its own',
    )
    expect(doubtsOf([told(onlyInput, undefined)])).toContain('output: it would have no price')
  })
})

test('a card of another mode is held against the one of that mode', () => {
  const openai = catalogOf(['openai'])
  const model = openai.models('openai').find(({ modes }) => modes?.['batch'] !== undefined)
  const [batch] = model!.modes!['batch']!
  const dear = { ...batch!, price: { ...batch!.price, input: '12345' as Decimal } }
  const { proposals } = proposalsOf(
    {
      tables: [
        {
          source: 'a table',
          quotes: [
            quote('a table', 1, {
              provider: 'openai',
              model: model!.id,
              mode: 'batch',
              segments: [dear],
            }),
          ],
        },
      ],
      kind: 'price_change',
      from: null,
      confidence: 'table',
      read_on: '2026-11-20',
      dry: true,
    },
    {
      snapshot: { providers: new Map([live('openai', 'openai')]) } as unknown as Snapshot,
      versions: [],
      rows: [],
      now,
    },
  )
  expect(proposals[0]!.draft.doubts.join()).toContain('more than three times as dear')
})
