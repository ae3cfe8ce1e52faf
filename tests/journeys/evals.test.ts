import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ended, startCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** `freehold eval`: what models know, what it costs to find out, and that nothing is asked twice. */
let town: Town

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  sums: acme/small
prices:
  acme/small: { input: 0.1, output: 0.4 }
  acme/medium: { input: 1, output: 4 }
  acme/large: { input: 5, output: 20 }
`,
    vendors: { acme: {} },
  })
  mkdirSync(join(town.folder, 'evals'))
  put(
    'evals/sums.jsonl',
    sums(400)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  )
  put(
    'evals/sums.yaml',
    `name: sums
prompt: 'What is {{a}} * {{b}}?'
cases: file://sums.jsonl
margin: 0.05
graders: [numeric]
`,
  )
})
afterAll(() => town.close())

function sums(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const [a, b] = [11 + (index % 89), 2 + Math.floor(index / 7)]
    return { id: `s${index}`, a, b, expected: a * b, session: `u${index % 200}` }
  })
}

function put(path: string, text: string, folder = town.folder): void {
  writeFileSync(join(folder, path), text)
}

const start = (words: readonly string[], cwd = town.folder) => startCommand(words, { cwd })

const freehold = (...words: readonly string[]) => ended(start(words))

interface EstimateJson {
  readonly mean: number
  readonly interval: readonly [number, number]
  readonly n: number
  readonly clusters: number
}
interface ReportJson {
  readonly calls: number
  readonly kept: number
  readonly spent_usd: string
  readonly conclusive: boolean
  readonly models: readonly {
    readonly model: string
    readonly score: EstimateJson
    readonly missing: Readonly<Record<string, number>>
    readonly cost_per_1000_usd: string | null
  }[]
  readonly comparisons: readonly {
    readonly model: string
    readonly verdict: string
    readonly more_cases: number
  }[]
  readonly results: readonly {
    readonly id: string
    readonly expected: number
    readonly answers: readonly {
      readonly model: string
      readonly answer: { readonly text: string }
      readonly grade: { readonly score: number }
    }[]
  }[]
}

async function report(...words: readonly string[]): Promise<ReportJson> {
  const { code, out, err } = await freehold('eval', ...words, '--json')
  expect([code, err]).toEqual([0, ''])
  expect(out.trim().split('\n').length).toBe(1)
  return JSON.parse(out) as ReportJson
}

function askedOfVendor(): number {
  return town.vendors['acme']!.history().length
}

describe('models of known quality', () => {
  test('are told apart, with intervals, costs to the picodollar and every answer', async () => {
    const before = askedOfVendor()
    const whole = await report(
      'evals/sums.yaml',
      '--models',
      'acme/large,acme/medium,acme/small',
      '--out',
      'sums.json',
    )
    expect([whole.calls, whole.kept, whole.conclusive]).toEqual([1_200, 0, true])
    expect(askedOfVendor() - before).toBe(1_200)

    // The simulator's models are right on 94.5 %, 84 % and 70.5 % of such questions.
    const truth = { 'acme/large': 0.945, 'acme/medium': 0.84, 'acme/small': 0.705 }
    expect(whole.models.map(({ model }) => model).toSorted()).toEqual(Object.keys(truth))
    for (const { model, score } of whole.models) {
      const right = truth[model as keyof typeof truth]
      expect(score).toMatchObject({ n: 400, clusters: 200 })
      expect(score.interval[0]).toBeLessThan(right + 0.03)
      expect(score.interval[1]).toBeGreaterThan(right - 0.03)
      expect(score.interval[1] - score.interval[0]).toBeLessThan(0.12)
    }
    expect(whole.comparisons.map(({ verdict }) => verdict)).toEqual(['worse', 'worse'])

    // Graded once more, by hand: what stands behind the sign of equality.
    const { results } = JSON.parse(
      readFileSync(join(town.folder, 'sums.json'), 'utf8'),
    ) as ReportJson
    expect(results.flatMap(({ answers }) => answers)).toHaveLength(1_200)
    for (const { expected, answers } of results)
      for (const { answer, grade } of answers) {
        const said = Number(/= (-?\d+)\.$/.exec(answer.text)?.[1])
        expect(grade.score).toBe(said === expected ? 1 : 0)
      }

    const { total } = await town.api<{ total: { cost_usd: string; calls: number } }>(
      '/api/costs?feature=eval&since=1d',
    )
    expect([total.calls, total.cost_usd]).toEqual([1_200, whole.spent_usd])
  })

  test('are not asked again what they have answered', async () => {
    const before = askedOfVendor()
    const again = await report('evals/sums.yaml', '--models', 'acme/large,acme/small')
    expect([again.calls, again.kept, again.spent_usd]).toEqual([800, 800, '0'])
    expect(askedOfVendor()).toBe(before)
    const anew = await report(
      'evals/sums.yaml',
      '--models',
      'acme/small',
      '--no-cache',
      '--limit',
      '20',
    )
    expect([anew.calls, anew.kept]).toEqual([20, 0])
    expect(askedOfVendor()).toBe(before + 20)
  })

  test('become a table that routing is calibrated from', async () => {
    const files = ['--html', 'sums.html', '--table', 'sums.jsonl.gz']
    const { code, out } = await freehold(
      'eval',
      'evals/sums.yaml',
      '--models',
      'acme/large,acme/small',
      ...files,
    )
    expect(code).toBe(0)
    expect(out).toContain(
      'acme/small is worse than acme/large by more than the margin of 5 points.',
    )
    const page = readFileSync(join(town.folder, 'sums.html'), 'utf8')
    expect(page).toContain('acme/small is worse than acme/large')
    const words = [
      'route',
      'calibrate',
      '--table',
      'sums.jsonl.gz',
      '--cheap',
      'acme/small',
      '--strong',
      'acme/large',
      '--json',
    ]
    const calibrated = await freehold(...words)
    expect(calibrated.code).toBe(0)
    expect(JSON.parse(calibrated.out)).toMatchObject({ out: 'policy.json' })
  })
})

describe('a run', () => {
  test('that is stopped goes on where it was', async () => {
    put(
      'evals/slow.yaml',
      readFileSync(join(town.folder, 'evals/sums.yaml'), 'utf8').replace(
        'name: sums',
        'name: slow\nsystem: Answer.',
      ),
    )
    const vendor = town.vendors['acme']!
    vendor.behave({ model: 'small', fault: 'slow-headers', waitMs: 20 })
    const before = askedOfVendor()
    const words = [
      'eval',
      'evals/slow.yaml',
      '--models',
      'acme/small',
      '--limit',
      '120',
      '--concurrency',
      '2',
    ]
    const child = start(words)
    while (askedOfVendor() < before + 20) await Bun.sleep(5)
    child.kill('SIGINT')
    const { code, err } = await ended(child)
    vendor.behave({ model: 'small', fault: 'none' })
    expect(code).toBe(1)
    expect(err).toMatch(
      /Stopped after \d+ of 120 calls\. What was answered is kept: run the same again to go on\./,
    )
    const whole = await report(...words.slice(1))
    expect(whole.calls).toBe(120)
    expect(whole.kept).toBeGreaterThanOrEqual(18)
    // Those that were under way when it was stopped are asked again, and no others.
    expect(askedOfVendor() - before).toBeLessThanOrEqual(122)
  })

  test('that asks all anew goes on where it was when it is told so, and not with older answers', async () => {
    const vendor = town.vendors['acme']!
    vendor.behave({ model: 'small', fault: 'slow-headers', waitMs: 20 })
    const before = askedOfVendor()
    const options = ['--models', 'acme/small', '--limit', '60', '--concurrency', '2', '--no-cache']
    const child = start(['eval', 'evals/slow.yaml', ...options])
    while (askedOfVendor() < before + 20) await Bun.sleep(5)
    child.kill('SIGINT')
    const { code, err } = await ended(child)
    vendor.behave({ model: 'small', fault: 'none' })
    expect([code, err]).toEqual([1, expect.stringContaining('with --no-cache --resume')])
    const whole = await report('evals/slow.yaml', ...options, '--resume')
    expect(whole.kept).toBeGreaterThanOrEqual(18)
    expect(whole.kept).toBeLessThan(60)
    expect(askedOfVendor() - before).toBeLessThanOrEqual(62)
    const { code: ready, err: why } = await freehold(
      'eval',
      'evals/slow.yaml',
      ...options,
      '--resume',
    )
    expect([ready, why]).toEqual([
      1,
      expect.stringContaining('No run of slow was stopped before its end.'),
    ])
  })

  test('waits for a vendor that is full', async () => {
    town.vendors['acme']!.behave({ model: 'medium', fault: 'http-429-retry-after-ms', times: 6 })
    put(
      'evals/full.yaml',
      `prompt: 'Reply with exactly: {{word}}'
cases: [{ word: red, expected: red }, { word: blue, expected: blue }, { word: green, expected: green }]
graders: [exact]
`,
    )
    const whole = await report('evals/full.yaml', '--models', 'acme/medium')
    expect(whole.models[0]).toMatchObject({ score: { n: 3 }, missing: {} })
  })

  test('says what has no verdict, and concludes nothing from less than half', async () => {
    put('evals/broken.ts', 'export default () => { throw new Error("no luck today") }')
    put(
      'evals/broken.yaml',
      `prompt: 'Reply with exactly: {{word}}'
cases: [{ word: red }, { word: blue }, { word: green }]
graders: [{ type: code, file: 'file://broken.ts' }]
`,
    )
    const { code, out } = await freehold(
      'eval',
      'evals/broken.yaml',
      '--models',
      'acme/small,acme/large',
    )
    expect(code).toBe(1)
    expect(out).toContain(
      'acme/small: 3 of 3 cases have no verdict. That is more than half, so nothing is concluded about it.',
    )
    expect(out).toContain('3: code: The code failed: no luck today')
    expect(out).toContain('There is no verdict on acme/large')
  })

  test('takes cases from calls that were made, but for those of evaluations', async () => {
    for (const word of ['one', 'two', 'three']) {
      const response = await fetch(`${town.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${town.adminKey}`, 'x-freehold-session': 'anna' },
        body: JSON.stringify({
          model: 'sums',
          messages: [{ role: 'user', content: `Reply with exactly: ${word}` }],
        }),
      })
      await town.call(response.headers.get('x-request-id')!)
    }
    put(
      'evals/logged.yaml',
      'task: sums\nfrom_calls: { since: 1h }\ngraders: [{ type: exact, ignore_case: true }]\n',
    )
    const whole = await report(
      'evals/logged.yaml',
      '--models',
      'acme/large',
      '--out',
      'logged.json',
    )
    expect(whole.models[0]!.score).toMatchObject({ n: 3, clusters: 1 })
    const { results } = JSON.parse(
      readFileSync(join(town.folder, 'logged.json'), 'utf8'),
    ) as ReportJson
    expect(results.length).toBe(3)
  })

  test('asks a task as well, and again once it is bound to another model', async () => {
    const first = await report('evals/full.yaml', '--models', 'sums')
    expect(first.kept).toBe(0)
    expect((await report('evals/full.yaml', '--models', 'sums')).kept).toBe(3)
    const { code } = await freehold('swap', 'sums', 'acme/large')
    expect(code).toBe(0)
    expect((await report('evals/full.yaml', '--models', 'sums')).kept).toBe(0)
  })
})

test("promptfoo's file is read as it is", async () => {
  put(
    'promptfoo.yaml',
    `
prompts: ['What is {{a}} * {{b}}?']
providers: [openai:gpt-4o]
tests:
  - vars: { a: 3, b: 4 }
    assert: [{ type: contains, value: '12' }, { type: javascript, value: 'file://check.ts' }]
  - vars: { a: 5, b: 5 }
    assert: [{ type: icontains, value: '25' }]
  - vars: { a: 6, b: 6 }
    assert: [{ type: rouge-n, value: '36' }]
`,
  )
  put(
    'check.ts',
    'export default (output: string, { vars }: { vars: { a: number } }) => output.includes(String(vars.a))',
  )
  const whole = await report('promptfoo.yaml', '--models', 'acme/large')
  expect(whole.models[0]).toMatchObject({
    score: { n: 2 },
    missing: { 'The assertion rouge-n is not supported here.': 1 },
  })
})

describe('what cannot be run', () => {
  test.each([
    [2, ['eval'], 'needs FILE'],
    [2, ['eval', 'evals/sums.yaml', '--models', 'acme2/large'], 'Nobody answers for "acme2/large"'],
    [
      2,
      ['eval', 'evals/sums.yaml', '--models', 'acme/large', '--limit', '0'],
      '--limit is a whole number',
    ],
    [
      2,
      ['eval', 'evals/sums.yaml', '--models', 'acme/large', '--resume'],
      '--resume goes with --no-cache',
    ],
    [1, ['eval', 'evals/sums.yaml'], 'names no models'],
    [
      1,
      ['eval', 'evals/none.yaml', '--models', 'acme/large'],
      'evals/none.yaml cannot be read: there is no such file.',
    ],
    [1, ['eval', 'evals/sums.jsonl', '--models', 'acme/large'], 'sums.jsonl:'],
  ])('ends with %d and a sentence: %j', async (code, words, sentence) => {
    const run = await freehold(...words)
    expect(run.code).toBe(code)
    expect(run.err).toContain(sentence)
    expect(run.out).toBe('')
  })
})

test('answers are nobody else’s to read', () => {
  const { stdout } = Bun.spawnSync(['find', join(town.folder, 'data', 'evals'), '-perm', '/077'])
  expect(readdirSync(join(town.folder, 'data', 'evals')).length).toBeGreaterThan(3)
  expect(stdout.toString()).toBe('')
})

test('without a gateway it serves one for as long as it takes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-evals-'))
  try {
    put(
      'tiny.yaml',
      `prompt: 'Reply with exactly: {{word}}'
cases: [{ word: red, expected: red }]
graders: [exact]
`,
      folder,
    )
    const { code, out, err } = await ended(
      start(['eval', 'tiny.yaml', '--models', 'sim/echo'], folder),
    )
    expect([code, err]).toEqual([
      0,
      'No gateway runs, so this command serves one for as long as it takes.\n',
    ])
    expect(out).toContain('sim/echo')
    const logs = await ended(start(['logs', '--feature', 'eval', '--json'], folder))
    expect((JSON.parse(logs.out) as { calls: unknown[] }).calls.length).toBe(1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
