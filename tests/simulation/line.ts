import type { Step } from '../../simulator/play.ts'
import type { Timers } from '../../src/core/clock.ts'
import { providerFailed } from '../../src/core/errors.ts'
import { Clocks } from '../../src/gateway/upstream/clocks.ts'
import { givenUp, readWhole } from '../../src/gateway/upstream/reading.ts'
import type { Exchange, UpstreamRequest } from '../../src/gateway/upstream/upstream.ts'
import type { Heard } from './heard.ts'
import type { Life, World } from './world.ts'

/** Waits shorter than this are added up: a token's few milliseconds are no event of their own. */
const tickMs = 40

/** The line between a gateway and a vendor, and the exchange that goes over it. */
export class VendorLine {
  readonly life: Life
  readonly exchange: LineExchange
  readonly opened: Promise<Exchange>
  readonly #world: World
  readonly #request: UpstreamRequest
  readonly #opening = Promise.withResolvers<Exchange>()
  #left = false
  #gone = Promise.withResolvers<void>()

  constructor(request: UpstreamRequest, life: Life, timers: Timers, world: World) {
    this.#request = request
    this.#world = world
    this.life = life
    this.opened = this.#opening.promise
    this.opened.catch(() => {}) // whoever opens it is told; before that nobody is
    const strike = (error: Error): void => {
      this.#opening.reject(error)
      this.exchange.fail(error)
      this.leave()
    }
    const clocks = new Clocks(request.provider, strike, () => world.nowUs / 1_000, timers)
    this.exchange = new LineExchange(request, clocks, () => this.leave())
    this.exchange.clocks.start('total', request.limits.total)
    request.departure.listen(strike)
  }

  async connect(ms: number): Promise<void> {
    const { clocks } = this.exchange
    clocks.start('connect', this.#request.limits.connect)
    await Promise.race([this.#world.sleep(ms, this.life), this.opened])
    clocks.stop('connect')
  }

  /** The gateway closes the line. */
  leave(): void {
    this.#left = true
    this.#gone.resolve()
  }

  async play(steps: Iterable<Step>, entry: Heard): Promise<void> {
    entry.ending = await this.#play(steps, entry)
    entry.endedUs = this.#world.nowUs
  }

  async #play(steps: Iterable<Step>, entry: Heard): Promise<'finished' | 'broken' | 'left'> {
    let owedMs = 0
    const wait = async (ms: number): Promise<void> => {
      owedMs = 0
      await Promise.race([this.#world.sleep(ms), this.#gone.promise])
    }
    for (const step of steps) {
      if (this.#left) return 'left'
      switch (step.do) {
        case 'head':
          entry.status = step.status
          await wait(owedMs)
          if (this.#left) return 'left'
          this.exchange.answer(step.status, new Headers(step.headers))
          this.#opening.resolve(this.exchange)
          break
        case 'body': {
          const bytes = typeof step.bytes === 'string' ? Buffer.from(step.bytes) : step.bytes
          if (bytes.length > 0) this.exchange.push(bytes)
          if (step.content && entry.tokens !== null)
            entry.tokens = { ...entry.tokens, output: entry.tokens.output + step.tokens }
          break
        }
        case 'wait':
          owedMs += step.ms
          if (owedMs >= tickMs) await wait(owedMs)
          break
        case 'flush':
          break
        case 'hang':
          await this.#gone.promise
          return 'left'
        case 'end':
          await wait(owedMs)
          if (this.#left) return 'left'
          this.exchange.end()
          return 'finished'
        case 'close':
        case 'reset':
          await wait(owedMs)
          if (this.#left) return 'left'
          this.#breakOff()
          return 'broken'
      }
    }
    this.exchange.end()
    return 'finished'
  }

  #breakOff(): void {
    const error = providerFailed(this.#request.provider, 'it broke off the connection')
    this.#opening.reject(error)
    this.exchange.fail(error)
  }
}

class LineExchange implements Exchange {
  status = 0
  headers: Headers = new Headers()
  readonly connectUs = 8_000
  readonly clocks: Clocks
  readonly #request: UpstreamRequest
  readonly #leave: () => void
  #unread: Uint8Array[] = []
  #ended = false
  #cancelled = false
  #fault: Error | null = null
  #waiting: PromiseWithResolvers<void> | null = null

  constructor(request: UpstreamRequest, clocks: Clocks, leave: () => void) {
    this.#request = request
    this.clocks = clocks
    this.#leave = leave
  }

  answer(status: number, headers: Headers): void {
    this.status = status
    this.headers = headers
    this.clocks.stop('headers')
  }

  push(bytes: Uint8Array): void {
    this.#unread.push(bytes)
    this.#waiting?.resolve()
  }

  end(): void {
    this.#ended = true
    this.clocks.stopAll()
    this.#waiting?.resolve()
  }

  fail(error: Error): void {
    this.#fault ??= error
    this.clocks.stopAll()
    this.#waiting?.resolve()
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#unread.length === 0) {
      if (this.#cancelled) throw givenUp(this.#request)
      if (this.#fault !== null) throw this.#fault
      if (this.#ended) return null
      this.clocks.start('idle', this.#request.limits.idle)
      this.#waiting = Promise.withResolvers()
      await this.#waiting.promise
      this.#waiting = null
      this.clocks.stop('idle')
    }
    const all = Buffer.concat(this.#unread)
    this.#unread = []
    return all
  }

  async text(begun: Uint8Array | null = null): Promise<string> {
    return Buffer.from(await readWhole(this, this.#request.provider, begun)).toString()
  }

  takeWhole(): null {
    return null
  }

  bytes(): Promise<Uint8Array> {
    return readWhole(this, this.#request.provider, null)
  }

  /** What may come behind an end mark is of no use: the vendor is let go. */
  drain(): void {
    if (!this.#ended) this.cancel()
  }

  cancel(): void {
    this.#cancelled = true
    this.clocks.stopAll()
    this.#waiting?.resolve()
    this.#leave()
  }
}
