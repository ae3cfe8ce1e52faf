import type { Departure } from '../../core/departure.ts'
import type { HeaderReader } from '../../providers/provider.ts'
import type { Clocks } from './clocks.ts'

export interface UpstreamRequest {
  /** The provider's id in the configuration, for the words of an error. */
  readonly provider: string
  readonly url: string
  /** POST where none is named. */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  /** Sent with POST only. */
  readonly body: string | Uint8Array
  readonly limits: ExchangeLimits
  /** Aborts the exchange at once, also while the provider is silent. */
  readonly departure: Departure
  /** Where it is noted of a request that failed. */
  readonly note?: SendingNote
}

/** Apart from the error: those of several exchanges that end with their call are one. */
export interface SendingNote {
  /** Nothing of the request had left: nobody can have worked on it. */
  unsent: boolean
}

/** Milliseconds; undefined: no such limit. */
export interface ExchangeLimits {
  readonly connect: number
  readonly headers: number | undefined
  readonly firstContent: number | undefined
  readonly idle: number | undefined
  readonly total: number
}

export interface Upstream {
  /**
   * Sends a request and resolves with the answer's headers.
   * @throws provider_timeout, provider_unreachable, provider_failed, or why the call need not go on
   */
  open(request: UpstreamRequest): Promise<Exchange>
  /** Lets go of the connections that are kept for later calls. */
  close(): void
}

/** One answer being read. It ends by being read to its end, by `cancel`, or by a clock. */
export interface Exchange {
  readonly status: number
  readonly headers: HeaderReader
  readonly clocks: Clocks
  /** Microseconds that connecting took; null when a connection was there, or nobody knows. */
  readonly connectUs: number | null
  /**
   * The next bytes; null at the end. The idle clock runs only while this waits, so a slow reader of
   * ours is not taken for a silent provider.
   * @throws provider_timeout, provider_failed, or why the call need not go on; after `cancel` one of these
   *   too, and never an end that would pass for the provider's
   */
  read(): Promise<Uint8Array | null>
  /**
   * The whole body, or the rest of it behind what was `begun`.
   * @throws as `read` does, and provider_failed when it is too long
   */
  text(begun?: Uint8Array | null): Promise<string>
  /**
   * The same, when all of it is there and can be read as it is; null when it has to be waited for: then `text`
   * has it, or says what is wrong. Most answers come in one read.
   */
  takeWhole(): string | null
  /** The same as it came, for answers that are no text. @throws as `text` does */
  bytes(): Promise<Uint8Array>
  /**
   * Reads what is left, in nobody's way, so that the connection can serve another call; one that does
   * not end soon is closed.
   */
  drain(): void
  /** Closes the provider's socket, now. */
  cancel(): void
}

/** An answer is held in memory up to here; an embedding of a long list comes to 20 MB. */
export const answerBytesMax = 64_000_000

/** What may come behind an end mark: a chunk of length 0, or a line or two. */
export const drainMs = 1_000
export const drainBytesMax = 65_536

/** Up to here bytes are white space and control: some vendors send empty lines while a request waits. */
export const blank = 0x20
