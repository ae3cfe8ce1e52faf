import { timingSafeEqual } from 'node:crypto'
import type { Clock, Instant } from '../core/clock.ts'
import type { Keyring } from '../gateway/pipeline/keyring.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import type { Shelf } from '../store/ports.ts'

/** Who may look at the dashboard: callers' keys open no session. */
export type SessionRole = 'viewer' | 'admin'

export interface Session {
  readonly id: string
  /** As the session may use it: a viewer's session of an admin's key is a viewer's. */
  readonly key: ApiKey
  readonly expiresAt: Instant
}

export interface SessionsOptions {
  readonly keyring: Keyring
  readonly shelf: Shelf
  readonly clock: Clock
}

const sessionUs = 7 * 86_400_000_000
const linkUs = 15 * 60_000_000
/** Links that wait to be used; the oldest goes first. */
const linksMax = 1_000
/** Sessions that were signed out and could still be taken for live ones; each is forgotten when it would have ended anyway. */
const endedMax = 10_000
const cookieLengthMax = 1_000
const shelfKind = 'ended-session'
const linkPrefix = 'fhl_'

interface Link {
  readonly keyId: string
  readonly role: SessionRole
  readonly expiresAt: Instant
}

/**
 * Sessions of the dashboard. A session is a token that the keyring has sealed: nothing of it is kept,
 * it holds across restarts, and it ends with its key, because the seal is made with the key's hash.
 * Only those that were signed out are remembered. Links are kept here alone and are gone with the process.
 * @see docs/decisions/0019-dashboard.md
 */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #links = new Map<string, Link>()
  readonly #ended = new Set<string>()
  /** Cookies know no ports: two gateways of one machine must not take each other's. */
  readonly cookieName: string

  constructor(options: SessionsOptions) {
    this.#options = options
    this.cookieName = `freehold-${options.keyring.hash('cookie\n').slice(0, 8)}`
  }

  /** What was signed out before this start. */
  async load(): Promise<void> {
    const items = await this.#options.shelf.list({ kind: shelfKind, limit: endedMax })
    for (const { id } of items) this.#ended.add(id)
  }

  /** @returns null when the key is no live one, or may not look at anything */
  open(
    keyId: string,
    role: SessionRole,
  ): { readonly session: Session; readonly token: string } | null {
    const { clock, keyring } = this.#options
    const id = random(16)
    const expiresAt = (clock.now() + sessionUs) as Instant
    const key = this.#keyAs(keyId, role)
    if (key === null) return null
    const text = Buffer.from(JSON.stringify([id, keyId, role, expiresAt])).toString('base64url')
    const seal = keyring.seal(keyId, text)
    return seal === null ? null : { session: { id, key, expiresAt }, token: `${text}.${seal}` }
  }

  /** @param cookie  the header as it came */
  find(cookie: string | null): Session | null {
    const token = cookie === null ? null : this.#tokenOf(cookie)
    if (token === null) return null
    const dot = token.indexOf('.')
    const facts = factsOf(token.slice(0, dot))
    if (facts === null) return null
    const [id, keyId, role, expiresAt] = facts
    const seal = this.#options.keyring.seal(keyId, token.slice(0, dot))
    if (seal === null || !same(seal, token.slice(dot + 1))) return null
    if (expiresAt <= this.#options.clock.now() || this.#ended.has(id)) return null
    const key = this.#keyAs(keyId, role)
    return key && { id, key, expiresAt }
  }

  end({ id, expiresAt }: Session): void {
    const { shelf, clock } = this.#options
    this.#ended.add(id)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= endedMax) break
      this.#ended.delete(oldest)
    }
    const at = clock.now()
    shelf.put({ kind: shelfKind, id, owner: null, value: 'true', at, expiresAt }, 'absent')
  }

  /** A token that opens one session, once and soon. */
  makeLink(
    keyId: string,
    role: SessionRole,
  ): { readonly token: string; readonly expiresAt: Instant } {
    const now = this.#options.clock.now()
    const token = linkPrefix + random(32)
    const expiresAt = (now + linkUs) as Instant
    this.#links.set(this.#options.keyring.hash(token), { keyId, role, expiresAt })
    for (const [oldest, link] of this.#links) {
      if (this.#links.size <= linksMax && link.expiresAt > now) break
      this.#links.delete(oldest)
    }
    return { token, expiresAt }
  }

  /** Whose link it is. From then on it is nobody's. Null: it never was one, was used, or is too old. */
  redeem(token: string): ApiKey | null {
    if (!token.startsWith(linkPrefix) || token.length > 100) return null
    const name = this.#options.keyring.hash(token)
    const link = this.#links.get(name)
    this.#links.delete(name)
    if (link === undefined || link.expiresAt <= this.#options.clock.now()) return null
    return this.#keyAs(link.keyId, link.role)
  }

  /** `Secure` where the page came over TLS: whoever ends it in front of the gateway leaves the page's origin as it is. */
  cookie(token: string, secure: boolean): string {
    const maxAge = token === '' ? 0 : sessionUs / 1_000_000
    return `${this.cookieName}=${token}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  }

  #tokenOf(cookie: string): string | null {
    const begin = `${this.cookieName}=`
    const pair = cookie
      .split(';')
      .map((part) => part.trim())
      .find((part) => part.startsWith(begin))
    const token = pair?.slice(begin.length) ?? ''
    return token === '' || token.length > cookieLengthMax ? null : token
  }

  /** Never more than the key itself may do now. */
  #keyAs(keyId: string, role: SessionRole): ApiKey | null {
    const key = this.#options.keyring.named(keyId)
    if (key === null || key.role === 'caller') return null
    return key.role === 'admin' ? { ...key, role } : key
  }
}

export function isLink(credential: string): boolean {
  return credential.startsWith(linkPrefix)
}

type Facts = readonly [id: string, keyId: string, role: SessionRole, expiresAt: Instant]

function factsOf(text: string): Facts | null {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown
    if (!Array.isArray(value) || value.length !== 4) return null
    const [id, keyId, role, expiresAt] = value as unknown[]
    if (typeof id !== 'string' || typeof keyId !== 'string') return null
    if ((role !== 'viewer' && role !== 'admin') || typeof expiresAt !== 'number') return null
    return [id, keyId, role, expiresAt as Instant]
  } catch {
    return null
  }
}

function same(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}

function random(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url')
}
