import { keyMissing, keyUnknown, roleMissing } from '../../core/errors.ts'
import type { Keyring } from './keyring.ts'
import type { ApiKey, KeyRole } from './snapshot.ts'

/** Whose key is this? @throws key_missing, key_unknown */
export function authenticate(credential: string | null, keyring: Keyring): ApiKey {
  if (credential === null || credential === '') throw keyMissing()
  const key = keyring.find(credential)
  if (key === null) throw keyUnknown()
  return key
}

/** What each role may do besides its own. */
const covers = {
  caller: ['caller'],
  viewer: ['viewer', 'caller'],
  admin: ['admin', 'viewer', 'caller'],
} satisfies Record<KeyRole, readonly KeyRole[]>

/** @throws role_missing */
export function demandRole(key: ApiKey, role: KeyRole): void {
  if (!(covers[key.role] as readonly KeyRole[]).includes(role)) throw roleMissing(key.id, role)
}

/**
 * The credential of a request: Bearer, `x-api-key`, `x-goog-api-key` or Azure's `api-key`. Null when there is none.
 * @param header  gives a header by its lower-case name
 */
export function credentialOf(header: (name: string) => string | null): string | null {
  const bearer = header('authorization')
  if (bearer !== null && isBearer.test(bearer)) return bearer.slice(7).trim()
  return header('x-api-key') ?? header('x-goog-api-key') ?? header('api-key')
}

const isBearer = /^bearer\s/i
