import { Fraction } from '../../core/fraction.ts'
import { monthlyCost, type Range, sumOf, tokensPerDayFor } from './scenarios.ts'

/**
 * The planning figures that people carry around, as they were printed in 2026 in a widely read comparison of
 * self-hosting with APIs, and the same figures reckoned again from their own premises. USD per month.
 */

export const scenarioNames = ['early', 'growth', 'enterprise'] as const

export type ScenarioName = (typeof scenarioNames)[number]

interface PrintedApi {
  readonly option: string
  readonly printed: string
  /** USD per million output tokens, as printed. */
  readonly perMillion: string
  readonly said: string
}

interface PrintedOwn {
  readonly option: string
  readonly printed: Range
  readonly hidden: 'cloud' | 'on-premises'
  readonly said: string
  /** What the measured world says of it. */
  readonly note: string
}

interface Scenario {
  readonly tokensPerDay: number
  readonly verdict: string
  readonly api: readonly PrintedApi[]
  readonly own: readonly PrintedOwn[]
}

const days = 30

const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  early: {
    tokensPerDay: 1_000_000,
    verdict: 'API wins by 32x',
    api: [
      {
        option: 'API, DeepSeek V4 Flash',
        printed: '12.50',
        perMillion: '0.25',
        said: '30M tokens x $0.25/M',
      },
    ],
    own: [
      {
        option: 'own, the smallest card',
        printed: { low: 400, high: 800 },
        hidden: 'cloud',
        said: 'even an idle card costs money',
        note: 'V4 Flash does not fit the smallest card: this compares two models.',
      },
    ],
  },
  growth: {
    tokensPerDay: 50_000_000,
    verdict: 'API wins by 3-5x',
    api: [
      {
        option: 'API, DeepSeek V4 Flash',
        printed: '375',
        perMillion: '0.25',
        said: '1.5B tokens x $0.25/M',
      },
    ],
    own: [
      {
        option: 'own, 2 x A100 80 GB',
        printed: { low: 1_000, high: 2_000 },
        hidden: 'cloud',
        said: 'can handle about 50M a day',
        note: 'Two such cards hold a model of 32B, not V4 Flash; one alone was measured at 177M tokens a day with Qwen3-32B, saturated, with 84 s to the first token.',
      },
    ],
  },
  enterprise: {
    tokensPerDay: 500_000_000,
    verdict: 'tied; the decision flips',
    api: [
      {
        option: 'API, DeepSeek V4 Flash',
        printed: '3750',
        perMillion: '0.25',
        said: '15B tokens x $0.25/M',
      },
      {
        option: 'API, Qwen3-32B',
        printed: '4200',
        perMillion: '0.28',
        said: 'lower price per token',
      },
    ],
    own: [
      {
        option: 'own, 8 x A100',
        printed: { low: 4_000, high: 8_000 },
        hidden: 'cloud',
        said: 'break-even zone',
        note: 'Eight were measured at 400M tokens a day with Qwen3-235B, saturated, with 21 s to the first token; their rent in 2026 is $7,008 (a median of offers) to $20,036 (a hyperscaler).',
      },
      {
        option: 'own, 8 x A100 bought',
        printed: { low: 2_000, high: 4_000 },
        hidden: 'on-premises',
        said: 'if you own the hardware',
        note: 'Electricity comes on top; it stands among the hidden costs.',
      },
    ],
  },
}

/** What was printed of costs that nobody quotes; the last is due on machines of one's own alone. */
const hiddenRows: readonly (Range & { readonly what: string })[] = [
  { what: 'load balancer, API gateway', low: 50, high: 200 },
  { what: 'monitoring and alerts', low: 50, high: 200 },
  { what: 'part of an engineer', low: 500, high: 3_000 },
  { what: 'updates of the model', low: 100, high: 500 },
  { what: 'electricity, on premises', low: 200, high: 1_000 },
]

const hidden = {
  cloud: sumOf(hiddenRows.slice(0, -1)),
  'on-premises': sumOf(hiddenRows),
} as const

/** The vendor's own cards of the model in the figures; input and output in USD per million. */
const cards = [
  { when: 'list, April to August 2026', input: '0.14', output: '0.28' },
  { when: 'since 16 August 2026, off-peak', input: '0.22', output: '0.66' },
  { when: 'since 16 August 2026, peak', input: '0.44', output: '1.32' },
] as const
/** Input tokens as a share of all, where nothing is said of it: four of five. */
const inputShare = Fraction.of('0.8')

export interface ScenarioReport {
  readonly scenario: ScenarioName
  readonly tokensPerDay: number
  readonly printedVerdict: string
  readonly api: readonly {
    readonly option: string
    readonly printed: string
    readonly ours: string
    readonly agrees: boolean
    readonly why: string
  }[]
  /** The same month at the cards of the vendor, input and output apart. */
  readonly cards: readonly { readonly when: string; readonly monthly: string }[]
  readonly own: readonly {
    readonly option: string
    readonly printed: Range
    readonly withHidden: Range
    /** Times the first API's month, without and with hidden costs. */
    readonly times: Range
    readonly timesWithHidden: Range
    /** Tokens a day at which the API's printed price comes to as much, without and with hidden costs. */
    readonly breakEven: Range
    readonly breakEvenWithHidden: Range
    readonly note: string
  }[]
  readonly verdict: string
}

export function scenarioReport(name: ScenarioName): ScenarioReport {
  const { tokensPerDay, verdict, api, own } = scenarios[name]
  const tokens = Fraction.of(tokensPerDay)
  const month = Fraction.of(days)
  const months = api.map(({ perMillion }) => monthlyCost(tokens, month, Fraction.of(perMillion)))
  const first = months[0]!
  const price = Fraction.of(api[0]!.perMillion)
  const perDay = (monthly: number): number =>
    Math.round(tokensPerDayFor(Fraction.of(monthly), price, month).toNumber())
  const times = ({ low, high }: Range): Range => ({
    low: rounded(low / first.toNumber()),
    high: rounded(high / first.toNumber()),
  })
  const owned = own.map(({ option, printed, hidden: kind, note }) => {
    const withHidden = sumOf([printed, hidden[kind]])
    return {
      option,
      printed,
      withHidden,
      times: times(printed),
      timesWithHidden: times(withHidden),
      breakEven: { low: perDay(printed.low), high: perDay(printed.high) },
      breakEvenWithHidden: { low: perDay(withHidden.low), high: perDay(withHidden.high) },
      note,
    }
  })
  return {
    scenario: name,
    tokensPerDay,
    printedVerdict: verdict,
    api: api.map((each, at) => apiRow(each, months[at]!, tokensPerDay)),
    cards: cards.map(({ when, input, output }) => {
      const blend = inputShare
        .times(Fraction.of(input))
        .plus(Fraction.one.minus(inputShare).times(Fraction.of(output)))
      return { when, monthly: cents(monthlyCost(tokens, month, blend)) }
    }),
    own: owned,
    verdict: verdictOf(owned[0]!),
  }
}

function apiRow({ option, printed, perMillion, said }: PrintedApi, ours: Fraction, perDay: number) {
  const agrees = ours.compare(Fraction.of(printed)) === 0
  const millions = (perDay * days) / 1e6
  const meant = Fraction.of(printed).over(Fraction.of(perMillion)).toNumber()
  const why = agrees
    ? dearer(perMillion, said)
    : `${millions}M x $${perMillion}/M is $${cents(ours)}; $${printed} would be ${meant}M tokens.`
  return { option, printed, ours: cents(ours), agrees, why }
}

/** A sum can be right and what was said of it wrong. */
function dearer(perMillion: string, said: string): string {
  return said === 'lower price per token' && Number(perMillion) > 0.25
    ? `The sum is right; the price per token is higher, not lower: ${perMillion} against 0.25.`
    : 'The sum is right. All tokens are taken at the price of output; see the cards below.'
}

function verdictOf({ times, timesWithHidden }: { times: Range; timesWithHidden: Range }): string {
  const text = ({ low, high }: Range): string => `${low} to ${high} times`
  if (timesWithHidden.low > 1)
    return `The API is cheaper: own machines cost ${text(times)} as much, ${text(timesWithHidden)} with what nobody quotes.`
  return `It depends: own machines cost ${text(times)} as much, ${text(timesWithHidden)} with what nobody quotes.`
}

/** '7.50': dollars with both digits. */
function cents(amount: Fraction): string {
  const [whole, rest = ''] = amount.text(2).split('.')
  return `${whole}.${rest.padEnd(2, '0')}`
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
