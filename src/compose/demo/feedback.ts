import type { Instant } from '../../core/clock.ts'
import type { AttemptRecord } from '../../core/record.ts'
import type { FeedbackRow } from '../../store/feedback.ts'
import { events } from './company.ts'
import type { Dice } from './dice.ts'

const comments = [
  'This answered something else than I asked.',
  'Richtig, aber zu lang.',
  'The page that it names does not exist.',
] as const

/** What a user of the help desk says of an answer; nearly all say nothing. */
export function feedbackTo(last: AttemptRecord, dice: Dice): FeedbackRow | null {
  const { feature, endState, callId, provider, model, task } = last
  if (feature !== 'help-desk' || endState !== 'complete' || provider === null) return null
  if (!dice.happens(0.02)) return null
  const isCanary = `${provider}/${model}`.endsWith(events.canary.name)
  const isGood = dice.happens(isCanary ? 0.9 : 0.87)
  const comment = !isGood && dice.happens(0.4) ? dice.pick(comments) : null
  return {
    id: `fb_${dice.callId(last.at)}`,
    at: (last.at + dice.whole(8, 240) * 1_000_000) as Instant,
    target: { kind: 'call', id: callId },
    keyId: last.keyId,
    task,
    model: `${provider}/${model}`,
    name: 'quality',
    source: 'end_user',
    score: isGood ? 1 : 0,
    label: null,
    comment,
    correction: null,
    repeatId: null,
    digest: dice.hex(64),
  }
}
