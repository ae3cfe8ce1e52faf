import { type ModelEstimate, wholeCost } from '../../control/evals/estimate.ts'
import { usd } from '../../core/money.ts'
import type { Context } from '../command.ts'
import { confirmed, isAttended } from '../confirm.ts'

/** Below these nobody is asked. */
const costMax = usd('1')
const callsMax = 2_000

/** Whether to go on. Only a person at a terminal is asked, and only where it takes much, or may. */
export async function agreed(
  context: Context,
  estimates: readonly ModelEstimate[],
): Promise<boolean> {
  const calls = estimates.reduce((sum, estimate) => sum + estimate.calls, 0)
  if (context.flag('yes') || !isAttended(context) || calls === 0) return true
  const cost = wholeCost(estimates)
  if (cost !== null && cost <= costMax && calls <= callsMax) return true
  return confirmed(context, '\nGo on?')
}
