import type { Caller } from '../../core/caller.ts'
import { nothing } from '../../core/money.ts'
import { type AnswerStore, keyOf } from './plan.ts'

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
