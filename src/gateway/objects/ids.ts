/**
 * Ids as callers see them. An object lies at the provider that made it, so its id says which:
 * 'file-openai~file-abc'. The tilde may stand in a URL as it is, and in no provider's name, so that
 * the first one parts the two. An object of the gateway's own has none: 'file-', 'batch_' and 32 hex
 * digits. What a provider's id holds beyond letters, digits and a few signs is written in base64url
 * behind a second tilde.
 */

export type ObjectKind = 'file' | 'batch' | 'job'

export const kindWords = {
  file: 'file',
  batch: 'batch',
  job: 'fine-tuning job',
} satisfies Record<ObjectKind, string>

const prefixes = { file: 'file-', batch: 'batch_', job: 'ftjob-' } satisfies Record<
  ObjectKind,
  string
>

/** Where an object lies, and what it is called there. */
export interface ObjectPlace {
  /** Null: the gateway itself. */
  readonly provider: string | null
  readonly id: string
}

const plain = /^[A-Za-z0-9_.:@-][A-Za-z0-9_.:@~-]*$/

export function outwardId(kind: ObjectKind, { provider, id }: ObjectPlace): string {
  if (provider === null) return prefixes[kind] + id
  const theirs = plain.test(id) ? id : `~${Buffer.from(id).toString('base64url')}`
  return `${prefixes[kind]}${provider}~${theirs}`
}

/** Null when it is no id of an object of this kind. */
export function placeOfId(kind: ObjectKind, outward: string): ObjectPlace | null {
  if (!outward.startsWith(prefixes[kind]) || outward.length > lengthMax) return null
  const rest = outward.slice(prefixes[kind].length)
  const tilde = rest.indexOf('~')
  if (tilde === -1) return /^[0-9a-f]{32}$/.test(rest) ? { provider: null, id: rest } : null
  const provider = rest.slice(0, tilde)
  const theirs = rest.slice(tilde + 1)
  const id = theirs.startsWith('~')
    ? Buffer.from(theirs.slice(1), 'base64url').toString('utf8')
    : theirs
  const place = { provider, id }
  // One object has one id: what reads alike and is written otherwise is none.
  return provider !== '' && id !== '' && outwardId(kind, place) === outward ? place : null
}

const lengthMax = 1_000
