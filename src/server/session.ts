import { isoText } from '../core/clock.ts'
import { invalidRequest, keyMissing, roleMissing } from '../core/errors.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import type { SessionJson, SignInLinkJson } from './contract/session.ts'
import type { JsonObject } from '../core/json.ts'
import type { Session, SessionRole, Sessions } from './sessions.ts'
import { version } from './version.ts'

/** A request about sessions, of a key or a session that has passed its route's role. */
export interface SessionAsked {
  readonly key: ApiKey
  /** Null when a key was sent. */
  readonly session: Session | null
  readonly sessions: Sessions
  /** The page that asks came over TLS. */
  readonly secure: boolean
  readonly readBody: () => Promise<JsonObject>
}

export interface SessionAnswer {
  readonly value: unknown
  /** What the browser is to keep from now on. */
  readonly cookie?: string
}

export type AnswerSession = (asked: SessionAsked) => SessionAnswer | Promise<SessionAnswer>

/** Opens a session for whoever sends a key or a one-time link. */
export const signIn: AnswerSession = ({ key, session, sessions, secure }) => {
  // One that could renew itself would never end, and outlive being signed out.
  if (session !== null) throw keyMissing()
  const opened = sessions.open(key.id, roleOf(key))
  if (opened === null) throw keyMissing()
  const value = sessionJson(opened.session.key, opened.session)
  return { value, cookie: sessions.cookie(opened.token, secure) }
}

export const showSession: AnswerSession = ({ key, session }) => ({
  value: sessionJson(key, session),
})

/** Ends the session, also for whoever has copied its cookie. */
export const signOut: AnswerSession = ({ session, sessions, secure }) => {
  if (session !== null) sessions.end(session)
  return { value: { ended: session !== null }, cookie: sessions.cookie('', secure) }
}

/** A link for somebody else's browser, with this key's role or less. @throws invalid_request */
export const makeSignInLink: AnswerSession = async ({ key, sessions, readBody }) => {
  const { role = roleOf(key) } = (await readBody()).value
  if (role !== 'viewer' && role !== 'admin')
    throw invalidRequest("'role' has to be viewer or admin.").at('role')
  const { token, expiresAt } = sessions.makeLink(key.id, role)
  const value: SignInLinkJson = {
    path: signInPath(token),
    role,
    expires_at: isoText(expiresAt),
  }
  return { value }
}

/** Behind the '#', which browsers send to nobody and no log of a proxy sees. */
export function signInPath(token: string): string {
  return `/#sign-in=${token}`
}

/** For a browser on this machine: where a gateway listens on every address it is found by its own. */
export function browserUrl(url: string): string {
  return url.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]')
}

/** @throws role_missing */
function roleOf({ id, role }: ApiKey): SessionRole {
  if (role === 'caller') throw roleMissing(id, 'viewer')
  return role
}

function sessionJson(key: ApiKey, session: Session | null): SessionJson {
  return {
    key: key.id,
    role: roleOf(key),
    expires_at: session === null ? null : isoText(session.expiresAt),
    version,
  }
}
