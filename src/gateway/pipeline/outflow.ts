import { callerLeft } from '../../core/errors.ts'

/** Who takes nothing of what is there for so long, and for up to as long again, is taken for gone. */
const untakenMsMax = 30_000

/** Who fills a stream. */
export interface Filler {
  /** Puts in all there is, as fast as it is taken, and ends it. Asked once, when the first bytes are wanted. A fault cuts the connection. */
  fill(outflow: Outflow): Promise<void>
  /** Nobody reads the stream any more. */
  left(): void
}

/**
 * The stream that a caller gets. One function fills it from beginning to end: to begin one for each piece
 * that is asked for would cost more than the piece.
 */
export class Outflow {
  readonly #filler: Filler
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  /** Told when more is wanted; null while nobody waits for that. */
  #wanted: (() => void) | null = null
  /** One for all pieces of a stream: it looks whether it is still the same that waits. */
  #watch: ReturnType<typeof setTimeout> | null = null
  #watched: (() => void) | null = null
  readonly #untakenMs: number

  constructor(filler: Filler, untakenMs = untakenMsMax) {
    this.#filler = filler
    this.#untakenMs = untakenMs
  }

  readable(): ReadableStream<Uint8Array> {
    return new ReadableStream(this)
  }

  pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#wanted?.()
    this.#wanted = null
    if (this.#controller !== null) return
    this.#controller = controller
    this.#filler.fill(this).catch((error: unknown) => this.cut(error))
  }

  cancel(): void {
    this.#unwatch()
    this.#filler.left()
  }

  put(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    try {
      this.#controller?.enqueue(bytes)
    } catch {} // there is nobody to tell: its `cancel` has told the filler
  }

  /** Whether what was put in was not taken yet. */
  get full(): boolean {
    return (this.#controller?.desiredSize ?? 0) <= 0
  }

  /** Resolves when more is wanted, which may be never: the caller has left. */
  asked(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wanted = resolve
    this.#watch ??= setTimeout(lookAt, this.#untakenMs, this)
    return promise
  }

  /** Alive and not reading: nobody holds its place for ever. */
  look(): void {
    const wanted = this.#wanted
    this.#watch = null
    if (wanted !== null && wanted === this.#watched) {
      this.#filler.left()
      this.cut(callerLeft())
      return
    }
    this.#watched = wanted
    if (wanted !== null) this.#watch = setTimeout(lookAt, this.#untakenMs, this)
  }

  /** An end that looks like one. */
  end(): void {
    this.#unwatch()
    try {
      this.#controller?.close()
    } catch {} // as above
  }

  /** Cuts the connection. */
  cut(error: unknown): void {
    this.#unwatch()
    try {
      this.#controller?.error(error)
    } catch {} // as above
  }

  #unwatch(): void {
    if (this.#watch !== null) clearTimeout(this.#watch)
    this.#watch = null
  }
}

/** No function is made for each stream. */
function lookAt(outflow: Outflow): void {
  outflow.look()
}
