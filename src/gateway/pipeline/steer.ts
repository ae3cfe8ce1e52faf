import { type Chat, chatOf } from '../../core/call.ts'
import { promptOf } from '../../routing/answers.ts'
import { priceHash } from '../../routing/certificate.ts'
import { embeddingsOf, type Rule } from '../../routing/calibrated/rule.ts'
import { decide, decisionText, figure } from '../../routing/learned.ts'
import { type Candidate, nameOf, type Plan } from '../../routing/policy.ts'
import type { LiveTask } from '../experiments/live-task.ts'
import type { TaskCanary } from '../experiments/settings.ts'
import { drillPart, sideOf } from './canary.ts'
import type { Course } from './course.ts'
import { embedderFor } from './embedder-for.ts'
import type { Parts } from './parts.ts'
import { staysReason, staysWithStrong } from './pin.ts'
import { promptHash } from './prompt-hash.ts'
import type { Snapshot, Task } from './snapshot.ts'
import type { Trip } from './trip.ts'

/** A call that is not under way yet. */
type Planned = Omit<Trip, 'overheadUs'>

/** The plan of a call under `cascade` or `learned`, and what else is to be done with it. */
export interface Steered {
  readonly plan: Plan
  readonly course: Course
}

/**
 * What the policy of a task makes of a call before anybody is asked: who is asked first, and whether the
 * answer will be judged. Drawn by chance, and by nothing else, is whether it is audited.
 * @param able  the task's models that can take the call, from cheap to strong
 */
export function steer(
  trip: Planned,
  task: Task,
  able: readonly Candidate[],
  parts: Pick<Parts, 'experiments' | 'affinity' | 'tokenRatios'>,
): Steered {
  const live = liveOf(task, parts)!
  const chat = chatOf(trip.call)
  const begin = {
    live,
    chat,
    prompt: '',
    steps: [],
    rule: null,
    samples: 1,
    ...drawn(live, trip),
  } as const
  const routing = task.routing!
  const strong = able.at(-1)
  const checks = routing.checks === null ? {} : { checks: routing.checks }
  const course = (kind: Course['kind'], more: Partial<Course> = {}): Course => ({
    ...begin,
    ...checks,
    kind,
    ...more,
  })
  if (chat === null || strong === undefined || able.length === 1) {
    const reason = able.length === 1 ? 'the only one that can take the call' : 'in order'
    return { plan: inOrder(able, reason), course: course('other', { audit: null }) }
  }
  const why = whyFallback(task, live, trip.snapshot, trip.at) ?? otherPrompt(live, task, chat)
  if (why !== null) {
    const prompt = promptOf(chat)
    return { plan: strongFirst(able, `fallback: ${why}`), course: course('fallback', { prompt }) }
  }
  const prompt = promptOf(chat)
  const rule = routing.fitted?.rule ?? null
  const held = trip.call.stream ? routing.streaming : 'buffer'
  const stays = (cheap: readonly Candidate[]): boolean => staysWithStrong(trip, able, cheap, parts)
  if (rule === null) {
    if (stays(able.slice(0, 1)))
      return { plan: strongFirst(able, staysReason), course: course('routed') }
    if (held !== 'buffer')
      return { plan: strongFirst(able, 'streamed: the strong model'), course: course('routed') }
    const { samples } = routing
    return {
      plan: inOrder(able, 'cheap first, not proven'),
      course: course('cascade', { prompt, samples, steps: able.map(nameOf) }),
    }
  }
  const asking = { prompt, held, isPromised: routing.guarantee !== null, stays }
  const isStrong = rule.method === 'static' && rule.model === nameOf(strong)
  const drawnArm = isStrong ? null : live.drawArm()
  if (drawnArm === null) return fitted(rule, able, course, asking)
  const { arm, propensity } = drawnArm
  const learned = `${arm === 'policy' ? 'the policy' : 'the strong model alone'}, drawn with propensity ${figure(propensity)}`
  if (arm === 'strong') {
    const plan = strongFirst(able, learned)
    return { plan, course: course('routed', { prompt, arm, audit: null }) }
  }
  const withArm: Opens = (kind, more = {}) => course(kind, { ...more, arm })
  return saying(learned, fitted(rule, able, withArm, asking))
}

/** How the course of a call begins. */
type Opens = (kind: Course['kind'], more?: Partial<Course>) => Course

/** The same with more for the ledger to say of its first step. */
function saying(more: string, { plan, course }: Steered): Steered {
  const [first, ...others] = plan
  const { undecided } = course
  return {
    plan:
      first === undefined ? plan : [{ ...first, reason: `${first.reason}; ${more}` }, ...others],
    course:
      undecided === undefined
        ? course
        : {
            ...course,
            undecided: {
              ...undecided,
              decide: (vector) => saying(more, undecided.decide(vector)),
            },
          },
  }
}

interface Asking {
  readonly prompt: string
  readonly held: string
  readonly isPromised: boolean
  /** Whether the strong model keeps a conversation that would else go to these. */
  readonly stays: (cheap: readonly Candidate[]) => boolean
  /** The embedding of the prompt; null: there is none. Absent: nobody was asked for it. */
  readonly vector?: Int8Array | null
}

function fitted(rule: Rule, able: readonly Candidate[], course: Opens, asking: Asking): Steered {
  const { prompt, held, isPromised, stays, vector } = asking
  const named = (name: string): Candidate | undefined => able.find((each) => nameOf(each) === name)
  if (rule.method === 'static') {
    const only = named(rule.model)
    const plan =
      only === undefined
        ? strongFirst(able, 'the model that the policy names cannot take the call')
        : firstOf(only, able, 'no routing: the policy names one model')
    return { plan, course: chosen(only ?? able.at(-1)!, able, course, asking) }
  }
  const cheap = named(rule.cheap)
  const second = rule.second === null ? null : named(rule.second)
  if (cheap === undefined || second === undefined) {
    const reason = 'a model that the policy asks cannot take the call'
    return { plan: strongFirst(able, reason), course: course('routed', { prompt, audit: null }) }
  }
  const model = embeddingsOf(rule)
  if (model !== null && vector === undefined) {
    const all = [cheap, ...(second === null ? [] : [second])]
    if (stays(all))
      return { plan: strongFirst(able, staysReason), course: course('routed', { prompt }) }
    const decideBy = (found: Int8Array | null): Steered =>
      fitted(rule, able, course, { ...asking, vector: found })
    const undecided = { model, decide: decideBy }
    const plan = strongFirst(able, 'until there is an embedding')
    return { plan, course: course('routed', { prompt, undecided }) }
  }
  const decision = decide(rule, prompt, vector)
  const text = decisionText(decision)
  if (decision.asks === 'strong')
    return { plan: strongFirst(able, `prompt: ${text}`), course: course('routed', { prompt }) }
  const others = [cheap, ...(second === null || decision.asks === 'cheap' ? [] : [second])]
  if (stays(others))
    return { plan: strongFirst(able, staysReason), course: course('routed', { prompt }) }
  if (decision.asks === 'cheap') {
    const plan = firstOf(cheap, able, `prompt: ${text}`)
    return { plan, course: chosen(cheap, able, course, asking) }
  }
  // What was proven is that answers are judged: without that the cheap one is no part of a promise.
  if (held === 'strong' || (held === 'prompt' && (isPromised || rule.direct === null))) {
    const plan = strongFirst(able, 'streamed: the strong model')
    return { plan, course: course('routed', { prompt }) }
  }
  const first = firstOf(cheap, able, `cheap first: ${text}`)
  if (held === 'prompt') return { plan: first, course: course('routed', { prompt }) }
  const strong = able.at(-1)!
  return {
    plan: [
      ...others.map((candidate) => ({ candidate, reason: `cheap first: ${text}` })),
      { candidate: strong, reason: 'the strong model' },
    ],
    course: course('cascade', {
      prompt,
      rule,
      vector: vector ?? null,
      steps: [...others, strong].map(nameOf),
    }),
  }
}

/** A model that was chosen before it said anything: its answer is held where a function of the user's own judges it. */
function chosen(
  model: Candidate,
  able: readonly Candidate[],
  course: Opens,
  { prompt, held }: Asking,
): Course {
  const strong = able.at(-1)!
  const { checks } = course('routed')
  return checks === undefined || held !== 'buffer' || model === strong
    ? course('routed', { prompt })
    : course('cascade', { prompt, steps: [nameOf(model), nameOf(strong)] })
}

/** What is done besides with a call of a task under any other policy; null for most. */
export function beside(
  trip: Planned,
  task: Task,
  plan: Plan,
  parts: Pick<Parts, 'experiments'>,
): Course | null {
  const live = liveOf(task, parts)
  if (live === null) return null
  const { canary } = live
  const unit = trip.attribution.session ?? trip.id
  const drill = canary === null ? null : drillPart(canary, unit, plan)
  const side = canary === null ? null : sideOf(canary, unit, drill)
  const common = { live, kind: 'other', rule: null, prompt: '', steps: [], samples: 1 } as const
  return {
    ...common,
    chat: chatOf(trip.call),
    ...drawn(live, trip),
    audit: null,
    side,
    ...(drill === null ? {} : { drill }),
  }
}

function drawn(
  live: LiveTask,
  { call }: Planned,
): Pick<Course, 'audit' | 'shadow' | 'side' | 'first' | 'answered'> {
  const isChat = call.operation === 'chat'
  return {
    audit: isChat ? live.drawAudit() : null,
    shadow: isChat ? live.drawShadow() : null,
    side: null,
    first: null,
    answered: null,
  }
}

export function liveOf(task: Task, { experiments }: Pick<Parts, 'experiments'>): LiveTask | null {
  const { name, routing, shadow } = task
  // A policy that was proven has no substitutes that its proof knows of.
  const canary = task.canary ?? (routing === null ? experiments.drills.of(name) : null)
  if (routing === null && shadow === null && canary === null) return null
  return liveWith(canary, task, experiments)
}

function liveWith(
  canary: TaskCanary | null,
  task: Task,
  experiments: Parts['experiments'],
): LiveTask {
  const { name, routing, shadow } = task
  return experiments.of(task, () => ({
    name,
    models: task.candidates.map(nameOf),
    routing,
    shadow,
    canary,
  }))
}

/** Why the strong model answers alone; null while the policy decides. */
export function whyFallback(
  task: Task,
  live: LiveTask,
  snapshot: Snapshot,
  at: Trip['at'],
): string | null {
  return live.whyFallback(() => pricesOf(task, snapshot, at)) ?? whyBlind(task, snapshot)
}

/** Why a policy that goes by embeddings cannot; null when it can, or goes by none. */
function whyBlind(task: Task, snapshot: Snapshot): string | null {
  const name = embedderNameOf(task)
  if (name === null || embedderFor(name, task, snapshot) !== null) return null
  return `it goes by embeddings of ${name}, which no provider here gives that the task permits`
}

function embedderNameOf({ routing }: Task): string | null {
  const rule = routing?.fitted?.rule
  return rule === undefined ? null : embeddingsOf(rule)
}

function otherPrompt(live: LiveTask, { routing }: Task, chat: Chat): string | null {
  const known = routing?.fitted?.facts.promptHash ?? null
  if (known === null) return null
  const hash = promptHash(chat)
  return hash === known ? null : live.otherPrompt(hash)
}

function pricesOf(task: Task, snapshot: Snapshot, at: Trip['at']): string {
  const name = embedderNameOf(task)
  const embedder = name === null ? null : embedderFor(name, task, snapshot)
  const places = [
    ...task.candidates,
    ...(embedder === null ? [] : [{ provider: embedder.provider.id, model: embedder.model }]),
  ]
  const models = places.map(
    ({ provider, model }) => snapshot.catalog.find(provider, model, at)?.model ?? null,
  )
  return priceHash(models, at)
}

function inOrder(able: readonly Candidate[], reason: string): Plan {
  return able.map((candidate) => ({ candidate, reason }))
}

/** The strong model, and behind it the others as stand-ins for an outage, the strongest first. */
function strongFirst(able: readonly Candidate[], reason: string): Plan {
  const [strong, ...others] = able.toReversed()
  return firstOf(strong!, others, reason)
}

function firstOf(first: Candidate, able: readonly Candidate[], reason: string): Plan {
  const others = able.filter((each) => each !== first)
  return [
    { candidate: first, reason },
    ...others.map((candidate, place) => ({ candidate, reason: `stand-in ${place + 1}` })),
  ]
}
