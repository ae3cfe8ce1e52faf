import type { Call, Chat } from '../../core/call.ts'
import { promptOf } from '../../routing/answers.ts'
import { priceHash } from '../../routing/certificate.ts'
import type { Rule } from '../../routing/calibrated/rule.ts'
import { decide, decisionText } from '../../routing/learned.ts'
import { type Candidate, nameOf, type Plan } from '../../routing/policy.ts'
import type { LiveTask } from '../experiments/live-task.ts'
import type { Course } from './course.ts'
import type { Parts } from './parts.ts'
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
  parts: Pick<Parts, 'experiments'>,
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
  const course = (kind: Course['kind'], more: Partial<Course> = {}): Course => ({
    ...begin,
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
  if (rule === null) {
    if (held !== 'buffer')
      return { plan: strongFirst(able, 'streamed: the strong model'), course: course('routed') }
    const { samples } = routing
    return {
      plan: inOrder(able, 'cheap first, not proven'),
      course: course('cascade', { prompt, samples, steps: able.map(nameOf) }),
    }
  }
  return fitted(rule, able, course, { prompt, held, isPromised: routing.guarantee !== null })
}

function fitted(
  rule: Rule,
  able: readonly Candidate[],
  course: (kind: Course['kind'], more?: Partial<Course>) => Course,
  { prompt, held, isPromised }: { prompt: string; held: string; isPromised: boolean },
): Steered {
  const named = (name: string): Candidate | undefined => able.find((each) => nameOf(each) === name)
  if (rule.method === 'static') {
    const only = named(rule.model)
    const plan =
      only === undefined
        ? strongFirst(able, 'the model that the policy names cannot take the call')
        : firstOf(only, able, 'no routing: the policy names one model')
    return { plan, course: course('routed', { prompt }) }
  }
  const cheap = named(rule.cheap)
  const second = rule.second === null ? null : named(rule.second)
  if (cheap === undefined || second === undefined) {
    const reason = 'a model that the policy asks cannot take the call'
    return { plan: strongFirst(able, reason), course: course('routed', { prompt, audit: null }) }
  }
  const decision = decide(rule, prompt)
  const text = decisionText(decision)
  if (decision.asks === 'strong')
    return { plan: strongFirst(able, `prompt: ${text}`), course: course('routed', { prompt }) }
  if (decision.asks === 'cheap')
    return { plan: firstOf(cheap, able, `prompt: ${text}`), course: course('routed', { prompt }) }
  // What was proven is that answers are judged: without that the cheap one is no part of a promise.
  if (held === 'strong' || (held === 'prompt' && (isPromised || rule.direct === null))) {
    const plan = strongFirst(able, 'streamed: the strong model')
    return { plan, course: course('routed', { prompt }) }
  }
  const first = firstOf(cheap, able, `cheap first: ${text}`)
  if (held === 'prompt') return { plan: first, course: course('routed', { prompt }) }
  const others = [cheap, ...(second === null ? [] : [second])]
  const strong = able.at(-1)!
  return {
    plan: [
      ...others.map((candidate) => ({ candidate, reason: `cheap first: ${text}` })),
      { candidate: strong, reason: 'the strong model' },
    ],
    course: course('cascade', { prompt, rule, steps: [...others, strong].map(nameOf) }),
  }
}

/** What is done besides with a call of a task under any other policy; null for most. */
export function beside(
  trip: Planned,
  task: Task,
  parts: Pick<Parts, 'experiments'>,
): Course | null {
  const live = liveOf(task, parts)
  if (live === null) return null
  const { canary } = live
  const unit = trip.attribution.session ?? trip.id
  const side = canary === null ? null : canary.takes(unit) ? 'canary' : 'incumbent'
  const common = { live, kind: 'other', rule: null, prompt: '', steps: [], samples: 1 } as const
  return { ...common, chat: chatOf(trip.call), ...drawn(live, trip), audit: null, side }
}

/** With the canary in front; who was there before stands in for it. */
export function withCanary(plan: Plan, { live, side }: Course): Plan {
  const { canary } = live
  if (side !== 'canary' || canary === null) return plan
  const reason = `canary, ${canary.share} of the traffic`
  return [{ candidate: canary.settings.model, reason }, ...plan]
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
  const { name, routing, shadow, canary } = task
  if (routing === null && shadow === null && canary === null) return null
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
  return live.whyFallback(() => pricesOf(task, snapshot, at))
}

function otherPrompt(live: LiveTask, { routing }: Task, chat: Chat): string | null {
  const known = routing?.fitted?.facts.promptHash ?? null
  if (known === null) return null
  const hash = promptHash(chat)
  return hash === known ? null : live.otherPrompt(hash)
}

function pricesOf(task: Task, { catalog }: Snapshot, at: Trip['at']): string {
  const models = task.candidates.map(
    ({ provider, model }) => catalog.find(provider, model, at)?.model ?? null,
  )
  return priceHash(models, at)
}

function chatOf(call: Call): Chat | null {
  if (call.operation !== 'chat') return null
  try {
    const meaning = call.meaning()
    return meaning.operation === 'chat' ? meaning : null
  } catch {
    return null // whoever writes the call says what is wrong with it
  }
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
