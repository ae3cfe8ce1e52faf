import type { CarriedError } from '../../store/thread/protocol.ts'
import { revived } from '../../store/thread/protocol.ts'
import type { Ask, FromWorker } from './protocol.ts'

/** How a thread that serves talks to the main thread. */
export class MainLink {
  readonly #post: (message: FromWorker) => void
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  #asks = 0
  /** Told since it was last asked whether all was heard. */
  #unheard = false
  #hearing: Promise<void> | null = null

  constructor(post: (message: FromWorker) => void) {
    this.#post = post
  }

  tell(message: Exclude<FromWorker, { type: 'ask' }>): void {
    this.#unheard = true
    this.#post(message)
  }

  /** Until the main thread has dealt with all that it was told so far; null: it has. */
  heard(): Promise<void> | null {
    if (!this.#unheard) return this.#hearing
    this.#unheard = false
    const hearing = this.ask<null>({ what: 'heard' })
      .then(() => {})
      .finally(() => {
        if (this.#hearing === hearing) this.#hearing = null
      })
    this.#hearing = hearing
    return hearing
  }

  ask<Answer>(ask: Ask): Promise<Answer> {
    this.#asks += 1
    const answer = Promise.withResolvers<unknown>()
    this.#asked.set(this.#asks, answer)
    this.#post({ type: 'ask', id: this.#asks, ask })
    return answer.promise as Promise<Answer>
  }

  answer(id: number, value: unknown): void {
    this.#asked.get(id)?.resolve(value)
    this.#asked.delete(id)
  }

  refuse(id: number, error: CarriedError): void {
    this.#asked.get(id)?.reject(revived(error))
    this.#asked.delete(id)
  }
}
