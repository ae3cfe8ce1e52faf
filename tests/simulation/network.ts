import { anthropicMessages } from '../../simulator/dialects/anthropic-messages.ts'
import {
  type Door,
  Problem,
  type Request,
  type World as Doorway,
} from '../../simulator/dialects/dialect.ts'
import { openaiChat } from '../../simulator/dialects/openai-chat.ts'
import { findFault, type FoundFault, type Scene } from '../../simulator/faults.ts'
import type { Json } from '../../simulator/json.ts'
import { Models, noTokens } from '../../simulator/model.ts'
import type { Step } from '../../simulator/play.ts'
import { plainStyle, script } from '../../simulator/write.ts'
import { providerUnreachable } from '../../src/core/errors.ts'
import type { Timers } from '../../src/core/clock.ts'
import type { Random } from '../../src/core/random.ts'
import type { Exchange, Upstream, UpstreamRequest } from '../../src/gateway/upstream/upstream.ts'
import type { Heard } from './heard.ts'
import { VendorLine } from './line.ts'
import { type Life, pick, waitMs, type World } from './world.ts'

/** From when to when a vendor is down, and how. */
export interface Outage {
  readonly vendor: string
  readonly how: 'unreachable' | 'http-500' | 'http-503-empty' | 'no-answer'
  readonly fromUs: number
  readonly toUs: number
}

/** A key that its vendor refuses for a while. */
export interface Flap {
  readonly key: string
  readonly fromUs: number
  readonly toUs: number
}

const doors: readonly Door[] = [openaiChat, anthropicMessages]

/** What goes wrong with one exchange in twelve. */
const mixed = [
  'http-429',
  'http-429-retry-after-seconds',
  'http-429-retry-after-ms',
  'http-500',
  'http-502-html',
  'http-503-empty',
  'http-529',
  'http-400',
  'no-answer',
  'headers-then-silence',
  'stall-mid-stream',
  'slow-first-token',
  'slow-headers',
  'reset-before-headers',
  'reset-before-first',
  'reset-mid-stream',
  'close-mid-stream',
  'clean-end-mid-stream',
  'error-event-first',
  'error-event-mid-stream',
  'error-under-200',
  'malformed-event',
  'split-utf8',
  'usage-missing',
  'usage-null',
  'usage-absurd',
  'usage-negative',
  'usage-strings',
  'no-done',
  'double-done',
  'json-for-stream',
  'stream-for-json',
  'cut-json',
  'empty-body',
  'html-200',
  'missing-finish',
] as const

/** Vendors lie about their tokens in these. */
export const lies: ReadonlySet<string> = new Set([
  'usage-missing',
  'usage-null',
  'usage-absurd',
  'usage-negative',
  'usage-strings',
])

const usualFaultShare = 1 / 12
const slowMs = 9_000

/** Simulated vendors behind a network that takes its time: what each of them saw is its history. */
export class Network {
  readonly heard: Heard[] = []
  readonly outages: Outage[]
  readonly flaps: Flap[]
  readonly #world: World
  readonly #chance: Random
  readonly #models: Models
  readonly #faultShare: number
  #ids = 0

  constructor(
    world: World,
    vendors: readonly string[],
    keys: readonly string[],
    dayUs: number,
    faultShare = usualFaultShare,
  ) {
    this.#world = world
    this.#faultShare = faultShare
    this.#chance = world.chance('network')
    this.#models = new Models(world.seed)
    const when = world.chance('outages')
    const hourUs = 3_600_000_000
    const at = (): number => when.next() * (dayUs - 2 * hourUs)
    this.outages = vendors.map((vendor) => {
      const fromUs = at()
      const how = pick(['unreachable', 'http-500', 'http-503-empty', 'no-answer'] as const, when)
      return { vendor, how, fromUs, toUs: fromUs + hourUs }
    })
    this.flaps = keys.map((key) => {
      const fromUs = at()
      return { key, fromUs, toUs: fromUs + (0.2 + when.next()) * hourUs }
    })
  }

  /** The network as one process sees it. */
  upstreamOf(life: Life, timers: Timers): Upstream {
    return {
      open: (request) => this.#open(request, life, timers),
      close: () => {},
    }
  }

  /** Every line of a process that is gone is closed. */
  hangUp(life: Life): void {
    for (const line of this.#lines) if (line.life === life) line.leave()
  }

  readonly #lines = new Set<VendorLine>()

  async #open(request: UpstreamRequest, life: Life, timers: Timers): Promise<Exchange> {
    const { departure, limits, provider } = request
    departure.throwIfLeft()
    const url = new URL(request.url)
    const vendor = url.hostname.replace('.example', '')
    const down = this.#isDown(vendor)
    const line = new VendorLine(request, life, timers, this.#world)
    await line.connect(waitMs(this.#chance, 8))
    if (down === 'unreachable') {
      line.exchange.clocks.stopAll()
      throw providerUnreachable(provider, 'connection refused')
    }
    this.#lines.add(line)
    const entry = this.#hear(request, vendor, down)
    this.heard.push(entry)
    const steps = this.#answer(request, url, entry)
    void line.play(steps, entry).then(() => this.#lines.delete(line))
    line.exchange.clocks.start('headers', limits.headers)
    line.exchange.clocks.start('first_content', limits.firstContent)
    return line.opened
  }

  #isDown(vendor: string): Outage['how'] | null {
    const { nowUs } = this.#world
    const outage = this.outages.find(
      (each) => each.vendor === vendor && nowUs >= each.fromUs && nowUs < each.toUs,
    )
    return outage?.how ?? null
  }

  #hear({ body, headers }: UpstreamRequest, vendor: string, down: Outage['how'] | null): Heard {
    const text = String(body)
    const { model } = JSON.parse(text) as { model: string }
    const key = headers['authorization']?.slice('Bearer '.length) ?? headers['x-api-key'] ?? ''
    const { nowUs } = this.#world
    const refused = this.flaps.some(
      (flap) => flap.key === key && nowUs >= flap.fromUs && nowUs < flap.toUs,
    )
    const drawn = this.#chance.next() < this.#faultShare ? pick(mixed, this.#chance) : null
    return {
      vendor,
      key,
      model,
      marker: /call-\d+-/.exec(text)?.[0] ?? '',
      atUs: nowUs,
      fault: down ?? (refused ? 'http-401' : drawn),
      status: null,
      tokens: null,
      ending: 'open',
      endedUs: null,
    }
  }

  /** What the simulator's vendor of this dialect would send. */
  #answer({ body, headers }: UpstreamRequest, url: URL, entry: Heard): Iterable<Step> {
    const door = doors.find(({ path }) => path === url.pathname)
    if (!door) throw new Error(`Nobody is at ${url.pathname}.`)
    const request: Request = {
      path: url.pathname,
      query: url.searchParams,
      headers: { 'anthropic-version': '2023-06-01', ...headers },
      body: JSON.parse(String(body)) as unknown,
      files: [],
      key: entry.key,
    }
    const requestId = this.#id('req_')
    const nowMs = this.#world.wall / 1_000
    const scene: Scene = { door, request, requestId, nowMs, waitMs: slowMs, n: 0, count: 1 }
    const playing: FoundFault | null = entry.fault === null ? null : findFault(entry.fault)
    const { fault } = playing ?? { fault: null }
    const refusal = fault?.refuse?.(scene)
    if (refusal) return refused(door, refusal.problem, requestId, refusal.headers ?? {})
    if (fault?.instead) return fault.instead(scene)
    try {
      const doorway: Doorway = {
        requestId,
        nowMs,
        seed: this.#world.seed,
        strictNulls: false,
        id: (prefix) => this.#id(prefix),
        answer: (ask) => {
          const answer = this.#models.answer(fault?.ask?.(ask) ?? ask)
          return fault?.answer?.(answer) ?? answer
        },
        memory: new Map(),
        objects: new Map(),
      }
      const plain = door.answer(request, doorway)
      const said = fault?.said?.(plain, scene) ?? plain
      const style = { ...plainStyle, ...fault?.style }
      const steps = script(said, style, 1)
      entry.tokens = { ...(said.tokens ?? noTokens), output: 0 }
      return fault?.steps?.(steps, said, scene) ?? steps
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return refused(door, error, requestId, {})
    }
  }

  #id(prefix: string): string {
    this.#ids += 1
    return `${prefix}${String(this.#ids).padStart(12, '0')}`
  }
}

function* refused(
  door: Door,
  problem: Problem,
  requestId: string,
  headers: Readonly<Record<string, string>>,
): Generator<Step> {
  const text: Json = door.refuse(problem, requestId)
  const all = { 'content-type': 'application/json', ...headers }
  yield { do: 'head', status: problem.status, headers: all, framing: 0 }
  yield { do: 'body', bytes: JSON.stringify(text), tokens: 0, content: false }
  yield { do: 'end' }
}
