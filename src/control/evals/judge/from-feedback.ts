import type { Scored, ScoredCall } from '../feedback-table.ts'
import { answerWords, questionWords } from '../feedback-table.ts'

/** A label for a judge from what was said of a call; null where its words are not there. */
export function judgeLabelOf(
  { call_id: id, score, model }: Scored,
  call: ScoredCall | null,
): Readonly<Record<string, unknown>> | null {
  const [question, answer] = [questionWords(call), answerWords(call)]
  if (question === null || answer === null || score === null) return null
  return { case: id, question, answer, ...(model === null ? {} : { model }), label: score }
}
