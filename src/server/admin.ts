import { callNotFound, invalidRequest } from '../core/errors.ts'
import { isCallId } from '../core/ids.ts'
import { nothing } from '../core/money.ts'
import {
  type CallQuery,
  type CostQuery,
  type Dimension,
  dimensions,
  type Filters,
} from '../store/ports.ts'
import type { Asked } from './asked.ts'
import type { CallsJson } from './contract/calls.ts'
import type { KeyWish } from './control.ts'
import { swapWithProof } from './certificates.ts'
import { feedbackOf } from './feedback.ts'
import { alarmJson, callsJson, costsJson, wholeCallJson } from './json.ts'
import { countOf, cutsOf, idOf, inOrder, instantOf, moneyOf, momentOf, optional } from './query.ts'
import { searchCalls } from './call-search.ts'
import { costLinesOf } from './cost-lines.ts'
import { decoded } from './request.ts'

/** /api/...: the control wing over HTTP. Every answer is computed from the store or the running gateway. */

export async function listCalls({ control, query }: Asked): Promise<CallsJson> {
  const status = query.get('status')
  if (status !== null && status !== 'ok' && status !== 'error') {
    throw invalidRequest("'status' has to be ok or error.").at('status')
  }
  const asked: CallQuery = inOrder(query, {
    filters: filtersOf(query),
    limit: countOf(query, 'limit', 50, 1_000),
    ...(status === null ? {} : { status }),
    ...optional('session', query.get('session')),
    ...optional('costMin', moneyOf(query, 'cost_min')),
    ...(isCostUnknown(query) ? { costUnknown: true } : {}),
    ...optional('totalUsMin', longestOf(query)),
    ...optional('since', instantOf(query, 'since', control)),
    ...optional('until', instantOf(query, 'until', control)),
    ...optional('before', idOf(query, 'before')),
    ...optional('after', idOf(query, 'after')),
  })
  const text = query.get('text')
  if (text !== null && text !== '') return searchCalls(control.store, asked, text)
  const { attempts, next } = await control.store.calls(asked)
  return { calls: callsJson(attempts), next, looked: null }
}

function isCostUnknown(query: URLSearchParams): boolean {
  const cost = query.get('cost')
  if (cost !== null && cost !== 'unknown')
    throw invalidRequest("'cost' has to be unknown.").at('cost')
  return cost !== null
}

function longestOf(query: URLSearchParams): number | null {
  const ms = query.has('total_ms_min') ? countOf(query, 'total_ms_min', 0, 86_400_000) : null
  return ms === null ? null : ms * 1_000
}

/** @throws call_not_found */
export async function showCall({ control, rest }: Asked): Promise<unknown> {
  const id = rest.toLowerCase()
  const call = isCallId(id) ? await control.store.call(id) : null
  if (call === null) throw callNotFound(rest.slice(0, 60))
  return {
    ...wholeCallJson(call),
    ...costLinesOf(control.snapshot().catalog, call.attempts),
    feedback: await feedbackOf(control.store, id),
  }
}

const month = '30d'

export async function showCosts({ control, query }: Asked): Promise<unknown> {
  const by = cutsOf(query, 'task', [...dimensions, 'day', 'hour'])
  const now = control.clock.now()
  const asked: CostQuery = inOrder(query, {
    by,
    filters: filtersOf(query),
    since: instantOf(query, 'since', control) ?? momentOf(month, 'since', control),
    until: instantOf(query, 'until', control) ?? now,
  })
  const report = await control.store.costs(asked)
  const isSaved = report.total.saved !== nothing
  const reasons = isSaved ? await control.store.costs({ ...asked, by: ['saved_by'] }) : null
  return costsJson(asked, report, reasons, control.timezone)
}

export async function listAlarms({ control, query }: Asked): Promise<unknown> {
  const openOnly = query.get('all') === null
  if (openOnly) return { alarms: control.alarms.open().map(alarmJson) }
  const rows = await control.store.alarms({
    openOnly: false,
    limit: countOf(query, 'limit', 100, 1_000),
  })
  return { alarms: rows.map(alarmJson) }
}

const roles = ['caller', 'viewer', 'admin'] as const
const periods = ['day', 'week', 'month', 'total'] as const

/** @throws invalid_request */
export async function createKey({ control, readBody }: Asked): Promise<unknown> {
  const { value } = await readBody()
  const { id, role = 'caller', env = null, tasks = null, budget = null } = value
  if (typeof id !== 'string') throw invalidRequest("'id' has to be the new key's name.").at('id')
  if (!roles.some((each) => each === role))
    throw invalidRequest(`'role' has to be ${roles.join(', ')}.`).at('role')
  if (env !== null && typeof env !== 'string')
    throw invalidRequest("'env' has to be a string.").at('env')
  if (
    tasks !== null &&
    !(Array.isArray(tasks) && tasks.every((task) => typeof task === 'string'))
  ) {
    throw invalidRequest("'tasks' has to be a list of names of tasks or models.").at('tasks')
  }
  const wish: KeyWish = {
    id,
    role: role as KeyWish['role'],
    env,
    tasks: tasks as readonly string[] | null,
    budget: budget === null ? null : budgetOf(budget),
  }
  try {
    const { key, secret } = await control.createKey(wish)
    return { id: key.id, role: key.role, hint: key.hint, secret }
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

function budgetOf(budget: unknown): KeyWish['budget'] {
  const { limit, per } =
    typeof budget === 'object' && budget !== null ? (budget as Record<string, unknown>) : {}
  const period = periods.find((each) => each === per)
  if (typeof limit !== 'string' || period === undefined) {
    throw invalidRequest(
      `'budget' has to be {"limit": "50 USD", "per": "month"}; per is ${periods.join(', ')}.`,
    ).at('budget')
  }
  return { limit, per: period }
}

export async function revokeKey({ control, rest }: Asked): Promise<unknown> {
  return { revoked: await control.revokeKey(decoded(rest)) }
}

/** @throws invalid_request */
export async function setKeyBudget({ control, rest, readBody }: Asked): Promise<unknown> {
  const { value } = await readBody()
  const { budget } = value
  if (budget === undefined)
    throw invalidRequest(
      'A change is {"budget": {"limit": "50 USD", "per": "month"}}; null takes the budget away.',
    ).at('budget')
  const wish = budget === null ? null : budgetOf(budget)
  try {
    return { changed: await control.setKeyBudget(decoded(rest), wish) }
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

/** @throws invalid_request */
export async function swap({ control, key, readBody }: Asked): Promise<unknown> {
  const { value } = await readBody()
  const { task, model, proof } = value
  const models = Array.isArray(model) ? model : [model]
  if (typeof task !== 'string' || !models.every((each) => typeof each === 'string')) {
    throw invalidRequest('A swap is {"task": "name", "model": "provider/model"}.')
  }
  try {
    return proof === undefined
      ? await control.swap(task, models as string[])
      : await swapWithProof(control, key, { task, models: models as string[], proof })
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

function filtersOf(query: URLSearchParams): Filters {
  const filters: Partial<Record<Dimension, string>> = {}
  for (const name of dimensions) {
    const value = query.get(name)
    if (value !== null) filters[name] = value
  }
  return filters
}
