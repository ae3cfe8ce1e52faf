/** How figures are written. What is not known is a dash and never a zero. */
export const unknown = '–'

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const brief = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** @param usd  decimal text as /api says it, or a number for the axis of a chart */
export function money(usd: string | number | null): string {
  if (usd === null) return unknown
  const value = Number(usd)
  if (!Number.isFinite(value)) return unknown
  const size = Math.abs(value)
  const sign = value < 0 ? '−' : ''
  if (size === 0) return '$0'
  if (size >= 100_000) return `${sign}$${brief.format(size)}`
  if (size >= 999.995) return `${sign}$${counts.format(size)}`
  if (size >= 1) return `${sign}$${size.toFixed(2)}`
  // Of what is less than a dollar the first three digits that count, down to a picodollar.
  const places = Math.min(12, Math.max(2, 2 - Math.floor(Math.log10(size))))
  return `${sign}$${size.toFixed(places).replace(/(\.\d\d\d*?)0+$/, '$1')}`
}

export function count(value: number | null): string {
  if (value === null) return unknown
  return Math.abs(value) >= 100_000 ? brief.format(value) : counts.format(value)
}

/** @param share  from 0 to 1 */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return unknown
  const value = share * 100
  const size = Math.abs(value)
  const places = size === 0 || size >= 99.995 || size >= 10 ? 0 : size >= 0.995 ? 1 : 2
  if (size > 0 && size < 0.005) return '<0.01%'
  // A hundred is said of all and of nothing less.
  if (size > 99.5 && size < 100) return `${(Math.floor(value * 100) / 100).toFixed(2)}%`
  return `${value < 0 ? '−' : ''}${size.toFixed(places)}%`
}

/** A duration. @param us  microseconds */
export function duration(us: number | null): string {
  if (us === null) return unknown
  if (us < 1_000) return `${Math.round(us)} µs`
  const ms = us / 1_000
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const s = ms / 1_000
  if (s < 10) return `${s.toFixed(2)} s`
  if (s < 120) return `${s.toFixed(1)} s`
  if (s < 7_200) return `${Math.floor(Math.round(s) / 60)} min ${Math.round(s) % 60} s`
  return `${(s / 3_600).toFixed(1)} h`
}

export function bytes(value: number | null): string {
  if (value === null) return unknown
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let size = value
  let unit = 0
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000
    unit += 1
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

/** Local. @param style  'time' says seconds, and the day when it is another one */
export function moment(iso: string, style: 'time' | 'date' | 'both' = 'both'): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return unknown
  if (style === 'date') return day.format(at)
  const isToday = at.toDateString() === new Date().toDateString()
  return style === 'time' && isToday ? clock.format(at) : dayAndClock.format(at)
}

/** '2026-11-22 08:15:03.120 UTC' */
export function utc(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return iso
  return `${at.toISOString().replace('T', ' ').replace('Z', '')} UTC`
}

export function ago(iso: string, nowMs: number): string {
  const s = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1_000))
  if (Number.isNaN(s)) return unknown
  if (s < 60) return `${s} s ago`
  if (s < 3_600) return `${Math.floor(s / 60)} min ago`
  if (s < 172_800) return `${Math.floor(s / 3_600)} h ago`
  return `${Math.floor(s / 86_400)} days ago`
}
