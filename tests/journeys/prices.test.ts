import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerReportJson } from '../../src/server/contract/checkup.ts'
import type { CostsJson } from '../../src/server/contract/costs.ts'
import type {
  CardJson,
  ImportJson,
  PriceVersionJson,
  ReRatingJson,
} from '../../src/server/prices-json.ts'
import { runCommand } from './command.ts'
import { type CallFacts, startTown, type Town } from './town.ts'

/** The price book in the hands of whoever runs a gateway: imports, doubts, corrections, an invoice. */
let town: Town

const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  own: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  count: acme/echo
keys:
  - { id: web, secret: ${key} }
prices:
  own/echo: { input: 1, output: 2 }
`,
    vendors: { acme: {} },
  })
}, 60_000)
afterAll(() => town.close())

async function ask(model = 'acme/echo', customer = 'ada'): Promise<CallFacts> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'x-freehold-customer': customer },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'count these words' }] }),
  })
  await response.text()
  return town.call(response.headers.get('x-request-id')!)
}

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

/** What doctor says of the price behind a task, of its own without a gateway. */
async function doctorsPrice(): Promise<string | undefined> {
  const { out } = await freehold('doctor', '--offline', '--json')
  const { findings } = JSON.parse(out) as { findings: { what: string; says: string }[] }
  return findings.find(({ what }) => what === 'task count')?.says
}

async function asked<Answer>(...words: string[]): Promise<Answer> {
  const { out, err } = await freehold(...words, '--json')
  expect(err).toBe('')
  return JSON.parse(out) as Answer
}

function table(price: Readonly<Record<string, string>>, source = 'the page of acme'): string {
  const path = join(town.folder, `table-${Bun.randomUUIDv7()}.json`)
  writeFileSync(
    path,
    JSON.stringify({
      provider: 'acme',
      sources: { page: { source, readOn: '2026-11-20' } },
      models: [{ id: 'echo', prices: [{ price, source: 'page' }] }],
    }),
  )
  return path
}

/** What a call costs at dollars per million, in picodollars. */
function due({ attempts }: CallFacts, input: bigint, output: bigint): bigint {
  const tokens = attempts[0]!.tokens!
  return (
    BigInt(tokens['input']!) * input * 1_000_000n + BigInt(tokens['output']!) * output * 1_000_000n
  )
}

function picodollars(usd: string | null): bigint {
  const [whole = '', fraction = ''] = usd!.split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

let first: CallFacts

test('a price that is new is in force without a restart, and the past is not touched by it', async () => {
  first = await ask()
  expect(first.cost_usd).toBeNull()
  const found = await asked<ImportJson>('prices', 'import', table({ input: '3', output: '15' }))
  expect(found.proposals).toMatchObject([{ what: 'new', state: 'known', all_doubts: [] }])
  const next = await ask()
  expect(picodollars(next.cost_usd)).toBe(due(next, 3n, 15n))
  const again = await asked<ReRatingJson>(
    'prices',
    'rerate',
    '--kind',
    'table_error',
    '--since',
    '1h',
    '--dry',
  )
  expect(again.corrected).toBe(0)
}, 60_000)

test('a price that leaps is held back until it is confirmed', async () => {
  const found = await asked<ImportJson>('prices', 'import', table({ input: '30', output: '15' }))
  const [proposal] = found.proposals
  expect(proposal).toMatchObject({ what: 'changed', state: 'held' })
  expect(proposal!.moves).toMatchObject([{ meter: 'input', before: '3', after: '30', ratio: '10' }])
  expect(proposal!.all_doubts.join()).toContain('three times')
  const before = await ask()
  expect(picodollars(before.cost_usd)).toBe(due(before, 3n, 15n))

  const { code, out } = await freehold('prices', 'confirm', String(proposal!.id))
  expect(`${code} ${out}`).toContain('0 ')
  expect(out).toContain('in force')
  const after = await ask()
  expect(picodollars(after.cost_usd)).toBe(due(after, 30n, 15n))
  expect((await freehold('prices', 'confirm', String(proposal!.id))).code).toBe(1)
}, 60_000)

test('what was believed once can be asked for', async () => {
  const { versions } = await asked<{ versions: PriceVersionJson[] }>(
    'prices',
    'history',
    'acme/echo',
  )
  expect(versions.map(({ state, known_to: to }) => [state, to === null])).toEqual([
    ['known', false],
    ['known', true],
  ])
  const known = versions[0]!.known_from!
  const [then, now] = await Promise.all([
    asked<CardJson>('prices', 'show', 'acme/echo', '--known', known),
    asked<CardJson>('prices', 'show', 'acme/echo'),
  ])
  const priced = ({ segments, valid }: CardJson) =>
    segments.findLast(({ id }) => id === valid)?.price['input']
  // The second version has the first one's price for its time: nothing of before was rewritten.
  expect(priced(now)).toBe('30')
  expect(then.valid).not.toBe(now.valid)
}, 60_000)

test('an error of the table is put right by rows of its own, once', async () => {
  const found = await asked<ImportJson>(
    'prices',
    'import',
    '--kind',
    'table_error',
    table({ input: '6', output: '15' }),
  )
  await freehold('prices', 'confirm', String(found.proposals[0]!.id))
  const rows = await town.api<{ calls: CallFacts[] }>('/api/calls?model=acme/echo&limit=100')
  const total = rows.calls.reduce((sum, call) => sum + due(call, 6n, 15n), 0n)
  const wish = ['prices', 'rerate', '--kind', 'table_error', '--since', '1h']
  const dry = await asked<ReRatingJson>(...wish, '--dry')
  const booked = await asked<ReRatingJson>(...wish, '--yes')
  expect(booked).toEqual(dry)
  expect(booked).toMatchObject({ corrected: rows.calls.length, newly_known: 1 })

  const costs = await asked<CostsJson>('costs', '--by', 'role', '--model', 'acme/echo')
  expect(picodollars(costs.total.cost_usd)).toBe(total)
  expect(costs.rows.map(({ group }) => group['role']).toSorted()).toEqual(['correction', 'served'])
  expect(costs.total.calls).toBe(rows.calls.length)
  // The rows of before are as they were.
  expect((await town.call(first.id)).cost_usd).toBeNull()

  expect((await asked<ReRatingJson>(...wish, '--yes')).corrected).toBe(0)
  const report = await asked<LedgerReportJson>('ledger', 'verify')
  expect(report.checks.filter(({ failed }) => failed > 0)).toEqual([])
}, 60_000)

test('counts that were wrong are put right, and an own price is nobody else’s table', async () => {
  const call = await ask('own/echo')
  const usages = join(town.folder, 'usages.jsonl')
  writeFileSync(
    usages,
    JSON.stringify({ call_id: call.id, attempt: 1, tokens: { input: 1_000, output: 10 } }),
  )
  const wish = ['prices', 'rerate', '--since', '1h', '--provider', 'own', '--yes', '--kind']
  expect((await asked<ReRatingJson>(...wish, 'table_error')).corrected).toBe(0)
  const found = await asked<ReRatingJson>(...wish, 'usage_error', '--usages', usages)
  const difference = 1_020n * 1_000_000n - picodollars(call.cost_usd)
  expect(picodollars(found.difference_usd)).toBe(difference)
  // The list does not undo what is known better.
  expect((await asked<ReRatingJson>(...wish, 'contract')).corrected).toBe(0)
}, 60_000)

test('calls before --since are not looked at, nor those after --until in the same hour', async () => {
  const before = new Date().toISOString()
  await ask('own/echo')
  const after = new Date(Date.now() + 1).toISOString()
  const looked = async (...time: string[]): Promise<number> => {
    const wish = ['prices', 'rerate', '--provider', 'own', '--kind', 'contract', '--dry']
    return (await asked<ReRatingJson>(...wish, ...time)).looked
  }
  const whole = await looked('--since', '1h', '--until', after)
  expect(await looked('--since', '1h', '--until', before)).toBe(whole - 1)
  expect(await looked('--since', after)).toBe(0)
}, 60_000)

test('a change of price is no reason to rate anew', async () => {
  const { code, err } = await freehold(
    'prices',
    'rerate',
    '--kind',
    'price_change',
    '--since',
    '1h',
    '--yes',
  )
  expect(code).toBe(2)
  expect(err).toContain('never touches the past')
}, 60_000)

test('an invoice is held against the ledger, and what is off is an alarm', async () => {
  const month = new Date().toISOString().slice(0, 7)
  const lines = await town.api<{
    lines: { meter: string | null; provider: string; units: string; cost_usd: string }[]
  }>(
    `/api/exports/charges?since=${month}-01&until=${new Date(Date.now() + 3_600_000).toISOString()}`,
  )
  const own = lines.lines.filter(({ provider, meter }) => provider === 'own' && meter !== null)
  const [input, output] = ['input', 'output'].map((meter) =>
    own.find((line) => line.meter === meter)!,
  )
  const path = join(town.folder, 'invoice.csv')
  writeFileSync(
    path,
    `Description,Token Type,Quantity,Amount
own echo,Input tokens,"${input!.units}",$${input!.cost_usd}
own echo,Output tokens,${output!.units},${2 * Number(output!.cost_usd)}
Support plan,,1,20.00
own echo,Input tokens,many,3
`,
  )
  const { code, out } = await freehold(
    'prices',
    'invoice',
    path,
    '--provider',
    'own',
    '--month',
    month,
    '--json',
  )
  expect(code).toBe(1)
  const found = JSON.parse(out) as {
    compared: { sku: string; drift: string; alarm: boolean }[]
    unmatched: { line: number }[]
    unread: { line: number }[]
  }
  expect(found.compared).toMatchObject([
    { sku: 'echo input', drift: '0', alarm: false },
    { sku: 'echo output', drift: '1', alarm: true },
  ])
  expect(found.unmatched.map(({ line }) => line)).toEqual([4])
  expect(found.unread.map(({ line }) => line)).toEqual([5])
  const { alarms } = await town.api<{ alarms: { kind: string; text: string }[] }>('/api/alarms')
  expect(alarms.find(({ kind }) => kind === 'invoice_drift')?.text).toContain('+100 %')
}, 60_000)

test('the book is there after a restart, and without a gateway', async () => {
  expect(await doctorsPrice()).toContain('the page of acme')
  await town.end()
  expect(await doctorsPrice()).toContain('the page of acme')
  const card = await asked<CardJson>('prices', 'show', 'acme/echo')
  expect(card.segments.findLast(({ id }) => id === card.valid)?.price['input']).toBe('6')
  const found = await asked<ImportJson>(
    'prices',
    'import',
    '--kind',
    'table_error',
    table({ input: '12', output: '15' }),
  )
  await freehold('prices', 'confirm', String(found.proposals[0]!.id))
  const rated = await asked<ReRatingJson>(
    'prices',
    'rerate',
    '--kind',
    'table_error',
    '--since',
    '1h',
    '--yes',
  )
  expect(rated.corrected).toBeGreaterThan(0)
  await town.restart()
  const call = await ask()
  expect(picodollars(call.cost_usd)).toBe(due(call, 12n, 15n))
  const report = await asked<LedgerReportJson>('ledger', 'verify')
  expect(report.checks.filter(({ failed }) => failed > 0)).toEqual([])
}, 60_000)

test('with several threads a price that is confirmed is in force in all of them', async () => {
  const many = await startTown({
    config: `
server: { workers: 3 }
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
keys:
  - { id: web, secret: ${key} }
`,
    vendors: { acme: {} },
  })
  try {
    const headers = { authorization: `Bearer ${many.adminKey}`, 'content-type': 'application/json' }
    const post = async (path: string, body: unknown) =>
      (await fetch(many.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
    const segments = [
      {
        id: 'base',
        price: { input: '3', output: '15' },
        currency: 'USD',
        source: 'x',
        readOn: null,
      },
    ]
    const quote = {
      provider: 'acme',
      model: 'echo',
      region: 'standard',
      mode: 'standard',
      segments,
    }
    await post('/api/prices/import', {
      tables: [{ source: 'x', quotes: [{ ...quote, isWhole: true, source: 'x' }] }],
      read_on: '2026-11-20',
      dry: false,
    })
    for (let call = 0; call < 24; call += 1) {
      const response = await fetch(`${many.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, connection: 'close' },
        body: JSON.stringify({
          model: 'acme/echo',
          messages: [{ role: 'user', content: 'hello' }],
        }),
      })
      await response.text()
      expect(response.headers.get('x-freehold-cost-usd')).not.toBeNull()
    }
  } finally {
    await many.close()
  }
}, 60_000)
