import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fitNeighbours, quantised } from '../../src/routing/calibrated/neighbours.ts'
import type { Routed } from '../../src/routing/calibrated/rule.ts'
import { townOf } from '../../src/routing/calibrated/town.suite.ts'
import { runCommand } from './command.ts'
import { writePolicy } from './policies.ts'
import { startTown, type Town } from './town.ts'

/** Policies that go by the prompts most like a new one, as an embeddings model sees them. */

const key = 'web-secret-0123456789'
const policyPath = join(tmpdir(), `freehold-neighbours-${process.pid}.json`)

let town: Town
beforeAll(async () => {
  const models = '[acme/small, acme/large]'
  const config = `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  dull: { type: openai-compatible, base_url: '{{dull}}' }
  house: { type: openai-compatible, base_url: '{{acme}}', data: on-premises }
prices:
  acme/small: { input: 0.01, output: 0.02 }
  acme/large: { input: 5, output: 20 }
  house/small: { input: 0.01, output: 0.02 }
  house/large: { input: 5, output: 20 }
  acme/embed: { input: 0.02 }
  dull/embed: { input: 0.02 }
tasks:
  near: { policy: learned, models: ${models}, router: ${policyPath} }
  slow: { policy: learned, models: ${models}, router: ${policyPath}.slow }
  kept: { policy: learned, models: [house/small, house/large], data: on-premises, router: ${policyPath}.kept }
keys:
  - { id: web, secret: ${key} }
`
  await writePolicies()
  town = await startTown({ config, vendors: { acme: {}, dull: { waitMs: 60_000 } } })
  town.vendors['dull']!.behave({ fault: 'no-answer' })
})
afterAll(async () => {
  await town.close()
  for (const path of [policyPath, `${policyPath}.slow`, `${policyPath}.kept`])
    rmSync(path, { force: true })
})

const hard = 'derive the general law of tides and show each step'
const easy = 'name a colour of wool'

/** Sends to the strong model what is like prompts on which it gained. */
async function writePolicies(): Promise<void> {
  const { embed } = await import('../../simulator/embedding.ts')
  const seen = [hard, easy].flatMap((prompt) =>
    [0, 1, 2].map((fold) => ({
      id: `${prompt.split(' ')[0]}-${fold}`,
      vector: quantised([...embed(prompt, 256, 7)])!,
      fold,
      cheap: prompt === hard ? 0 : 1,
      strong: 1,
    })),
  )
  for (const [path, model, provider] of [
    [policyPath, 'acme/embed', 'acme'],
    [`${policyPath}.slow`, 'dull/embed', 'acme'],
    [`${policyPath}.kept`, 'acme/embed', 'house'],
  ] as const) {
    const part = {
      head: null,
      cost: null,
      dense: { bias: -7.5, weights: Float64Array.from([0, 10, 0, 0]) },
    }
    const rule: Routed = {
      method: 'prompt-route',
      cheap: `${provider}/small`,
      second: null,
      strong: `${provider}/large`,
      threshold: 0,
      direct: null,
      scorer: {
        reads: { words: false, answer: false, keys: [], second: false, neighbours: true },
        goal: 'benefit',
        thrift: 0,
        seed: 1,
        parts: [part, part, part],
        neighbours: fitNeighbours(model, seen),
      },
    }
    writePolicy(path, rule)
  }
}

async function chat(model: string, content: string) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  })
  const id = response.headers.get('x-request-id')!
  const cost = response.headers.get('x-freehold-cost-usd')
  const by = response.headers.get('x-freehold-model')
  await response.text()
  return { status: response.status, by, cost, call: await town.call(id) }
}

describe('a call under a policy that goes by neighbours', () => {
  test('is decided by what became of prompts like it, and pays for their likeness', async () => {
    const [first, second] = [await chat('near', hard), await chat('near', easy)]
    expect([first.status, first.by]).toEqual([200, 'acme/large'])
    expect([second.status, second.by]).toEqual([200, 'acme/small'])
    for (const { call, cost } of [first, second]) {
      const [asked, served] = call.attempts
      expect(call.attempts.length).toBe(2)
      expect(asked).toMatchObject({ model: 'embed', role: 'cascade_step', operation: 'embed' })
      expect(served).toMatchObject({ role: 'served', operation: 'chat' })
      const whole = Number(asked!.cost_usd) + Number(served!.cost_usd)
      expect(Number(asked!.cost_usd)).toBeGreaterThan(0)
      expect(Number(cost)).toBeCloseTo(whole, 12)
    }
  })

  test('goes to the strong model when nobody embeds it in time', async () => {
    const { status, by, call } = await chat('slow', easy)
    expect([status, by]).toEqual([200, 'acme/large'])
    expect(call.attempts.map(({ end_state: end }) => end)).toEqual(['timeout', 'complete'])
    expect(String(call.attempts[1]!['reason'])).toContain('no embedding')
  })

  test('shows its prompt to nobody whom the task does not permit', async () => {
    const { status, by, call } = await chat('kept', easy)
    expect([status, by, call.attempts.length]).toEqual([200, 'house/large', 1])
    expect(String(call.attempts[0]!['reason'])).toContain('embeddings of acme/embed')
  })
})

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

describe('a calibration with embeddings', () => {
  test('asks for each prompt once, pays for it in every saving, and explains itself by neighbours', async () => {
    const rows = townOf({ rows: 700, seed: 3, easy: 0.95, hard: 0.1, strong: 0.95 })
    const lines = rows.map(({ id, prompt, results }) => {
      const plain = [...results].map(([model, { score, costUsd }]) => [
        model,
        { score, cost_usd: costUsd },
      ])
      return JSON.stringify({ id, prompt, results: Object.fromEntries(plain) })
    })
    const table = join(town.folder, 'table.jsonl')
    writeFileSync(table, `${lines.join('\n')}\n`)
    const words = ['route', 'calibrate', '--table', table, '--cheap', 'small', '--strong', 'large']
    const before = asked()
    const made = await freehold(...words, '--embeddings', 'acme/embed', '--out', 'p.json')
    expect([made.code, made.err]).toEqual([0, expect.stringContaining('Embedding 700 prompts')])
    expect(asked() - before).toBe(22)
    const again = await freehold(
      ...words,
      '--embeddings',
      'acme/embed',
      '--out',
      'p.json',
      '--json',
    )
    expect([again.code, again.err, asked() - before]).toEqual([0, '', 22])
    const policy = JSON.parse(readFileSync(join(town.folder, 'p.json'), 'utf8')) as {
      readonly embeddings: string
      readonly method: string
      readonly candidate: string
      readonly forecasts: readonly { readonly method: string }[]
    }
    expect(policy).toMatchObject({ embeddings: 'acme/embed', method: 'prompt-route' })
    expect(policy.candidate).toContain('neighbours')
    const told = await freehold('route', 'explain', '--policy', policyPath, '--prompt', hard)
    expect([told.code, told.out]).toEqual([0, expect.stringContaining('derive-')])
    const tested = await freehold('route', 'test', '--policy', 'p.json', '--table', table, '--json')
    expect(tested.code).toBe(0)
    const totals = JSON.parse(tested.out) as Record<string, number>
    expect(totals['escalated']).toBeWithin(0.2, 0.8)
  }, 60_000)
})

function asked(): number {
  return town.vendors['acme']!.history().filter(({ path }) => path.endsWith('/embeddings')).length
}
