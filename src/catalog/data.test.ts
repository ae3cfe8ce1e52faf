import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { instant } from '../core/clock.ts'
import { decimal, usd, usdText } from '../core/money.ts'
import { kinds, noUsage, type Kind } from '../core/usage.ts'
import type { CatalogFile, ModelRow, SegmentRow } from './file.ts'
import { catalogOf } from './index.ts'
import { costAt } from './price.ts'

const folder = join(import.meta.dir, 'data')
const names = readdirSync(folder)
  .filter((name) => name !== 'fx.json')
  .map((name) => name.replace('.json', ''))
const textOf = (name: string) => readFileSync(join(folder, `${name}.json`), 'utf8')

const rowFields: ReadonlySet<string> = new Set<keyof ModelRow>([
  'id',
  'aliases',
  'name',
  'author',
  'openWeights',
  'licence',
  'operations',
  'context',
  'outputMax',
  'inputs',
  'outputs',
  'tools',
  'structured',
  'reasoning',
  'released',
  'shutdown',
  'replacement',
  'prices',
  'modes',
])
const segmentFields: ReadonlySet<string> = new Set<keyof SegmentRow>([
  'id',
  'from',
  'to',
  'windows',
  'days',
  'utcOffsetMinutes',
  'price',
  'currency',
  'tiers',
  'source',
])
const operations = new Set(['chat', 'embed', 'image', 'speech', 'transcribe'])
const modalities = new Set(['text', 'image', 'audio', 'video', 'pdf'])
const day = /^\d{4}-\d{2}(-\d{2})?$/

describe.each(names)('data/%s.json', (name) => {
  const text = textOf(name)
  const file = JSON.parse(text) as CatalogFile
  const segments = file.models.flatMap(({ id, prices = [], modes = {} }) =>
    [...prices, ...Object.values(modes).flat()].map((row) => [id, row] as const),
  )

  test('is of its provider, one model a line, in plain ASCII', () => {
    expect(file.provider).toBe(name)
    expect(text).toMatch(/^[\n -~]*$/)
    expect(text.split('\n').filter((line) => line.startsWith('{"id":'))).toHaveLength(
      file.models.length,
    )
  })

  test('loads, and has no id twice', () => {
    expect(catalogOf([name]).models(name)).toHaveLength(file.models.length)
  })

  test('is sorted by id', () => {
    const ids = file.models.map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted())
  })

  test('has no field that nobody reads, and none of the wrong kind', () => {
    const strange = file.models.filter(
      (row) =>
        Object.keys(row).some((field) => !rowFields.has(field)) ||
        row.id.trim() === '' ||
        [row.context, row.outputMax].some((size = 1) => !Number.isInteger(size) || size <= 0) ||
        [...(row.inputs ?? []), ...(row.outputs ?? [])].some((one) => !modalities.has(one)) ||
        [row.released, row.shutdown].some((date = '2026-01-01') => !day.test(date)) ||
        (row.operations ?? ['chat']).some((one) => !operations.has(one)) ||
        [row.tools, row.structured, row.reasoning, row.openWeights].some(
          (flag = null) => flag !== null && typeof flag !== 'boolean',
        ),
    )
    expect(strange).toEqual([])
  })

  test('names a public source and a day for every price', () => {
    for (const { source, readOn } of Object.values(file.sources)) {
      expect(readOn).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      expect(source).not.toBe('')
      expect(source).not.toMatch(/localhost|file:|\/home|\/work|\b(127|10|192\.168)\.\d/)
    }
    expect(segments.filter(([, { source }]) => !file.sources[source])).toEqual([])
    const used = new Set(segments.map(([, { source }]) => source))
    expect(Object.keys(file.sources).filter((key) => !used.has(key))).toEqual([])
  })

  test('has modes of service for models that have a price, dearer or cheaper than that', () => {
    const model = catalogOf([name])
    for (const { id, prices = [], modes } of file.models) {
      if (modes === undefined) continue
      expect([id, prices.length > 0]).toEqual([id, true])
      for (const mode of Object.keys(modes)) {
        expect(['batch', 'flex', 'priority', 'fast']).toContain(mode)
        const [segment] = model.find(name, id, instant('2026-11-22'))!.model.modes![mode]!
        expect([id, segment!.id]).toEqual([id, mode])
        const [usual, served] = [prices.at(-1)!.price, segment!.price].map(({ input }) =>
          Number(input),
        )
        const isCheaper = mode === 'batch' || mode === 'flex'
        expect([id, mode, isCheaper ? served! <= usual! : served! >= usual!]).toEqual([
          id,
          mode,
          true,
        ])
      }
    }
  })

  test('has well-formed segments, the oldest first', () => {
    for (const { id, prices = [] } of file.models) {
      const ids = prices.map((row) => row.id ?? 'base')
      expect([id, new Set(ids).size]).toEqual([id, prices.length])
      const starts = prices.map(({ from }) => (from === undefined ? -Infinity : instant(from)))
      expect([id, starts]).toEqual([id, starts.toSorted((left, right) => left - right)])
    }
    for (const [id, row] of segments) {
      const wrong = Object.keys(row).filter((field) => !segmentFields.has(field))
      expect([id, wrong]).toEqual([id, []])
      if (row.to !== undefined)
        expect(instant(row.to)).toBeGreaterThan(instant(row.from ?? '2000-01-01'))
      for (const [start, end] of row.windows ?? []) {
        expect(start !== end && [start, end].every((minute) => minute >= 0 && minute <= 1440)).toBe(
          true,
        )
      }
      expect((row.days ?? [1]).every((weekday) => weekday >= 1 && weekday <= 7)).toBe(true)
      const bounds = (row.tiers ?? []).map(({ aboveInputTokens }) => aboveInputTokens)
      expect(bounds).toEqual([...new Set(bounds)].toSorted((left, right) => left - right))
      expect(row.currency === undefined || row.currency === 'CNY').toBe(true)
    }
  })

  const cards = segments.flatMap(([id, row]) =>
    [row.price, ...(row.tiers ?? []).map(({ price }) => price)].map((price) => ({
      id,
      row,
      price,
    })),
  )

  /** A search costs cents, a picture less than half a dollar, an hour of sound a few dollars. */
  const mostOf: Partial<Record<Kind, number>> = { search: 50_000, images: 400_000, seconds: 1_500 }

  test('prices in plain decimals, and none that must be a slip', () => {
    for (const { id, price } of cards) {
      for (const [kind, text] of Object.entries(price)) {
        expect([id, kinds.includes(kind as Kind)]).toEqual([id, true])
        expect(decimal(text)).toBe(text)
        const most = mostOf[kind as Kind] ?? 1000
        expect([id, kind, Number(text) <= most]).toEqual([id, kind, true])
      }
    }
    const slips = cards.filter(({ row, price }) => {
      const input = Number(price.input ?? 0)
      const output = Number(price.output ?? input)
      const cached = Number(price.cacheRead ?? 0)
      const written = Number(price.cacheWrite5m ?? input)
      const isNoted = /: |\(\d/.test(file.sources[row.source]?.source ?? '')
      return (output < input / 10 && !isNoted) || cached > input || written < input
    })
    expect(slips.map(({ id }) => id)).toEqual([])
  })

  test('is free only where the seller says so', () => {
    const free = cards.filter(({ price }) => Number(price.input) === 0).map(({ id }) => id)
    const known: Readonly<Record<string, RegExp>> = {
      sim: /./,
      openrouter: /:free$|^openrouter\/free$/,
      zai: /^glm-4\.[57]-flash$/,
      zhipu: /^glm-4\.[57]-flash$/,
    }
    expect(free.filter((id) => !known[name]?.test(id))).toEqual([])
  })

  test('has embeddings without a price for output, and chat models with one', () => {
    const catalog = catalogOf([name])
    for (const {
      id,
      operations: [operation],
      prices,
    } of catalog.models(name)) {
      if (operation !== 'chat' && operation !== 'embed') continue
      const isChat = operation === 'chat'
      for (const { price } of prices) expect([id, price.output !== undefined]).toEqual([id, isChat])
    }
  })

  test('has models of pictures and sound with the price of what they make or hear', () => {
    const makes: Partial<Record<string, readonly Kind[]>> = {
      image: ['images', 'imageOut'],
      speech: ['characters', 'audioOut'],
      transcribe: ['seconds', 'audioIn'],
    }
    for (const {
      id,
      operations: [operation = ''],
      prices,
    } of catalogOf([name]).models(name)) {
      const wanted = makes[operation]
      for (const { price } of wanted ? prices : []) {
        expect([id, wanted!.some((kind) => price[kind] !== undefined)]).toEqual([id, true])
      }
    }
  })
})

describe('the prices that history tests', () => {
  const all = catalogOf(names)
  const priceOf = (provider: string, model: string, at: string) => {
    const found = all.find(provider, model, instant(at))?.segment
    return found ? `${found.price.input}/${found.price.output}/${found.price.cacheRead}` : null
  }

  test.each([
    ['2026-05-01T02:00:00Z', '0.14/0.28/0.0028', 'flat at first'],
    ['2026-08-16T15:59:59Z', '0.14/0.28/0.0028', 'to the last second'],
    ['2026-08-16T16:00:00Z', '0.22/0.66/0.007', 'then off-peak'],
    ['2026-08-17T00:59:59Z', '0.22/0.66/0.007', 'before the peak'],
    ['2026-08-17T01:00:00Z', '0.44/1.32/0.014', 'first peak'],
    ['2026-08-17T04:00:00Z', '0.22/0.66/0.007', 'between the peaks'],
    ['2026-08-17T09:59:59Z', '0.44/1.32/0.014', 'second peak'],
    ['2026-08-22T02:00:00Z', '0.44/1.32/0.014', 'the last Saturday with a peak'],
    ['2026-08-23T02:00:00Z', '0.22/0.66/0.007', 'a Sunday without'],
    ['2026-08-24T02:00:00Z', '0.44/1.32/0.014', 'Monday again'],
    ['2026-08-29T02:00:00Z', '0.22/0.66/0.007', 'a Saturday without'],
    ['2026-09-09T12:00:00Z', '0.22/0.66/0.007', 'the day before V4.1'],
    ['2026-09-10T12:00:00Z', '0.15/0.6/0.003', 'V4.1 off-peak'],
    ['2026-09-11T02:00:00Z', '0.3/1.2/0.006', 'V4.1 at its peak'],
    ['2026-09-12T02:00:00Z', '0.15/0.6/0.003', 'V4.1 on a Saturday'],
  ])('deepseek-v4-flash at %s: %s, %s', (at, price) => {
    expect(priceOf('deepseek', 'deepseek-v4-flash', at)).toBe(price)
  })

  test('the published example of the day the subsidy ended', () => {
    const usage = { ...noUsage, input: 5369, output: 13_615 }
    const costAtMinute = (at: string) => {
      const { segment } = all.find('deepseek', 'deepseek-v4-flash', instant(at))!
      return usdText(costAt(segment!, usage, instant(at))!)
    }
    expect(costAtMinute('2026-08-16T15:59:00Z')).toBe('0.00456386')
    expect(costAtMinute('2026-08-16T16:01:00Z')).toBe('0.01016708')
  })

  test('a name that was stopped has no price after its last day', () => {
    expect(priceOf('deepseek', 'deepseek-chat', '2026-08-16T12:00:00Z')).toBe('0.14/0.28/0.0028')
    expect(priceOf('deepseek', 'deepseek-chat', '2026-08-24T12:00:00Z')).toBeNull()
    expect(priceOf('deepseek', 'deepseek-chat', '2025-07-01T17:00:00Z')).toBe('0.135/0.55/0.035')
    expect(priceOf('deepseek', 'deepseek-reasoner', '2025-07-01T12:00:00Z')).toBe('0.55/2.19/0.14')
  })

  test('what was announced comes, and what was cancelled does not', () => {
    for (const at of ['2026-08-31', '2026-09-01', '2027-06-01']) {
      expect(priceOf('anthropic', 'claude-sonnet-5', at)).toBe('2/10/0.2')
    }
    for (const id of ['gemini-3.6-flash', 'gemini-3.7-flash']) {
      expect(priceOf('google', id, '2026-12-31T23:59:59Z')).toBe('0.75/3.75/0.075')
      expect(priceOf('google', id, '2027-01-01')).toBe('1.5/7.5/0.15')
    }
  })

  test.each([
    ['openai', 'o3', '2025-06-09', '10/40/0.5'],
    ['openai', 'o3', '2025-06-10', '2/8/0.5'],
    ['openai', 'gpt-5.6-luna', '2026-07-29', '1/6/0.1'],
    ['openai', 'gpt-5.6-luna-2026-07-09', '2026-07-30', '0.2/1.2/0.02'],
    ['openai', 'gpt-5.6-sol', '2026-08-20', '5/30/0.5'],
    ['openai', 'gpt-5.6', '2026-08-21', '4/20/0.4'],
    ['xai', 'grok-4.20', '2026-05-19', '2/6/0.2'],
    ['xai', 'grok-4.20', '2026-05-20', '1.25/2.5/0.2'],
    ['mistral', 'mistral-medium-latest', '2026-06-03', '0.4/2/undefined'],
  ])('%s/%s on %s: %s', (provider, model, at, price) => {
    expect(priceOf(provider, model, at)).toBe(price)
  })

  test('a long prompt costs Opus 4.6 more until the day the surcharge went', () => {
    const usage = { ...noUsage, input: 300_000 }
    const costOn = (at: string) =>
      costAt(all.find('anthropic', 'claude-opus-4-6', instant(at))!.segment!, usage, instant(at))
    expect(costOn('2026-03-12')).toBe(usd('3'))
    expect(costOn('2026-03-13')).toBe(usd('1.5'))
  })

  test('yuan are yuan: the same model at its two sellers', () => {
    const segmentOf = (provider: string) =>
      all.find(provider, 'glm-5', instant('2026-11-01'))?.segment
    expect(segmentOf('zhipu')).toMatchObject({
      currency: 'CNY',
      price: { input: '4', output: '18' },
    })
    expect(segmentOf('zai')).toMatchObject({
      currency: 'USD',
      price: { input: '1', output: '3.2' },
    })
    const card = all.find('zhipu', 'glm-5v-turbo', instant('2026-11-01'))?.segment
    expect(card?.currency).toBe('CNY')
  })

  test.each([
    ['zhipu', 'glm-4-9b'],
    ['deepseek', 'deepseek-v4-flash'],
    ['moonshot', 'kimi-k2'],
    ['openai', 'text-embedding-3-small'],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:acme::8xK2'],
    ['sim', 'echo'],
    ['sim', 'fault/http-500'],
  ])('%s/%s has a price', (provider, model) => {
    expect(all.find(provider, model, instant('2026-11-21'))?.segment).not.toBeNull()
  })

  test.each([
    ['deepseek', 'deepseek-v5'],
    ['openai', 'gpt-4o-2027-01-01'],
    ['openai', 'ft:gpt-5:acme::8xK2'],
    ['openrouter', 'openrouter/auto'],
  ])('%s/%s is not known', (provider, model) => {
    expect(all.find(provider, model, instant('2026-11-21'))).toBeNull()
  })
})
