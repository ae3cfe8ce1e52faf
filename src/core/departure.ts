import type { GatewayError } from './errors.ts'

/** What would end with the call and listens itself, so that it needs no function made for that. */
export interface Listener {
  left(reason: GatewayError): void
}

/**
 * Tells that a call need not go on: its caller has left, or the gateway stops. An `AbortSignal` of one
 * listener at a time, cheap enough for the way of every call.
 */
export class Departure {
  #reason: GatewayError | null = null
  #listener: Listener | ((reason: GatewayError) => void) | null = null
  #branches: Departure[] | null = null

  /** Null while the call may go on. */
  get reason(): GatewayError | null {
    return this.#reason
  }

  /** The first reason stays. */
  leave(reason: GatewayError): void {
    if (this.#reason !== null) return
    this.#reason = reason
    this.#tell(reason)
    if (this.#branches !== null) for (const branch of this.#branches) branch.leave(reason)
  }

  /**
   * A departure for one of several exchanges of a call at the same time: it hears of this one, and may
   * be told alone. Each has a listener of its own.
   */
  branch(): Departure {
    const branch = new Departure()
    if (this.#reason === null) (this.#branches ??= []).push(branch)
    else branch.leave(this.#reason)
    return branch
  }

  /** Listens instead of whoever did so far; null: nobody does. Told at once when it has happened. */
  listen(listener: Listener | ((reason: GatewayError) => void) | null): void {
    this.#listener = listener
    if (this.#reason !== null) this.#tell(this.#reason)
  }

  /** Stops listening, unless somebody else listens by now. */
  unlisten(listener: Listener | ((reason: GatewayError) => void)): void {
    if (this.#listener === listener) this.#listener = null
  }

  /** @throws the reason, once there is one */
  throwIfLeft(): void {
    if (this.#reason !== null) throw this.#reason
  }

  #tell(reason: GatewayError): void {
    const listener = this.#listener
    if (typeof listener === 'function') listener(reason)
    else listener?.left(reason)
  }
}
