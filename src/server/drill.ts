import {
  byDaysLeft,
  type EndingModel,
  exposures,
  feed,
  type Spending,
} from '../control/drill/deprecations.ts'
import type { Effort } from '../control/drill/leave.ts'
import { rehearse } from '../control/drill/rehearsal.ts'
import { type Instant, isoText } from '../core/clock.ts'
import { invalidRequest } from '../core/errors.ts'
import { dayStart } from '../core/zone.ts'
import type { CostQuery } from '../store/ports.ts'
import type { Asked } from './asked.ts'
import { evidenceOf } from './concentration.ts'
import type { DeprecationsJson, RehearsalJson } from './contract/drill.ts'
import type { Control } from './control.ts'
import { inOrder, instantOf, momentOf } from './query.ts'

/** /api/economics/drill and /api/economics/deprecations: leaving, from the ledger's sums. */

/** 15,000 dollars a month with everything, over 21 days: the pay that a break-even reckons with. */
const dayRateUsual = '714'
const daysUsual = '0,3,10'

/** @throws invalid_request */
export async function showDrill({ control, query }: Asked): Promise<RehearsalJson> {
  const provider = query.get('leave')
  const { providers } = control.snapshot()
  if (provider === null || !providers.has(provider))
    throw invalidRequest(
      `'leave' has to name a live provider: ${[...providers.keys()].join(', ') || 'there is none'}.`,
    ).at('leave')
  const terms = { effort: effortOf(query), dayRate: dayRateOf(query) }
  const now = control.clock.now()
  const since = instantOf(query, 'since', control) ?? momentOf('1d', 'since', control)
  const until = instantOf(query, 'until', control) ?? now
  inOrder(query, { since, until })
  const sums = (second: CostQuery['by'][number]) =>
    control.store.costs({ by: ['task', second], filters: { provider }, since, until })
  const [models, customers, features, chain] = await Promise.all([
    sums('model'),
    sums('customer'),
    sums('feature'),
    control.store.certificates(),
  ])
  return rehearse(
    provider,
    {
      tasks: boundTasks(control),
      rows: models.rows,
      customers: customers.rows,
      features: features.rows,
      since: models.since,
      // The hour that runs is in the sums up to now.
      until: Math.min(models.until, now) as Instant,
      tested: evidenceOf(chain),
      now,
      cardAt: (name, at) => modelAt(control, name, at)?.segment ?? null,
      isLive: (id) => providers.has(id),
    },
    terms,
  )
}

export function boundTasks(control: Control) {
  return [...control.snapshot().tasks.values()].map(({ name, candidates }) => ({
    name,
    models: candidates.map(({ provider, model }) => `${provider}/${model}`),
  }))
}

export function modelAt(control: Control, name: string, at: Instant) {
  const slash = name.indexOf('/')
  return control.snapshot().catalog.find(name.slice(0, slash), name.slice(slash + 1), at)
}

/** @throws invalid_request */
function effortOf(query: URLSearchParams): Effort {
  const text = query.get('days') ?? daysUsual
  const parts = text.split(',')
  const [tested, untested, none] = parts.map(Number)
  const isDays = (each: string): boolean => /^\d+(\.\d+)?$/.test(each) && Number(each) <= 1_000
  if (parts.length !== 3 || !parts.every(isDays))
    throw invalidRequest("'days' has to be three numbers of days such as 0,3,10.").at('days')
  return { tested: tested!, untested: untested!, none: none! }
}

/** @throws invalid_request */
function dayRateOf(query: URLSearchParams): number {
  const text = query.get('day_rate') ?? dayRateUsual
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value > 100_000)
    throw invalidRequest("'day_rate' has to be USD from 0 to 100000.").at('day_rate')
  return value
}

/** @throws invalid_request */
export async function showDeprecations({ control, query }: Asked): Promise<DeprecationsJson> {
  const now = control.clock.now()
  const since = instantOf(query, 'since', control) ?? momentOf('30d', 'since', control)
  const until = instantOf(query, 'until', control) ?? now
  inOrder(query, { since, until })
  const asked = endsOf(query)
  const { rows, ...span } = await control.store.costs({ by: ['model'], filters: {}, since, until })
  const called = rows.flatMap(({ group: [model] }) =>
    model === null || model === undefined ? [] : [model],
  )
  const ending = called.flatMap((model): EndingModel[] => {
    const said = asked.get(model)
    if (said !== undefined) return [{ model, shutdown: said, replacement: null, source: 'asked' }]
    const facts = modelAt(control, model, now)?.model ?? null
    return facts === null || facts.shutdown === null
      ? []
      : [{ model, shutdown: facts.shutdown, replacement: facts.replacement, source: 'catalog' }]
  })
  // Of each by itself: of all models together the rows of a small one would be cut away.
  const spending = await Promise.all(
    ending.map(({ model }) => spendingOn(control, model, since, until)),
  )
  const all = spending.flatMap((each) => each.rows)
  const today = isoText(now).slice(0, 10)
  const unused = [...asked.keys()].filter((model) => !called.includes(model))
  return {
    today,
    feed_ends: feed.ends,
    since: isoText(span.since),
    until: isoText(span.until),
    models_checked: called.length,
    cut: span.cut || spending.some(({ cut }) => cut),
    models: exposures(ending, all, today),
    by_days_left: byDaysLeft(ending, all, today),
    notes: [
      `Days are those of the public feed that the catalog was made from, which ends in November 2025 (read ${feed.readOn}, newest announcement ${feed.newest}): what was announced since is missing where the catalog does not know it from elsewhere. Ask the vendor before you rely on silence.`,
      ...unused.map((model) => `${model} was not called in this time.`),
    ],
  }
}

async function spendingOn(control: Control, model: string, since: Instant, until: Instant) {
  const { rows, cut } = await control.store.costs({
    by: ['customer', 'task'],
    filters: { model },
    since,
    until,
  })
  return {
    cut,
    rows: rows.map(({ group, calls, attempts, cost, costUnknown }): Spending => ({
      model,
      customer: group[0] ?? null,
      task: group[1] ?? null,
      calls,
      attempts,
      cost,
      costUnknown,
    })),
  }
}

/** 'acme/large=2027-01-31': what a vendor has said, and no feed knows. */
function endsOf(query: URLSearchParams): ReadonlyMap<string, string> {
  return new Map(
    query.getAll('ends').map((text) => {
      const [, model, day = ''] = /^([^=]+\/[^=]+)=(\d{4}-\d{2}-\d{2})$/.exec(text) ?? []
      if (model === undefined || dayStart(day, 'UTC') === null)
        throw invalidRequest(
          `'ends' has to be such as acme/large=2027-01-31, not ${JSON.stringify(text.slice(0, 60))}.`,
        ).at('ends')
      return [model, day] as const
    }),
  )
}
