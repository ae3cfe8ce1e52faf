import type { Call } from '../../core/call.ts'
import { modelUnknown, operationUnsupported, taskForbidden } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { policies } from '../../routing/index.ts'
import type { Candidate } from '../../routing/policy.ts'
import type { Attribution } from './attribute.ts'
import type { ApiKey, LiveProvider, Snapshot, Task } from './snapshot.ts'

/** Whom to ask, in which order, and why. */
export interface Route {
  readonly task: Task | null
  readonly policy: string | null
  readonly stops: readonly Stop[]
}

export interface Stop {
  readonly provider: LiveProvider
  readonly model: string
  readonly reason: string
}

/**
 * Whom may we ask, and in which order? A task is looked up first, then `provider/model`.
 * @throws task_forbidden, model_not_found, operation_unsupported
 */
export function route(
  call: Call,
  key: ApiKey,
  attribution: Attribution,
  snapshot: Snapshot,
  random: Random,
): Route {
  const task = snapshot.tasks.get(call.model) ?? null
  const candidates = task?.candidates ?? [directly(call.model, snapshot)]
  if (!mayCall(key, call.model)) {
    throw taskForbidden(key.id, call.model, [...(key.tasks ?? [])])
  }
  const able = candidates.filter(({ provider }) => offers(snapshot.providers.get(provider), call))
  if (able.length === 0) throw operationUnsupported(call.model, call.operation)
  const plan = policies[task?.policy ?? 'fixed'](able, {
    random,
    stickyTo: task ? stickyTo(task, key, attribution) : null,
  })
  return {
    task,
    policy: task?.policy ?? null,
    stops: plan.map(({ candidate, reason }) => ({
      provider: snapshot.providers.get(candidate.provider)!,
      model: candidate.model,
      reason: task ? reason : 'named by the caller',
    })),
  }
}

function directly(name: string, { providers, tasks }: Snapshot): Candidate {
  const slash = name.indexOf('/')
  const provider = name.slice(0, slash)
  const model = name.slice(slash + 1)
  if (slash > 0 && model !== '' && providers.has(provider)) return { provider, model, weight: 1 }
  throw modelUnknown(shown(name), hint(provider, slash, providers, tasks))
}

function hint(
  provider: string,
  slash: number,
  providers: Snapshot['providers'],
  tasks: Snapshot['tasks'],
): string {
  if (slash > 0 && !providers.has(provider)) {
    return `${shown(provider)} is not a provider that is live here: ${[...providers.keys()].join(', ') || 'none is'}.`
  }
  const names = [...tasks.keys()].slice(0, 20)
  const known = names.length > 0 ? `The tasks are: ${names.join(', ')}. ` : ''
  return `${known}A model is named as provider/model. GET /v1/models lists what there is.`
}

/** A name that a stranger sent, fit for a sentence. */
function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name)
}

function mayCall({ tasks, role }: ApiKey, model: string): boolean {
  if (tasks === null || role === 'admin' || tasks.has(model)) return true
  const slash = model.indexOf('/')
  return slash > 0 && tasks.has(`${model.slice(0, slash)}/*`)
}

function offers(provider: LiveProvider | undefined, { operation }: Call): boolean {
  return provider?.facts.doors[operation] !== undefined
}

function stickyTo(task: Task, key: ApiKey, { session, customer }: Attribution): string | null {
  switch (task.sticky) {
    case 'session':
      return session
    case 'customer':
      return customer
    case 'key':
      return key.id
    case null:
      return null
  }
}
