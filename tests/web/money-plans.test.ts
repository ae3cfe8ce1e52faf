import { beforeAll, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import type { BudgetsJson } from '../../src/server/contract/overview.ts'
import { barriers, screenshots, settled } from './browser.ts'
import { companyConfig, settleCompany } from './company.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

/** What other prices would do, who may spend how much, and what it takes to go. */
const dashboard = dashboardOf({ config: companyConfig })

stories('plans for money', () => {
  beforeAll(() => settleCompany(dashboard.town), 60_000)

  test('moves prices by keys and recomputes at once, and plays again what happened', async () => {
    const { page, end } = await dashboard.visit('/money?tab=what-if&range=30d')
    const slider = page.getByRole('slider', { name: 'Price of deepseek' })
    await slider.focus()
    for (let steps = 0; steps < 10; steps += 1) await page.keyboard.press('ArrowRight')
    await page.getByRole('heading', { name: 'deepseek +50 %' }).waitFor()
    await settled(page)
    const after = await billOf(page)
    expect(after[1]).toBeGreaterThan(after[0]!)
    expect(page.url()).toContain('rise.deepseek=50')
    await looksWell(page, 'money-what-if')
    await page.getByLabel('Play again what happened').selectOption('deepseek-v4-flash-2026-08-16')
    await page.getByRole('heading', { name: /^deepseek-v4-flash-2026-08-16/ }).waitFor()
    await settled(page)
    const replayed = await billOf(page)
    expect(replayed[1]).toBeGreaterThan(replayed[0]!)
    // Where no answer comes to what is asked now, none to another question stands there.
    await page.route('**/api/whatif*', (route) =>
      route.fulfill({ status: 400, json: { error: { message: 'Nothing is known of it.' } } }),
    )
    await page.getByLabel('Play it on').fill('nobody/none')
    await page.getByText('Nothing is known of it.').waitFor()
    expect(await page.getByRole('region', { name: 'Before and after' }).count()).toBe(0)
    await end()
  }, 60_000)

  test('makes a key with a budget, changes the cap, and revokes it', async () => {
    const { page, end } = await dashboard.visit('/money?tab=budgets')
    await page.getByRole('button', { name: 'New key' }).click()
    await page.getByLabel('Name').fill('trial')
    await page.getByLabel('Budget, USD').fill('0.000000001')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Make the key' }).click()
    const secret = await page.locator('.secret code').innerText()
    expect(secret).toMatch(/^fh_.{40,}$/)
    await page.getByRole('button', { name: 'I have it' }).click()
    expect(await page.content()).not.toContain(secret)
    expect((await ask(secret)).error?.code).toBe('budget_spent')

    await page.getByRole('button', { name: 'Change the budget of trial' }).click()
    await page.getByLabel('Budget, USD').fill('2.50')
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await page.getByRole('region', { name: 'Keys' }).getByText('$2.50').waitFor()
    expect((await ask(secret)).error).toBeUndefined()
    const { budgets } = await dashboard.town.api<BudgetsJson>('/api/budgets')
    expect(budgets.find(({ value }) => value === 'trial')?.limit_usd).toBe('2.5')
    await screenshots(page, 'money-budgets')

    await page.getByRole('button', { name: 'Revoke trial' }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    expect((await ask(secret)).error).toBeUndefined()
    await page.getByRole('button', { name: 'Revoke trial' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke trial' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect((await ask(secret)).error?.code).toBe('key_unknown')
    await end()
  }, 60_000)

  test('tells when own machines pay, and what stops when a provider is left', async () => {
    const { page, end } = await dashboard.visit(
      '/money?tab=machines&api=deepseek/deepseek-v4-flash',
    )
    await page.getByText('Never: at no volume').waitFor()
    await page.getByRole('heading', { name: 'What a month costs' }).waitFor()
    await looksWell(page, 'money-machines')
    await page.getByRole('tab', { name: 'Leaving' }).click()
    await page.getByLabel('Provider to leave').selectOption('anthropic')
    const tasks = page.getByRole('region', { name: 'Without anthropic' })
    await tasks.getByText('stops').waitFor()
    await looksWell(page, 'money-leaving')
    await end()
  }, 60_000)
})

/** As it is, and with other prices. */
async function billOf(page: Page): Promise<readonly number[]> {
  const row = page
    .getByRole('region', { name: 'Before and after' })
    .getByRole('row', { name: /^Bill/ })
  return (await row.locator('.figure').allInnerTexts()).map((text) => Number(text.replace('$', '')))
}

async function ask(key: string): Promise<{ readonly error?: { readonly code: string } }> {
  const response = await fetch(`${dashboard.town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'sim/large',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello.' }],
    }),
  })
  return (await response.json()) as { error?: { code: string } }
}
