/** Who looks at the dashboard, and as what. */
export interface SessionJson {
  /** The key that was signed in with, or that made the one-time link. */
  readonly key: string
  readonly role: 'viewer' | 'admin'
  /** Null when the request came with a key and no session. */
  readonly expires_at: string | null
  readonly version: string
}

export interface SignInLinkJson {
  /** To be put behind the gateway's address. What stands behind its '#' opens a session once. */
  readonly path: string
  readonly role: 'viewer' | 'admin'
  readonly expires_at: string
}
