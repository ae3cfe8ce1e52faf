import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type {
  ConcentrationJson,
  MarginJson,
  WhatIfJson,
} from '../../src/server/contract/economics.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** From the call of a customer to what he leaves: prices, revenue, shocks. */
let town: Town
const key = 'web-secret-0123456789'
const month = new Date().toISOString().slice(0, 7)
const timeout = 60_000

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  other: { type: openai-compatible, base_url: '{{other}}' }
tasks:
  hello: { models: [acme/small, other/small] }
keys:
  - { id: web, secret: ${key}, env: production }
  - { id: lab, secret: lab-${key}, env: lab }
economics: { payment_share: 0.03, servers: 6 USD, cash: 1000 USD }
prices:
  acme/small: { input: 1000, output: 1000 }
  other/small: { input: 1100, output: 1100 }
`,
    vendors: { acme: {}, other: {} },
  })
  for (const [customer, secret] of [
    ['anna', key],
    ['anna', key],
    ['bert', key],
    ['lab-user', `lab-${key}`],
  ] as const) {
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'x-freehold-customer': customer,
        'x-freehold-feature': 'search',
      },
      body: JSON.stringify({
        model: 'hello',
        messages: [{ role: 'user', content: 'good morning' }],
      }),
    })
    expect(response.status).toBe(200)
    await town.call(response.headers.get('x-request-id')!)
  }
}, timeout)
afterAll(() => town.close())

function freehold(...words: string[]) {
  const env = { FREEHOLD_URL: town.url, FREEHOLD_KEY: town.adminKey }
  return runCommand(words, { cwd: town.folder, env })
}

function table(name: string, lines: readonly string[]): string {
  const path = join(town.folder, 'books', name)
  mkdirSync(join(town.folder, 'books'), { recursive: true })
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

const good = [
  'customer,month,amount,currency,plan',
  `anna,${month},20.00,USD,pro`,
  `anna,${month},-5.00,USD,pro`,
  `bert,${month},0.01,USD,free`,
  `ghost,${month},7.00,USD,pro`,
  `euro,${month},9.00,EUR,pro`,
]

describe('revenue', () => {
  test(
    'with broken lines is not taken in, and every such line is named',
    async () => {
      const file = table('broken.csv', [...good, 'x,2026-13,1,USD,pro', 'y,2026-10,one,USD,pro'])
      const { code, err } = await freehold('margin', 'import', file)
      expect(code).toBe(1)
      expect(err).toContain('2 of 7 lines')
      expect(err).toContain('line 7: month has to be')
      expect(err).toContain('line 8: amount has to be')
      expect((await town.api<MarginJson>('/api/margin')).revenue.rows).toBe(0)
    },
    timeout,
  )

  test(
    'that says an amount twice is not taken in: nobody knows which of the two',
    async () => {
      const head = 'customer,month,amount,currency,revenue'
      const file = table('twice.csv', [head, `anna,${month},20.00,USD,16.00`])
      const { code, err } = await freehold('margin', 'import', file)
      expect(code).toBe(1)
      expect(err).toContain('line 1: the column "revenue" says amount a second time')
    },
    timeout,
  )

  test(
    'is taken in once, however often the file is imported',
    async () => {
      const file = table('revenue.csv', good)
      const first = await freehold('margin', 'import', file, '--json')
      expect(JSON.parse(first.out)).toMatchObject({ added: 5, known: 0, conflicts: [] })
      const again = await freehold('margin', 'import', file, '--json')
      expect(JSON.parse(again.out)).toMatchObject({ added: 0, known: 5, conflicts: [] })
    },
    timeout,
  )

  test('by HTTP is all or nothing, for admins alone', async () => {
    const post = (body: unknown, secret = town.adminKey) =>
      fetch(`${town.url}/api/revenue`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}` },
        body: JSON.stringify(body),
      })
    expect((await post({}, key)).status).toBe(403)
    const bad = await post({ rows: [{ customer: 'carl', month, amount: '1', currency: 'USD' }, 7] })
    expect(bad.status).toBe(400)
    expect(await bad.text()).toContain('payment 2')
    const once = { id: 'inv-1', customer: 'anna', month: '2026-01', amount: 1, currency: 'USD' }
    expect(await (await post(once)).json()).toEqual({ added: 1, known: 0, conflicts: [] })
    expect(await (await post({ ...once, amount: 2 })).json()).toEqual({
      added: 0,
      known: 0,
      conflicts: ['inv-1'],
    })
  })
})

describe('the margin', () => {
  test('joins what was paid to what it cost, losers first', async () => {
    const report = await town.api<MarginJson>('/api/margin')
    const of = (name: string) => report.rows.find(({ group }) => group === name)!
    expect(report.rows[0]!.group).toBe('bert')
    expect(of('anna')).toMatchObject({ revenue_usd: '15', calls: 2, contribution_is: 'exact' })
    // 3 % of the 20 that she paid; nobody gives it back with the 5.
    expect(of('anna').fees_usd).toBe('0.6')
    expect(of('euro')).toMatchObject({ contribution_usd: null, revenue_unknown: 1 })
    expect(of('ghost')).toMatchObject({ calls: 0, model_cost_usd: '0' })
    expect(report.revenue.unknown_customers.names).toEqual(['euro', 'ghost'])
    expect(report.revenue).toMatchObject({ refunds: 1, refunds_usd: '-5' })
    expect(report.revenue.unconverted).toMatchObject([{ currency: 'EUR', amount: '9', rows: 1 }])
    expect(report.missing).toEqual(['people', 'other'])
    expect(report.other_environments).toMatchObject([{ env: 'lab', calls: 1 }])
    const costs = await town.api<{ total: { cost_usd: string } }>('/api/costs?env=production')
    expect(report.total.model_cost_usd).toBe(costs.total.cost_usd)
    const shared = report.rows.reduce((sum, row) => sum + BigInt(pico(row.shared_usd)), 0n)
    expect(shared).toBe(BigInt(pico('6')))
  })

  test(
    'is printed for people, as JSON and as a table of a spreadsheet',
    async () => {
      const { code, out } = await freehold('margin', '--by', 'feature')
      expect(code).toBe(0)
      expect(out).toContain('search')
      expect(out).toContain('not entered')
      const losers = JSON.parse((await freehold('margin', '--losers', '--json')).out) as MarginJson
      expect(losers.rows.map(({ group }) => group)).toContain('bert')
      expect(losers.rows.map(({ group }) => group)).not.toContain('anna')
      expect((await freehold('margin', '--csv')).out).toContain('"bert",0.01,0,')
      expect((await freehold('margin', '--month', '2026-1')).code).toBe(2)
    },
    timeout,
  )
})

test(
  'a shock exits 1 when it takes more of the margin than it may',
  async () => {
    const asked = ['whatif', '--shock', 'acme=+900%', '--max-margin-loss', '5pp', '--json']
    const since = ['--since', `${month}-01`]
    const { code, out, err } = await freehold(...asked, ...since)
    const report = JSON.parse(out) as WhatIfJson
    expect(report.margin_loss).toBeGreaterThan(0.05)
    expect(code).toBe(1)
    expect(err).toContain('points')
    expect(report.rerouted!.routes).toMatchObject([{ to: 'other/small', moves: true }])
    expect(report.margin_loss_rerouted).toBeLessThan(report.margin_loss!)
    expect(
      (await freehold('whatif', '--shock', 'acme=+0%', '--max-margin-loss', '5', ...since)).code,
    ).toBe(0)
    const wrong = await freehold('whatif', '--shock', 'acme plus half')
    expect(wrong.code).toBe(2)
    expect(wrong.err).toContain('deepseek=+50%')
    expect((await freehold('whatif')).code).toBe(2)
  },
  timeout,
)

test(
  'a model with a colon in its name has a shock of its own, and one of its meters has, too',
  async () => {
    const shocks = ['acme/qwen3:32b=+10%', 'acme/qwen3:32b:output=+10%', 'acme/qwen3:free=-5%']
    const asked = shocks.flatMap((shock) => ['--shock', shock])
    const { code, out } = await freehold('whatif', ...asked, '--json')
    expect((JSON.parse(out) as WhatIfJson).what).toEqual([
      'acme/qwen3:32b +10 %',
      'acme/qwen3:32b (output) +10 %',
      'acme/qwen3:free -5 %',
    ])
    expect(code).toBe(0)
  },
  timeout,
)

test(
  'concentration names whom all hangs on, and that nothing is tested',
  async () => {
    const report = await town.api<ConcentrationJson>('/api/concentration')
    expect(report.by_seller).toMatchObject({ hhi: 10_000, top: 'acme' })
    expect(report.untested_share).toBe(1)
    expect(report.tasks).toMatchObject([{ task: 'hello', lock_in: 0, substitute: 'other/small' }])
    expect((await freehold('margin', 'concentration')).out).toContain('Without a tested substitute')
  },
  timeout,
)

/** Picodollars of decimal text. */
function pico(usd: string): string {
  const [whole = '0', places = ''] = usd.split('.')
  return whole + places.padEnd(12, '0')
}
