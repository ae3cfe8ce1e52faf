import { invalidRequest } from '../../core/errors.ts'
import type { Trip } from './trip.ts'

const name = 'x-freehold-deadline'
const usOf = { ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 } as const

/**
 * How long a caller can wait, in microseconds; null when it did not say.
 * @throws invalid_request
 */
export function deadlineUs({ header }: Pick<Trip, 'header'>): number | null {
  const text = header(name)
  if (text === null) return null
  const us = timeUs(text)
  if (us !== null) return us
  throw invalidRequest(
    `The header ${name} has to be a time from now, as 30s, 500ms or 2m, not ${JSON.stringify(text.slice(0, 40))}.`,
  )
}

/** '30s' in microseconds; null for what is no time, or none at all. */
export function timeUs(text: string): number | null {
  const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h)$/.exec(text.trim()) ?? []
  const us = Number(count) * (usOf[unit as keyof typeof usOf] ?? Number.NaN)
  return us > 0 ? us : null
}
