import type { FeedbackJson } from '../server/contract/feedback.ts'
import { printable } from './print.ts'

/** 'quality 0.5 by end_user (web): "Too long."' */
export function feedbackText(given: FeedbackJson): string {
  const { name, score, label, source, key, comment, correction } = given
  const parts = [
    name,
    ...(score === null ? [] : [String(score)]),
    ...(label === null ? [] : [label]),
    `by ${source} (${key})`,
    ...(comment === null ? [] : [`: ${JSON.stringify(comment)}`]),
    ...(correction === null ? [] : [`, corrected to ${JSON.stringify(correction)}`]),
  ]
  return printable(parts.join(' ').replaceAll(' :', ':').replaceAll(' ,', ','))
}
