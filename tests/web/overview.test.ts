import { expect, test } from 'bun:test'
import { barriers, layoutShift, settled } from './browser.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

const config = `
server: { host: 127.0.0.1 }
store: ./data
providers:
  sim: {}
tasks:
  hello: { models: [sim/large], budget: { limit: 9 USD, per: month } }
prices:
  sim/large: { input: 0.55, output: 2.19 }
`

/** The first page: what there is, what it cost, and what wants a hand. */
const dashboard = dashboardOf({ config })

stories('the overview', () => {
  test('of a store without a call says so, and how a first one is sent', async () => {
    const { page, end } = await dashboard.visit('/')
    await settled(page)
    await page.getByText('Nothing was called').waitFor()
    await page.getByText('No alarm is open').waitFor()
    await page.getByText('every call has a price').waitFor()
    await looksWell(page, 'overview-empty')
    // Of prices nothing is said while the sums are not known.
    await page.route('**/api/costs*', (route) =>
      route.fulfill({ status: 400, json: { error: { message: 'The sums are being mended.' } } }),
    )
    await page.goto(`${dashboard.town.url}/`)
    await page.getByText('The sums are being mended.').waitFor()
    await page.getByText('No alarm is open').waitFor()
    expect(await page.getByText('every call has a price').count()).toBe(0)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    // What a side figure was asked for in vain is said: nobody waits for it.
    await page.route('**/api/overview*', (route) =>
      route.fulfill({ status: 400, json: { error: { message: 'No figure of the gateway.' } } }),
    )
    await page.goto(`${dashboard.town.url}/`)
    await page.getByText('No figure of the gateway.').waitFor()
    await end()
  }, 60_000)

  test('has the figures of the ledger, and a budget that nears its end', async () => {
    const body = {
      model: 'hello',
      max_tokens: 200,
      messages: [{ role: 'user', content: 'Summarise the letter.' }],
    }
    await dashboard.call(body)
    const one = Number((await dashboard.town.api<Costs>('/api/costs')).total.cost_usd)
    // Four fifths of it are spent then.
    const limit = (one * 1.25).toFixed(9)
    dashboard.town.configure(config.replace('9 USD', `${limit} USD`))
    await until(async () =>
      (await budgetsOf()).some(({ limit_usd: usd }) => Number(usd) === Number(limit)),
    )
    await dashboard.call({ model: 'sim/fault/http-400', messages: body.messages })
    const { total } = await dashboard.town.api<Costs>('/api/costs')
    const { page, end } = await dashboard.visit('/')
    await settled(page)
    const figures = page.getByRole('group', { name: 'Figures' })
    const stat = (label: string) => figures.locator('.stat', { hasText: label })
    expect(await stat('Calls').locator('.stat-value').innerText()).toBe(String(total.calls))
    expect(await stat('Spend').locator('[title]').getAttribute('title')).toBe(
      `${total.cost_usd} USD`,
    )
    await stat('Failed attempts').getByText(`1 of ${total.attempts}`).waitFor()
    expect(await budgetsOf()).toMatchObject([{ scope: 'task', value: 'hello', per: 'month' }])
    await page.getByText(/The task hello has spent 80% of its budget/).waitFor()
    await page.getByRole('button', { name: /Spend by model: show as a table/ }).click()
    await page.getByRole('region', { name: 'Spend by model' }).getByText('sim/large').waitFor()
    await looksWell(page, 'overview')
    const plot = (await page
      .locator('figure', { hasText: 'Calls and failures' })
      .locator('.u-over')
      .boundingBox())!
    const middle = plot.y + plot.height / 2
    await page.mouse.move(plot.x + plot.width * 0.5, middle)
    await page.mouse.down()
    await page.mouse.move(plot.x + plot.width * 0.75, middle, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/from=.*to=/)
    await settled(page)
    expect(await layoutShift(page)).toBeLessThan(0.1)
    await end()
  }, 60_000)

  test('says why when the gateway answers errors, is slow, or is gone', async () => {
    const { page, end } = await dashboard.visit('/calls')
    await settled(page)
    await page.route('**/api/costs*', (route) =>
      route.fulfill({
        status: 400,
        json: { error: { code: 'invalid_request', message: 'The sums are being mended.' } },
      }),
    )
    await page.route('**/api/performance*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      await route.continue()
    })
    await page.goto(`${dashboard.town.url}/`)
    await page.getByText('The sums are being mended.').waitFor()
    await page.getByRole('status', { name: 'Loading' }).first().waitFor()
    await screenshotOfFault(page)
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('The sums are being mended.').waitFor({ state: 'detached' })
    await page.route('**/api/calls*', (route) => route.abort('connectionrefused'))
    await page.getByRole('navigation', { name: 'Pages' }).getByText('Calls').click()
    await page.getByRole('button', { name: 'Look again' }).click()
    await page.getByText('The gateway cannot be reached').waitFor()
    await end()
  }, 60_000)
})

stories('where nothing has a price', () => {
  const unpriced = dashboardOf({
    config: `
server: { host: 127.0.0.1 }
store: ./data
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  hello: acme/small
`,
    vendors: { acme: {} },
  })

  test('what was spent is not known, and is no zero', async () => {
    const messages = [{ role: 'user', content: 'hi' }]
    for (let call = 0; call < 2; call += 1) await unpriced.call({ model: 'hello', messages })
    const { page, end } = await unpriced.visit('/')
    for (const path of ['/', '/money', '/tasks', '/tasks/hello']) {
      await page.goto(unpriced.town.url + path)
      await settled(page)
      const spend = page.getByRole('group', { name: 'Figures' }).locator('.stat', {
        has: page.getByText('Spend', { exact: true }),
      })
      expect([path, await spend.locator('.stat-value').innerText()]).toEqual([path, 'unknown'])
    }
    await page.goto(`${unpriced.town.url}/money`)
    await settled(page)
    const sums = page.getByRole('region', { name: 'Spend by Customer' }).locator('tfoot td')
    expect((await sums.allInnerTexts()).slice(0, 2)).toEqual(['All', 'unknown'])
    expect((await sums.allInnerTexts()).at(-1)).toBe('unknown')
    await end()
  }, 60_000)
})

async function screenshotOfFault(page: Parameters<typeof settled>[0]): Promise<void> {
  expect(await page.getByRole('alert').count()).toBeGreaterThan(0)
  expect(await barriers(page)).toEqual([])
}

interface Costs {
  readonly total: { readonly calls: number; readonly attempts: number; readonly cost_usd: string }
}

interface Budgets {
  readonly budgets: readonly { readonly limit_usd: string }[]
}

async function budgetsOf(): Promise<Budgets['budgets']> {
  return (await dashboard.town.api<Budgets>('/api/budgets')).budgets
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return
    await Bun.sleep(50)
  }
  throw new Error('It did not come to be so.')
}
