import { beforeAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { settled } from './browser.ts'
import { companyConfig, settleNames, unkind } from './company.ts'
import { dashboardOf, stories } from './scene.ts'

/** Money when the gateway fails, and when names are meant to be more than names. */
const dashboard = dashboardOf({ config: companyConfig })

stories('money', () => {
  beforeAll(() => settleNames(dashboard.town, strange), 60_000)

  test('says when the gateway does not answer, and asks again when it is told to', async () => {
    const { page, end } = await dashboard.visit('/calls')
    await page.route('**/api/costs*', (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/json',
        body: '{"error":{"message":"The disk is gone.","code":"internal_error"}}',
      }),
    )
    await page.goto(`${dashboard.town.url}/money?range=30d`)
    await page.getByText('The disk is gone.').waitFor()
    await page.unroute('**/api/costs*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('region', { name: 'Spend by Customer' }).waitFor()
    await page.getByRole('heading', { name: 'Spend by customer' }).waitFor()
    await page.getByText('The disk is gone.').waitFor({ state: 'detached' })
    await end()
  }, 60_000)

  test('shows names that would be markup or formulas as the names that they are', async () => {
    const { page, end } = await dashboard.visit('/money?range=30d&by=model&across=feature')
    await settled(page)
    for (const by of ['feature', 'task', 'env', 'customer']) {
      await page.getByLabel('Rows').selectOption(by)
      await settled(page)
    }
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByText(unkind, { exact: true }).first().waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ])
    const text = readFileSync(await file.path(), 'utf8')
    // RFC 4180: a cell between quotes, and none of them begins as a formula does.
    expect(text.match(/(^|,)"\s*[=+\-@|%]/gm)).toBeNull()
    for (const tab of ['Margin', 'Concentration', 'Budgets and keys', 'What if', 'Leaving']) {
      await page.getByRole('tab', { name: tab }).click()
      await settled(page)
    }
    await page.goto(
      `${dashboard.town.url}/money?tab=what-if&of=model&rise.${encodeURIComponent(unkind)}=50`,
    )
    await settled(page)
    await end()
  }, 60_000)
})

const folder = new URL('../../../shared/data/fixtures/bad-input/', import.meta.url)
/** Of the fixtures as well, where they are. */
const strange = [
  unkind,
  '=HYPERLINK("http://example.com")',
  '\t+1+1',
  '漢字',
  'a'.repeat(600),
].concat(
  ...['xss-strings.json', 'csv-formula-strings.json'].map((name) =>
    existsSync(new URL(name, folder))
      ? (JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as (string | { s: string })[])
          .slice(0, 120)
          .map((each) => (typeof each === 'string' ? each : each.s))
      : [],
  ),
)
