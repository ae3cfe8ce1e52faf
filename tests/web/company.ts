import { join } from 'node:path'
import { catalogOf } from '../../src/catalog/index.ts'
import { costAt } from '../../src/catalog/price.ts'
import { type Instant, systemClock } from '../../src/core/clock.ts'
import type { CallId } from '../../src/core/ids.ts'
import { seeded } from '../../src/core/random.ts'
import { openStore } from '../../src/store/offline.ts'
import { aRecord } from '../../src/store/rows.suite.ts'
import { noUsage, type Usage } from '../../src/core/usage.ts'
import type { Town } from '../journeys/town.ts'

/** A small company with 30 days behind it, for pages that are about money. Nobody is ever asked. */
export const companyConfig = `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  deepseek: { api_key: none-is-called, base_url: http://127.0.0.1:9/v1 }
  openai: { api_key: none-is-called, base_url: http://127.0.0.1:9/v1 }
  anthropic: { api_key: none-is-called, base_url: http://127.0.0.1:9 }
  zhipu: { api_key: none-is-called, base_url: http://127.0.0.1:9/v4 }
  sim: {}
tasks:
  fast_classifier: { models: [zhipu/glm-4.7, deepseek/deepseek-v4-flash], budget: { limit: 40 USD, per: month } }
  general_purpose: { models: [deepseek/deepseek-v4-flash, openai/gpt-5-mini] }
  contracts: anthropic/claude-sonnet-4-5
  support: { models: [openai/gpt-5-mini, deepseek/deepseek-v4-flash] }
keys:
  - { id: web, secret: web-secret-0123456789, env: production, budget: { limit: 900 USD, per: month } }
  - { id: nightly, secret: nightly-secret-0123456789, env: staging, tasks: [contracts], budget: { limit: 20 USD, per: week } }
customers:
  default: { budget: { limit: 100 USD, per: month } }
economics: { cash: 400000 USD, people: 900 USD, payment_share: 0.029, payment_fixed: 0.30 USD }
prices:
  sim/large: { input: 0.55, output: 2.19 }
`

/** Names as callers send them: long ones, every script, and some that would be markup. */
export const unkind = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
const customers = [
  'acme',
  'bolt',
  'Göteborgs Hamn AB',
  '東京データ株式会社',
  'شركة النور للتجارة',
  unkind,
  'a-customer-whose-name-was-written-by-a-form-without-any-limit-at-all-and-goes-on-and-on',
  ...Array.from({ length: 18 }, (_, nth) => `team-${nth + 1}`),
]
const work = [
  ['fast_classifier', 'zhipu', 'glm-4.7', 900, 12],
  ['general_purpose', 'deepseek', 'deepseek-v4-flash', 60_000, 9_000],
  ['contracts', 'anthropic', 'claude-sonnet-4-5', 45_000, 3_500],
  ['support', 'openai', 'gpt-5-mini', 30_000, 2_400],
] as const

/** Puts the company's calls and payments on the ledger of a town. */
export async function settleCompany(town: Town, calls = 3_000): Promise<void> {
  await town.end()
  const store = openStore(join(town.folder, 'data'))
  const random = seeded(11)
  const catalog = catalogOf(['deepseek', 'openai', 'anthropic', 'zhipu'])
  const now = systemClock.now()
  for (let nth = 0; nth < calls; nth += 1) {
    const at = (now - Math.floor((nth / calls) * 30 * 86_400_000_000)) as Instant
    const [task, provider, model, input, output] =
      work[Math.floor(random.next() ** 1.6 * work.length)]!
    const customer = customers[Math.floor(random.next() ** 2 * customers.length)]!
    const size = 0.4 + random.next() * 1.4
    const usage: Usage = {
      ...noUsage,
      input: Math.round(input * size),
      cacheRead: Math.round(input * size * 0.3),
      output: Math.round(output * size),
    }
    const segment = catalog.find(provider, model, at)?.segment ?? null
    const isUnknown = nth % 700 === 3
    const cost = segment === null || isUnknown ? null : costAt(segment, usage, at)
    const isCached = nth % 9 === 0
    store.append(
      aRecord({
        callId: Bun.randomUUIDv7('hex', Math.floor(at / 1_000)) as CallId,
        at,
        keyId: nth % 13 === 0 ? 'nightly' : 'web',
        env: nth % 13 === 0 ? 'staging' : 'production',
        customer,
        feature: ['inbox', 'reports', 'search'][nth % 3]!,
        modelAsked: task,
        task,
        provider,
        model,
        modelServed: model,
        usage,
        cost: isCached ? (0n as never) : cost,
        costSource: cost === null && !isCached ? 'unknown' : isCached ? 'none' : 'table',
        role: isCached ? 'cache_hit' : 'served',
        saved: isCached ? cost : null,
        savedBy: isCached ? (nth % 2 === 0 ? 'cache' : 'batch') : null,
        priceId: segment === null ? null : `${provider}/${model}@${segment.id}`,
        stream: nth % 2 === 0,
        firstContentUs: nth % 2 === 0 ? 250_000 : null,
      }),
    )
  }
  await store.flushed()
  await store.close()
  await town.restart()
  const months = [now - 30 * 86_400_000_000, now].map((at) =>
    new Date(at / 1_000).toISOString().slice(0, 7),
  )
  const rows = [...new Set(months)].flatMap((month) =>
    customers.slice(0, 22).map((customer, nth) => ({
      id: `${month} ${nth}`,
      customer,
      month,
      amount: nth < 2 ? '60' : String(20 + nth * 9),
      currency: 'USD',
    })),
  )
  const response = await fetch(`${town.url}/api/revenue`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ rows }),
  })
  if (!response.ok) throw new Error(await response.text())
}

/** Rows in which every name that a caller or vendor chooses is one of these. */
export async function settleNames(town: Town, names: readonly string[]): Promise<void> {
  await town.end()
  const store = openStore(join(town.folder, 'data'))
  const now = systemClock.now()
  for (const [nth, name] of names.entries()) {
    const at = (now - nth * 60_000_000) as Instant
    store.append(
      aRecord({
        callId: Bun.randomUUIDv7('hex', Math.floor(at / 1_000)) as CallId,
        at,
        customer: name,
        feature: name,
        env: nth % 2 === 0 ? name : 'production',
        task: nth % 3 === 0 ? name : 'general_purpose',
        model: name,
        modelServed: name,
        modelAsked: name,
        priceId: null,
      }),
    )
  }
  await store.flushed()
  await store.close()
  await town.restart()
}
