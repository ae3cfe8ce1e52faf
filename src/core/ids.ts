import type { Instant } from './clock.ts'

/**
 * Names a call everywhere: in `x-request-id`, on the ledger, in errors. A UUIDv7, so ids sort by
 * time and a table keyed by them grows at its end.
 */
export type CallId = string & { readonly kind: 'call id' }

export function newCallId(): CallId {
  return Bun.randomUUIDv7() as CallId
}

/** True for the text of any UUID, in lower case. */
export function isCallId(text: string): text is CallId {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)
}

/** When the id was made, to the millisecond. */
export function madeAt(id: CallId): Instant {
  return (Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) * 1000) as Instant
}

/** The smallest id that can be made at or after an instant: where a page of the ledger begins. None is from before 1970. */
export function firstIdAt(at: Instant): CallId {
  const hex = Math.max(0, Math.floor(at / 1000))
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000` as CallId
}
