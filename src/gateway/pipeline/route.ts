import {
  modelUnknown,
  noneCapable,
  operationUnsupported,
  taskForbidden,
} from '../../core/errors.ts'
import type { Lack } from '../../routing/capable.ts'
import { type Offer, withinDeadline } from '../../routing/deadline.ts'
import { Demand } from '../../routing/demand.ts'
import { policies } from '../../routing/index.ts'
import { type Candidate, nameOf, type Plan, type Step } from '../../routing/policy.ts'
import type { Affinity } from './affinity.ts'
import { withCanary } from './canary.ts'
import type { Baseline } from './baseline.ts'
import { CallView } from './call-view.ts'
import type { Course } from './course.ts'
import { deadlineUs } from './deadline.ts'
import { modesFor } from './mode.ts'
import type { Parts } from './parts.ts'
import { modeName } from './place-name.ts'
import type { ApiKey, Snapshot, Task } from './snapshot.ts'
import { beside, steer } from './steer.ts'
import { conversationFor, type Trip } from './trip.ts'
import {
  lackFor,
  namedReason,
  namedRoute,
  offers,
  type Route,
  type Stop,
  usualRoute,
} from './usual-route.ts'

export type { Route, Stop }

/**
 * Whom may we ask, and in which order? A task is looked up first, then `provider/model`.
 * Whoever is known not to be able to take the call is left out; who can take it only in part stands
 * behind all others.
 * @throws task_forbidden, model_not_found, operation_unsupported, no_candidate_fits
 */
export function route(
  trip: Omit<Trip, 'overheadUs'>,
  parts: Pick<Parts, 'random' | 'tokenRatios' | 'affinity' | 'latencies' | 'experiments'>,
): Route {
  const { call, key, snapshot } = trip
  const task = snapshot.tasks.get(call.model) ?? null
  const candidates = task?.candidates ?? [directly(call.model, snapshot)]
  if (!mayCall(key, call.model)) {
    throw taskForbidden(key.id, call.model, [...(key.tasks ?? [])])
  }
  const usual = task === null ? namedRoute(trip, candidates[0]!) : usualRoute(trip, task, parts)
  return usual ?? lookedAt(trip, task, candidates, parts)
}

/** The route of a call that asks more of its candidates than most. @throws as `route` */
function lookedAt(
  trip: Omit<Trip, 'overheadUs'>,
  task: Task | null,
  candidates: readonly Candidate[],
  parts: Pick<Parts, 'random' | 'tokenRatios' | 'affinity' | 'latencies' | 'experiments'>,
): Route {
  const able = ableOf(trip, candidates)
  // Whoever names a model has chosen it: what a table says of it does not stand against that.
  const { whole, partly } =
    task === null ? { whole: able, partly: [] } : sorted(able, trip, parts.tokenRatios)
  const {
    plan: ordered,
    course,
    baseline = null,
  } = whole.length > 0 ? planOf(trip, task, whole, parts) : noPlan
  const plan = partly.length === 0 ? ordered : [...ordered, ...partly.map(inPart)]
  const stops: Stop[] = []
  for (const step of plan) stops.push(stopOf(step, task, trip.snapshot))
  return {
    task,
    policy: task?.policy ?? null,
    course,
    baseline: baseline ?? waitedFrom(trip, plan),
    stops,
  }
}

function inPart({ candidate, lack }: Partly): Step {
  return { candidate, reason: `in part: ${lack.reason}` }
}

function stopOf(
  { candidate, reason: why, mode }: Step,
  task: Task | null,
  { providers }: Snapshot,
): Stop {
  const provider = providers.get(candidate.provider)!
  const { model } = candidate
  const reason = task !== null || mode !== undefined ? why : namedReason
  return mode === undefined ? { provider, model, reason } : { provider, model, reason, mode }
}

/** Those at whom the call can be asked at all. @throws operation_unsupported, no_candidate_fits */
function ableOf(
  trip: Omit<Trip, 'overheadUs'>,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const { call } = trip
  const { heldBy } = call
  if (heldBy !== undefined && candidates.every(({ provider }) => provider !== heldBy)) {
    throw noneCapable(call.model, [`The files of the call lie at ${heldBy}.`])
  }
  const able = candidates.filter((candidate) => mayBeAsked(trip, candidate))
  if (able.length === 0) throw operationUnsupported(call.model, call.operation)
  return able
}

function mayBeAsked(
  { call: { operation, heldBy }, snapshot, pinnedTo }: Omit<Trip, 'overheadUs'>,
  { provider }: Candidate,
): boolean {
  return (
    offers(snapshot.providers.get(provider), operation) &&
    (pinnedTo?.provider ?? provider) === provider &&
    (heldBy ?? provider) === provider
  )
}

interface Planned {
  readonly plan: Plan
  readonly course: Course | null
  readonly baseline?: Baseline | null
}

const noPlan: Planned = { plan: [], course: null }

/** A model keeps a deadline when so many of its answers came within it. */
const onTimeShare = 0.95

/** Those that can take the whole call, as the policy of the task orders them. */
function planOf(
  trip: Omit<Trip, 'overheadUs'>,
  task: Task | null,
  whole: readonly Candidate[],
  parts: Pick<Parts, 'random' | 'tokenRatios' | 'affinity' | 'latencies' | 'experiments'>,
): Planned {
  if (task?.policy === 'cascade' || task?.policy === 'learned')
    return steer(trip, task, whole, parts)
  const view = new CallView(trip, task, parts)
  const policy = policies[task?.policy ?? 'fixed']
  const plan = withHolderFirst(policy(whole, view), task, trip, parts.affinity)
  const deadline = deadlineUs(trip)
  if (deadline !== null) return planInTime(deadline, plan, trip, whole, view, parts)
  const baseline =
    task?.policy === 'cheapest' && whole.length > 1
      ? baselineOf(trip, [{ candidate: whole[0]! }], plan, 'seller')
      : null
  const drawn = task && beside(trip, task, plan, parts)
  if (drawn === null) return { plan, course: null, baseline }
  const course = mayTry(drawn, trip, parts.tokenRatios) ? drawn : { ...drawn, side: null }
  // A canary is asked to be tried: what it costs less was saved by no policy.
  const isTried = course.side === 'canary'
  return { plan: withCanary(plan, course), course, baseline: isTried ? null : baseline }
}

/**
 * Whether the call tells something of a canary: one that it is known not to take, or to take in part only, stays with
 * the models of the task, on whichever side it is. A drill asks for nobody but those.
 */
function mayTry(
  { live: { canary }, drill, side }: Course,
  trip: Omit<Trip, 'overheadUs'>,
  ratios: Parts['tokenRatios'],
): boolean {
  if (canary === null || side === null || drill !== undefined) return true
  const { model } = canary.settings
  return mayBeAsked(trip, model) && lackFor(new Demand(trip.call), model, trip, ratios) === null
}

/** Whoever is likely to be done by then goes before the others. */
function planInTime(
  deadline: number,
  plan: Plan,
  trip: Omit<Trip, 'overheadUs'>,
  whole: readonly Candidate[],
  view: CallView,
  { random, latencies }: Pick<Parts, 'random' | 'latencies'>,
): Planned {
  const offers = whole.flatMap((candidate) =>
    [null, ...modesFor(trip, candidate)].map((mode) => ({ candidate, mode })),
  )
  const seen = {
    random,
    answerUs: ({ candidate, mode }: Offer) =>
      latencies.answerUs(modeName(nameOf(candidate), mode), onTimeShare),
    price: ({ candidate, mode }: Offer) => view.price(candidate, mode),
  }
  const inTime = withinDeadline(offers, deadline, seen, plan)
  return { plan: inTime, course: null, baseline: baselineOf(trip, plan, inTime, 'deadline') }
}

/** Null where the same would be asked in any case. */
function baselineOf(
  { wantedAt }: Pick<Trip, 'wantedAt'>,
  [usual]: readonly Pick<Step, 'candidate' | 'mode'>[],
  [chosen]: Plan,
  by: 'seller' | 'deadline',
): Baseline | null {
  if (usual === undefined || chosen === undefined) return null
  const isSame = nameOf(usual.candidate) === nameOf(chosen.candidate)
  if (isSame && usual.mode === chosen.mode) return null
  const { provider, model } = usual.candidate
  return { provider, model, by, at: wantedAt }
}

/** The same model, when it was wanted. */
function waitedFrom({ wantedAt }: Pick<Trip, 'wantedAt'>, [first]: Plan): Baseline | null {
  if (wantedAt === null || first === undefined) return null
  const { provider, model } = first.candidate
  return { provider, model, by: null, at: wantedAt }
}

/**
 * A conversation that goes on returns to the model whose cache holds its prompt, where the policy would
 * have drawn anew. An order that the file names, and what a task sticks to, stand.
 */
function withHolderFirst(
  plan: Plan,
  task: Task | null,
  trip: Omit<Trip, 'overheadUs'>,
  affinity: Affinity,
): Plan {
  if (task?.policy !== 'weighted' || task.sticky !== null || plan.length < 2) return plan
  const conversation = conversationFor(trip)
  const holder = conversation === null ? null : affinity.holderOf(conversation)
  return holder === null ? plan : withFirst(holder.model, plan)
}

/** @param model  'provider/model' */
function withFirst(model: string, plan: Plan): Plan {
  const held = plan.find(({ candidate }) => nameOf(candidate) === model)
  if (!held) return plan
  const others = plan.filter((step) => step !== held)
  return [{ ...held, reason: 'holds the prompt of this conversation' }, ...others]
}

/** A candidate that can take a call, but for something. */
interface Partly {
  readonly candidate: Candidate
  readonly lack: Lack
}

/** Candidates that can take the call, and those that can in part. @throws no_candidate_fits */
function sorted(
  candidates: readonly Candidate[],
  trip: Omit<Trip, 'overheadUs'>,
  ratios: Parts['tokenRatios'],
): { readonly whole: readonly Candidate[]; readonly partly: readonly Partly[] } {
  const demand = new Demand(trip.call)
  const whole: Candidate[] = []
  const partly: Partly[] = []
  const reasons: string[] = []
  for (const candidate of candidates) {
    const lack = lackFor(demand, candidate, trip, ratios)
    if (lack === null) whole.push(candidate)
    else if (lack.kind === 'soft') partly.push({ candidate, lack })
    else reasons.push(`${nameOf(candidate)}: ${lack.reason}.`)
  }
  if (whole.length + partly.length > 0) return { whole, partly }
  throw noneCapable(trip.call.model, reasons)
}

function directly(name: string, { providers, tasks }: Snapshot): Candidate {
  const slash = name.indexOf('/')
  const provider = name.slice(0, slash)
  const model = name.slice(slash + 1)
  if (slash > 0 && isModel(model) && providers.has(provider)) return { provider, model, weight: 1 }
  throw modelUnknown(shown(name), hint(provider, slash, providers, tasks))
}

/** Some providers have the model in their address, and there '..' leads to what is no model of theirs. */
function isModel(model: string): boolean {
  return model !== '' && !model.split('/').some((step) => step === '.' || step === '..')
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
