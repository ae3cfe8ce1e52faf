import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** POST /v1/feedback: who may say what of which answer, what is kept of it, and who learns from it. */
let town: Town
const web = 'web-secret-0123456789'
const other = 'other-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  say: { policy: weighted, models: { acme/echo: 50, acme/large: 50 } }
  quiet: acme/echo
prices:
  acme/echo: { input: 0.1, output: 0.4 }
  acme/large: { input: 5, output: 20 }
keys:
  - { id: web, secret: ${web} }
  - { id: other, secret: ${other} }
`,
    vendors: { acme: {} },
  })
})
afterAll(() => town.close())

async function ask(words: string, task = 'quiet', headers: Record<string, string> = {}) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${web}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: task, messages: [{ role: 'user', content: words }] }),
  })
  const answer = (await response.json()) as { choices: { message: { content: string } }[] }
  return { id: response.headers.get('x-request-id')!, text: answer.choices[0]!.message.content }
}

interface Given {
  readonly id: string
  readonly object: string
  readonly score: number | null
  readonly comment: string | null
  readonly correction: unknown
  readonly name: string
  readonly error?: {
    readonly code: string
    readonly param: string | null
    readonly message: string
  }
  readonly type?: string
}

async function give(body: unknown, key = web, headers: Record<string, string> = {}) {
  const response = await fetch(`${town.url}/v1/feedback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Given }
}

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })

interface WithFeedback {
  readonly feedback: readonly Given[]
}

describe('what is said of an answer', () => {
  test('stands with its call; the last word of a name and source counts, and all words are kept', async () => {
    const { id } = await ask('the sky is green')
    const first = await give({ call_id: id, score: true, label: 'helpful' })
    expect([first.status, first.body.object, first.body.score]).toEqual([200, 'feedback', 1])
    await give({ call_id: id, score: 0.25, comment: 'Too short.', correction: 'the sky is blue' })
    await give({ call_id: id, name: 'tone', score: 0 })
    const { feedback } = await town.api<WithFeedback>(`/api/calls/${id}`)
    expect(feedback.map(({ name, score }) => [name, score])).toEqual([
      ['quality', 0.25],
      ['tone', 0],
    ])
    expect(feedback[0]!.correction).toBe('the sky is blue')
    const all = await town.api<WithFeedback>(`/api/feedback?all&task=quiet`)
    expect(all.feedback.filter(({ name }) => name === 'quality')).toHaveLength(2)

    const shown = await freehold('logs', id)
    expect(shown.out).toContain('feedback: quality 0.25 by end_user (web): "Too short."')
  }, 60_000)

  test('counts once however often it is sent, by its id or Idempotency-Key', async () => {
    const { id } = await ask('once')
    const body = { call_id: id, score: 1, comment: 'write to ann@example.com' }
    const first = await give(body, web, { 'idempotency-key': 'k-1' })
    const again = await give(body, web, { 'idempotency-key': 'k-1' })
    const named = await give({ ...body, id: 'k-1' })
    expect([again.body.id, named.body.id]).toEqual([first.body.id, first.body.id])
    const changed = await give({ ...body, score: 0 }, web, { 'idempotency-key': 'k-1' })
    expect([changed.status, changed.body.error!.code]).toEqual([422, 'idempotency_key_reused'])
    expect((await town.api<WithFeedback>(`/api/calls/${id}`)).feedback).toHaveLength(1)
  })

  test('is masked as prompts and answers are', async () => {
    const { id } = await ask('mask')
    const said = 'call me at ann.lee@example.com'
    const { body } = await give({ call_id: id, comment: said, correction: { to: said } })
    expect(body.comment).not.toContain('ann.lee@example.com')
    expect(JSON.stringify(body.correction)).not.toContain('ann.lee@example.com')
    const { feedback } = await town.api<WithFeedback>(`/api/calls/${id}`)
    expect(JSON.stringify(feedback)).not.toContain('ann.lee')
  })

  test('may be of a whole session', async () => {
    await ask('in a session', 'quiet', { 'x-freehold-session': 's-7' })
    const given = await give({ session: 's-7', score: 1, source: 'human' })
    expect(given.status).toBe(200)
    const { feedback } = await town.api<WithFeedback>('/api/feedback?session=s-7')
    expect(feedback).toHaveLength(1)
    expect((await give({ session: 's-8', score: 1 })).status).toBe(404)
  })

  test("is no business of another key's, which is not told that there is such a call", async () => {
    const { id } = await ask('mine')
    await ask('also mine', 'quiet', { 'x-freehold-session': 's-mine' })
    const foreign = await give({ call_id: id, score: 0 }, other)
    const none = await give({ call_id: crypto.randomUUID(), score: 0 }, other)
    expect([foreign.status, none.status]).toEqual([404, 404])
    expect(foreign.body.error!.code).toBe(none.body.error!.code)
    expect((await give({ session: 's-mine', score: 0 }, other)).status).toBe(404)
    expect((await town.api<WithFeedback>(`/api/calls/${id}`)).feedback).toEqual([])
    expect((await give({ call_id: id, score: 0.5 }, town.adminKey)).status).toBe(200)
  })

  test.each([
    [{ score: 1 }, 'call_id'],
    [{ call_id: 'x', session: 'y', score: 1 }, 'call_id'],
    [{ call_id: 'x' }, 'score'],
    [{ call_id: 'x', score: 5 }, 'score'],
    [{ call_id: 'x', score: -1 }, 'score'],
    [{ call_id: 'x', score: '1' }, 'score'],
    [{ call_id: 'x', label: 7 }, 'label'],
    [{ call_id: 'x', score: 1, source: 'gods' }, 'source'],
    [{ call_id: 'x', comment: '' }, 'comment'],
    [{ session: 's-7', correction: 'y' }, 'correction'],
    [{ call_id: 'x', stars: 5 }, 'stars'],
  ])("that is %p is refused in the caller's own format", async (body, param) => {
    const refused = await give(body)
    expect([refused.status, refused.body.error!.param]).toEqual([400, param])
    const anthropic = await give(body, web, { 'anthropic-version': '2023-06-01' })
    expect([anthropic.status, anthropic.body.type]).toEqual([400, 'error'])
  })
})

describe('whoever learns from it', () => {
  test('gets it as a file, as labels for judges, as graded answers, and as an evaluation', async () => {
    for (let index = 0; index < 8; index += 1) {
      const { id, text } = await ask(`What is ${index + 2} * 3?`, 'say', {
        'x-freehold-session': `user ${index}`,
      })
      await give({ call_id: id, score: text.includes(String((index + 2) * 3)) ? 1 : 0 })
    }
    const files = ['all.jsonl', 'labels.jsonl', 'table.jsonl']
    const [out, labels, table] = files as [string, string, string]
    const words = ['--out', out, '--labels', labels, '--table', table]
    const { code, err } = await freehold('feedback', '--task', 'say', ...words)
    expect([code, err]).toEqual([0, ''])
    const read = (name: string) =>
      readFileSync(join(town.folder, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(files.map((name) => read(name).length)).toEqual([8, 8, 8])
    expect(read(labels)[0]).toMatchObject({ question: 'What is 9 * 3?' })
    const [row] = read(table)
    const [entry] = Object.values(row!['results'] as Record<string, Record<string, unknown>>)
    expect(typeof entry!['cost_usd']).toBe('number')

    writeFileSync(
      join(town.folder, 'past.yaml'),
      `name: past\nfrom_calls: { task: say, feedback: scored, answers: logged, sample: 100 }\ngraders: [feedback]\n`,
    )
    const before = town.vendors['acme']!.history().length
    const run = await freehold('eval', 'past.yaml', '--models', 'acme/echo', '--json')
    const report = JSON.parse(run.out) as {
      readonly kept: number
      readonly models: readonly { readonly score: { readonly mean: number; readonly n: number } }[]
    }
    const scored = read(out).filter(({ model }) => model === 'acme/echo')
    expect(report.kept).toBe(scored.length)
    expect(report.models[0]!.score.n).toBeGreaterThanOrEqual(scored.length)
    // The others were answered by another model then, and are asked anew.
    expect(town.vendors['acme']!.history().length - before).toBe(8 - scored.length)
  }, 60_000)
})
