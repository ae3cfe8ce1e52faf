import { type Instant, isoText } from '../../core/clock.ts'
import { Fraction } from '../../core/fraction.ts'
import { Calendar, hourUs } from '../../store/calendar.ts'
import { cellsByClass, type ClassCell } from '../analytics/clock-classes.ts'
import { isChosen, isShared } from '../analytics/environments.ts'
import { drawDown } from './credits.ts'
import { hoursPerMonth } from './hours.ts'
import { idleCost } from './idle-cost.ts'
import { paymentsIn } from './payments.ts'
import { cheaperElsewhere, type Reroute } from './reroute.ts'
import {
  type CardAt,
  eventCard,
  meets,
  type Priced,
  type PricedCell,
  type PriceShock,
  underEvent,
  underShock,
} from './what-if.ts'
import { daysOf, partSpan } from './what-if-days.ts'
import { eventOf, type FoundEvent } from './what-if-event.ts'
import {
  largestRise,
  lossOf,
  outcomeOf,
  type Result,
  resultOf,
  round,
  shareOf,
  text,
  turnedNegative,
} from './what-if-outcome.ts'
import type {
  Outcome,
  RerouteJson,
  WhatIfQuery,
  WhatIfReport,
  WhatIfSources,
} from './what-if-types.ts'

const namesMax = 50

/** @throws RangeError for an event that is not known, or says nothing about these models */
export async function whatIfReport(
  sources: WhatIfSources,
  query: WhatIfQuery,
): Promise<WhatIfReport> {
  const { ledger, timezone, terms, book } = sources
  const calendar = new Calendar(timezone)
  const since = calendar.hourStart(query.since)
  const until = (calendar.hourStart((query.until - 1) as Instant) + hourUs) as Instant
  if (until <= since) throw new RangeError('That is no time at all: since is not before until.')
  const event = query.event === null ? null : eventOf(query, since, sources.sellers)
  const price = pricing(query, event, sources.cardAt)
  const classOf = classesOf(query, event, sources, price.watched)
  const credited = new Set(query.credits.map(({ provider }) => provider))
  const isStruck = (model: string): boolean =>
    price.isStruck(model) || credited.has(providerOf(model))
  const asked = { since, until, timezone, filters: {}, isApart: isStruck }
  const [byDay, byCustomer] = await Promise.all([
    cellsByClass(ledger, {
      ...asked,
      classOf: (at) => classOf(at, true),
      by: ['env', 'model', 'task', 'role'],
      byDay: true,
    }),
    cellsByClass(ledger, {
      ...asked,
      classOf: (at) => classOf(at, false),
      by: ['env', 'model', 'task', 'role', 'customer'],
      byDay: false,
    }),
  ])
  const chosen = (cell: ClassCell): boolean => isChosen(cell.group[0] ?? null, query.env)
  const days = byDay.cells.filter(chosen)
  const covered = coveredBy(days, query.credits)
  const daily = days.map((cell) => pricedCell(cell, price, covered))
  const single = byCustomer.cells.filter(chosen).map((cell) => pricedCell(cell, price, covered))

  const reroutes = cheaperElsewhere(daily, sources.tasks, isStruck, sources.cardAt)
  // The hour that runs has cost what it did up to now, and no more is earned by then.
  const end = (sources.now > since ? Math.min(until, sources.now) : until) as Instant
  const span = partSpan(calendar, since, end)
  const paid = await book.revenue(span)
  const payments = paymentsIn(paid, span)
  const idle = await idleCost(sources, { since, until: end })
  const months = new Fraction(
    BigInt(Math.max(1, Math.round((end - since) / 1e6))),
    BigInt(hoursPerMonth * 3_600),
  )
  const state = (of: (cell: PricedCell) => bigint | null): Result =>
    resultOf(single, of, { payments, terms, months, idle })
  const results = {
    before: state(({ before }) => before),
    after: state(({ after }) => after),
    rerouted: state((cell) => reroutes.shareOf(cell)),
  }
  const total = (of: (cell: PricedCell) => bigint | null): bigint =>
    daily.reduce((sum, cell) => sum + (of(cell) ?? 0n), 0n)
  const struck = total((cell) => (cell.struck ? cell.before : 0n))
  const cash = query.cash ?? terms.cash
  const means = {
    cash,
    terms,
    months: months.toNumber(),
    idle,
    billBefore: results.before.bill,
    changeMonth: monthOf(query.from, sources.now),
  }
  const outcome = (result: Result): Outcome => outcomeOf(result, means)
  const [before, after, rerouted] = [results.before, results.after, results.rerouted].map(
    outcome,
  ) as [Outcome, Outcome, Outcome]
  const negative = turnedNegative(results.before.statement, results.after.statement)
  const attempts = daily.reduce((sum, { cell }) => sum + cell.attempts, 0)
  const unknown = daily.reduce((sum, { cell }) => sum + cell.costUnknown, 0)
  const unpriced = daily.reduce(
    (sum, { cell, after: cost }) => sum + (cost === null ? cell.attempts - cell.costUnknown : 0),
    0,
  )
  const daysBill = daysOf(daily, reroutes, calendar, {
    since,
    until: end,
    payments: paid,
  })
  return {
    since: isoText(since),
    until: isoText(until),
    timezone,
    env: query.env,
    what: price.says,
    event: event === null ? null : event.json,
    ledger_usd: text(total(({ cell }) => cell.cost)),
    before,
    after,
    rerouted:
      reroutes.routes.length === 0 ? null : { ...rerouted, routes: reroutes.routes.map(routeJson) },
    margin_loss: lossOf(before, after),
    margin_loss_rerouted: reroutes.routes.length === 0 ? null : lossOf(before, rerouted),
    turn_negative: negative.slice(0, namesMax).map((each) => ({
      customer: each.customer,
      before_usd: text(each.before),
      after_usd: text(each.after),
    })),
    turn_negative_count: negative.length,
    largest_rise: largestRise(results.before, struck, query.targetMargin),
    target_margin: query.targetMargin,
    struck_usd: text(struck),
    struck_share: shareOf(
      struck,
      total(({ before: cost }) => cost),
    ),
    days: daysBill,
    credits: query.credits.map((credit) => {
      const drawn = drawDown(
        credit,
        daily.map(({ day, model, after: cost }) => ({ day, model, cost })),
      )
      return {
        provider: credit.provider,
        usd: text(credit.usd),
        used_usd: text(drawn.used),
        ends: drawn.ends,
      }
    }),
    coverage: {
      attempts,
      cost_unknown: unknown,
      unpriced,
      share: attempts === 0 ? null : round(1 - (unknown + unpriced) / attempts, 6),
    },
    source:
      event === null
        ? "the ledger's sums by hour and day"
        : "tokens of the ledger by hour, at the event's cards",
    confidence:
      'measured traffic that stays as it is; a model that stands in is reckoned with the same count of tokens',
    notes: notesOf({
      attempts,
      unknown,
      unpriced,
      cut: byDay.cut || byCustomer.cut,
      revenue: payments.rows,
      cash,
      struck,
      unmet: unmetOf(query, daily),
      unconverted: payments.unconverted.length,
      isLater: query.event === null && query.from !== null && query.from >= until,
    }),
  }
}

/** What is asked for, in a form that prices a cell and says which models it is about. */
interface Pricing {
  readonly says: readonly string[]
  readonly isStruck: (model: string) => boolean
  readonly of: (cell: ClassCell, model: string) => Priced
  /** Whether the hours have to be told apart by the catalog's cards. */
  readonly watched: boolean
}

/** The share of each provider's bill that its credit covers. */
function coveredBy(
  cells: readonly ClassCell[],
  credits: WhatIfQuery['credits'],
): ReadonlyMap<string, Fraction> {
  return new Map(
    credits.map(({ provider, usd }) => {
      const bill = cells.reduce(
        (sum, { group, cost }) => (providerOf(group[1] ?? '') === provider ? sum + cost : sum),
        0n,
      )
      return [provider, bill <= usd ? Fraction.one : new Fraction(usd, bill)]
    }),
  )
}

function providerOf(model: string): string {
  return model.slice(0, model.indexOf('/'))
}

/** From 1; a change that has come is in force from the first on. */
function monthOf(from: Instant | null, now: Instant): number {
  if (from === null || from <= now) return 1
  return 1 + Math.floor((from - now) / (hoursPerMonth * hourUs))
}

function pricedCell(
  cell: ClassCell,
  price: Pricing,
  covered: ReadonlyMap<string, Fraction>,
): PricedCell {
  const [, model, task, role, customer] = cell.group
  const name = model ?? ''
  const priced = price.of(cell, name)
  const share = covered.get(providerOf(name)) ?? null
  return {
    ...priced,
    // A credit pays a part of the bill before; what if there is none is the question.
    ...(share !== null && {
      struck: true,
      before:
        priced.before === null
          ? null
          : Fraction.of(priced.before).times(Fraction.one.minus(share)).round(),
    }),
    cell,
    day: cell.day ?? '',
    model: name,
    task: task ?? null,
    customer: customer ?? null,
    isShared: isShared(role ?? null),
  }
}

function pricing(query: WhatIfQuery, event: FoundEvent | null, cardAt: CardAt): Pricing {
  if (event !== null) {
    return {
      says: [`${event.json.id}: ${event.json.kind}`],
      isStruck: (model) => event.replayed.models.has(model),
      of: (cell, model) => underEvent(cell, model, event.replayed),
      watched: false,
    }
  }
  const { shocks, from } = query
  return {
    says: [
      ...shocks.map(shockText),
      ...query.credits.map(({ provider }) => `the credit of ${provider} has run out`),
    ],
    isStruck: (model) => shocks.some(({ subject }) => meets(subject, model)),
    of: (cell, model) =>
      from !== null && cell.hours.at < from && from < query.until
        ? { before: cell.cost, after: cell.cost, struck: false }
        : underShock(cell, model, shocks, cardAt),
    watched: shocks.some(({ meter }) => meter !== null),
  }
}

function shockText({ subject, meter, rise, card }: PriceShock): string {
  if (card !== null) return `${subject} at a price of its own`
  const percent = rise.times(Fraction.of(100)).text(2)
  return `${subject}${meter === null ? '' : ` (${meter})`} ${rise.isNegative ? '' : '+'}${percent} %`
}

/**
 * Hours are told apart as far as something hangs on it: the event's cards, the first day, and with
 * `standIns` the clocks of the models that could stand in.
 */
function classesOf(
  { from, until }: WhatIfQuery,
  event: FoundEvent | null,
  { tasks, cardAt }: WhatIfSources,
  watched: boolean,
): (at: Instant, standIns: boolean) => string {
  const every = [...new Set([...tasks.values()].flat())]
  const next = [...new Set([...tasks.values()].filter((names) => names.length > 1).flat())]
  const isLate = (at: Instant): string =>
    event === null && from !== null && from < until ? String(at >= from) : ''
  return (at, standIns) => {
    const named = watched ? every : standIns ? next : []
    return JSON.stringify([
      isLate(at),
      event === null ? '' : eventCard(event.replayed, at),
      ...named.map((name) => cardAt(name, at)?.id ?? ''),
    ])
  }
}

/** Whom the question is about, and who was not called at all. */
function unmetOf({ shocks, credits }: WhatIfQuery, cells: readonly PricedCell[]): string[] {
  const subjects = [
    ...shocks.map(({ subject }) => subject),
    ...credits.map(({ provider }) => provider),
  ]
  return [...new Set(subjects)].filter(
    (subject) => !cells.some(({ model }) => meets(subject, model)),
  )
}

function routeJson(route: Reroute['routes'][number]): RerouteJson {
  const { task, from, to, stay, move, moves } = route
  return { task, from, to, stay_usd: text(stay), move_usd: text(move), moves }
}

interface Noted {
  readonly attempts: number
  readonly unknown: number
  readonly unpriced: number
  readonly cut: boolean
  readonly revenue: number
  readonly cash: bigint | null
  readonly struck: bigint
  readonly unmet: readonly string[]
  readonly unconverted: number
  readonly isLater: boolean
}

function notesOf(noted: Noted): readonly string[] {
  const { attempts, unknown, unpriced, cut, revenue, cash, struck, unmet, unconverted, isLater } =
    noted
  return [
    attempts === 0 ? 'The ledger has no calls in this time.' : null,
    attempts > 0 && unmet.length > 0
      ? `${unmet.join(' and ')} ${unmet.length === 1 ? 'was' : 'were'} not called in this time. The models that were: freehold costs --by model`
      : null,
    attempts > 0 && struck === 0n ? 'Nothing that was spent in this time is struck by it.' : null,
    unknown > 0
      ? `${unknown} of ${attempts} attempts have no known cost and are in no bill.`
      : null,
    unpriced > 0
      ? `Of ${unpriced} of ${attempts} attempts the new cost cannot be told, because a card does not name what they used.`
      : null,
    revenue === 0
      ? 'No revenue is entered for this time, so that there is no margin: freehold margin import revenue.csv'
      : null,
    cash === null
      ? 'No cash is entered, so that there is no runway: economics.cash, or --cash.'
      : null,
    unconverted > 0
      ? 'Revenue in a currency without a known rate is in no figure; freehold margin names it.'
      : null,
    isLater ? 'The change lies ahead: these days stand for days like them after it.' : null,
    cut ? 'There are more groups than one answer holds: the dearest are counted.' : null,
  ].filter((note) => note !== null)
}
