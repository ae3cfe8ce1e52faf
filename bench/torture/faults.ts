import { startTown } from '../../tests/journeys/town.ts'
import { callsOn, compare, Histories } from './checker.ts'
import { ask, type Received } from './client.ts'
import { chances, inParallel, oneOf, type Part } from './part.ts'

/** One call in twenty meets one of these. What lies about its tokens is left out: nobody could compare. */
export const mixed = [
  'http-429',
  'http-429-retry-after-ms',
  'http-500',
  'http-502-html',
  'http-503-empty',
  'http-504-text',
  'http-529',
  'http-400',
  'reset-before-headers',
  'reset-before-first',
  'reset-mid-stream',
  'close-mid-stream',
  'clean-end-mid-stream',
  'error-event-first',
  'error-event-mid-stream',
  'error-under-200',
  'malformed-event',
  'comment-events',
  'unknown-events',
  'crlf',
  'bare-cr',
  'bom',
  'split-utf8',
  'usage-missing',
  'usage-null',
  'usage-every-chunk',
  'no-done',
  'double-done',
  'data-after-done',
  'json-for-stream',
  'stream-for-json',
  'broken-gzip',
  'short-body',
  'cut-json',
  'empty-body',
  'html-200',
  'stall-mid-stream',
  'headers-then-silence',
  'slow-headers',
  'idle-close',
]

const key = 'torture-secret-0123456789'

const config = `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
tasks:
  pair:
    models: [acme/small, birch/small]
    timeouts: { headers: 200ms, first_content: 200ms, idle: 200ms, total: 2s }
  riap:
    models: [birch/echo, acme/echo]
    timeouts: { headers: 200ms, first_content: 200ms, idle: 200ms, total: 2s }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/small: { input: 3, output: 15 }
  birch/small: { input: 1, output: 2 }
  acme/echo: { input: 3, output: 15 }
  birch/echo: { input: 1, output: 2 }
`

const faultShare = 0.05
const clients = 32
/** Who is told to come back later does, as the official clients do: calls that are refused at once try nothing. */
const pauseMsMax = 1_000
/** Calls after which the vendors' histories are copied. */
const copyEvery = 1_000

export const faults: Part = {
  says: 'calls under 5 % mixed faults: none is missing on the ledger, none twice, tokens are equal',
  count: 100_000,
  run: async ({ count, seed, tell }) => {
    const chance = chances(seed)
    const vendors = { acme: { seed, waitMs: 50 }, birch: { seed: seed + 1, waitMs: 50 } }
    const town = await startTown({ config, vendors })
    try {
      const histories = new Histories(town.vendors)
      const received: Received[] = []
      let played = 0
      const started = performance.now()
      await inParallel(count, clients, async (index) => {
        if (chance() < faultShare) {
          const vendor = town.vendors[oneOf(['acme', 'birch'], chance)]!
          vendor.behave({
            model: oneOf(['small', 'echo'], chance),
            fault: oneOf(mixed, chance),
            times: 1,
          })
          played += 1
        }
        const answer = await ask({
          url: town.url,
          key,
          marker: `call-${index}-`,
          model: oneOf(['pair', 'riap'], chance),
          stream: chance() < 0.4,
          ...(chance() < 0.5 ? { maxTokens: 8 } : {}),
        })
        received.push(answer)
        if (received.length % copyEvery === 0) histories.read()
        tell(received.length)
        if (answer.retryAfterMs !== null) await Bun.sleep(Math.min(answer.retryAfterMs, pauseMsMax))
      })
      const seconds = (performance.now() - started) / 1_000
      await histories.readAll()
      const calls = await callsOn(town)
      const verdict = compare(received, histories.exchanges, calls)
      const { wrong, tokens, exchanges, rows } = verdict
      return {
        wrong: [...wrong, ...(await unsound(town))],
        figures: {
          calls: received.length,
          faults: played,
          exchanges,
          rows,
          tokens_equal: tokens,
          answered_whole: received.filter(({ status, whole }) => status === 200 && whole).length,
          calls_per_second: Math.round(count / seconds),
        },
      }
    } finally {
      await town.close()
    }
  },
}

/** What the gateway's own check of its ledger finds. */
export async function unsound(town: {
  readonly url: string
  readonly adminKey: string
}): Promise<string[]> {
  const url = `${town.url}/api/ledger/verify`
  const headers = { authorization: `Bearer ${town.adminKey}` }
  await fetch(url, { method: 'POST', headers, body: '{}' })
  for (;;) {
    const look = (await (await fetch(url, { headers })).json()) as {
      readonly state: string
      readonly error: string | null
      readonly report: {
        readonly checks: readonly {
          readonly name: string
          readonly failures: readonly { readonly where: string; readonly says: string }[]
        }[]
      } | null
    }
    if (look.state === 'running') {
      await Bun.sleep(50)
      continue
    }
    if (!look.report) return [`ledger verify: ${look.error ?? look.state}`]
    return look.report.checks.flatMap(({ name, failures }) =>
      failures.map(({ where, says }) => `ledger verify, ${name}: ${where}: ${says}`),
    )
  }
}
