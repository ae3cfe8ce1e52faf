import { afterAll, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FeedbackPageJson } from '../../src/server/contract/feedback.ts'
import { runCommand } from '../journeys/command.ts'
import { barriers, screenshots, settled } from './browser.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

/** Runs of evaluations are looked at where they were left, and answers are labelled without a mouse. */
let vendor: ReturnType<typeof startVendor>
const dashboard = dashboardOf(() => {
  vendor = startVendor()
  return {
    config: `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  birch: { type: openai-compatible, base_url: '${vendor.url}/v1' }
tasks:
  support: birch/strong
prices:
  birch/strong: { input: 1, output: 4 }
  birch/weak: { input: 0.1, output: 0.4 }
  birch/judge: { input: 2, output: 8 }
`,
  }
})

const unkind = '<img src=x onerror="alert(1)"><script>alert(2)</script>'

stories('evaluations', () => {
  afterAll(() => vendor?.stop())

  test('of a store without a run say how one is made', async () => {
    const { page, end } = await dashboard.visit('/evals')
    await page.getByText('Nothing was evaluated here yet').waitFor()
    await page.getByRole('tab', { name: 'Judges' }).click()
    await page.getByText('No judge is calibrated').waitFor()
    expect(await barriers(page)).toEqual([])
    await end()
  }, 60_000)

  test('show verdicts with intervals, and the cases on which models part, from key to key', async () => {
    await evaluate()
    const { page, end } = await dashboard.visit('/evals')
    await settled(page)
    const runs = page.getByRole('region', { name: 'Runs' })
    await runs.getByText('worse', { exact: true }).waitFor()
    await screenshots(page, 'evals-runs')
    await runs.getByRole('link', { name: /praise/ }).click()
    await page.getByRole('heading', { name: 'Compared case by case' }).waitFor()
    await page.getByText('Judged by birch/judge').waitFor()
    const cases = page.getByRole('region', { name: 'Cases', exact: true })
    const rows = await cases.locator('tbody tr').count()
    expect(rows).toBeGreaterThan(3)
    await page.keyboard.press('j')
    await page.getByRole('region', { name: 'Answers of birch/weak' }).waitFor()
    const first = new URL(page.url()).searchParams.get('case')
    await page.keyboard.press('j')
    await page.waitForFunction(`new URL(location.href).searchParams.get('case') !== '${first}'`)
    await settled(page)
    expect(await page.locator('.case-open ins').count()).toBeGreaterThan(0)
    await looksWell(page, 'evals-run')
    await page.getByRole('button', { name: /^All/ }).click()
    await page.getByRole('button', { name: unkind }).click()
    await page.getByText(`Say something good about ${unkind}.`, { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Evals', exact: true }).first().click()
    await page.getByRole('tab', { name: 'Judges' }).click()
    await page.getByText('Finds what is right (TPR)').waitFor()
    await looksWell(page, 'evals-judges')
    await end()
  }, 60_000)

  test('are labelled by keys, and the labels are what calibrates a judge', async () => {
    for (const word of ['rain', unkind, 'bread'])
      await dashboard.call({ model: 'support', messages: [{ role: 'user', content: word }] })
    const { page, end } = await dashboard.visit('/evals?tab=label&task=support')
    const said = page.getByText(/answer to/)
    await said.waitFor()
    await looksWell(page, 'evals-label')
    await page.keyboard.press('1')
    await page.getByText('1 label: 1 right, 0 wrong').waitFor()
    await said.waitFor()
    await page.keyboard.press('3')
    await page.getByText('2 labels: 1 right, 1 wrong').waitFor()
    // Of another thing nothing is labelled yet.
    const what = page.getByLabel('What is labelled')
    await what.fill('tone')
    await page.getByText('0 labels: 0 right, 0 wrong').waitFor()
    await what.fill('quality')
    await page.getByText('2 labels: 1 right, 1 wrong').waitFor()
    await what.blur()
    await page.keyboard.press('s')
    await page.getByText('All of these are labelled').waitFor()
    await page.reload()
    await page.getByText('2 labels: 1 right, 1 wrong').waitFor()
    const { feedback } = await dashboard.town.api<FeedbackPageJson>('/api/feedback?task=support')
    expect(feedback.map(({ source, name, score }) => [source, name, score])).toEqual([
      ['human', 'quality', 0],
      ['human', 'quality', 1],
    ])
    const { folder } = dashboard.town
    const { code } = await runCommand(['feedback', '--task', 'support', '--labels', 'mine.jsonl'], {
      cwd: folder,
    })
    expect(code).toBe(0)
    const labels = readFileSync(join(folder, 'mine.jsonl'), 'utf8').trim().split('\n')
    expect(labels.map((line) => (JSON.parse(line) as { label: number }).label).toSorted()).toEqual([
      0, 1,
    ])
    await end()
  }, 60_000)

  test('that nobody knows, and that a viewer may not label, are said', async () => {
    const { page, end } = await dashboard.visit('/evals/20261122T084011-3f9a2c71', {
      role: 'viewer',
    })
    await page.getByText('No run of evaluations 20261122T084011-3f9a2c71 is kept here').waitFor()
    await page.goto(`${dashboard.town.url}/evals?tab=label`)
    await page.getByText('Labels are given by admins').waitFor()
    await end()
  }, 60_000)
})

/** 60 cases on two models, and a judge that is calibrated by 120 labels. */
async function evaluate(): Promise<void> {
  const { folder } = dashboard.town
  const put = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), lines.join('\n'))
  const subjects = Array.from({ length: 59 }, (_, nth) => `subject ${nth}`)
  put(
    'cases.jsonl',
    [...subjects, unkind].map((q) => JSON.stringify({ id: q, q })),
  )
  put(
    'labels.jsonl',
    Array.from({ length: 120 }, (_, nth) => {
      const answer = answerOf('strong', `l${nth}`, 0.6)
      return JSON.stringify({
        question: `l${nth}`,
        answer,
        label: answer.startsWith('good') ? 1 : 0,
      })
    }),
  )
  put('praise.yaml', [
    'name: praise',
    "prompt: 'Say something good about {{q}}.'",
    'cases: file://cases.jsonl',
    'margin: 0.05',
    "graders: [{ type: rubric, rubric: 'A good answer.', judge: birch/judge, labels: labels.jsonl }]",
  ])
  const { code, err } = await runCommand(
    ['eval', 'praise.yaml', '--models', 'birch/strong,birch/weak', '--yes'],
    { cwd: folder },
  )
  expect([code, err]).toEqual([0, ''])
}

/** From 0 to 1, the same for the same words. */
function chance(words: string): number {
  return Number(Bun.hash.wyhash(words) % 1_000_003n) / 1_000_003
}

/** Strong answers are good nine times of ten, weak ones three. */
function answerOf(model: string, asked: string, share = model === 'weak' ? 0.3 : 0.9): string {
  return `${chance(`${model} ${asked}`) < share ? 'good' : 'bad'} answer to ${asked}`
}

/** A vendor of a strong model, a weak one, and a judge that is right on nine of ten. */
function startVendor() {
  const server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      const { model, messages } = (await request.json()) as {
        readonly model: string
        readonly messages: readonly { readonly content: string }[]
      }
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
  return { url: `http://127.0.0.1:${server.port}`, stop: () => server.stop(true) }
}

function verdictOn(words: string): string {
  const [, answer = ''] = /\[answer \w+\]\n([\s\S]*?)\n\[end of answer/.exec(words) ?? []
  const isRight = answer.startsWith('good') === chance(`judge ${answer}`) < 0.9
  return JSON.stringify({ reason: 'So it seems.', score: isRight ? 5 : 1 })
}
