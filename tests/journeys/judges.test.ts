import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** Evaluations that ask a model to judge: it is calibrated by what people said, or nothing is concluded. */
let town: Town
let vendor: ReturnType<typeof startVendor>

beforeAll(async () => {
  vendor = startVendor()
  town = await startTown({
    config: `
providers:
  birch: { type: openai-compatible, base_url: '${vendor.url}/v1' }
  openai: { base_url: '${vendor.url}/v1', api_key: sk-not-a-key-of-anybody }
tasks:
  support: openai/gpt-4o-mini
  rated:
    policy: cascade
    models: [birch/weak, birch/strong]
    guarantee: { quality: 0.9, confidence: 0.95, evals: rated.yaml }
prices:
  birch/strong: { input: 1, output: 4 }
  birch/weak: { input: 0.1, output: 0.4 }
  birch/judge: { input: 2, output: 8 }
`,
  })
  const rows = Array.from({ length: 150 }, (_, index) =>
    JSON.stringify({ id: `c${index}`, q: `q${index}` }),
  )
  put('cases.jsonl', rows)
  const labels = Array.from({ length: 120 }, (_, index) =>
    JSON.stringify({
      question: `q${index}`,
      answer: answerOf('strong', `l${index}`, 0.6),
      label: answerOf('strong', `l${index}`, 0.6).startsWith('good') ? 'pass' : 'fail',
    }),
  )
  put('labels.jsonl', labels)
  put('few.jsonl', labels.slice(0, 20))
})
afterAll(async () => {
  await town.close()
  await vendor.stop()
})

function put(name: string, lines: readonly string[]): void {
  writeFileSync(join(town.folder, name), lines.join('\n'))
}

function suite(name: string, grader: string): void {
  put(name, [
    `name: ${name}`,
    "prompt: 'Say something good about {{q}}.'",
    'cases: file://cases.jsonl',
    'margin: 0.1',
    `graders: [${grader}]`,
  ])
}

/** From 0 to 1, the same for the same words. */
function chance(words: string): number {
  return Number(Bun.hash.wyhash(words) % 1_000_003n) / 1_000_003
}

/** Strong answers are good nine times of ten, weak ones five. */
function answerOf(model: string, asked: string, share = model === 'weak' ? 0.5 : 0.9): string {
  return `${chance(`${model} ${asked}`) < share ? 'good' : 'bad'} answer to ${asked}`
}

/** A vendor of a strong model, a weak one, and a judge that is right on 90 % of the good and 80 % of the bad. */
function startVendor() {
  const models: string[] = []
  const server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      const { model, messages } = (await request.json()) as {
        readonly model: string
        readonly messages: readonly { readonly role: string; readonly content: string }[]
      }
      models.push(model)
      const words = messages.at(-1)!.content
      const content = model === 'judge' ? verdictOn(words) : answerOf(model, words)
      return Response.json({
        id: crypto.randomUUID(),
        object: 'chat.completion',
        created: 1,
        model,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      })
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, models, stop: () => server.stop(true) }
}

function verdictOn(words: string): string {
  if (words.includes('[first answer'))
    return JSON.stringify({ reason: 'It stands first.', better: 'first' })
  const [, answer = ''] = /\[answer \w+\]\n([\s\S]*?)\n\[end of answer/.exec(words) ?? []
  const right = answer.startsWith('good')
    ? chance(`judge ${answer}`) < 0.9
    : chance(`judge ${answer}`) < 0.2
  return JSON.stringify({ reason: 'So it seems.', score: right ? 5 : 1 })
}

interface Report {
  readonly conclusive: boolean
  readonly models: readonly {
    readonly model: string
    readonly score: {
      readonly mean: number
      readonly interval: readonly [number, number]
      readonly method: string
    }
    readonly grading_usd: string
  }[]
  readonly comparisons: readonly {
    readonly verdict: string
    readonly says: string
    readonly wins: number
    readonly losses: number
    readonly ties: number
  }[]
  readonly judge: {
    readonly no_verdict: string | null
    readonly said: Readonly<Record<string, { readonly mean: number }>>
    readonly calibration_usd: string | null
    readonly calibration: {
      readonly labels: number
      readonly tpr: { readonly estimate: number }
      readonly position_bias: { readonly estimate: number } | null
    } | null
  }
}

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

const both = ['--models', 'birch/strong,birch/weak']

describe('a judge', () => {
  const rubric = "{ type: rubric, rubric: 'The answer is good.', judge: birch/judge"

  test('that nobody has calibrated gives figures, and no verdict', async () => {
    suite('bare.yaml', `${rubric} }`)
    const { code, out } = await freehold('eval', 'bare.yaml', ...both, '--json')
    const report = JSON.parse(out) as Report
    expect([code, report.conclusive, report.comparisons[0]!.verdict]).toEqual([
      1,
      false,
      'no verdict',
    ])
    expect(report.judge.no_verdict).toContain('50 to 200 answers')
    expect(report.models[0]!.score.mean).toBeGreaterThan(0.6)
    suite('some.yaml', `${rubric}, labels: few.jsonl }`)
    const some = await freehold('eval', 'some.yaml', ...both)
    expect(some.out).toContain('30 more are missing')
  }, 60_000)

  test('that is calibrated has its errors reckoned out, is on the ledger as a judge, and is paid once', async () => {
    suite('rated.yaml', `${rubric}, labels: labels.jsonl }`)
    const first = await freehold('eval', 'rated.yaml', ...both, '--json')
    expect([first.code, first.err]).toEqual([0, ''])
    const { models, comparisons, judge } = JSON.parse(first.out) as Report
    const [strong, weak] = models as [Report['models'][number], Report['models'][number]]
    expect([strong.score.method, weak.score.method]).toEqual(['rogan-gladen', 'rogan-gladen'])
    expect(strong.score.interval[0]).toBeLessThan(0.9)
    expect(strong.score.interval[1]).toBeGreaterThan(0.9)
    expect(weak.score.interval[0]).toBeLessThan(0.5)
    expect(weak.score.interval[1]).toBeGreaterThan(0.5)
    // The judge makes them look more alike than they are.
    const [seen, is] = [
      judge.said['birch/strong']!.mean - judge.said['birch/weak']!.mean,
      strong.score.mean - weak.score.mean,
    ]
    expect(is).toBeGreaterThan(seen)
    expect(comparisons[0]!.verdict).toBe('worse')
    expect(judge.calibration).toMatchObject({ labels: 120, position_bias: null })
    expect(Number(strong.grading_usd)).toBeGreaterThan(0)
    expect(Number(judge.calibration_usd)).toBeGreaterThan(0)
    const { total } = await town.api<{ total: { calls: number; cost_usd: string } }>(
      '/api/costs?by=feature&feature=judge',
    )
    expect(total.calls).toBeGreaterThanOrEqual(300)
    expect(Number(total.cost_usd)).toBeGreaterThan(0)

    const before = vendor.models.length
    const again = await freehold('eval', 'rated.yaml', ...both)
    expect(vendor.models.length).toBe(before)
    expect(again.out).toContain('120 labels: TPR')
    expect(again.out).toContain('Valid until')
  }, 60_000)

  test('is named by a policy that rests on its word, with what that leaves out', async () => {
    const words = ['route', 'calibrate', '--task', 'rated', '--yes'] as const
    const said = await freehold(...words)
    expect([said.code, said.err]).toEqual([
      0,
      expect.stringContaining('that birch/judge calls right'),
    ])
    const { err, out } = await freehold(...words, '--json')
    expect(err).toBe('')
    const { evals } = JSON.parse(out) as { evals: { graders: string[]; judges: string[] } }
    expect(evals).toMatchObject({ graders: ['rubric'], judges: ['birch/judge'] })
  }, 60_000)

  test('of pairs that prefers the first place finds identical answers, and all others, a tie', async () => {
    suite('pairs.yaml', '{ type: pairwise, judge: birch/judge, against: birch/strong }')
    const { out } = await freehold('eval', 'pairs.yaml', ...both, '--limit', '40', '--json')
    const { comparisons } = JSON.parse(out) as Report
    expect(comparisons[0]).toMatchObject({ wins: 0, losses: 0, ties: 40 })
  }, 60_000)

  test('may not grade its own family, and nobody is asked before that is said', async () => {
    suite('family.yaml', "{ type: rubric, rubric: 'Good.', judge: openai/gpt-4o }")
    const before = vendor.models.length
    const refused = await freehold('eval', 'family.yaml', '--models', 'support,birch/weak')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('openai/gpt-4o would judge the answers of openai/gpt-4o-mini')
    expect(vendor.models.length).toBe(before)
  }, 60_000)
})
