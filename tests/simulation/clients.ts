import { Departure } from '../../src/core/departure.ts'
import { callerLeft, GatewayError } from '../../src/core/errors.ts'
import type { CallId } from '../../src/core/ids.ts'
import { readJsonObject } from '../../src/core/json.ts'
import { type Random } from '../../src/core/random.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { handle } from '../../src/gateway/pipeline/handle.ts'
import type { Relayed } from '../../src/gateway/pipeline/relayed.ts'
import { callers, secretOf } from './config.ts'
import type { Heard } from './heard.ts'
import type { Process } from './process.ts'
import { pick, type World } from './world.ts'

/** One call, as its client saw it. */
export interface Asked {
  readonly marker: string
  readonly id: CallId
  readonly key: string
  readonly customer: string | null
  readonly task: string
  readonly stream: boolean
  /** Which process it asked. */
  readonly process: number
  readonly atUs: number
  endedUs: number | null
  /** 200 from the first byte of an answer on; null: it got none. */
  status: number | null
  code: string | null
  /** It came to its own end. */
  whole: boolean
  /** It went away itself, and when. */
  left: boolean
  leftUs: number | null
  /** Its server was gone. */
  cut: boolean
  /** As the answer says; some say it in a text. */
  output: unknown
}

const maxTokens = 12

export class Clients {
  readonly asked: Asked[] = []
  readonly #world: World
  readonly #chance: Random
  readonly #ids: Random
  /** Under way. */
  open = 0

  constructor(world: World) {
    this.#world = world
    this.#chance = world.chance('clients')
    this.#ids = world.chance('ids')
  }

  /** Asks, reads to the end whatever comes, and never throws. */
  async ask(process: Process, task: string): Promise<void> {
    const random = this.#chance
    const asked: Asked = {
      marker: `call-${this.asked.length}-`,
      id: this.#id(),
      key: pick(callers, random),
      customer: random.next() < 0.4 ? pick(['acorn', 'birchbark', 'cone'], random) : null,
      task,
      stream: random.next() < 0.5,
      process: process.number,
      atUs: this.#world.nowUs,
      endedUs: null,
      status: null,
      code: null,
      whole: false,
      left: false,
      leftUs: null,
      cut: false,
      output: null,
    }
    this.asked.push(asked)
    const departure = new Departure()
    if (random.next() < 0.04) {
      this.#world.after(random.next() * 800, () => {
        if (asked.endedUs !== null) return
        asked.left = true
        asked.leftUs = this.#world.nowUs
        departure.leave(callerLeft())
      })
    }
    this.open += 1
    await this.#through(asked, process, departure)
    asked.endedUs = this.#world.nowUs
    this.open -= 1
  }

  async #through(asked: Asked, process: Process, departure: Departure): Promise<void> {
    const headers: Readonly<Record<string, string | null>> = {
      'x-freehold-customer': asked.customer,
    }
    const text = JSON.stringify({
      model: asked.task,
      stream: asked.stream,
      max_tokens: maxTokens,
      ...(asked.stream ? { stream_options: { include_usage: true } } : {}),
      messages: [{ role: 'user', content: `${asked.marker} tell me of the weather` }],
    })
    const handling = handle(
      {
        id: asked.id,
        dialect: openaiChat,
        credential: secretOf(asked.key),
        header: (name) => headers[name] ?? null,
        readCall: () => Promise.resolve(openaiChat.readCall(readJsonObject(text), undefined, [])),
        departure,
        arrivedUs: process.parts.clock.elapsedUs(),
        ended: () => {},
      },
      process.parts,
    )
    let relayed: Relayed | 'dead'
    try {
      relayed = await Promise.race([handling, process.death])
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      asked.status = error.status
      asked.code = error.code
      return
    } finally {
      handling.catch(() => {})
    }
    if (relayed === 'dead') {
      asked.cut = true
      return
    }
    asked.status = 200
    await this.#read(asked, relayed, process, departure)
  }

  async #read(
    asked: Asked,
    { body }: Relayed,
    process: Process,
    departure: Departure,
  ): Promise<void> {
    if (!(body instanceof ReadableStream)) {
      if (asked.left) return
      const text = Buffer.from(body as string).toString()
      if (asked.stream) this.#note(asked, text)
      else {
        const { usage } = JSON.parse(text) as { usage?: { completion_tokens: unknown } | null }
        asked.whole = true
        asked.output = usage?.completion_tokens ?? null
      }
      return
    }
    const reader = body.getReader()
    const chunks: Uint8Array[] = []
    for (;;) {
      if (departure.reason !== null) {
        await reader.cancel()
        return
      }
      const read = await Promise.race([reader.read(), process.death])
      if (read === 'dead') {
        asked.cut = true
        return
      }
      if (read.done) break
      chunks.push(read.value)
    }
    if (!asked.left) this.#note(asked, Buffer.concat(chunks).toString())
  }

  #note(asked: Asked, text: string): void {
    const data = text
      .split('\n')
      .flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []))
    const isFailed = data.some((each) => each.startsWith('{"error"'))
    const ends = data.filter((each) => each === '[DONE]').length
    if (isFailed === (ends === 1)) asked.code = `an error: ${isFailed}, ends: ${ends}`
    asked.whole = !isFailed && ends === 1 && data.at(-1) === '[DONE]'
    for (const each of data) {
      if (each === '[DONE]') continue
      const { usage } = JSON.parse(each) as { usage?: { completion_tokens: unknown } | null }
      asked.output = usage?.completion_tokens ?? asked.output
    }
  }

  /** A UUIDv7 of the wall clock and this world's chance. */
  #id(): CallId {
    const ms = Math.floor(this.#world.wall / 1_000)
      .toString(16)
      .padStart(12, '0')
    const hex = (digits: number): string =>
      Math.floor(this.#ids.next() * 16 ** digits)
        .toString(16)
        .padStart(digits, '0')
    return `${ms.slice(0, 8)}-${ms.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}` as CallId
  }
}

/** The exchanges that ended because their clients had left: nobody learns from them how a vendor is. */
export function abandoned(heard: readonly Heard[], asked: readonly Asked[]): ReadonlySet<Heard> {
  const leftUs = new Map(asked.map((each) => [each.marker, each.leftUs] as const))
  return new Set(
    heard.filter(({ marker, endedUs }) => {
      const atUs = leftUs.get(marker) ?? null
      return atUs !== null && endedUs !== null && endedUs >= atUs
    }),
  )
}
