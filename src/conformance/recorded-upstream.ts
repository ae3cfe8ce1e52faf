import { asGatewayError, providerFailed } from '../core/errors.ts'
import { Clocks } from '../gateway/upstream/clocks.ts'
import type { Exchange, Upstream, UpstreamRequest } from '../gateway/upstream/upstream.ts'

/** An answer as a provider once gave it. */
export interface Recording {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body in the pieces in which it is to come. */
  readonly pieces: readonly Uint8Array[]
  /** The provider breaks the connection behind the last piece. */
  readonly breaksOff: boolean
  /** The provider falls silent behind the last piece. */
  readonly goesSilent: boolean
}

/** Stands for the network: every request is answered with the recording that lies ready. */
export class RecordedUpstream implements Upstream {
  #ready: Recording | null = null
  /** Requests that were sent since a recording was laid ready. */
  requests: UpstreamRequest[] = []
  /** Whether the gateway let go of the last answer before its end. */
  cancelled = false

  play(recording: Recording): void {
    this.#ready = recording
    this.requests = []
    this.cancelled = false
  }

  async open(request: UpstreamRequest): Promise<Exchange> {
    request.departure.throwIfLeft()
    this.requests.push(request)
    if (!this.#ready) throw providerFailed(request.provider, 'nothing was recorded')
    return new RecordedExchange(request, this.#ready, () => {
      this.cancelled = true
    })
  }

  close(): void {
    this.#ready = null
  }
}

class RecordedExchange implements Exchange {
  readonly status: number
  readonly headers: Headers
  readonly clocks: Clocks
  readonly connectUs = null
  readonly #request: UpstreamRequest
  readonly #recording: Recording
  readonly #onCancel: () => void
  #next = 0
  #ended = false
  #stop: ((error: Error) => void) | null = null

  constructor(request: UpstreamRequest, recording: Recording, onCancel: () => void) {
    this.#request = request
    this.#recording = recording
    this.#onCancel = onCancel
    this.status = recording.status
    this.headers = new Headers(recording.headers)
    this.clocks = new Clocks(request.provider, (error) => this.#stop?.(error))
    request.departure.listen((reason) => {
      this.cancel()
      this.#stop?.(reason)
    })
  }

  async read(): Promise<Uint8Array | null> {
    const piece = this.#recording.pieces[this.#next]
    this.#next += 1
    if (piece !== undefined) return piece
    const { provider } = this.#request
    if (this.#recording.breaksOff) throw providerFailed(provider, 'it broke off its answer')
    if (this.#recording.goesSilent) await this.#silence()
    this.#ended = true
    this.#let()
    return null
  }

  async text(begun: Uint8Array | null = null): Promise<string> {
    return Buffer.from(await this.#whole(begun)).toString()
  }

  takeWhole(): null {
    return null
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole(null)
  }

  drain(): void {
    this.#let()
  }

  cancel(): void {
    if (!this.#ended) this.#onCancel()
    this.#let()
  }

  async #whole(begun: Uint8Array | null): Promise<Uint8Array> {
    const parts = begun === null ? [] : [begun]
    for (let part = await this.read(); part !== null; part = await this.read()) parts.push(part)
    return Buffer.concat(parts)
  }

  /** Until the caller leaves or a clock strikes. @throws why */
  #silence(): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>()
    this.#stop = (error) => reject(asGatewayError(error))
    if (this.#request.departure.reason !== null) this.#stop(this.#request.departure.reason)
    return promise
  }

  #let(): void {
    this.clocks.stopAll()
    this.#request.departure.listen(null)
  }
}
