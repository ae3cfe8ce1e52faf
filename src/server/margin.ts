import { invalidRequest } from '../core/errors.ts'
import { type Money, usd } from '../core/money.ts'
import { groupings } from '../control/economics/groups.ts'
import { marginReport } from '../control/economics/margin-report.ts'
import { counter, readRevenue, type SaidRevenue } from '../control/economics/revenue.ts'
import type { RentedMachine } from '../control/economics/shared-cost.ts'
import type { Asked } from './asked.ts'
import type { Control } from './control.ts'
import type { MarginJson, RevenueAddedJson } from './contract/economics.ts'
import { dateOrInstant } from './query.ts'

/** /api/margin and /api/revenue: what customers paid beside what they cost. */

const rowsMax = 10_000

/** All rows or none, but for those that were there. @throws invalid_request */
export async function addRevenue({ control, readBody }: Asked): Promise<RevenueAddedJson> {
  const { value } = await readBody()
  const { rows, currency = null, source = 'api', ...rest } = value
  const said = rows === undefined ? [value] : Array.isArray(rows) ? rows : null
  if (said === null || (rows !== undefined && Object.keys(rest).length > 0))
    throw invalidRequest(
      'A payment is {"customer", "month", "amount", "currency"}; several are {"rows": [...]}, with \'currency\' and \'source\' for all that name none.',
    )
  if (said.length > rowsMax)
    throw invalidRequest(`One request takes ${rowsMax} payments, not ${said.length}.`).at('rows')
  const defaults = {
    at: control.clock.now(),
    currency: rows === undefined || currency === null ? null : String(currency),
    source: typeof source === 'string' ? source : 'api',
    nth: counter(),
  }
  const faults: string[] = []
  const read = said.flatMap((row: unknown, at) => {
    try {
      if (typeof row !== 'object' || row === null || Array.isArray(row))
        throw new RangeError('A payment is an object.')
      return [readRevenue(row as SaidRevenue, defaults)]
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      faults.push(`payment ${at + 1}: ${error.message}`)
      return []
    }
  })
  if (faults.length > 0)
    throw invalidRequest(
      `${faults.length} of ${said.length} payments cannot be read, and none was added. ${faults.slice(0, 5).join(' ')}`,
    )
  const { added, known, conflicts } = await control.store.addRevenue(read)
  return { added, known, conflicts }
}

/** @throws invalid_request */
export async function showMargin({ control, query }: Asked): Promise<MarginJson> {
  const by = query.get('by') ?? 'customer'
  const grouping = groupings.find((name) => name === by)
  if (grouping === undefined)
    throw invalidRequest(`'by' has to be ${groupings.join(', ')}.`).at('by')
  const month = query.get('month')
  if (month !== null && !/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    throw invalidRequest("'month' has to be such as 2026-11.").at('month')
  try {
    return await marginReport(marginSources(control), {
      month,
      by: grouping,
      env: query.get('env') ?? 'production',
      losers: query.get('losers') !== null,
      cash: amountOf(query, 'cash'),
      otherCost: amountOf(query, 'other_cost'),
      revenueGrowth: shareOf(query, 'growth'),
      costGrowth: shareOf(query, 'cost_growth'),
    })
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

export function marginSources(control: Control) {
  return {
    ledger: control.store,
    book: control.store,
    terms: control.economics(),
    machines: machinesOf(control),
    timezone: control.timezone,
    now: control.clock.now(),
  }
}

function machinesOf(control: Control): readonly RentedMachine[] {
  const { providers, catalog } = control.snapshot()
  return [...providers.keys()].flatMap((provider) =>
    catalog.models(provider).flatMap(({ id, machine }) =>
      machine === null
        ? []
        : [
            {
              model: `${provider}/${id}`,
              gpus: machine.gpus,
              usdPerGpuHour: machine.usdPerGpuHour,
            },
          ],
    ),
  )
}

/** USD, with or without its name. @throws invalid_request */
export function amountOf(query: URLSearchParams, name: string): Money | null {
  const text = query.get(name)
  if (text === null) return null
  try {
    return usd(text.replace(/ ?USD$/, ''))
  } catch {
    throw invalidRequest(`'${name}' has to be an amount of USD such as 400000.`).at(name)
  }
}

/** @throws invalid_request */
function shareOf(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null) return null
  const share = Number(text)
  if (!/^-?\d{1,2}(\.\d{1,9})?$/.test(text) || share < -0.99)
    throw invalidRequest(`'${name}' has to be a share such as 0.05.`).at(name)
  return share
}

/** @throws invalid_request */
export function dayOf(
  query: URLSearchParams,
  name: string,
  { timezone }: Pick<Control, 'timezone'>,
) {
  const text = query.get(name)
  if (text === null) return null
  const moment = dateOrInstant(text, timezone)
  if (moment !== null) return moment
  throw invalidRequest(`'${name}' has to be a date such as 2026-12-01, or an instant.`).at(name)
}
