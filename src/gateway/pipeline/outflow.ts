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

  constructor(filler: Filler) {
    this.#filler = filler
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
    return promise
  }

  /** An end that looks like one. */
  end(): void {
    try {
      this.#controller?.close()
    } catch {} // as above
  }

  /** Cuts the connection. */
  cut(error: unknown): void {
    try {
      this.#controller?.error(error)
    } catch {} // as above
  }
}
