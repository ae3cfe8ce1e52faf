import type { GatewayError } from '../../core/errors.ts'
import type { Reply } from '../../core/reply.ts'
import type { Relayed } from './relayed.ts'

/** An answer as its caller got it, to be given again as it was. */
export interface KeptAnswer {
  /** The call that it was made for. */
  readonly callId: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
  readonly provider: string
  readonly model: string
  /** What the call came to, in picodollars; null when some of it is not known. */
  readonly cost: string | null
  /** All of a stream's words in one piece, so that what is cut over two events is found in them. */
  readonly said: string | null
}

/** An answer that came to its end. */
export interface Finished {
  /** Null when it was given from what was kept before. */
  readonly reply: Reply | null
  readonly provider: string
  readonly model: string
  readonly said: string | null
}

/** Who wants a call's answer for calls to come. One of the two is called, once. */
export interface Keeper {
  keep(answer: KeptAnswer, finished: Finished): void
  /** Null: the answer broke off, the caller left, or it was too large to be kept. */
  fail(error: GatewayError | null): void
}

/** What answers are recorded in, while they are passed on: the share of memory for all of them. */
export class KeepingRoom {
  #bytesLeft: number

  constructor(bytesMax = 64_000_000) {
    this.#bytesLeft = bytesMax
  }

  take(bytes: number): boolean {
    if (bytes > this.#bytesLeft) return false
    this.#bytesLeft -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#bytesLeft += bytes
  }
}

/** Of one answer: with its escapes and twice its words it still has to fit on the shelf (16 MB). */
const answerBytesMax = 4_000_000

/** Headers that say of an answer what stays true when it is given again. */
const lasting = ['content-type', 'cache-control', 'x-freehold-model', 'x-freehold-adapted']

/** Records what the caller of one call gets, for whoever wants to give it again. */
export class Keeping {
  readonly #keepers: Keeper[] = []
  readonly #room: KeepingRoom
  readonly #callId: string
  #finished: Finished | null = null
  /** Null when there was no room. */
  #recorded: Uint8Array[] | null = []
  #bytes = 0
  #over = false

  constructor(room: KeepingRoom, callId: string) {
    this.#room = room
    this.#callId = callId
  }

  add(keeper: Keeper): void {
    this.#keepers.push(keeper)
  }

  /** The answer came to its end: what is still to be passed on belongs to it. */
  finish(finished: Finished): void {
    this.#finished = finished
  }

  fail(error: GatewayError | null): void {
    if (this.#over) return
    this.#over = true
    this.#release()
    for (const keeper of this.#keepers) keeper.fail(error)
  }

  /**
   * Passes the answer on, and has it kept before the caller sees its end.
   * @param cost  asked at the end, in picodollars
   * @param settled  until whoever asks finds what was kept
   */
  async passOn(
    relayed: Relayed,
    cost: () => string | null,
    settled: () => Promise<void> | null,
  ): Promise<Relayed> {
    const { headers, body } = relayed
    const end = (): Promise<void> | null => {
      this.#end(headers, cost())
      return settled()
    }
    if (body instanceof ReadableStream) return { headers, body: this.#passing(body, end) }
    this.#record(typeof body === 'string' ? Buffer.from(body) : body)
    await end()
    return relayed
  }

  #passing(
    stream: ReadableStream<Uint8Array>,
    end: () => Promise<void> | null,
  ): ReadableStream<Uint8Array> {
    const reader = stream.getReader()
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const last: Uint8Array[] = []
          for (;;) {
            const { done, value } = await reader.read()
            if (done) break
            this.#record(value)
            if (this.#finished === null) {
              controller.enqueue(value)
              return
            }
            last.push(value)
          }
          // The caller may ask again as soon as it sees the end.
          await end()
          for (const bytes of last) controller.enqueue(bytes)
          controller.close()
        } catch (error) {
          this.fail(null)
          controller.error(error)
        }
      },
      cancel: async (reason) => {
        this.fail(null)
        await reader.cancel(reason)
      },
    })
  }

  #record(bytes: Uint8Array): void {
    if (this.#recorded === null || this.#over) return
    if (this.#bytes + bytes.length > answerBytesMax || !this.#room.take(bytes.length)) {
      this.#release()
      return
    }
    this.#bytes += bytes.length
    this.#recorded.push(bytes)
  }

  #end(headers: Relayed['headers'], cost: string | null): void {
    const [recorded, finished] = [this.#recorded, this.#finished]
    if (this.#over || recorded === null || finished === null) return this.fail(null)
    this.#over = true
    const { provider, model, said } = finished
    const answer: KeptAnswer = {
      callId: this.#callId,
      headers: Object.fromEntries(
        lasting.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
      ),
      ...written(Buffer.concat(recorded)),
      provider,
      model,
      cost,
      said,
    }
    this.#release()
    for (const keeper of this.#keepers) keeper.keep(answer, finished)
  }

  #release(): void {
    this.#room.giveBack(this.#bytes)
    this.#bytes = 0
    this.#recorded = null
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Sound, and streams in binary frames, are no text. */
function written(bytes: Buffer): Pick<KeptAnswer, 'body' | 'encoding'> {
  try {
    return { body: decoder.decode(bytes), encoding: 'utf8' }
  } catch {
    return { body: bytes.toString('base64'), encoding: 'base64' }
  }
}
