import { describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readVectors, runVectors } from './vectors.ts'

const root = join(import.meta.dir, '..')
const shared = join(root, '..', 'shared', 'data', 'economics', 'test-vectors.json')

if (!existsSync(shared))
  console.log('No vectors at ../shared/data/economics: only our own are run.')

test.skipIf(!existsSync(shared))('the shared vectors all pass', () => {
  const { passed, failed, lines } = runVectors(readVectors(shared))
  expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([])
  expect({ passed, failed }).toEqual({ passed: 94, failed: 0 })
})

const price = { in: '1', out: '2' }
const own = {
  groups: [
    {
      id: 'request-cost',
      exact: true,
      cases: [
        {
          id: 'one-hour-writes-cost-twice-the-input',
          in: { usage: { cacheWrite1h: 3 }, price: { in: '0.15', out: '1', cacheWrite: '0.2' } },
          out: {
            linesPicoUsd: { cacheWrite1h: '900000' },
            totalPicoUsd: '900000',
            totalUsd: '0.0000009',
          },
        },
        {
          id: 'search-has-no-fall-back',
          in: { usage: { input: 1, search: 1 }, price },
          out: {
            linesPicoUsd: { input: '1000000', search: null },
            totalPicoUsd: null,
            totalUsd: null,
          },
        },
      ],
    },
    {
      id: 'usage-normalise',
      exact: true,
      cases: [
        {
          id: 'cached-is-not-also-input',
          in: {
            flavour: 'openai.chat',
            usage: {
              prompt_tokens: 10,
              completion_tokens: 4,
              total_tokens: 14,
              prompt_tokens_details: { cached_tokens: 6 },
            },
          },
          out: { input: 4, cacheRead: 6, output: 4 },
        },
      ],
    },
    {
      id: 'tier-price',
      exact: true,
      cases: [
        {
          id: 'without-tiers',
          in: { promptTokens: 5, price },
          out: price,
        },
      ],
    },
    {
      id: 'price-at',
      exact: true,
      cases: [
        {
          id: 'none-matches',
          in: { schedule: [{ id: 'late', from: '2026-01-02', price }], at: '2026-01-01T00:00:00Z' },
          out: { segment: null },
        },
      ],
    },
  ],
}

test('our own vectors pass', () => {
  expect(runVectors(own).lines).toEqual([
    'request-cost: 2 of 2',
    'usage-normalise: 1 of 1',
    'tier-price: 1 of 1',
    'price-at: 1 of 1',
    '5 passed, 0 failed',
  ])
})

describe('the runner', () => {
  const cases = (out: unknown) => [{ id: 'one', in: { promptTokens: 5, price }, out }]

  test('says what it expected and what it got, and counts', () => {
    const { passed, failed, lines } = runVectors({
      groups: [{ id: 'tier-price', exact: true, cases: cases({ in: '1', out: '3' }) }],
    })
    expect([passed, failed]).toEqual([0, 1])
    expect(lines).toEqual([
      'FAIL one: expected {"in":"1","out":"3"}, got {"in":"1","out":"2"}',
      'tier-price: 0 of 1',
      '0 passed, 1 failed',
    ])
  })

  test('wants exactly the fields of the vector', () => {
    const more = runVectors({ groups: [{ id: 'tier-price', cases: cases({ in: '1' }) }] })
    const less = runVectors({
      groups: [{ id: 'tier-price', cases: cases({ ...price, cacheRead: '1' }) }],
    })
    expect([more.failed, less.failed]).toEqual([1, 1])
  })

  test('counts a group that is not built, and a case that throws, as failed', () => {
    const { lines } = runVectors({
      groups: [
        { id: 'toString', cases: cases({}) },
        { id: 'price-at', cases: [{ id: 'two', in: { schedule: [], at: 'never' }, out: {} }] },
      ],
    })
    expect(lines).toEqual([
      'FAIL one: expected {}, got "this group is not built yet"',
      'toString: 0 of 1 (not built)',
      'FAIL two: expected {}, got "thrown: Not a date: never"',
      'price-at: 0 of 1',
      '0 passed, 2 failed',
    ])
  })

  test('lets numbers differ by the share that the group allows', () => {
    const usage = { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 }
    const input = { flavour: 'openai.chat', usage }
    const group = {
      id: 'usage-normalise',
      cases: [{ id: 'n', in: input, out: { input: 1_000_001 } }],
    }
    expect(runVectors({ groups: [{ ...group, relTol: 1e-5 }] }).failed).toBe(0)
    expect(runVectors({ groups: [{ ...group, relTol: 1e-7 }] }).failed).toBe(1)
    expect(runVectors({ groups: [{ ...group, relTol: 1e-5, exact: true }] }).failed).toBe(1)
  })
})

describe('the command', () => {
  const run = (...words: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([
      process.execPath,
      join(import.meta.dir, 'vectors.ts'),
      ...words,
    ])
    return { exitCode, out: stdout.toString(), error: stderr.toString() }
  }
  const withFile = (text: string) => {
    const scratch = mkdtempSync(join(tmpdir(), 'vectors-'))
    const path = join(scratch, 'some.json')
    writeFileSync(path, text)
    const result = run(path)
    rmSync(scratch, { recursive: true })
    return result
  }

  test('ends with the totals, and fails when a case did', () => {
    expect(withFile(JSON.stringify(own))).toMatchObject({ exitCode: 0, error: '' })
    const { exitCode, out } = withFile(
      '{"groups":[{"id":"x","cases":[{"id":"c","in":1,"out":2}]}]}',
    )
    expect([exitCode, out.trimEnd().split('\n').at(-1)]).toEqual([1, '0 passed, 1 failed'])
  })

  test.each([
    ['{"groups":', 'is not JSON.'],
    ['{"groups":[{"id":"x"}]}', 'holds no vectors'],
    ['[]', 'holds no vectors'],
  ])('refuses %p with a sentence', (text, sentence) => {
    const { exitCode, error } = withFile(text)
    expect(exitCode).toBe(2)
    expect(error).toContain(sentence)
  })

  test('wants a file that is there', () => {
    expect(run()).toMatchObject({ exitCode: 2, out: '' })
    expect(run('/no/such/file')).toMatchObject({
      exitCode: 2,
      error: '/no/such/file cannot be read. Name a file of test vectors.\n',
    })
  })
})
