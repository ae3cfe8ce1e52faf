import { beforeAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { layoutShift, settled } from './browser.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

/** Who is asked, how fast they are, how they fail, and who is left alone for it. */
const dashboard = dashboardOf({
  config: `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', rate: { requests: 6000/min, concurrent: 64 } }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
  cedar: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  hello: { models: [birch/small, acme/small] }
prices:
  acme/small: { input: 1, output: 2.5 }
  birch/small: { input: 0.5, output: 1 }
`,
  vendors: { acme: { speed: 0.02 }, birch: { speed: 0.02 } },
})

const fixture = new URL('../../../shared/data/fixtures/bad-input/xss-strings.json', import.meta.url)
/** As a caller would write them into the name of a model. */
const hostile = [
  '<img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '"><script>alert(1)</script>',
  'модель-模型-نموذج',
  ...(existsSync(fixture)
    ? (JSON.parse(readFileSync(fixture, 'utf8')) as string[]).slice(0, 20)
    : []),
].map((text) => text.replaceAll(/[^!-~\u0400-\uffff]/g, ''))

const ask = (model: string, stream = true) =>
  dashboard.call({ model, stream, messages: [{ role: 'user', content: 'one two three four' }] })

stories('the page of providers', () => {
  beforeAll(async () => {
    for (let call = 0; call < 12; call += 1) await ask('hello')
    dashboard.town.vendors['birch']!.behave({ fault: 'http-500', times: 8 })
    for (let call = 0; call < 6; call += 1) await ask('birch/small', false)
    dashboard.town.vendors['acme']!.behave({ model: 'echo', fault: 'http-429', times: 3 })
    for (let call = 0; call < 2; call += 1) await ask('cedar/echo', false)
    for (const text of hostile) await ask(`acme/${text}`, false)
  }, 60_000)

  test('tells who is left alone and why, and how times are distributed', async () => {
    const { page, end } = await dashboard.visit('/providers')
    await settled(page)
    const health = page.getByRole('region', { name: 'Providers' })
    const birch = await health.getByRole('row', { name: /^birch/ }).innerText()
    expect(birch).toMatch(/left alone/)
    expect(await health.getByRole('row', { name: /^acme/ }).innerText()).toMatch(
      /closed[^]*6,000\/min/,
    )
    expect(await health.getByRole('row', { name: /^cedar/ }).innerText()).toMatch(/learned\s+\d/)
    // Nobody asked it: what was not measured is no zero.
    expect(await health.getByRole('row', { name: /^sim/ }).innerText()).toMatch(/\b0\s+–\s+–\s+–/)
    // Of its tags none is cut where a page is as wide as most are.
    const frame = `document.querySelector('.table-frame[aria-label="Providers"]')`
    expect(await page.evaluate(`${frame}.scrollWidth - ${frame}.clientWidth`)).toBe(0)
    const ejected = page.getByRole('region', { name: 'Breakers and ejections' })
    expect(await ejected.getByRole('row', { name: /birch\/small/ }).count()).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'Time to first token: show as a table' }).click()
    const bins = page.getByRole('region', { name: 'Time to first token' }).getByRole('row')
    const answers = (await bins.filter({ hasText: 'birch' }).allInnerTexts()).map((row) =>
      Number(row.split('\t').at(-1)),
    )
    expect(answers.reduce((sum, each) => sum + each, 0)).toBe(12)
    expect(await layoutShift(page)).toBeLessThan(0.1)
    await looksWell(page, 'providers')
    await end()
  }, 60_000)

  test('shows kinds of failure, and follows the last one to its call', async () => {
    const { page, end } = await dashboard.visit('/providers')
    await settled(page)
    const failures = page.getByRole('region', { name: 'Failures by kind' })
    const row = failures.getByRole('row', { name: /^birch.*500/ })
    expect(await row.innerText()).toMatch(/provider_failed/)
    await row.getByRole('link').last().click()
    await page.waitForURL(/\/calls\/[0-9a-f-]{36}/)
    await end()
  }, 60_000)

  test('orders the models by what was measured; names of any kind are text', async () => {
    const { page, end } = await dashboard.visit('/providers')
    await settled(page)
    const table = page.getByRole('region', { name: 'Models, measured' })
    await table.getByRole('button', { name: 'Exchanges' }).click()
    const first = await table.getByRole('row').nth(1).innerText()
    expect(first).toContain('birch/small')
    await table.getByText('acme/модель-模型-نموذج').waitFor()
    await table.getByText('acme/<imgsrc=xonerror=alert(1)>').waitFor()
    await page.goto(`${dashboard.town.url}/providers/cedar`)
    await settled(page)
    const rates = page.getByRole('region', { name: 'Rates that were learned' })
    expect(await rates.getByRole('row').nth(1).innerText()).toMatch(/^cedar\/echo#/)
    await page.goto(`${dashboard.town.url}/providers/acme`)
    await looksWell(page, 'provider')
    // A time of which nothing is known, and a provider that is none.
    await page.goto(`${dashboard.town.url}/providers?from=2024-01-01&to=2024-02-01`)
    await page.getByText('No model was asked in this time').waitFor()
    await page.getByText('Nothing failed').waitFor()
    await looksWell(page, 'providers-empty')
    await page.goto(`${dashboard.town.url}/providers/nobody`)
    await page.getByText('There is no provider nobody').waitFor()
    await end()
  }, 60_000)
})
