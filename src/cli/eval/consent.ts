import { type ModelEstimate, wholeCost } from '../../control/evals/estimate.ts'
import { usd } from '../../core/money.ts'
import type { Context } from '../command.ts'

/** Below these nobody is asked. */
const costMax = usd('1')
const callsMax = 2_000

/** Whether to go on. Only a person at a terminal is asked, and only where it takes much, or may. */
export async function agreed(
  context: Context,
  estimates: readonly ModelEstimate[],
): Promise<boolean> {
  const { json, print, flag, signal } = context
  const calls = estimates.reduce((sum, estimate) => sum + estimate.calls, 0)
  if (flag('yes') || json || print.width === null || process.stdin.isTTY !== true || calls === 0)
    return true
  const cost = wholeCost(estimates)
  if (cost !== null && cost <= costMax && calls <= callsMax) return true
  process.stderr.write('\nGo on? [y/N] ')
  const reader = Bun.stdin.stream().getReader()
  const stop = (): void => void reader.cancel()
  signal.addEventListener('abort', stop, { once: true })
  const { value } = await reader.read()
  signal.removeEventListener('abort', stop)
  reader.releaseLock()
  return /^\s*y(?:es)?\s*$/i.test(value === undefined ? '' : new TextDecoder().decode(value))
}
