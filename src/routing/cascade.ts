import type { Chat } from '../core/call.ts'
import type { ChatReply } from '../core/reply.ts'
import { confidenceOf, confidencesOfLogprobs, sayingOf } from './answers.ts'
import type { Routed, Rule } from './calibrated/rule.ts'
import { doubt } from './calibrated/rule.ts'
import { worthOf } from './calibrated/scorer.ts'
import { agree } from './calibrated/signals.ts'
import type { Outcome } from './calibrated/table.ts'
import { type Flaw, flawOf } from './flaw.ts'
import { figure } from './learned.ts'

/** Whether an answer is given to the caller or a better model is asked, and by what that was seen. */
export interface Verdict {
  readonly accepted: boolean
  readonly signal: Flaw['signal'] | 'worth' | 'agreement' | 'samples' | 'check' | 'none'
  readonly score: number | null
  readonly threshold: number | null
  /** In words for the ledger. */
  readonly says: string
}

/**
 * Judges a cheap answer. What is wrong with it in itself goes first; then the fitted rule, where there is
 * one. Without a rule whatever has no flaw is accepted: that is not proven to be good enough.
 * @param others  further cheap answers to the same call: the second model's, or more samples of the first's
 * @param vector  of the prompt, for a rule that goes by its neighbours
 */
export function judge(
  rule: Routed | null,
  chat: Chat,
  prompt: string,
  reply: ChatReply,
  others: readonly ChatReply[],
  vector: Int8Array | null = null,
): Verdict {
  const flaw = flawOf(reply, chat)
  if (flaw !== null) {
    const { signal, says } = flaw
    return { accepted: false, signal, score: null, threshold: null, says: `${signal}: ${says}` }
  }
  const cheap = outcomeOf(reply)
  if (rule === null) return unproven(cheap, others.map(outcomeOf))
  const [second = null] = rule.second === null ? [] : others.map(outcomeOf)
  const { scorer, threshold } = rule
  const score =
    scorer === null ? doubt(cheap, second) : worthOf(scorer, prompt, cheap, second, vector)
  const accepted = score <= threshold
  const signal = scorer === null ? 'agreement' : 'worth'
  const says =
    scorer === null
      ? `agreement: the two cheap answers ${accepted ? 'agree' : 'do not agree'}`
      : `worth ${figure(score)}, ${accepted ? 'not above' : 'above'} ${figure(threshold)}`
  return { accepted, signal, score, threshold, says }
}

function unproven(cheap: Outcome, samples: readonly Outcome[]): Verdict {
  const differing = samples.filter((sample) => agree(cheap, sample) === false).length
  if (samples.length === 0) {
    return { accepted: true, signal: 'none', score: null, threshold: null, says: 'no flaw' }
  }
  const accepted = differing === 0
  const says = accepted
    ? `samples: none of ${samples.length} says something else`
    : `samples: ${differing} of ${samples.length} say something else`
  return { accepted, signal: 'samples', score: differing, threshold: 0, says }
}

/** Whether a rule has to see how sure the model was. */
export function readsLogprobs(rule: Rule): boolean {
  if (rule.method === 'static' || rule.method === 'prompt-route') return false
  return rule.scorer?.reads.keys.some((key) => confidencesOfLogprobs.has(key)) ?? false
}

/** An answer as a rule reads it. Score and cost are what a table knows and nobody knows here. */
function outcomeOf(reply: ChatReply): Outcome {
  return {
    score: 0,
    costUsd: 0,
    checkUsd: 0,
    response: sayingOf(reply),
    answer: undefined,
    confidence: confidenceOf(reply.choices[0]?.logprobs),
  }
}

/** Whether two answers say the same: null where they are too long, or leave nothing to compare. */
export function sameAnswer(left: ChatReply, right: ChatReply): boolean | null {
  return agree(outcomeOf(left), outcomeOf(right))
}
