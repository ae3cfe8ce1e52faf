import type { LatencyLimits, RentKind } from './self-host.ts'
import type { Questions } from './exceptions.ts'

/** What is asked of a break-even; all of it is plain data, so that another thread can be told. Amounts are USD as decimal text. */
export interface BreakEvenQuestion {
  /** The open-weight model that own machines would serve. */
  readonly model: string
  /** Null: the measured card that serves most, of those that are let. */
  readonly gpu: string | null
  readonly limits: LatencyLimits
  /** 'provider/model' that is paid now; null: what the task cost. */
  readonly api: string | null
  /** Of the input, read from the API's cache. */
  readonly cachedShare: number
  readonly kind: RentKind | 'owned'
  /** Of a card for an hour; null: the median of known offers. */
  readonly rent: string | null
  /** Of one card that is owned. */
  readonly capex: string | null
  /** Of an engineer who looks after it. */
  readonly people: string
  /** A month. */
  readonly salary: string
  /** Balancer, monitoring, updates a month. */
  readonly hidden: string
  readonly byHand: TrafficByHand | null
  /** Busiest hour per mean hour; null: as the calls say, else assumed. */
  readonly peak: number | null
  readonly exceptions: Omit<Questions, 'paysFrom' | 'callsPerMonth'>
}

export interface TrafficByHand {
  readonly tokensPerDay: number
  /** Of a call on average. */
  readonly inputTokens: number
  readonly outputTokens: number
}

/** Where the words of a question come from: options of a command, or the query of a path. */
export interface QuestionWords {
  /** @param name  as a command has it: 'tokens-per-day' */
  text(name: string): string | undefined
  flag(name: string): boolean
  /** How the source writes the name in a sentence. */
  shown(name: string): string
  /** '2s' as milliseconds; null for what is no duration. */
  duration(text: string): number | null
}

/** Words that make no question, with a sentence. */
export class QuestionFault extends RangeError {
  readonly option: string

  constructor(option: string, message: string) {
    super(message)
    this.option = option
  }
}

/** What an engineer who looks after machines takes, where nobody says otherwise. */
export const usualPeople = { people: '0.25', salary: '15000', hidden: '700' } as const
export const usualLimits: LatencyLimits = { ttftMs: 2_000, tpotMs: 50 }

/** @throws QuestionFault */
export function readQuestion(words: QuestionWords): BreakEvenQuestion {
  const { text, shown } = words
  const model = text('model')
  if (model === undefined || model === '')
    throw new QuestionFault(
      'model',
      `A break-even needs ${shown('model')}, the open-weight model that own machines would serve, such as qwen3-32b.`,
    )
  const kind = text('kind') ?? 'on-demand'
  if (kind !== 'on-demand' && kind !== 'spot' && kind !== 'reserved' && kind !== 'owned')
    throw new QuestionFault(
      'kind',
      `${shown('kind')} is on-demand, spot, reserved or owned, not ${JSON.stringify(kind)}.`,
    )
  const capex = decimalOf(words, 'capex')
  if (kind === 'owned' && capex === null)
    throw new QuestionFault(
      'capex',
      `${shown('kind')} owned needs ${shown('capex')}, the price of one card in USD, such as 30000.`,
    )
  const latency = text('latency')
  return {
    model,
    gpu: text('gpu') ?? null,
    limits: {
      ttftMs: durationOf(words, 'ttft') ?? usualLimits.ttftMs,
      tpotMs: durationOf(words, 'tpot') ?? usualLimits.tpotMs,
    },
    api: text('api') ?? null,
    cachedShare: shareOf(words, 'cached-share'),
    kind,
    rent: decimalOf(words, 'rent'),
    capex,
    people: decimalOf(words, 'people') ?? usualPeople.people,
    salary: decimalOf(words, 'salary') ?? usualPeople.salary,
    hidden: decimalOf(words, 'hidden') ?? usualPeople.hidden,
    byHand: byHandOf(words),
    peak: peakOf(words),
    exceptions: {
      compliance: words.flag('compliance'),
      research: words.flag('research'),
      idleGpus: words.flag('idle-gpus'),
      latencyMs: latency === undefined ? null : durationOf(words, 'latency'),
    },
  }
}

function byHandOf(words: QuestionWords): TrafficByHand | null {
  const { shown } = words
  const perDay = words.text('tokens-per-day')
  if (perDay === undefined) return null
  const inputTokens = countOf(words, 'input-tokens') ?? 800
  const outputTokens = countOf(words, 'output-tokens') ?? 200
  const tokensPerDay = amountOf(perDay)
  if (tokensPerDay === null || tokensPerDay <= 0)
    throw new QuestionFault(
      'tokens-per-day',
      `${shown('tokens-per-day')} is a number such as 50M, not ${JSON.stringify(perDay)}.`,
    )
  if (inputTokens + outputTokens <= 0)
    throw new QuestionFault('input-tokens', 'A call has at least one token.')
  return { tokensPerDay, inputTokens, outputTokens }
}

function peakOf(words: QuestionWords): number | null {
  const text = decimalOf(words, 'peak')
  if (text === null) return null
  if (Number(text) < 1)
    throw new QuestionFault(
      'peak',
      `${words.shown('peak')} is 1 or more: a peak is not below the mean.`,
    )
  return Number(text)
}

function shareOf(words: QuestionWords, name: string): number {
  const value = Number(decimalOf(words, name) ?? '0')
  if (value <= 1) return value
  throw new QuestionFault(name, `${words.shown(name)} is a share between 0 and 1, not ${value}.`)
}

const examples = {
  rent: '2.50',
  capex: '30000',
  peak: '3',
  'cached-share': '0.4',
  ...usualPeople,
} as const

function decimalOf(words: QuestionWords, name: keyof typeof examples | (string & {})) {
  const text = words.text(name)
  if (text === undefined) return null
  if (/^\d{1,12}(\.\d{1,6})?$/.test(text)) return text
  const example = examples[name as keyof typeof examples]
  throw new QuestionFault(
    name,
    `${words.shown(name)} is a number such as ${example}, not ${JSON.stringify(text.slice(0, 40))}.`,
  )
}

function durationOf(words: QuestionWords, name: string): number | null {
  const text = words.text(name)
  if (text === undefined) return null
  const value = words.duration(text)
  if (value !== null) return value
  throw new QuestionFault(
    name,
    `${words.shown(name)} is a duration such as 2s or 50ms, not ${JSON.stringify(text.slice(0, 40))}.`,
  )
}

function countOf(words: QuestionWords, name: string): number | null {
  const text = words.text(name)
  if (text === undefined) return null
  const value = amountOf(text)
  if (value !== null) return value
  throw new QuestionFault(
    name,
    `${words.shown(name)} is a number such as 800, not ${JSON.stringify(text.slice(0, 40))}.`,
  )
}

/** '50M', '1.2B', '3000', '64k'; null for anything else. */
function amountOf(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([kKmMbB]?)$/.exec(text)
  if (match === null) return null
  const units = { '': 1, k: 1e3, m: 1e6, b: 1e9 } as const
  return Number(match[1]) * units[(match[2] ?? '').toLowerCase() as keyof typeof units]
}
