import { Alarms } from '../alarms/alarms.ts'
import { Webhook } from '../alarms/webhook.ts'
import type { Configuration } from '../config/load.ts'
import { systemClock } from '../core/clock.ts'
import { format } from '../core/money.ts'
import type { BudgetNews } from '../gateway/limits/budgets.ts'
import { Watchdog } from '../server/watchdog.ts'

export function deliverAlarms(alarms: Alarms, { settings }: Configuration): void {
  const { alarmWebhook } = settings
  alarms.deliverTo(
    alarmWebhook === null ? () => {} : new Webhook(alarmWebhook.reveal(), systemClock).deliver,
  )
}

export function budgetAlarm(alarms: Alarms): (news: BudgetNews) => void {
  return ({ scoped, spent, share }) => {
    const { kind, value, budget } = scoped
    const subject = `${kind} ${value}`
    const text = `${format(spent)} of ${format(budget.limit)} per ${budget.per} are spent.`
    if (share < 1) alarms.raise('budget_near', subject, text)
    else alarms.raise('budget_spent', subject, `${text} Further calls are refused.`)
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
