import { Secret } from '../core/secret.ts'

/**
 * Names a configuration on every record: 16 hex digits of the SHA-256 of all that it says. Settings
 * may stand in any order, a default may be written or not, and of secrets only fingerprints count.
 */
export function hashOf(effective: unknown): string {
  const canonical = JSON.stringify(plain(effective))
  return new Bun.CryptoHasher('sha256').update(canonical).digest('hex').slice(0, 16)
}

/** As JSON, with settings in the order of their names. */
function plain(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.fingerprint() }
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Set) return [...(value as Set<unknown>)].map(plain).toSorted()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries: [string, unknown][] =
    value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value)
  return entries
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, item]) => [name, plain(item)])
}
