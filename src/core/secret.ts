/** A value that no log, error, dump or page can show. Only `reveal()` gives it, and only to a signer. */
export class Secret {
  readonly #value: string
  #fingerprint: string | null = null

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  /** Tells secrets apart without showing them: 8 hex digits of a SHA-256. */
  fingerprint(): string {
    this.#fingerprint ??= new Bun.CryptoHasher('sha256')
      .update(this.#value)
      .digest('hex')
      .slice(0, 8)
    return this.#fingerprint
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}
