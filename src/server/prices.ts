import { standard } from '../catalog/book.ts'
import { quoteOf } from '../catalog/tables/quote.ts'
import { isObject } from '../catalog/tables/table.ts'
import { instant, type Instant } from '../core/clock.ts'
import { correctionKinds } from '../core/correction.ts'
import { invalidRequest } from '../core/errors.ts'
import { priceKinds } from '../store/prices.ts'
import type { Asked } from './asked.ts'
import type { DriftWishJson, ImportWishJson, ReRatingWishJson } from './prices-json.ts'
import { decoded } from './request.ts'

/** /api/prices and /api/exports: what the price book says, and what comes of it. */

export async function listPrices({ control }: Asked): Promise<unknown> {
  return { versions: await control.prices.versions() }
}

/** @throws invalid_request */
export async function showPrice({ control, query }: Asked): Promise<unknown> {
  const model = query.get('model') ?? ''
  if (!model.includes('/')) throw invalidRequest("'model' has to be provider/model.").at('model')
  const now = control.clock.now()
  const at = momentOf(query.get('at'), 'at') ?? now
  const known = momentOf(query.get('known'), 'known') ?? now
  const region = query.get('region') ?? standard
  const mode = query.get('mode') ?? standard
  return { card: await control.prices.card(model, { at, known, region, mode }) }
}

/** @throws invalid_request */
export async function importPrices({ control, readBody }: Asked): Promise<unknown> {
  const { value } = await readBody()
  const { tables, kind = 'price_change', from = null, confidence = 'table', dry } = value
  if (!Array.isArray(tables)) throw invalidRequest("'tables' has to be a list.").at('tables')
  oneOf(kind, priceKinds, 'kind')
  oneOf(confidence, ['invoice', 'vendor-page', 'table', 'guess'], 'confidence')
  momentOf(from, 'from')
  if (typeof value['read_on'] !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value['read_on']))
    throw invalidRequest("'read_on' has to be the day of the table, 2026-11-22.").at('read_on')
  return told(async () => {
    const wish = { ...value, confidence, kind, from, tables: tables.map(tableOf) }
    return control.prices.take({ ...wish, dry: dry !== false } as unknown as ImportWishJson)
  })
}

/** @throws RangeError */
function tableOf(value: unknown): ImportWishJson['tables'][number] {
  const { source, quotes } = membersOf(value)
  if (typeof source !== 'string' || !Array.isArray(quotes))
    throw new RangeError('A table is {"source": "...", "quotes": []}.')
  return { source, quotes: quotes.map(quoteOf) }
}

/** @throws invalid_request */
export function decidePrice(confirmed: boolean): (asked: Asked) => Promise<unknown> {
  return async ({ control, rest }) => {
    const id = Number(decoded(rest))
    if (!Number.isSafeInteger(id)) throw invalidRequest('A version has a number for its id.')
    return { decided: await control.prices.decide(id, confirmed) }
  }
}

/** @throws invalid_request */
export async function reRate({ control, readBody }: Asked): Promise<unknown> {
  const { value } = await readBody()
  const { since, until, provider = null, kind, dry, usages = [] } = value
  if (kind === 'price_change') {
    throw invalidRequest(
      'A change of price never touches the past, so there is nothing to correct. The kinds are table_error, usage_error and contract.',
    ).at('kind')
  }
  oneOf(kind, correctionKinds, 'kind')
  if (momentOf(since, 'since') === null || momentOf(until, 'until') === null)
    throw invalidRequest("'since' and 'until' have to be instants.").at('since')
  if (provider !== null && typeof provider !== 'string')
    throw invalidRequest("'provider' has to be the name of a provider.").at('provider')
  if (!Array.isArray(usages) || !usages.every(isUsage))
    throw invalidRequest(
      `'usages' has to be a list such as [{"call_id": "...", "attempt": 1, "tokens": {"input": 100}}].`,
    ).at('usages')
  const wish = { since, until, provider, kind, dry: dry !== false, usages }
  return told(() => control.prices.reRate(wish as ReRatingWishJson))
}

/** @throws invalid_request */
export async function showCharges({ control, query }: Asked): Promise<unknown> {
  const since = momentOf(query.get('since'), 'since')
  const until = momentOf(query.get('until'), 'until')
  if (since === null || until === null)
    throw invalidRequest("'since' and 'until' have to be instants.").at('since')
  return control.prices.charges({ since, until })
}

/** @throws invalid_request */
export async function tellDrift({ control, readBody }: Asked): Promise<unknown> {
  const { value } = await readBody()
  const { provider, period, drifts } = value
  const isDrift =
    typeof provider === 'string' &&
    typeof period === 'string' &&
    Array.isArray(drifts) &&
    drifts.every(isOff)
  if (!isDrift) {
    throw invalidRequest(
      'A drift is {"provider": "...", "period": "2026-10", "drifts": [{"sku": "...", "drift": "..."}]}.',
    )
  }
  control.prices.drift(value as unknown as DriftWishJson)
  return { told: drifts.length }
}

function isUsage(value: unknown): boolean {
  const { call_id: call, attempt, tokens } = membersOf(value)
  return typeof call === 'string' && Number.isSafeInteger(attempt) && isObject(tokens)
}

function isOff(value: unknown): boolean {
  const { sku, drift } = membersOf(value)
  return typeof sku === 'string' && typeof drift === 'string'
}

/** Of a body's part, which may be anything. */
function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}

async function told<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

function oneOf(value: unknown, known: readonly string[], name: string): void {
  if (typeof value === 'string' && known.includes(value)) return
  throw invalidRequest(`'${name}' has to be ${known.join(', ')}.`).at(name)
}

function momentOf(value: unknown, name: string): Instant | null {
  if (value === null || value === undefined) return null
  try {
    if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value)) return instant(value)
  } catch {
    // Said below.
  }
  throw invalidRequest(`'${name}' has to be a date (2026-11-21) or an instant.`).at(name)
}
