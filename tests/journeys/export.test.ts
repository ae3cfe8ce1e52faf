import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readCsv } from '../../src/control/evals/reading/csv.ts'
import type { CostsJson } from '../../src/server/contract/costs.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** What was charged, written for other tools, and held against the ledger. */
let town: Town

const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
timezone: Asia/Kolkata
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/echo: { input: 0.15, output: 0.6 }
  acme/small: { input: 0.0000007, output: 0.3333333 }
`,
    vendors: { acme: {} },
  })
  const customers = ['ada', '=HYPERLINK("http://x")', 'über, "quoted"', null]
  for (const [place, customer] of [...customers, ...customers].entries()) {
    const model = place % 2 === 0 ? 'acme/echo' : 'acme/small'
    const response = await fetch(`${town.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model,
        messages: [{ role: 'user', content: 'count these words '.repeat(place + 1) }],
        ...(customer === null
          ? {}
          : { metadata: { 'x-freehold-customer': customer }, user: customer }),
      }),
    })
    await response.text()
    await town.call(response.headers.get('x-request-id')!)
  }
}, 60_000)
afterAll(() => town.close())

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

function picodollars(usd: string): bigint {
  const [whole = '', fraction = ''] = usd.split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

test('sums by customer, calls and exports come to the same, to the last digit', async () => {
  const { code, out } = await freehold('costs', '--reconcile', '--json')
  const found = JSON.parse(out) as Record<string, unknown>
  const { total } = await town.api<CostsJson>('/api/costs')
  expect(code).toBe(0)
  expect(found).toMatchObject({
    ok: true,
    customers_usd: total.cost_usd,
    calls_usd: total.cost_usd,
    lines_usd: total.cost_usd,
    attempts: 8,
    unsplit: 0,
  })
  expect(total.cost_usd).not.toBe('0')
}, 60_000)

test('FOCUS as CSV has every cent, and no cell that a spreadsheet would run', async () => {
  const path = join(town.folder, 'focus.csv')
  const { code, err } = await freehold('export', 'focus', '--out', path)
  expect(`${code}${err}`).toBe('0')
  const [header, ...records] = readCsv(readFileSync(path, 'utf8'))
  const rows = records.map(({ fields }) =>
    Object.fromEntries(header!.fields.map((title, place) => [title, fields[place]!])),
  )
  const sum = rows.reduce((total, row) => total + picodollars(row['BilledCost']!), 0n)
  const { total } = await town.api<CostsJson>('/api/costs')
  expect(sum).toBe(picodollars(total.cost_usd))
  const meters = new Set(rows.map((row) => row['SkuMeter']))
  expect([...meters].toSorted()).toEqual(['Input Tokens', 'Output Tokens'])
  for (const row of rows) {
    expect(row['x_CustomerId']).not.toMatch(/^[=+@-]/)
    // 1:30 in the night of UTC is seven in the morning there: days begin at 18:30.
    expect(row['ChargePeriodStart']).toMatch(/T18:30:00\.000Z$/)
  }
}, 60_000)

test('FOCUS as Parquet holds the same rows, amounts as exact decimals', async () => {
  const path = join(town.folder, 'focus.parquet')
  const { code, err } = await freehold('export', 'focus', '--out', path)
  expect(`${code}${err}`).toBe('0')
  const bytes = readFileSync(path)
  expect(bytes.subarray(0, 4).toString()).toBe('PAR1')
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet')
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const { schema } = parquetMetadata(file)
  const billed = schema.find(({ name }) => name === 'BilledCost')
  expect(billed).toMatchObject({ converted_type: 'DECIMAL', scale: 12, precision: 38 })
  const rows = await parquetReadObjects({ file })
  const [header, ...records] = readCsv(readFileSync(join(town.folder, 'focus.csv'), 'utf8'))
  expect(rows.length).toBe(records.length)
  for (const [place, { fields }] of records.entries()) {
    for (const [at, title] of header!.fields.entries()) {
      const value = rows[place]![title] as string | number | bigint | null
      const text = fields[at]!
      if (typeof value === 'string' || value === null)
        expect(text.replace(/^'/, '')).toBe(value ?? '')
      else expect(Number(value)).toBeCloseTo(Number(text), 15)
    }
  }
}, 60_000)

test('OpenMetrics closes as it has to, and names are escaped', async () => {
  const path = join(town.folder, 'charged.txt')
  const { code } = await freehold('export', 'openmetrics', '--out', path)
  expect(code).toBe(0)
  const text = readFileSync(path, 'utf8')
  expect(text.endsWith('# EOF\n')).toBe(true)
  expect(text).toContain('customer="über, \\"quoted\\""')
  expect(text).toMatch(/^freehold_charged_usd\{provider="acme",model="echo".*\} 0\.\d+$/m)
}, 60_000)

test('what is called wrongly says how it is called', async () => {
  expect((await freehold('export', 'focus')).err).toContain('--out')
  expect((await freehold('export', 'cur')).code).toBe(2)
  expect((await freehold('export', 'focus', '--verify')).code).toBe(0)
}, 60_000)
