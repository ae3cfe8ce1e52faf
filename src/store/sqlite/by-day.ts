import type { Instant } from '../../core/clock.ts'
import type { Payload } from '../ports.ts'

const dayUs = 86_400_000_000

/** The UTC day of an instant: '2026-11-21'. */
export function dayOf(at: Instant): string {
  return new Date(at / 1000).toISOString().slice(0, 10)
}

/** By when their days begin. Nearly always all of them are of one. */
export function byDay(payloads: readonly Payload[]): Iterable<[Instant, readonly Payload[]]> {
  const [first] = payloads
  if (first === undefined) return []
  const start = startOfDay(first)
  if (payloads.every((payload) => startOfDay(payload) === start)) return [[start, payloads]]
  return Map.groupBy(payloads, startOfDay)
}

function startOfDay({ at }: Payload): Instant {
  return (at - (at % dayUs)) as Instant
}
