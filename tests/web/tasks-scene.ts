import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '../../simulator/server.ts'
import type { Routed } from '../../src/routing/calibrated/rule.ts'
import { writePolicy } from '../journeys/policies.ts'
import type { Town, TownOptions } from '../journeys/town.ts'
import { liveAWeek, type Usual } from './tasks-week.ts'

/** A company with a cascade that is proven, a canary, a shadow, shares, and a provider that had a bad afternoon. */

const key = 'web-secret-0123456789'

const part = {
  head: null,
  cost: null,
  dense: { bias: -3, weights: Float64Array.from([0, 0, 0, 0, 5, 0, 0, 0, 0]) },
}

/** Escalates an answer that hedges. */
const hedging: Routed = {
  method: 'cascade',
  cheap: 'zhipu/glm-4-9b',
  second: null,
  strong: 'deepseek/deepseek-v4-flash',
  threshold: 0.5,
  direct: null,
  scorer: {
    reads: {
      words: false,
      answer: true,
      second: false,
      keys: ['mean_logprob'],
      neighbours: false,
    },
    goal: 'cheap-wrong',
    thrift: 0,
    seed: 1,
    parts: [part, part, part],
    neighbours: null,
  },
}

/** What a calibration says beside its rule. */
const weighed = {
  method: 'cascade',
  reason: 'It keeps the promise, and saves more than every other rule that does.',
  cheap: ['zhipu/glm-4-9b'],
  quality: 0.97,
  table: { sha256: '00', rows: 1_240 },
  certificate: {
    rows: 620,
    quality_ratio: 0.985,
    saving: 0.58,
    escalated: 0.31,
    saving_interval: [0.53, 0.62],
    level: 0.02,
    p_value: 0.004,
    tested: 2,
  },
  report: {
    curve: Array.from({ length: 16 }, (_, index) => {
      const share = index / 15
      return {
        rows: 620,
        quality_ratio: 0.79 + 0.215 * (1 - (1 - share) ** 2.6),
        saving: 0.88 - 0.86 * share,
        escalated: share,
      }
    }),
    models: { cheap: { cost: 0.11, quality: 0.78 }, strong: { cost: 1, quality: 1 } },
    oracle: [
      { cost: 0.11, quality: 0.78 },
      { cost: 0.24, quality: 0.95 },
      { cost: 0.33, quality: 1.05 },
    ],
    targets: [
      { quality: 0.95, random: 0.2, oracle: 0.76, curve: 0.66, interval: [0.61, 0.7] },
      { quality: 0.98, random: 0.08, oracle: 0.73, curve: 0.57, interval: [0.52, 0.61] },
      { quality: 1, random: 0, oracle: 0.71, curve: null, interval: null },
    ],
  },
}

export interface Company {
  readonly options: TownOptions
  /** Stops its vendors. */
  stop(): Promise<void>
}

/** Vendors that sell models of real names, all of which the simulator answers for. */
export function company(): Company {
  const simulator = startSimulator({ speed: 0.05, seed: 7 })
  const folder = mkdtempSync(join(tmpdir(), 'freehold-policy-'))
  const vendors = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      const { pathname } = new URL(request.url)
      const body = (await request.json()) as Record<string, unknown>
      return fetch(`${simulator.url}${pathname.replace(/^\/[a-z]+/, '')}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, model: body['model'] === 'kimi-k2' ? 'large' : 'small' }),
      })
    },
  })
  return {
    options: options(`http://127.0.0.1:${vendors.port}`, folder),
    stop: async () => {
      await vendors.stop(true)
      await simulator.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function options(vendors: string, folder: string): TownOptions {
  const policy = join(folder, 'support.json')
  writePolicy(policy, hedging, weighed)
  return {
    config: `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  deepseek: { base_url: '${vendors}/deepseek', api_keys: [key-a-0123456789, key-b-0123456789] }
  zhipu: { base_url: '${vendors}/zhipu', api_key: key-c-0123456789, rate: { requests: 600/min, concurrent: 64 } }
  moonshot: { base_url: '${vendors}/moonshot', api_key: key-d-0123456789 }
  house: { type: vllm, base_url: '${vendors}/house', data: on-premises, jurisdiction: DE }
keys:
  - { id: web, secret: ${key} }
prices:
  zhipu/glm-4-9b: { input: 0.03, output: 0.03 }
  house/qwen3-32b: { input: 0.1, output: 0.3 }
  moonshot/kimi-k2: { input: 0.6, output: 2.5 }
  deepseek/deepseek-v4-flash: { input: 0.14, output: 0.28 }
tasks:
  fast_classifier: zhipu/glm-4-9b          # the whole swap is this string
  general_purpose:
    models: [deepseek/deepseek-v4-flash, moonshot/kimi-k2]   # the next when one fails
    timeouts: { first_content: 20s, total: 2m }
    shadow: { model: house/qwen3-32b, share: 0.5, cap: 5 USD }
  summarise:
    policy: weighted
    models: { deepseek/deepseek-v4-flash: 90, house/qwen3-32b: 10 }
    sticky: session
    cache: { ttl: 1h }
  support:
    policy: cascade
    models: [zhipu/glm-4-9b, deepseek/deepseek-v4-flash]
    router: ${policy}
    guarantee: { quality: 0.97, confidence: 0.95 }
    audit: { share: 0.4, floor: 20, cap: 5 USD }
  drafts:
    models: [moonshot/kimi-k2]
    canary: { model: deepseek/deepseek-v4-flash, steps: [0.25, 0.5, 1], hold: 1h, calls: 50, guards: { p95_latency: 1.5, cost: 1.2 } }
  nightly:
    policy: cheapest
    models: [deepseek/deepseek-v4-flash, zhipu/glm-4-9b, house/qwen3-32b]
  contracts:
    models: [house/qwen3-32b]
    data: on-premises
    not_in: [CN, US]
`,
  }
}

const flash = {
  model: 'deepseek/deepseek-v4-flash',
  firstMs: 420,
  tokensPerS: 88,
  cost: 210_000_000,
  fails: 0.006,
}
const kimi = {
  model: 'moonshot/kimi-k2',
  firstMs: 900,
  tokensPerS: 41,
  cost: 950_000_000,
  fails: 0.014,
}
const glm = {
  model: 'zhipu/glm-4-9b',
  firstMs: 240,
  tokensPerS: 150,
  cost: 32_000_000,
  fails: 0.003,
}
const qwen = {
  model: 'house/qwen3-32b',
  firstMs: 130,
  tokensPerS: 62,
  cost: 120_000_000,
  fails: 0.001,
}

const usual: readonly Usual[] = [
  { task: 'fast_classifier', perDay: 420, models: [{ ...glm, share: 1 }] },
  {
    task: 'general_purpose',
    perDay: 260,
    models: [
      { ...flash, share: 1 },
      { ...kimi, share: 0 },
    ],
  },
  {
    task: 'summarise',
    perDay: 150,
    models: [
      { ...flash, share: 0.9 },
      { ...qwen, share: 0.1 },
    ],
  },
  {
    task: 'support',
    perDay: 300,
    models: [
      { ...glm, share: 0.69 },
      { ...flash, share: 0.31 },
    ],
  },
  { task: 'drafts', perDay: 60, models: [{ ...kimi, share: 1 }] },
]

/** A week of the company, a swap that was proven, and calls of today that the trials take part in. */
export async function week(town: Town, callsOfToday = 60): Promise<void> {
  await liveAWeek(town, usual, 'deepseek')
  await proveSwap(town)
  await today(town, callsOfToday)
}

/** Away from a model and back to it, this time with a proof. */
async function proveSwap(town: Town): Promise<void> {
  const [was, is] = ['deepseek/deepseek-v4-flash', 'zhipu/glm-4-9b']
  await swap(town, { model: was })
  await swap(town, {
    model: is,
    proof: {
      before: [was],
      incumbent: was,
      candidate: is,
      says: `${is} is no worse than ${was} by more than 5 points.`,
      verdict: 'no worse',
      difference: { mean: 0.004, interval: [-0.018, 0.026], n: 300, clusters: 150 },
      p_value: 0.0007,
      margin: 0.05,
      graders: ['exact'],
      evaluation: { name: 'classes', file: 'evals/classes.yaml' },
      valid_days: 90,
    },
  })
}

async function swap(town: Town, wish: Readonly<Record<string, unknown>>): Promise<void> {
  await town.api('/api/swap', 'POST', { task: 'fast_classifier', ...wish })
}

async function today(town: Town, calls: number): Promise<void> {
  const ids: string[] = []
  const ask = async (task: string, stream: boolean): Promise<void> => {
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: task,
        stream,
        messages: [{ role: 'user', content: `What is ${ids.length} times 7?` }],
      }),
    })
    await response.text()
    ids.push(response.headers.get('x-request-id')!)
  }
  for (let call = 0; call < calls; call += 1) {
    await ask('support', false)
    await ask('drafts', call % 2 === 0)
    await ask('general_purpose', true)
  }
  await town.call(ids.at(-1)!)
}
