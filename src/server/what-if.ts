import { priceEvents } from '../catalog/events.ts'
import { invalidRequest } from '../core/errors.ts'
import { Fraction } from '../core/fraction.ts'
import { decimal, type Money, usd } from '../core/money.ts'
import { type Kind, kinds } from '../core/usage.ts'
import { type PriceShock } from '../control/economics/what-if.ts'
import { whatIfReport } from '../control/economics/what-if-report.ts'
import type { WhatIfQuery } from '../control/economics/what-if-types.ts'
import { type Instant, isoText } from '../core/clock.ts'
import type { Asked } from './asked.ts'
import type { PriceEventJson, WhatIfJson } from './contract/economics.ts'
import type { Control } from './control.ts'
import { amountOf, dayOf, marginSources } from './margin.ts'
import { inOrder } from './query.ts'

/** GET /api/whatif: the bill, margin and runway under prices that are not those of today. */

const dayUs = 86_400_000_000
const spanDaysMax = 366

/** @throws invalid_request */
export async function showWhatIf({ control, query }: Asked): Promise<WhatIfJson> {
  const now = control.clock.now()
  const until = dayOf(query, 'until', control) ?? now
  const since = dayOf(query, 'since', control) ?? ((until - 30 * dayUs) as Instant)
  inOrder(query, { since, until })
  if (until - since > spanDaysMax * dayUs)
    throw invalidRequest(`At most ${spanDaysMax} days can be looked at.`).at('since')
  const asked: WhatIfQuery = {
    shocks: [...shocksOf(query), ...cardsOf(query)],
    event: query.get('event'),
    on: query.get('event') === null ? null : query.get('model'),
    credits: creditsOf(query),
    since,
    until,
    from: dayOf(query, 'from', control),
    env: query.get('env') ?? 'production',
    cash: amountOf(query, 'cash'),
    targetMargin: targetOf(query),
  }
  if (asked.shocks.length === 0 && asked.event === null && asked.credits.length === 0)
    throw invalidRequest(
      "What if what? 'shock' (deepseek=+50%), 'price' (acme/large=0.22/0.66), 'credit' (acme=500) or 'event' says it.",
    )
  if (asked.event !== null && asked.shocks.length > 0)
    throw invalidRequest("Give 'event', or 'shock' and 'price', not both.").at('event')
  try {
    return await whatIfReport(sourcesOf(control), asked)
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

/** Changes of price that happened, and that can be played again on one's own calls. The latest first. */
export function listPriceEvents({ control }: Asked): {
  readonly events: readonly PriceEventJson[]
} {
  const { providers } = control.snapshot()
  const live = new Set([...providers.values()].map(({ facts }) => facts.id))
  return {
    events: priceEvents()
      .filter(({ after }) => after.length > 0)
      .map(({ id, at, kind, provider, models, effective, source }) => ({
        id,
        at: isoText(at),
        kind,
        provider,
        models,
        effective,
        source,
        live: live.has(provider),
      }))
      .toReversed(),
  }
}

function sourcesOf(control: Control) {
  const { providers, tasks, catalog } = control.snapshot()
  return {
    ...marginSources(control),
    cardAt: (name: string, at: Instant) => {
      const slash = name.indexOf('/')
      return catalog.find(name.slice(0, slash), name.slice(slash + 1), at)?.segment ?? null
    },
    sellers: new Map([...providers.values()].map(({ id, facts }) => [id, facts.id])),
    tasks: new Map(
      [...tasks.values()].map(({ name, candidates }) => [
        name,
        candidates.map(({ provider, model }) => `${provider}/${model}`),
      ]),
    ),
  }
}

const meters: Readonly<Record<string, Kind>> = Object.fromEntries(
  kinds.map((kind) => [kind.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), kind]),
)

function meterOf(text: string | null): Kind | null {
  if (text === null || text === '') return null
  const kind = Object.hasOwn(meters, text) ? meters[text] : undefined
  if (kind === undefined)
    throw invalidRequest(`'meter' has to be one of ${Object.keys(meters).join(', ')}.`).at('meter')
  return kind
}

/** 'deepseek=+50%', 'deepseek/deepseek-v4-flash:output=+50%', or '+50%' of what `model` names. */
function shocksOf(query: URLSearchParams): readonly PriceShock[] {
  return query.getAll('shock').map((text) => {
    const [, named, sign = '', amount = ''] =
      /^(?:([^=]+)=)?([+-]?)(\d{1,6}(?:\.\d{1,6})?)%$/.exec(text) ?? []
    const [own, ownMeter] = meteredOf(named ?? null)
    const subject = own ?? query.get('model')
    if (amount === '' || subject === null)
      throw invalidRequest(
        `'shock' has to be such as deepseek=+50% or acme/large:output=+20%, not ${JSON.stringify(text.slice(0, 60))}.`,
      ).at('shock')
    const size = Fraction.of(amount).over(Fraction.of(100))
    const rise = sign === '-' ? size.negated() : size
    if (rise.compare(Fraction.of(-1)) < 0)
      throw invalidRequest('A price cannot fall by more than 100 %.').at('shock')
    return { subject, meter: ownMeter ?? meterOf(query.get('meter')), rise, card: null }
  })
}

/** What stands behind the last colon is a meter where it is called as one: 'house/qwen3:32b' is a model. */
function meteredOf(named: string | null): readonly [subject: string | null, meter: Kind | null] {
  const colon = named?.lastIndexOf(':') ?? -1
  const tail = named?.slice(colon + 1) ?? ''
  return colon > 0 && Object.hasOwn(meters, tail)
    ? [named!.slice(0, colon), meters[tail]!]
    : [named, null]
}

/** 'acme/large=0.22/0.66' or with a price for what is read from the cache behind it. */
function cardsOf(query: URLSearchParams): readonly PriceShock[] {
  return query.getAll('price').map((text) => {
    const match = /^([^=]+)=(\d[\d.]*)\/(\d[\d.]*)(?:\/(\d[\d.]*))?$/.exec(text)
    try {
      const [, subject = '', input = '', output = '', cacheRead] = match ?? []
      const price = {
        input: decimal(input),
        output: decimal(output),
        ...(cacheRead !== undefined && { cacheRead: decimal(cacheRead) }),
      }
      const card = { id: 'asked', price, currency: 'USD', source: 'asked', readOn: null } as const
      return { subject, meter: null, rise: Fraction.zero, card }
    } catch {
      throw invalidRequest(
        `'price' has to be such as acme/large=0.22/0.66, USD per million tokens in and out, not ${JSON.stringify(text.slice(0, 60))}.`,
      ).at('price')
    }
  })
}

/** 'acme=500': that much is paid by a credit in the time that is looked at. */
function creditsOf(query: URLSearchParams): readonly { provider: string; usd: Money }[] {
  return query.getAll('credit').map((text) => {
    const [, provider, amount = ''] = /^([^=/]+)=([\d.]+)$/.exec(text) ?? []
    try {
      if (provider !== undefined) return { provider, usd: usd(amount) }
    } catch {
      // Said below.
    }
    throw invalidRequest(
      `'credit' has to be such as acme=500, a provider and USD, not ${JSON.stringify(text.slice(0, 60))}.`,
    ).at('credit')
  })
}

function targetOf(query: URLSearchParams): number {
  const text = query.get('target_margin') ?? '0'
  const target = Number(text)
  if (!/^-?\d{1,2}(\.\d{1,9})?$/.test(text) || target >= 1)
    throw invalidRequest("'target_margin' has to be a share below 1 such as 0.2.").at(
      'target_margin',
    )
  return target
}
