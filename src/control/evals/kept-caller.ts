import type { Answered, Caller } from '../../core/caller.ts'
import { nothing } from '../../core/money.ts'
import { type AnswerStore, keyOf, type Plan } from './plan.ts'

/**
 * For graders that ask a model: what one has said of an answer once is not paid for again. Such a reply
 * costs nothing. Whoever wants several opinions in the same words asks with different params.
 */
export function keptCaller(ask: Caller, answers: AnswerStore): Caller {
  return async (question, signal) => {
    const { model, messages, params, feature } = question
    const key = keyOf([feature, model, messages, params])
    const kept = answers.get(key)
    if (kept !== undefined) return { ...kept, cost: nothing }
    const answer = await ask(question, signal)
    answers.put(key, answer)
    return answer
  }
}

/** Answers that were given when the cases were calls go before all others, and are not paid for again. */
export function withLogged(plan: Plan, answers: AnswerStore): AnswerStore {
  const logged = new Map<string, Answered>()
  for (const { each, model, repeat, key } of plan.jobs)
    if (repeat === 0 && each.logged?.model === model) logged.set(key, each.logged)
  return {
    get: (key) => logged.get(key) ?? answers.get(key),
    put: (key, answer) => answers.put(key, answer),
  }
}
