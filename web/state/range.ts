import { useMemo } from 'react'
import { useNow } from './now.ts'
import { go, usePlace, withParams } from './location.ts'

/** The time that a page looks at. */
export interface Range {
  readonly since: Date
  readonly until: Date
  /** The same length of time before it; null when nothing is compared. */
  readonly before: { readonly since: Date; readonly until: Date } | null
  /** '24h'; null when both ends were chosen. */
  readonly relative: string | null
  /** 'Last 24 hours' */
  readonly label: string
  /** In what a chart of it is drawn. */
  readonly step: 'hour' | 'day'
}

export const relativeRanges: readonly (readonly [name: string, label: string])[] = [
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
]
const ordinary = '24h'
const hourMs = 3_600_000
const dayMs = 86_400_000
/** Figures of a range that ends now are asked for anew that often; of a week and more they change slowly. */
const refreshMs = { hour: 30_000, day: 300_000 }

export function useRange(): Range {
  const { query } = usePlace()
  const [from, to, name, compare] = ['from', 'to', 'range', 'compare'].map((each) =>
    query.get(each),
  )
  const now = useNow(
    refreshMs[name === undefined || name === null || name.endsWith('h') ? 'hour' : 'day'],
  )
  return useMemo(
    () => rangeOf({ from, to, name, compare: compare !== 'off' }, now),
    [from, to, name, compare, now],
  )
}

export function setRelative(name: string): void {
  go(withParams({ range: name === ordinary ? null : name, from: null, to: null }))
}

export function setAbsolute(since: Date, until: Date): void {
  go(withParams({ range: null, from: since.toISOString(), to: until.toISOString() }))
}

/** Half its length to either side. A range that ended now then ends where it is left. */
export function shift({ since, until }: Range, direction: -1 | 1): void {
  const half = ((until.getTime() - since.getTime()) / 2) * direction
  const latest = Math.min(Date.now(), until.getTime() + half)
  const length = until.getTime() - since.getTime()
  setAbsolute(new Date(latest - length), new Date(latest))
}

export function zoomOut({ since, until }: Range): void {
  const half = (until.getTime() - since.getTime()) / 2
  setAbsolute(
    new Date(since.getTime() - half),
    new Date(Math.min(Date.now(), until.getTime() + half)),
  )
}

export function setCompare(on: boolean): void {
  go(withParams({ compare: on ? null : 'off' }), { replace: true })
}

/** As /api takes a time. */
export function spanOf({ since, until }: { readonly since: Date; readonly until: Date }): {
  readonly since: string
  readonly until: string
} {
  return { since: since.toISOString(), until: until.toISOString() }
}

interface Asked {
  readonly from: string | null | undefined
  readonly to: string | null | undefined
  readonly name: string | null | undefined
  readonly compare: boolean
}

function rangeOf({ from, to, name, compare }: Asked, nowMs: number): Range {
  const [fromMs, toMs] = [Date.parse(from ?? ''), Date.parse(to ?? '')]
  if (fromMs < toMs) return ranged(fromMs, toMs, null, compare)
  const known = relativeRanges.find(([each]) => each === name)?.[0] ?? ordinary
  return ranged(nowMs - lengthMs(known), nowMs, known, compare)
}

function ranged(fromMs: number, toMs: number, relative: string | null, compare: boolean): Range {
  const length = toMs - fromMs
  const [since, until] = [new Date(fromMs), new Date(toMs)]
  return {
    since,
    until,
    before: compare ? { since: new Date(fromMs - length), until: since } : null,
    relative,
    label: relativeRanges.find(([each]) => each === relative)?.[1] ?? spanText(since, until),
    step: length <= 3 * dayMs ? 'hour' : 'day',
  }
}

function lengthMs(name: string): number {
  return Number.parseInt(name, 10) * (name.endsWith('h') ? hourMs : dayMs)
}

const dayText = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

function spanText(since: Date, until: Date): string {
  return dayText.formatRange(since, until)
}
