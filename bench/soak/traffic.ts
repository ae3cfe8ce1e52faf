import type { Simulator } from '../../simulator/server.ts'
import { mixed } from '../torture/faults.ts'
import { oneOf } from '../torture/part.ts'

const key = 'soak-secret-0123456789'

/** Two vendors behind two tasks and a task of each dialect, every limit on, short patience with silence. */
export function config(addresses: { readonly acme: string; readonly birch: string }): string {
  const timeouts = '{ headers: 2s, first_content: 2s, idle: 2s, total: 8s }'
  return `
payloads: redacted
providers:
  acme: { type: openai-compatible, base_url: '${addresses.acme}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '${addresses.birch}', api_key: birch-key-0123456789 }
tasks:
  chat: { models: [acme/small, birch/small], timeouts: ${timeouts} }
  talk: { models: [birch/small, acme/small], timeouts: ${timeouts} }
  known: { models: [acme/echo], cache: { ttl: 1m }, timeouts: ${timeouts} }
keys:
  - { id: web, secret: ${key}, budget: { limit: 100000 USD, per: month }, rate: { requests: 1000000/min, tokens: 1000000000/min, concurrent: 2000 } }
customers:
  default: { budget: { limit: 1000 USD, per: month } }
prices:
  acme/small: { input: 3, output: 15 }
  acme/echo: { input: 1, output: 1 }
  birch/small: { input: 1, output: 2 }
`
}

export interface Counts {
  calls: number
  whole: number
  refused: number
  /** Left by their client on purpose. */
  left: number
  /** Begun, and ended without its end mark or with a broken connection. */
  cut: number
  /** Given up after ten seconds: on a machine that is busy otherwise. */
  late: number
  /** Played by vendors. */
  faults: number
}

export interface TrafficOptions {
  /** How many customers come back, each with its own words. */
  readonly customers: number
  readonly url: string
  readonly chance: () => number
  readonly counts: Counts
}

/** Of all calls. */
const leftShare = 0.2
/** Of all exchanges with vendors. */
const faultShare = 0.05
/**
 * What callers name is remembered on purpose, and would look like a leak if every name were new: a budget
 * for as long as its window, an answer to an Idempotency-Key for a day, one of a task with a cache until
 * 32 MB are full. So most customers come back, one call in a thousand is of a new one, one in five
 * thousand has a key, and the task with a cache is asked a hundred different things.
 */
const newShare = 0.001
const onceShare = 0.0002
const questions = 100
const callMsMax = 10_000

/**
 * Vendors play each fault of the mix as often, on a share of what they are asked. As a share of what callers ask, it
 * would be a greater one the less a vendor is asked after its faults.
 */
export function playFaults(vendors: readonly Simulator[]): void {
  const share = faultShare / mixed.length
  for (const vendor of vendors) for (const fault of mixed) vendor.behave({ fault, share })
}

/** One call of the mix: streamed or not, in either dialect, sometimes left. */
export async function oneCall(options: TrafficOptions): Promise<void> {
  const { url, chance, counts, customers } = options
  counts.calls += 1
  const serial = counts.calls
  const leaves = chance() < leftShare
  const messages = chance() < 0.3
  const stream = leaves || chance() < 0.4
  const regular = `customer-${serial % customers}`
  const customer = chance() < newShare ? `new-${serial}` : regular
  const leaving = new AbortController()
  // Some leave before the first byte, some amid the answer.
  const patience = setTimeout(() => leaving.abort(), leaves ? chance() * 100 : callMsMax)
  const model = oneOf(['chat', 'chat', 'talk', 'known', 'acme/small'], chance)
  const topic =
    model === 'known'
      ? `topic ${serial % questions}`
      : `write to ${regular}@mail.example of the sea, letter ${serial % (customers * 5)}`
  // Half of the callers come over a connection of their own, half over one that is kept.
  const own = chance() < 0.5
  try {
    const response = await fetch(`${url}${messages ? '/v1/messages' : '/v1/chat/completions'}`, {
      method: 'POST',
      signal: leaving.signal,
      ...(own ? { keepalive: false } : {}),
      headers: {
        authorization: `Bearer ${key}`,
        'x-freehold-customer': customer,
        ...(own ? { connection: 'close' } : {}),
        'x-freehold-session': `session-${serial % customers}`,
        ...(chance() < onceShare ? { 'idempotency-key': `once-${serial >> 1}` } : {}),
      },
      body: JSON.stringify({
        model,
        stream,
        max_tokens: 60,
        messages: [{ role: 'user', content: topic }],
      }),
    })
    const text = await response.text()
    if (!response.ok) counts.refused += 1
    else if (stream && !/\[DONE\]|message_stop/.test(text)) counts.cut += 1
    else counts.whole += 1
  } catch {
    if (leaves) counts.left += 1
    else if (leaving.signal.aborted) counts.late += 1
    else counts.cut += 1
  } finally {
    clearTimeout(patience)
  }
}

export interface Paced {
  /** Begins no more calls, and waits for those under way. */
  stop(): Promise<void>
}

/** Calls at a fixed rate, whatever becomes of them. */
export function paced(perSecond: number, call: () => Promise<void>): Paced {
  const under = new Set<Promise<void>>()
  const started = performance.now()
  let begun = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1_000) * perSecond
    for (; begun < due; begun += 1) {
      const going = call()
      under.add(going)
      void going.finally(() => under.delete(going))
    }
  }, 10)
  return {
    stop: async () => {
      clearInterval(timer)
      while (under.size > 0) await Promise.all(under)
    },
  }
}
