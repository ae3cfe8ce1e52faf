import type { CallsJson, WholeCallJson } from '../src/server/contract/calls.ts'
import type { CertificatesJson } from '../src/server/contract/certificates.ts'
import type { CheckupJson } from '../src/server/contract/checkup.ts'
import type { CostsJson } from '../src/server/contract/costs.ts'
import type {
  DeprecationsJson,
  LiveDrillsJson,
  RehearsalJson,
} from '../src/server/contract/drill.ts'
import type {
  BreakEvenJson,
  ConcentrationJson,
  MarginJson,
  PriceEventJson,
  WhatIfJson,
} from '../src/server/contract/economics.ts'
import type { ErasureJson } from '../src/server/contract/erasure.ts'
import type { EvalCaseJson, EvalRunWholeJson, EvalsJson } from '../src/server/contract/evals.ts'
import type { FeedbackJson, FeedbackPageJson } from '../src/server/contract/feedback.ts'
import type { KeyJson } from '../src/server/contract/keys.ts'
import type { ModelJson } from '../src/server/contract/models.ts'
import type { BudgetsJson, OverviewJson } from '../src/server/contract/overview.ts'
import type { BenchmarkJson, PerformanceJson } from '../src/server/contract/performance.ts'
import type { CalibrationJson, PlanJson, RoutesJson } from '../src/server/contract/routing.ts'
import type {
  ChangesJson,
  ConfigAppliedJson,
  ConfigCheckJson,
  ConfigJson,
  SettingsJson,
} from '../src/server/contract/settings.ts'
import type { SessionJson, SignInLinkJson } from '../src/server/contract/session.ts'
import type { FailuresJson, ProvidersJson } from '../src/server/contract/failures.ts'
import type { PriceVersionJson } from '../src/server/prices-json.ts'
import type { SwapPlanJson, TasksJson } from '../src/server/contract/tasks.ts'
import type { AlarmJson, StatusJson } from '../src/server/contract/status.ts'
import type { ChargesJson } from '../src/server/prices-json.ts'
import { Fault, faultOf, unreachable } from './fault.ts'

/** What can be read, by its path; `*` is put in by `rest`. A page that needs another path adds its line. */
export interface Reads {
  '/api/session': SessionJson
  '/api/calls': CallsJson
  '/api/calls/*': WholeCallJson
  '/api/costs': CostsJson
  '/api/performance': PerformanceJson
  '/api/benchmark': BenchmarkJson
  '/api/margin': MarginJson
  '/api/concentration': ConcentrationJson
  '/api/whatif': WhatIfJson
  '/api/economics/events': { readonly events: readonly PriceEventJson[] }
  '/api/economics/breakeven': BreakEvenJson
  '/api/economics/drill': RehearsalJson
  '/api/economics/drills': LiveDrillsJson
  '/api/economics/deprecations': DeprecationsJson
  '/api/exports/charges': ChargesJson
  '/api/evals': EvalsJson
  '/api/evals/*': EvalRunWholeJson
  '/api/evals/*/case': EvalCaseJson
  '/api/overview': OverviewJson
  '/api/budgets': BudgetsJson
  '/api/alarms': { readonly alarms: readonly AlarmJson[] }
  '/api/feedback': FeedbackPageJson
  '/api/certificates': CertificatesJson
  '/api/routes': RoutesJson
  '/api/routes/calibration': CalibrationJson
  '/api/plan': PlanJson
  '/api/tasks': TasksJson
  '/api/swap': SwapPlanJson
  '/api/providers': ProvidersJson
  '/api/prices': { readonly versions: readonly PriceVersionJson[] }
  '/api/failures': FailuresJson
  '/api/models': { readonly models: readonly ModelJson[] }
  '/api/status': StatusJson
  '/api/keys': { readonly keys: readonly KeyJson[] }
  '/api/ledger/verify': CheckupJson
  '/api/customers/*/erase': ErasureJson
  '/api/config': ConfigJson
  '/api/settings': SettingsJson
  '/api/changes': ChangesJson
}

/** What can be changed, by method and path: what is sent, and what is answered. */
export interface Writes {
  'POST /api/session': { readonly sent: null; readonly answer: SessionJson }
  'DELETE /api/session': { readonly sent: null; readonly answer: { readonly ended: boolean } }
  'POST /api/session/links': {
    readonly sent: { readonly role: 'viewer' | 'admin' }
    readonly answer: SignInLinkJson
  }
  'POST /api/keys': {
    readonly sent: {
      readonly id: string
      readonly role: 'caller' | 'viewer' | 'admin'
      readonly env: string | null
      readonly tasks: readonly string[] | null
      readonly budget: KeyBudget | null
    }
    readonly answer: {
      readonly id: string
      readonly role: string
      readonly hint: string
      /** Shown this once. */
      readonly secret: string
    }
  }
  'POST /api/keys/*/budget': {
    readonly sent: { readonly budget: KeyBudget | null }
    readonly answer: { readonly changed: boolean }
  }
  'DELETE /api/keys/*': { readonly sent: null; readonly answer: { readonly revoked: boolean } }
  'POST /api/config': {
    readonly sent: { readonly text: string; readonly hash: string }
    readonly answer: ConfigAppliedJson
  }
  'POST /api/config/check': {
    readonly sent: { readonly text: string }
    readonly answer: ConfigCheckJson
  }
  'POST /api/customers/*/erase': {
    readonly sent: { readonly dry: boolean }
    readonly answer: ErasureJson
  }
  'DELETE /api/customers/*/erase': { readonly sent: null; readonly answer: ErasureJson }
  'POST /api/swap': {
    readonly sent: { readonly task: string; readonly model: string | readonly string[] }
    readonly answer: { readonly before: readonly string[]; readonly after: readonly string[] }
  }
  'POST /api/feedback': {
    readonly sent: Readonly<Record<string, unknown>>
    readonly answer: FeedbackJson
  }
}

export interface KeyBudget {
  /** '50 USD' */
  readonly limit: string
  readonly per: 'day' | 'week' | 'month' | 'total'
}

export type Query = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>

export interface ReadOptions {
  /** In the place of the path's `*`, as it is: it is escaped here. */
  readonly rest?: string
  /** Null and undefined are left out, true is a name alone, a list is the name again and again. */
  readonly query?: Query
  readonly signal?: AbortSignal
}

/** Asked again after these waits, where asking again may help. */
const retryMs = [300, 1_200]
const answerMs = 30_000

/** @throws Fault */
export async function read<Path extends keyof Reads>(
  path: Path,
  options: ReadOptions = {},
): Promise<Reads[Path]> {
  const url = urlOf(path, options)
  for (const waitMs of retryMs) {
    try {
      return await once<Reads[Path]>('GET', url, null, options.signal)
    } catch (error) {
      if (!(error instanceof Fault) || !error.passing) throw error
      await pause(waitMs, options.signal)
    }
  }
  return once<Reads[Path]>('GET', url, null, options.signal)
}

/** Once: whether what changes something was done is not known when no answer comes. @throws Fault */
export async function send<Name extends keyof Writes>(
  name: Name,
  sent: Writes[Name]['sent'],
  { rest, signal, key }: { rest?: string; signal?: AbortSignal; key?: string } = {},
): Promise<Writes[Name]['answer']> {
  const [method = '', path = ''] = name.split(' ')
  const url = urlOf(path, rest === undefined ? {} : { rest })
  return once<Writes[Name]['answer']>(method, url, sent, signal, key)
}

export function urlOf(path: string, { rest, query = {} }: ReadOptions): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === false) continue
    if (Array.isArray(value)) for (const each of value as string[]) params.append(name, each)
    else params.set(name, value === true ? '' : String(value))
  }
  const text = params.toString()
  const whole = rest === undefined ? path : path.replace('*', encodeURIComponent(rest))
  return text === '' ? whole : `${whole}?${text}`
}

/** @param key  a key or a one-time link, to sign in with */
async function once<Answer>(
  method: string,
  url: string,
  sent: unknown,
  signal?: AbortSignal,
  key?: string,
): Promise<Answer> {
  const late = AbortSignal.timeout(answerMs)
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(sent === null ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(sent === null ? {} : { body: JSON.stringify(sent) }),
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      credentials: 'same-origin',
      redirect: 'error',
    })
    text = await response.text()
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw unreachable(late.aborted, answerMs)
  }
  if (!response.ok) throw faultOf(response, text)
  try {
    return JSON.parse(text) as Answer
  } catch {
    throw faultOf(response, text)
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  signal?.addEventListener(
    'abort',
    () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    },
    { once: true },
  )
  return promise
}
