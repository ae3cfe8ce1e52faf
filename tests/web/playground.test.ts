import { expect, test } from 'bun:test'
import type { Locator, Page } from 'playwright-core'
import { dashboardOf, looksWell, stories } from './scene.ts'

/** One prompt to several models: who says what, how soon, for how much, and what became of it on the ledger. */
const dashboard = dashboardOf({
  config: `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  sim: {}
tasks:
  hello: sim/small
prices:
  sim/small: { input: 0.05, output: 0.2 }
  sim/large: { input: 2.5, output: 10 }
`,
})
const hostile = '<img src=x onerror=alert(1)>"><script>alert(2)</script>'

stories('the playground', () => {
  test('asks several at once, shows what each cost, and books them as any other call', async () => {
    const { page, end } = await dashboard.visit('/playground?models=hello+sim/large+fault/http-500')
    await page.getByLabel('Prompt', { exact: true }).fill('Tell me about the harbour at night.')
    await add(page, 'sim/fault/http-500')
    await page.getByRole('button', { name: 'Do not ask fault/http-500' }).click()
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Ask all 3' }).click()
    for (const name of ['hello', 'sim/large']) {
      await answer(page, name).getByText('done', { exact: true }).waitFor()
      await answer(page, name).getByRole('link', { name: 'The call' }).waitFor()
    }
    const failed = answer(page, 'sim/fault/http-500')
    await failed.getByRole('alert').waitFor()
    await failed.getByRole('link', { name: 'The call' }).waitFor()
    expect(await facts(answer(page, 'hello'))).toMatch(/Cost.*\$0\.0/)
    await looksWell(page, 'playground')

    const { calls } = await dashboard.town.api<{
      calls: { model_asked: string; ok: boolean; attempts: { feature: string; key: string }[] }[]
    }>('/api/calls?feature=playground')
    expect(calls.map(({ model_asked: name }) => name).toSorted()).toEqual([
      'hello',
      'sim/fault/http-500',
      'sim/large',
    ])
    expect(calls.every(({ attempts }) => attempts[0]!.key === 'admin')).toBeTrue()
    await answer(page, 'hello').getByRole('link', { name: 'The call' }).click()
    await page.getByText('Tell me about the harbour at night.').first().waitFor()
    await end()
  }, 60_000)

  test('stops one answer and leaves the other, and sends what was set beside the prompt', async () => {
    const { page, end } = await dashboard.visit(
      '/playground?models=sim/echo+sim/fault/stall-mid-stream',
    )
    await page.getByText('System prompt and parameters').click()
    await page.getByLabel('Other parameters, as JSON').fill('{"seed": 7')
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Other parameters, as JSON').fill('{"seed": 7}')
    await page.getByLabel('Temperature').fill('0.5')
    await page.getByLabel('System prompt', { exact: true }).fill('Say it again.')
    await page.getByLabel('Prompt', { exact: true }).fill(hostile)
    await page.getByLabel('Prompt', { exact: true }).press('Control+Enter')
    const stalled = answer(page, 'sim/fault/stall-mid-stream')
    await answer(page, 'sim/echo').getByText('done', { exact: true }).waitFor()
    await stalled.getByText('answering').waitFor()
    await stalled.getByRole('button', { name: 'Stop sim/fault/stall-mid-stream' }).click()
    await stalled.getByText('stopped').waitFor()
    await stalled.getByRole('link', { name: 'The call' }).waitFor()
    expect(await answer(page, 'sim/echo').locator('.words').textContent()).toBe(hostile)

    const { calls } = await dashboard.town.api<{ calls: { id: string; end_state: string }[] }>(
      '/api/calls?feature=playground&model=sim/fault/stall-mid-stream',
    )
    expect(calls.map(({ end_state: end }) => end)).toEqual(['caller_left'])
    const whole = await dashboard.town.call(calls[0]!.id)
    expect(whole.request).toMatchObject({
      seed: 7,
      temperature: 0.5,
      messages: [
        { role: 'system', content: 'Say it again.' },
        { role: 'user', content: hostile },
      ],
    })
    await end()
  }, 60_000)

  test('is for admins: whoever may only look is told so, and the gateway says the same', async () => {
    const { page, end } = await dashboard.visit('/playground', { role: 'viewer' })
    await page.getByText('Whoever asks here needs an admin key').waitFor()
    const status = await page.evaluate(
      `fetch('/api/playground', { method: 'POST', body: '{"model": "hello", "messages": []}' }).then(({ status }) => status)`,
    )
    expect(status).toBe(403)
    await end()
  }, 60_000)
})

async function add(page: Page, model: string): Promise<void> {
  await page.getByLabel('Task or model').fill(model)
  await page.getByRole('button', { name: 'Add' }).click()
}

function answer(page: Page, model: string): Locator {
  return page.getByRole('region', { name: model, exact: true })
}

async function facts(panel: Locator): Promise<string> {
  return (await panel.locator('dl').textContent()) ?? ''
}
