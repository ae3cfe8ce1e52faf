import type { Secret } from '../../core/secret.ts'
import type { ApiKey } from './snapshot.ts'

/** Longer than any key that was ever minted; what is longer is not hashed. */
const secretLengthMax = 512

/**
 * Finds a key by the HMAC of its secret under a pepper that stays in the store, so that neither a
 * look at the table nor the time of a look-up tells anything of a secret.
 */
export class Keyring {
  /** Has read the pepper, and is copied for each text. */
  readonly #peppered: Bun.CryptoHasher
  #keys: ReadonlyMap<string, ApiKey> = new Map()
  #inForce: ReadonlySet<ApiKey> = new Set()

  constructor(pepper: Secret) {
    this.#peppered = new Bun.CryptoHasher('sha256', pepper.reveal())
  }

  /** All keys at once, by the hash of their secrets: the file's and the store's. */
  replace(keys: ReadonlyMap<string, ApiKey>): void {
    this.#keys = keys
    this.#inForce = new Set(keys.values())
  }

  /** The same key as it is now; one that is gone, or never was on the ring, is as it was. */
  asNow(key: ApiKey): ApiKey {
    return this.#inForce.has(key) ? key : (this.named(key.id) ?? key)
  }

  find(secret: string): ApiKey | null {
    if (secret.length > secretLengthMax) return null
    return this.#keys.get(this.hash(secret)) ?? null
  }

  /** Null: it was never made, or was revoked. */
  named(id: string): ApiKey | null {
    for (const key of this.#keys.values()) if (key.id === id) return key
    return null
  }

  /** 64 hex digits. */
  hash(secret: string): string {
    return this.#peppered.copy().update(secret).digest('hex')
  }

  /**
   * A seal on a text that only this store can make, and only while the key is live with the same secret.
   * Null when it is not.
   */
  seal(id: string, text: string): string | null {
    for (const [hash, key] of this.#keys) {
      if (key.id === id) return this.hash(`seal\n${hash}\n${text}`)
    }
    return null
  }

  all(): readonly ApiKey[] {
    return [...this.#keys.values()]
  }
}
