import type { Call } from '../../core/call.ts'
import { answerUnfit, GatewayError } from '../../core/errors.ts'
import type { AttemptRole } from '../../core/record.ts'
import type { ChatReply, Reply } from '../../core/reply.ts'
import { type Emulation, folded } from '../emulate/emulation.ts'

/** Asks one exchange, whose row is on the ledger when it is over. */
export type AskOnce<Answered> = (
  call: Call,
  role: AttemptRole,
) => Promise<Answered & { readonly reply: Reply }>

/** Calls that are asked at once for one call of the caller. */
const atOnce = 4

/**
 * Asks for a call of which the provider lacks something, as often as it takes: for each of several
 * answers, and once more for an answer that is not what was wanted. Every exchange is an attempt.
 * @throws answer_unfit; what the provider says
 */
export async function emulate<Answered>(
  emulation: Emulation,
  role: AttemptRole,
  model: string,
  ask: AskOnce<Answered>,
): Promise<Answered & { readonly reply: ChatReply }> {
  const answers: (Answered & { readonly reply: ChatReply })[] = []
  for (let left = emulation.times; left > 0; left -= atOnce) {
    const some = Array.from({ length: Math.min(left, atOnce) }, () =>
      one(emulation, role, model, ask),
    )
    // All are waited for, also when one fails: each has its row, and none is left behind.
    const settled = await Promise.allSettled(some)
    for (const result of settled) {
      if (result.status === 'rejected') throw result.reason
      answers.push(result.value)
    }
  }
  const [first] = answers
  return { ...first!, reply: folded(answers.map(({ reply }) => reply)) }
}

async function one<Answered>(
  emulation: Emulation,
  role: AttemptRole,
  model: string,
  ask: AskOnce<Answered>,
): Promise<Answered & { readonly reply: ChatReply }> {
  const answer = chatIn(await ask(emulation.call, role), model)
  const wrong = emulation.check(answer.reply)
  if (wrong === null) return { ...answer, reply: emulation.give(answer.reply) }
  const again = chatIn(await ask(emulation.again(answer.reply, wrong), 'retry'), model)
  const still = emulation.check(again.reply)
  if (still !== null) throw answerUnfit(model, still)
  return { ...again, reply: emulation.give(again.reply) }
}

function chatIn<Answered extends { readonly reply: Reply }>(
  answer: Answered,
  model: string,
): Answered & { readonly reply: ChatReply } {
  const { reply } = answer
  if (reply.operation === 'chat') return { ...answer, reply }
  throw new GatewayError(answerUnfit, `${model} answered something else than a chat.`)
}
