import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What happened to prices, from a folder of public facts: figures, dates and sources. */

interface Facts {
  readonly events: readonly Fact[]
}

type Amounts = Readonly<Record<string, string>>
interface Clocked {
  readonly offPeak?: Amounts
  readonly peak?: Amounts
}
type Card = Amounts | Clocked

interface Fact {
  readonly date: string
  readonly recorded?: string | boolean
  readonly vendor: string
  readonly model: string
  readonly kind: string
  readonly before?: Card
  readonly after?: Card
  readonly scheduled?: {
    readonly effective: string
    readonly before: Card
    readonly after: Card
  }
  readonly peakHoursUTC?: readonly (readonly [string, string])[]
  readonly source: string
}

interface Segment {
  readonly id: string
  readonly from?: string
  readonly to?: string
  readonly windows?: readonly (readonly [number, number])[]
  readonly days?: readonly number[]
  readonly utcOffsetMinutes?: number
  readonly price: Amounts
}

interface Event {
  readonly id: string
  readonly date: string
  /** False where the date is that of the table that changed. */
  readonly effective: boolean
  readonly provider: string
  readonly models: readonly string[]
  readonly kind: string
  /** Empty: the facts have no figures, and there is nothing to replay. */
  readonly before: readonly Segment[]
  readonly after: readonly Segment[]
  readonly source: string
}

/** As our providers are called; vendors that are not here sell no models. */
const providerOf: Readonly<Record<string, string>> = {
  alibaba: 'qwen',
  anthropic: 'anthropic',
  'aws-bedrock': 'bedrock',
  deepseek: 'deepseek',
  google: 'google',
  mistral: 'mistral',
  openai: 'openai',
  xai: 'xai',
  zhipu: 'zhipu',
}

/** The name goes on under the next model: github.com/BerriAI/litellm#37255. */
const alsoNamed: Readonly<Record<string, readonly string[]>> = {
  'deepseek-flash-2026-09-10': ['deepseek-v4-flash'],
}

/** The clock of DeepSeek's second card, for events whose facts name it only by the word peak. */
const clock = {
  windows: [
    [60, 240],
    [360, 600],
  ],
} as const
const everyDayUntil = '2026-08-22T16:00:00Z'
const beijingWeekdays = { days: [1, 2, 3, 4, 5], utcOffsetMinutes: 480 } as const

export function eventTexts(folder: string): ReadonlyMap<string, string> {
  const facts = JSON.parse(readFileSync(join(folder, 'price-events.json'), 'utf8')) as Facts
  const events = facts.events.flatMap(eventsOf)
  const all = [...events, summerOf(events)].toSorted((left, right) =>
    left.date === right.date ? (left.id < right.id ? -1 : 1) : left.date < right.date ? -1 : 1,
  )
  return new Map([
    [
      'price-events.json',
      `{"events":[\n${all.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`,
    ],
  ])
}

function eventsOf(fact: Fact): readonly Event[] {
  const provider = providerOf[fact.vendor]
  if (provider === undefined) return []
  const date = fact.scheduled?.effective ?? fact.date
  // A year alone is no moment from which anything could be replayed.
  const dated = /^\d{4}-\d{2}-\d{2}/.test(date)
  const models = fact.model.split(' / ').map((name) => name.replace(/ \(.*\)$/, ''))
  const id = `${models[0]}-${date.slice(0, 10)}`
  const before = fact.scheduled?.before ?? fact.before
  const after = fact.scheduled?.after ?? fact.after
  const priced = dated && before !== undefined && after !== undefined
  return [
    {
      id,
      date,
      effective: fact.recorded !== true,
      provider,
      models: [...models, ...(alsoNamed[id] ?? [])],
      kind: fact.kind,
      before: priced ? [flat(before, 'before')] : [],
      after: priced ? segmentsOf(after, date) : [],
      source: fact.source,
    },
  ]
}

const meters: Readonly<Record<string, string>> = {
  in: 'input',
  out: 'output',
  cacheRead: 'cacheRead',
  cacheWrite: 'cacheWrite5m',
}

function priceOf(amounts: Amounts): Amounts {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => {
      const meter = meters[name]
      if (meter === undefined) throw new RangeError(`price-events.json names a meter ${name}.`)
      return [meter, amount]
    }),
  )
}

function isClocked(card: Card): card is Clocked {
  return 'offPeak' in card || 'peak' in card
}

function flat(card: Card, id: string): Segment {
  return { id, price: priceOf(isClocked(card) ? (card.offPeak ?? {}) : (card as Amounts)) }
}

/** Of several that hold, the last does. */
function segmentsOf(card: Card, from: string): readonly Segment[] {
  if (!isClocked(card)) return [{ id: 'after', from, price: priceOf(card as Amounts) }]
  const peak = (id: string, when: Partial<Segment>): Segment => ({
    id,
    ...when,
    ...clock,
    price: priceOf(card.peak ?? {}),
  })
  return [
    { id: 'off-peak', from, price: priceOf(card.offPeak ?? {}) },
    ...(card.peak === undefined
      ? []
      : from < everyDayUntil
        ? [
            peak('peak', { from, to: everyDayUntil }),
            peak('peak-weekdays', { from: everyDayUntil, ...beijingWeekdays }),
          ]
        : [peak('peak-weekdays', { from, ...beijingWeekdays })]),
  ]
}

/** What a caller of one name paid from August to September 2026: the two events of it, one after the other. */
function summerOf(events: readonly Event[]): Event {
  const rise = events.find(({ id }) => id === 'deepseek-v4-flash-2026-08-16')
  const swap = events.find(({ id }) => id === 'deepseek-flash-2026-09-10')
  if (rise === undefined || swap === undefined)
    throw new RangeError('price-events.json no longer has the two events of DeepSeek V4 Flash.')
  return {
    ...rise,
    id: 'deepseek-summer-2026',
    kind: 'subsidy-ends+time-of-day, then silent-model-swap+cut',
    after: [
      ...rise.after,
      ...swap.after.map((segment) => ({ ...segment, id: `next-${segment.id}` })),
    ],
    source: `${rise.source}; ${swap.source}`,
  }
}
