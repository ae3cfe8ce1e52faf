import { type AlarmKind, Alarms } from '../alarms/alarms.ts'
import { type Post, Webhook } from '../alarms/webhook.ts'
import type { Configuration } from '../config/load.ts'
import { systemClock } from '../core/clock.ts'
import { Departure } from '../core/departure.ts'
import { format } from '../core/money.ts'
import type { HealthChange } from '../gateway/health/health.ts'
import type { BudgetNews } from '../gateway/limits/budgets.ts'
import { askPinned } from '../gateway/upstream/pinned.ts'
import { proxyFor } from '../gateway/upstream/proxy.ts'
import { Watchdog } from '../server/watchdog.ts'

export function deliverAlarms(alarms: Alarms, { settings }: Configuration): void {
  const { alarmWebhook } = settings
  alarms.deliverTo(
    alarmWebhook === null
      ? () => {}
      : new Webhook(alarmWebhook.reveal(), systemClock, postAlarm).deliver,
  )
}

const answerMs = 10_000

/** The webhook stands in the file, and so it may be anywhere. A proxy looks its name up itself. */
const postAlarm: Post = async (url, body) => {
  const headers = { 'content-type': 'application/json' }
  if (proxyFor(new URL(url), process.env) !== null) {
    const signal = AbortSignal.timeout(answerMs)
    const options = { method: 'POST', headers, body, redirect: 'manual', signal } as const
    const answer = await fetch(url, options)
    await answer.body?.cancel()
    return answer.status
  }
  const answer = await askPinned({
    url,
    method: 'POST',
    headers,
    body,
    departure: new Departure(),
    limits: { connectMs: answerMs, totalMs: answerMs, bytesMax: 1_000_000 },
    permitted: 'any',
  })
  return answer.status
}

/** Where a thread that serves calls raises its alarms. */
export type Bell = Pick<Alarms, 'raise' | 'resolve'>

export function budgetAlarm(alarms: Bell): (news: BudgetNews) => void {
  return ({ scoped, spent, share }) => {
    const { kind, value, budget } = scoped
    const subject = `${kind} ${value}`
    const text = `${format(spent)} of ${format(budget.limit)} per ${budget.per} are spent.`
    if (share < 1) alarms.raise('budget_near', subject, text)
    else alarms.raise('budget_spent', subject, `${text} Further calls are refused.`)
  }
}

const alarmOf = {
  failing: 'provider_down',
  key: 'provider_key',
  quota: 'provider_quota',
  arrears: 'provider_arrears',
} as const satisfies Record<HealthChange['cause'], AlarmKind>

export function healthAlarm(alarms: Bell): (change: HealthChange) => void {
  return ({ subject, cause, down, why }) => {
    const kind = alarmOf[cause]
    if (down) alarms.raise(kind, subject, `${subject} is left alone for a while: ${why}`)
    else alarms.resolve(kind, subject)
  }
}

export function sheddingAlarm(alarms: Bell): (isShedding: boolean) => void {
  return (isShedding) => {
    if (!isShedding) alarms.resolve('overloaded', 'gateway')
    else
      alarms.raise(
        'overloaded',
        'gateway',
        'The process has more to do than it can: lines of batches are turned away, and then other calls. Give it a faster core, or send less to it.',
      )
  }
}

export function tellRecovered({ health }: Watchdog, alarms: Alarms): void {
  if (health === null || health.recovered === 0) return
  alarms.raise(
    'intents_recovered',
    'ledger',
    `${health.recovered} attempts were under way when an earlier process died. They are on the ledger as unknown.`,
  )
}
