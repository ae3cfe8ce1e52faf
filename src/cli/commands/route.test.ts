import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row } from '../../routing/calibrated/table.ts'
import { townOf } from '../../routing/calibrated/town.suite.ts'
import { run } from '../main.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-route-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string) => join(folder, name)

function write(name: string, rows: readonly Row[], change = (line: string) => line): string {
  const lines = rows.map(({ id, prompt, results }) => {
    const plain = [...results].map(([model, { score, costUsd, response }]) => [
      model,
      { score, cost_usd: costUsd, ...(model === 'small' && response ? { response } : {}) },
    ])
    return change(JSON.stringify({ id, prompt, results: Object.fromEntries(plain) }))
  })
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`)
  writeFileSync(at(name), name.endsWith('.gz') ? Bun.gzipSync(bytes) : bytes)
  return at(name)
}

async function route(...words: string[]) {
  return routeWith(new AbortController().signal, ...words)
}

async function routeWith(signal: AbortSignal, ...words: string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run({
    argv: ['route', ...words],
    env: {},
    print: {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      colour: false,
      width: null,
    },
    signal,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const town = { easy: 0.93, hard: 0.3, strong: 0.92 }
const models = ['--cheap', 'small', '--strong', 'large']

describe('a table becomes a policy', () => {
  test('that another table tests, and that explains itself', async () => {
    const table = write('one.jsonl.gz', townOf({ ...town, rows: 2_200, seed: 2 }))
    const other = write('other.jsonl', townOf({ ...town, rows: 1_000, seed: 3 }))
    const policy = at('policy.json')
    const made = await route('calibrate', '--table', table, ...models, '--out', policy)
    expect([made.code, made.err]).toEqual([0, ''])
    expect(made.out).toContain('with 95.0 % confidence')
    const tested = await route('test', '--policy', policy, '--table', other, '--json')
    expect([tested.code, tested.err]).toEqual([0, ''])
    expect(tested.out).not.toContain('\n')
    const told = JSON.parse(tested.out) as Record<string, number | string>
    expect(told['rows']).toBe(1_000)
    expect(told['quality_ratio']).toBeGreaterThan(0.94)
    expect(told['saving']).toBeWithin(0.2, 1)
    expect(told['escalated']).toBeWithin(0.05, 0.8)
    expect(told['cost_usd']).toBeLessThan(told['cost_strong_usd'] as number)
    expect(told['method']).not.toBe('static')
    const explained = await route('explain', '--policy', policy, '--prompt', 'Name a colour.')
    expect([explained.code, explained.err]).toEqual([0, ''])
    expect(explained.out).toContain('small')
    expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([])
  }, 30_000)

  test('that is one model where nothing is to be routed, and exits 0', async () => {
    const rows = townOf({ rows: 300, seed: 5, easy: 0.97, hard: 0.95, strong: 0.6 })
    const table = write('better.jsonl', rows)
    const policy = at('static.json')
    const made = await route('calibrate', '--table', table, ...models, '--out', policy, '--json')
    expect(made.code).toBe(0)
    expect(JSON.parse(made.out)).toMatchObject({ method: 'static', model: 'small' })
    const tested = await route('test', '--policy', policy, '--table', table, '--json')
    expect(JSON.parse(tested.out)).toMatchObject({ method: 'static', escalated: 0, rows: 300 })
    const told = await route('explain', '--policy', policy, '--prompt', 'x')
    expect(told.out).toContain('every prompt goes to small')
  })

  test('that says how many rows are missing', async () => {
    const table = write('few.jsonl', townOf({ ...town, rows: 30, seed: 7 }))
    const made = await route('calibrate', '--table', table, ...models, '--out', at('few.json'))
    expect(made.code).toBe(0)
    expect(made.out).toMatch(/No routing: use large\.[^]*There are 30 rows[^]*takes about \d+/)
  })
})

describe('what is wrong is said in a sentence', () => {
  const rows = townOf({ ...town, rows: 100, seed: 1 })
  const cases: readonly [string, () => string, string][] = [
    [
      'a model that is not there',
      () => write('a.jsonl', rows, (line) => line.replaceAll('small', 'tiny')),
      'It has those of: tiny, large',
    ],
    [
      'no costs',
      () => write('b.jsonl', rows, (line) => line.replaceAll('cost_usd', 'cost')),
      'line 1: the cost_usd of small is missing',
    ],
    [
      'costs of nothing',
      () => write('c.jsonl', rows, (line) => line.replaceAll('0.0002', '0')),
      'nothing to save',
    ],
    [
      'NaN',
      () => write('d.jsonl', rows, (line) => line.replace(/"score":\d/, '"score":NaN')),
      'holds NaN',
    ],
    [
      'scores that are all the same',
      () => write('e.jsonl', rows, (line) => line.replaceAll(/"score":\d/g, '"score":1')),
      'All scores of',
    ],
    [
      'scores beyond 1',
      () => write('f.jsonl', rows, (line) => line.replace(/"score":\d/, '"score":7')),
      'between 0 and 1',
    ],
    ['no rows', () => write('g.jsonl', []), 'has no rows'],
    ['no JSON', () => write('h.jsonl', rows, () => 'hello'), 'line 1: it is no JSON object'],
    [
      'half a gzip file',
      () => {
        const whole = readFileSync(write('i.jsonl.gz', rows))
        writeFileSync(at('j.jsonl.gz'), whole.subarray(0, whole.length / 2))
        return at('j.jsonl.gz')
      },
      'no whole gzip file',
    ],
    ['no file', () => at('nowhere.jsonl'), 'there is no such file'],
  ]
  test.each(cases)('%s', async (_what, table, says) => {
    const out = at('bad.json')
    const made = await route('calibrate', '--table', table(), ...models, '--out', out)
    expect(made.err).toContain(says)
    expect(made.code).toBe(1)
    expect(existsSync(out)).toBe(false)
  })

  test.each([
    [['calibrate', '--strong', 'large'], '--cheap'],
    [['calibrate', '--cheap', 'small', '--strong', 'small'], 'both cheap and strong'],
    [['calibrate', ...models, '--quality', '95'], 'between 0 and 1'],
    [['calibrate', ...models, '--quality', '1'], 'Ask for 0.99'],
    [['calibrate', ...models, '--confidence', '0.4'], 'between 0.5 and 1'],
    [['calibrate', ...models, '--seed', 'x'], '--seed'],
    [['calibrate', ...models], '--table'],
    [['test', '--prompt', 'x'], '--prompt'],
    [['paint'], 'calibrate, test, explain and status'],
  ])('%p is called wrongly', async (words, says) => {
    const made = await route(...words)
    expect(made.code).toBe(2)
    expect(made.err).toContain(says)
  })

  test('a policy that is none, of another version, or changed by hand', async () => {
    const table = write('policy.jsonl', rows)
    const policy = at('changed.json')
    await route('calibrate', '--table', table, ...models, '--out', policy)
    const text = readFileSync(policy, 'utf8')
    for (const [changed, says] of [
      ['{}', 'no routing policy'],
      ['hello', 'no JSON'],
      [text.replace('"version": 1', '"version": 9'), 'version 9'],
      [text.replace('"model": "large"\n', '"model": "small"\n'), 'changed after it was certified'],
    ] as const) {
      writeFileSync(policy, changed)
      const tested = await route('test', '--policy', policy, '--table', table)
      expect([says, tested.code, tested.err.includes(says)]).toEqual([says, 1, true])
    }
  })

  test('Ctrl-C stops it before anything is written', async () => {
    const table = write('stopped.jsonl', townOf({ ...town, rows: 2_000, seed: 1 }))
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 30)
    const out = at('stopped.json')
    const made = await routeWith(
      stop.signal,
      'calibrate',
      '--table',
      table,
      ...models,
      '--out',
      out,
    )
    expect(made.code).toBe(1)
    expect(made.err).toContain('nothing was written')
    expect(existsSync(out)).toBe(false)
  })
})
