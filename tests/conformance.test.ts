import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeGateway, type Gateway } from '../src/compose/gateway.ts'
import { RecordedUpstream } from '../src/conformance/recorded-upstream.ts'
import { type RecordedRun, tryRecorded } from '../src/conformance/recorded.ts'
import type { Exchange, Traffic } from '../src/conformance/traffic.ts'
import { openaiChat } from '../src/dialects/openai-chat/index.ts'
import { providers } from '../src/providers/index.ts'
import { runCommand } from './journeys/command.ts'
import { trafficOf } from './traffic/exchange.ts'

const root = join(import.meta.dir, '..')
const folder = mkdtempSync(join(tmpdir(), 'freehold-conformance-'))
const deepseek = providers.get('deepseek')!

const command = (...words: readonly string[]) =>
  runCommand(['conformance', ...words], { cwd: folder })

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('all that is recorded comes through, and the page in docs says so', async () => {
  const page = join(folder, 'page.md')
  const { out, err, code } = await command('--recorded', '--json', '--write', page)
  const matrix = JSON.parse(out) as { passed: number; failed: number; providers: unknown[] }
  expect({ code, err, failed: matrix.failed }).toEqual({ code: 0, err: '', failed: 0 })
  expect(matrix.passed).toBeGreaterThan(1_000)
  expect(matrix.providers.length).toBeGreaterThan(30)
  const written = readFileSync(join(root, 'docs', 'conformance.md'), 'utf8')
  expect(readFileSync(page, 'utf8')).toBe(written)
}, 60_000)

test('a live provider is asked through the gateway, and what it cannot do is said', async () => {
  const { out, code } = await command('sim/small', '--json')
  const {
    model,
    passed,
    providers: rows,
  } = JSON.parse(out) as {
    model: string
    passed: number
    providers: [{ cells: Record<string, { passed: number }> }]
  }
  expect({ code, model }).toEqual({ code: 1, model: 'sim/small' })
  expect(passed).toBeGreaterThan(3)
  for (const check of ['schema', 'embeddings', 'errors', 'abort'])
    expect([check, rows[0].cells[check]?.passed]).toEqual([check, 1])
}, 60_000)

test.each([
  ['nothing', [], 2, /Name a provider/],
  ['nobody that is known', ['--recorded', 'nobody'], 2, /Nothing is recorded of nobody/],
  ['nobody that is live', ['openai'], 1, /openai is not live in this configuration/],
  ['a page of live answers', ['sim', '--write', 'page.md'], 2, /--write takes the recorded matrix/],
] as const)('%s is no provider to try', async (_what, words, expected, says) => {
  const { err, code } = await command(...words)
  expect(code).toBe(expected)
  expect(err).toMatch(says)
})

describe('a recording that does not come through', () => {
  let gateway: Gateway
  let run: RecordedRun
  const traffic = trafficOf(deepseek)!

  beforeAll(async () => {
    const configPath = join(folder, 'freehold.yaml')
    writeFileSync(configPath, 'providers: { deepseek: { api_key: recorded-key-0123456789 } }\n')
    const upstream = new RecordedUpstream()
    gateway = await composeGateway({ configPath, env: {}, port: 0, log: () => {}, upstream })
    run = {
      url: gateway.url,
      key: readFileSync(gateway.adminKeyPath, 'utf8').trim(),
      pathOf: () => '/v1/chat/completions',
      upstream,
      dialects: new Map([[openaiChat.id, openaiChat]]),
      signal: new AbortController().signal,
      begins: () => gateway.forgetHealth(),
    }
  })

  afterAll(() => gateway.stop())

  const first = (shows: string): Exchange =>
    traffic.exchanges.find((exchange) => exchange.shows === shows && exchange.from === undefined)!

  test.each([
    ['another text', 'plain', { text: 'Something else.' }, /text: /],
    ['another count', 'plain', { usage: { input: 1, output: 1 } }, /tokens in: /],
    ['another end', 'plain', { finish: 'length' }, /finish: /],
    ['another call', 'tools', { calls: [{ id: 'a', name: 'other', input: {} }] }, /tool calls: /],
    [
      'an error that is another',
      'rate',
      { error: 'quota', told: 503 },
      /the caller saw 429, not 503/,
    ],
    ['an answer for an error', 'plain', { error: 'vendor' }, /passed on as an answer/],
    ['an end for a cut', 'stream', { cut: true }, /instead of|broke|502|as if whole/],
  ] as const)('is told: %s', async (_what, shows, changes, says) => {
    const exchange = first(shows)
    const wrong: Traffic = {
      ...traffic,
      exchanges: [{ ...exchange, out: { ...exchange.out, ...changes } as Exchange['out'] }],
    }
    const trials = []
    for await (const trial of tryRecorded(deepseek, wrong, run)) trials.push(trial)
    expect(trials[0]?.outcome).toMatchObject({ kind: 'failed', why: expect.stringMatching(says) })
  })
})
