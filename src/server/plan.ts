import { Departure } from '../core/departure.ts'
import { invalidRequest } from '../core/errors.ts'
import { newCallId } from '../core/ids.ts'
import { readJsonObject } from '../core/json.ts'
import { usdText } from '../core/money.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { timeUs } from '../gateway/pipeline/deadline.ts'
import { likelyCost } from '../gateway/pipeline/likely-cost.ts'
import { modeName } from '../gateway/pipeline/place-name.ts'
import { restMs } from '../gateway/pipeline/resting.ts'
import { route, type Stop } from '../gateway/pipeline/route.ts'
import type { Task } from '../gateway/pipeline/snapshot.ts'
import { Trip } from '../gateway/pipeline/trip.ts'
import type { Asked, Planning } from './asked.ts'
import type { PlanJson, PlanStepJson } from './contract/routing.ts'
import { countOf } from './query.ts'

const promptUsual = 1_000
const answerUsual = 400
const tokensMost = 1_000_000

/**
 * Whom a chat of a task would ask now. Nobody is asked.
 * @throws invalid_request; RangeError without a running gateway
 */
export function showPlan({ control, key, query, planning }: Asked): PlanJson {
  if (planning === undefined)
    throw new RangeError(
      'Whom a call would ask is known to a running gateway alone. To start one: freehold serve',
    )
  const snapshot = control.snapshot()
  const name = query.get('task') ?? ''
  const task = snapshot.tasks.get(name)
  if (task === undefined) {
    const known = [...snapshot.tasks.keys()].join(', ')
    throw invalidRequest(`'task' has to be one of the tasks: ${known || 'there are none'}.`).at(
      'task',
    )
  }
  if (task.policy === 'cascade' || task.policy === 'learned')
    throw invalidRequest(
      `${name} is under ${task.policy}, which goes by the prompt: freehold route explain --policy FILE --prompt TEXT says what it does.`,
    )
  const deadline = query.get('deadline')
  if (deadline !== null && timeUs(deadline) === null)
    throw invalidRequest(
      `'deadline' has to be a time from now, as 30s, 500ms or 2m, not ${JSON.stringify(deadline.slice(0, 40))}.`,
    ).at('deadline')
  const trip = tripFor(
    task,
    {
      prompt: countOf(query, 'prompt_tokens', promptUsual, tokensMost),
      answer: countOf(query, 'answer_tokens', answerUsual, tokensMost),
      deadline,
    },
    key,
    snapshot,
    planning,
  )
  // What is asked only to be measured is no part of a plan; under shares the draw is the plan.
  const random = task.policy === 'weighted' ? planning.random : never
  const { stops, baseline } = route(trip, { ...planning, random })
  return {
    task: name,
    policy: task.policy,
    deadline,
    steps: stops.map((stop) => stepJson(stop, trip, planning)),
    usual: baseline && `${baseline.provider}/${baseline.model}`,
  }
}

const never = { next: () => 1 - Number.EPSILON }

interface Wish {
  readonly prompt: number
  readonly answer: number
  readonly deadline: string | null
}

function tripFor(
  { name }: Task,
  { prompt, answer, deadline }: Wish,
  key: Asked['key'],
  snapshot: ReturnType<Asked['control']['snapshot']>,
  { clock }: Planning,
): Trip {
  // Four characters are taken for a token; without blanks they would be taken for a picture.
  const messages = [{ role: 'user', content: 'abc '.repeat(prompt) }]
  const body = readJsonObject(JSON.stringify({ model: name, messages, max_tokens: answer }))
  const call = openaiChat.readCall(body)
  const incoming = {
    id: newCallId(),
    dialect: openaiChat,
    credential: null,
    header: (header: string) => (header === 'x-freehold-deadline' ? deadline : null),
    readCall: () => Promise.resolve(call),
    departure: new Departure(),
    arrivedUs: clock.elapsedUs(),
    ended: () => {},
  }
  const nobody = { customer: null, feature: null, session: null }
  // Whoever may look may look at every task.
  return new Trip(incoming, { ...key, role: 'admin' }, call, nobody, snapshot, clock)
}

function stepJson(stop: Stop, { call, snapshot, at }: Trip, planning: Planning): PlanStepJson {
  const { provider, model, mode = null, reason } = stop
  const candidate = { provider: provider.id, model, weight: 1 }
  const cost = likelyCost(call, candidate, snapshot, at, planning.tokenRatios, { mode })
  const us = planning.latencies.answerUs(modeName(`${provider.id}/${model}`, mode), 0.95)
  return {
    model: `${provider.id}/${model}`,
    mode,
    region: provider.region ?? null,
    reason,
    likely_usd: cost === null ? null : usdText(cost),
    answer_p95_s: us === null ? null : us / 1_000_000,
    rests_s: restMs(stop, planning.health) / 1_000,
  }
}
