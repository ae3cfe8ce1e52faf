import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { usd } from '../core/money.ts'
import { proofCommand } from '../gateway/experiments/renewal.ts'
import type { TaskCanary, TaskRouting, TaskShadow } from '../gateway/experiments/settings.ts'
import { type Fitted, readFitted } from '../routing/calibrated/fitted.ts'
import { PolicyFault } from '../routing/calibrated/policy-file.ts'
import { type Candidate, nameOf } from '../routing/policy.ts'
import type { Path } from './issue.ts'
import type { Report } from './report.ts'
import type { Config } from './schema/index.ts'

type Written = Exclude<Config['tasks'][string], string>

/** Settings that say something under `cascade` and `learned` alone. */
const routed = ['router', 'guarantee', 'streaming', 'samples', 'checks', 'audit'] as const

/** Where the policy of a task lies that promises something and names none. */
function usualPolicy(task: string): string {
  return `policies/${encodeURIComponent(task)}.json`
}

/** What a task under `cascade` or `learned` goes by; null for all others. */
export function routingOf(
  task: string,
  written: Written,
  candidates: readonly Candidate[],
  path: Path,
  folder: string,
  report: Report,
): TaskRouting | null {
  const { policy, router, guarantee, streaming = 'buffer', samples = 1, audit } = written
  if (policy !== 'cascade' && policy !== 'learned') {
    for (const name of routed) {
      if (written[name] === undefined) continue
      report.wrong(
        [...path, name],
        `is for the policies cascade and learned, and the task has ${policy}.`,
        'name',
      )
    }
    return null
  }
  if (candidates.length < 2)
    report.wrong(
      [...path, 'models'],
      `names one model; ${policy} chooses among two or more, from cheap to strong.`,
    )
  const named = router ?? guarantee?.policy ?? null
  const file = named ?? (guarantee === undefined ? null : usualPolicy(task))
  if (router !== undefined && guarantee?.policy !== undefined && guarantee.policy !== router)
    report.wrong([...path, 'guarantee', 'policy'], 'names another file than router. Name one.')
  if (policy === 'learned' && file === null && guarantee === undefined)
    report.wrong(
      [...path, 'policy'],
      'cannot be learned without a policy: name under router what freehold route calibrate wrote.',
    )
  if (samples > 1 && file !== null)
    report.wrong(
      [...path, 'samples'],
      'does nothing beside a fitted policy, which was proven without it. Take it out.',
      'name',
    )
  if (samples > 1 && policy === 'learned')
    report.wrong(
      [...path, 'samples'],
      'is for cascades: learned decides before any answer.',
      'name',
    )
  const place = file === null || isAbsolute(file) ? file : join(folder, file)
  const evals = guarantee?.evals ?? null
  const strong = candidates.at(-1)
  // One that is named has to be there; the usual one is there as soon as something is proven.
  const isThere = place !== null && (named !== null || existsSync(place))
  const read = isThere ? readRouter(place, policy) : null
  const fault = read !== null && 'fault' in read ? read.fault : null
  if (fault !== null && strong !== undefined)
    report.warn(
      [...path, named === null || router === undefined ? 'guarantee' : 'router'],
      `names a policy that cannot be used, so ${nameOf(strong)} answers alone: ${fault}`,
    )
  if (guarantee !== undefined && !isThere && strong !== undefined)
    report.warn(
      [...path, 'guarantee'],
      `is not proven yet, so ${nameOf(strong)} answers alone. ${evals === null ? 'Name under evals the file with its cases, then' : 'To prove it'}: ${proofCommand(task)}`,
    )
  if (evals !== null && !existsSync(isAbsolute(evals) ? evals : join(folder, evals)))
    report.warn([...path, 'guarantee', 'evals'], `names a file that is not there: ${evals}.`)
  return {
    path: file,
    evals,
    fitted: read !== null && 'fitted' in read ? read.fitted : null,
    fault,
    guarantee:
      guarantee === undefined
        ? null
        : { quality: guarantee.quality, confidence: guarantee.confidence },
    streaming,
    samples,
    learn: guarantee?.learn ? { second: guarantee.learn.second ?? null } : null,
    checks: checksOf(written, path, folder, report),
    audit: auditOf(audit, guarantee !== undefined),
  }
}

const checkUsualMs = 1_000

function checksOf(
  { checks, policy }: Written,
  path: Path,
  folder: string,
  report: Report,
): TaskRouting['checks'] {
  if (checks === undefined) return null
  const { file, timeout } =
    typeof checks === 'string' ? { file: checks, timeout: checkUsualMs } : checks
  if (policy === 'learned')
    report.wrong([...path, 'checks'], 'is for cascades: learned decides before any answer.', 'name')
  const place = isAbsolute(file) ? file : join(folder, file)
  if (!existsSync(place))
    report.wrong([...path, 'checks'], `names a file that is not there: ${file}.`)
  return { path: place, timeoutMs: timeout }
}

const auditUsual = { share: 0.02, floor: 20, cap: usd('5'), agreement: null }

function auditOf(audit: Written['audit'], isPromised: boolean): TaskRouting['audit'] {
  if (audit === undefined) return isPromised ? auditUsual : null
  if (typeof audit === 'number') return audit === 0 ? null : { ...auditUsual, share: audit }
  const { share, floor, cap, agreement = null } = audit
  return share === 0 && floor === 0 ? null : { share, floor, cap, agreement }
}

function readRouter(
  file: string,
  policy: 'cascade' | 'learned',
): { readonly fitted: Fitted } | { readonly fault: string } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { fault: `cannot be read: ${(error as Error).message}` }
  }
  try {
    const fitted = readFitted(text)
    const { method } = fitted.rule
    if (policy === 'learned' && method !== 'static' && method !== 'prompt-route')
      return { fault: 'decides by the cheap answer: write policy: cascade' }
    return { fitted }
  } catch (error) {
    if (error instanceof PolicyFault) return { fault: error.message }
    throw error
  }
}

/** The model by its name, when it is live and promises what the task demands. */
export type Meets = (model: string, path: Path) => Candidate | null

export function shadowOf({ shadow }: Written, path: Path, meets: Meets): TaskShadow | null {
  if (shadow === undefined) return null
  const model = meets(shadow.model, [...path, 'shadow', 'model'])
  return model && { model, share: shadow.share, cap: shadow.cap }
}

const stepsUsual = [0.01, 0.05, 0.25, 1]

export function canaryOf(
  { canary, policy }: Written,
  candidates: readonly Candidate[],
  path: Path,
  meets: Meets,
  report: Report,
): TaskCanary | null {
  if (canary === undefined) return null
  const at = [...path, 'canary']
  if (policy === 'cascade' || policy === 'learned')
    report.wrong(at, `cannot stand beside ${policy}, which is proven for its own models.`, 'name')
  const { steps = stepsUsual, hold, calls, guards } = canary
  if (steps.some((step, place) => step <= (steps[place - 1] ?? 0)))
    report.wrong([...at, 'steps'], 'has to grow from step to step, from above 0.')
  if (candidates.some((candidate) => nameOf(candidate) === canary.model))
    report.wrong([...at, 'model'], 'is among the models of the task. Name another one.')
  const model = meets(canary.model, [...at, 'model'])
  if (model === null) return null
  return {
    model,
    steps,
    holdMs: hold,
    calls,
    guards: {
      errorRate: guards.error_rate,
      schemaValid: guards.schema_valid,
      refusal: guards.refusal,
      p95Latency: guards.p95_latency ?? null,
      cost: guards.cost ?? null,
    },
  }
}
