/** What a watch of the bill would have said on a day. */
export interface Alert {
  readonly kind: 'bill up' | 'dearer than before' | 'margin negative'
  readonly text: string
}

export interface DayBill {
  readonly day: string
  readonly before: bigint
  readonly after: bigint
  readonly marginAfter: number | null
}

const daysBefore = 7
/** A quarter above the mean of a week is beyond what weekdays do to most bills. */
const jump = 1.25

/** Each alert once, on the day on which it begins. */
export function alertsOf(days: readonly DayBill[]): readonly (readonly Alert[])[] {
  let [isUp, isDearer, isNegative] = [false, false, false]
  return days.map(({ before, after, marginAfter }, at) => {
    const alerts: Alert[] = []
    const week = days.slice(Math.max(0, at - daysBefore), at)
    const mean = week.reduce((sum, day) => sum + Number(day.after), 0) / Math.max(1, week.length)
    const up = week.length === daysBefore && mean > 0 && Number(after) > jump * mean
    if (up && !isUp)
      alerts.push({
        kind: 'bill up',
        text: `the bill is ${percent(Number(after) / mean - 1)} above the mean of the ${daysBefore} days before`,
      })
    const dearer = before > 0n && after > before
    if (dearer && !isDearer)
      alerts.push({
        kind: 'dearer than before',
        text: `the same calls cost ${percent(Number(after) / Number(before) - 1)} more than at the prices before`,
      })
    const negative = marginAfter !== null && marginAfter < 0
    if (negative && !isNegative)
      alerts.push({
        kind: 'margin negative',
        text: `models cost more than the day brings (${percent(marginAfter)})`,
      })
    ;[isUp, isDearer, isNegative] = [up, dearer, negative]
    return alerts
  })
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
