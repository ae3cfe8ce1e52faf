import type { Call } from '../../core/call.ts'
import { GatewayError } from '../../core/errors.ts'
import { editJson, readJsonObject } from '../../core/json.ts'
import type { PricedStop } from './admit.ts'
import type { Answer } from './answer.ts'
import type { Held } from './held.ts'
import type { Parts } from './parts.ts'
import { doorFor } from './request.ts'
import type { Trip } from './trip.ts'

/**
 * How sure a model was of its answer, for policies that were fitted with it: asked for where the provider
 * tells it and the caller did not ask, and taken out of what the caller gets.
 */

const dialect = 'openai-chat'
const member = 'logprobs'

/** Whether they are to be asked for. */
export function asksLogprobs(
  { call, course }: Trip,
  { provider, model }: PricedStop,
  { experiments }: Pick<Parts, 'experiments'>,
): boolean {
  if (course?.chat?.logprobs === true || experiments.withoutLogprobs.has(`${provider.id}/${model}`))
    return false
  const door = doorFor(provider, call, model)
  return door.dialect.id === dialect && !leavesOut(door.quirks?.parameters ?? [], model)
}

type Rules = NonNullable<NonNullable<ReturnType<typeof doorFor>['quirks']>['parameters']>

function leavesOut(rules: Rules, model: string): boolean {
  return rules.some(
    ({ name, does, models }) =>
      name === member && does.kind === 'drop' && models?.test(model) !== false,
  )
}

/**
 * Asks for them. A provider that refuses the call for it is asked again without, and not for them again.
 * @throws what `ask` does
 */
export async function withLogprobs(
  trip: Trip,
  { provider, model }: PricedStop,
  { experiments }: Pick<Parts, 'experiments'>,
  ask: (trip: Trip) => Promise<Answer>,
): Promise<Answer> {
  const call = asking(trip.call)
  // The same trip in all but what is asked: others may be asked at the same time.
  const asked = new Proxy(trip, {
    get: (whole, name) => (name === 'call' ? call : (Reflect.get(whole, name) as unknown)),
  })
  try {
    return await ask(asked)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'provider_refused') throw error
    const answer = await ask(trip)
    // A call that is refused without them, too, was refused for something else.
    experiments.withoutLogprobs.add(`${provider.id}/${model}`)
    return answer
  }
}

function asking(call: Call): Call {
  const meaning = call.meaning()
  const asked = meaning.operation === 'chat' ? { ...meaning, logprobs: true } : meaning
  const body =
    call.dialect === dialect
      ? readJsonObject(editJson(call.body, new Map([[member, 'true']])))
      : call.body
  return { ...call, body, meaning: () => asked }
}

/** The answer as the caller would have got it, had nobody asked for them. */
export function withoutLogprobs(
  { answer, reply }: Held,
  { course }: Trip,
): Held & { answer: Answer } {
  const isWanted = course?.chat?.logprobs === true
  if (isWanted || reply === null || reply.choices.every(({ logprobs }) => logprobs === null))
    return { answer, reply }
  const plain = {
    ...reply,
    choices: reply.choices.map((choice) => ({ ...choice, logprobs: null })),
  }
  switch (answer.kind) {
    case 'whole':
      return { answer: { ...answer, reply: plain, text: null }, reply: plain }
    case 'bytes':
      return { answer, reply }
    case 'stream':
    case 'unfolded': {
      const { attempt, door } = answer
      const all =
        answer.kind === 'unfolded'
          ? answer.deltas
          : answer.begun.flatMap((piece) => piece.deltas ?? [])
      const deltas = all.filter(({ type }) => type !== 'logprobs')
      return { answer: { kind: 'unfolded', attempt, door, deltas }, reply: plain }
    }
  }
}
