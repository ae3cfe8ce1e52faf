import { correctedBy } from '../core/correction.ts'
import type { Money } from '../core/money.ts'
import type { AttemptRecord } from '../core/record.ts'
import { kinds } from '../core/usage.ts'

/** What cannot be of a row, whoever wrote it. */
export function impossible(record: AttemptRecord): string[] {
  const { usage, cost, role, costSource, attempt, at, toolCalls, endState } = record
  const says: string[] = []
  for (const kind of kinds) {
    const count = usage?.[kind] ?? 0
    if (count < 0) says.push(`its ${kind} is ${count}`)
  }
  if (cost !== null && cost < 0n && role !== 'correction') says.push(`its cost is ${amount(cost)}`)
  if (role === 'cache_hit' && record.saved !== null && record.saved < 0n)
    says.push(`it saved ${amount(record.saved)}`)
  if (cost !== null && cost !== 0n && costSource === 'none')
    says.push(`it cost ${amount(cost)}, and nothing was to be paid`)
  if (cost !== null && costSource === 'unknown')
    says.push(`its cost is ${amount(cost)}, and said not to be known`)
  if (role === 'correction' && correctedBy(record) === null)
    says.push(`it corrects nothing: ${JSON.stringify(record.reason)}`)
  if (attempt < 0) says.push('its number is negative')
  if (at < 0) says.push('it was before 1970')
  if (toolCalls !== null && toolCalls < 0) says.push(`its tool calls are ${toolCalls}`)
  if (endState === 'unknown' && (cost !== null || usage !== null))
    says.push('nobody knows how it ended, and yet what it used')
  const whole = record.totalUs
  for (const name of [
    'queueUs',
    'connectUs',
    'firstByteUs',
    'firstContentUs',
    'totalUs',
    'overheadUs',
  ] as const) {
    const part = record[name]
    if (part === null) continue
    if (part < 0) says.push(`its ${name} is ${part}`)
    const isPart = name === 'firstByteUs' || name === 'firstContentUs'
    if (isPart && whole !== null && part > whole) says.push(`its ${name} is more than its totalUs`)
  }
  return says
}

export function amount(cost: Money | null): string {
  return cost === null ? 'an amount that is not known' : `${cost} picodollars`
}
