import { decoded } from './request.ts'

type Body = Readonly<Record<string, unknown>>

const partMax = 120
const summaryMax = 400

/** What of each route is worth telling. Only what is named here is told, so that no secret is. */
const words: Readonly<Record<string, (body: Body, rest: string) => string>> = {
  'POST /api/keys': ({ id, role, env, tasks, budget }) =>
    sentence(
      `made the key ${part(id)}`,
      `role ${part(role ?? 'caller')}`,
      env === undefined || env === null ? '' : `env ${part(env)}`,
      Array.isArray(tasks) ? `tasks ${part(tasks.join(', '))}` : '',
      budgetWords(budget),
    ),
  'DELETE /api/keys/*': (_, rest) => `revoked the key ${part(decoded(rest))}`,
  'POST /api/keys/*/budget': ({ budget }, rest) =>
    sentence(
      `changed what the key ${part(decoded(rest))} may spend`,
      budgetWords(budget) || 'no budget',
    ),
  'POST /api/swap': ({ task, model, proof }) =>
    sentence(
      `put ${part(Array.isArray(model) ? model.join(', ') : model)} behind ${part(task)}`,
      proof === undefined ? '' : 'with a proof',
    ),
  'POST /api/config': () => 'applied an edited configuration',
  'POST /api/reload': () => 'had the configuration read again',
  'POST /api/revenue': ({ rows }) =>
    Array.isArray(rows) ? `entered ${rows.length} payments` : 'entered a payment',
  'POST /api/prices/import': ({ dry, kind }) =>
    sentence(dry === false ? 'imported prices' : 'looked at prices to import', part(kind)),
  'POST /api/prices/rerate': ({ dry, since, until }) =>
    sentence(
      dry === false ? 'rated attempts anew' : 'looked what rating anew would change',
      since === undefined ? '' : `from ${part(since)}`,
      until === undefined ? '' : `until ${part(until)}`,
    ),
  'POST /api/prices/drift': () => 'told how an invoice compares',
  'POST /api/prices/*/confirm': (_, rest) => `confirmed the price ${part(rest)}`,
  'POST /api/prices/*/reject': (_, rest) => `rejected the price ${part(rest)}`,
  'POST /api/economics/drills': ({ leave, share, for: time }) =>
    `began a drill: leaving ${part(leave)} with ${part(share)} of the calls for ${part(time)}`,
  'DELETE /api/economics/drills/*': (_, rest) => `ended the drill ${part(rest)}`,
  'POST /api/ledger/verify': () => 'began a check of the ledger',
  'DELETE /api/ledger/verify': () => 'stopped the check of the ledger',
  'POST /api/customers/*/erase': ({ dry }, rest) =>
    `${dry === false ? 'began to erase' : 'looked at'} what the customer ${part(decoded(rest))} said`,
  'DELETE /api/customers/*/erase': (_, rest) =>
    `stopped erasing what the customer ${part(decoded(rest))} said`,
  'POST /api/session/links': () => 'made a one-time link to the dashboard',
}

export function summaryOf(route: string, body: Body, rest: string): string {
  const tell = words[route]
  const text = tell === undefined ? sentence(route, part(decoded(rest))) : tell(body, rest)
  return text.length > summaryMax ? `${text.slice(0, summaryMax - 1)}…` : text
}

function budgetWords(budget: unknown): string {
  if (typeof budget !== 'object' || budget === null) return ''
  const { limit, per } = budget as Body
  return `budget ${part(limit)} per ${part(per)}`
}

function sentence(...parts: readonly string[]): string {
  return parts.filter((each) => each !== '').join(', ')
}

/** A value of a body is anything at all. */
function part(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return ''
  return value.length > partMax ? `${value.slice(0, partMax - 1)}…` : value
}
