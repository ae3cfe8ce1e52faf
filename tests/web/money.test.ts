import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import type { CostsJson } from '../../src/server/contract/costs.ts'
import { barriers, settled } from './browser.ts'
import { companyConfig, settleCompany, unkind } from './company.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

/** Where the money goes, and who brings it back. */
const dashboard = dashboardOf({ config: companyConfig })

stories('money', () => {
  test('of a store without a call says so on every tab', async () => {
    const { page, end } = await dashboard.visit('/money', { role: 'viewer' })
    for (const [tab, words] of [
      ['Spend', 'No call in this time'],
      ['Margin', 'No revenue is entered'],
      ['Concentration', 'No call was paid for in these 30 days'],
      ['What if', 'Move a slider, or play an event again'],
      ['Own machines', 'Choose a task, or say what calls cost now'],
      ['Leaving', 'No drill was run with live calls'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByText(words).first().waitFor()
    }
    await page.getByRole('tab', { name: 'Budgets and keys' }).click()
    await page.getByRole('region', { name: 'Keys' }).getByText('nightly').waitFor()
    expect(await page.getByRole('button', { name: 'New key' }).count()).toBe(0)
    expect(await barriers(page)).toEqual([])
    await end()
  }, 60_000)

  test('is parted by any two cuts, to the figures of the ledger, down to the calls and into a table', async () => {
    await settleCompany(dashboard.town)
    const { page, end } = await dashboard.visit('/money?range=30d')
    await settled(page)
    const { total, rows } = await dashboard.town.api<CostsJson>(
      '/api/costs?by=feature&since=30d&customer=acme',
    )
    const table = page.getByRole('region', { name: 'Spend by Customer' })
    const acme = table.getByRole('row', { name: /^acme / })
    expect(await acme.innerText()).toContain(`$${Number(total.cost_usd).toFixed(2)}`)
    await page.getByLabel('Columns').selectOption('feature')
    await settled(page)
    const inbox = rows.find(({ group }) => group['feature'] === 'inbox')!
    await acme
      .getByText(`$${Number(inbox.cost_usd).toFixed(2)}`)
      .first()
      .waitFor()
    await page.getByText(unkind).first().waitFor()
    await looksWell(page, 'money-spend')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ])
    const lines = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\r\n')
    expect(lines[0]).toBe(
      '"customer","feature","calls","attempts","errors","cost_usd","cost_unknown","saved_usd"',
    )
    expect(lines.find((line) => line.startsWith('"acme","inbox"'))).toContain(inbox.cost_usd)
    const [focus] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download FOCUS' }).click(),
    ])
    await page.getByText('the sum of the calls to the last digit').waitFor()
    const [titles = '', ...charged] = readFileSync(await focus.path(), 'utf8')
      .trim()
      .split('\r\n')
    const at = titles.split(',').indexOf('"BilledCost"')
    const billed = charged.reduce((sum, line) => sum + Number(line.split(',')[at]), 0)
    const all = await dashboard.town.api<CostsJson>('/api/costs?since=30d')
    expect(billed).toBeCloseTo(Number(all.total.cost_usd), 2)
    await acme.getByRole('link', { name: 'acme', exact: true }).click()
    await page.getByRole('heading', { name: 'Calls' }).waitFor()
    expect(page.url()).toContain('customer=acme')
    await end()
  }, 60_000)

  test('shows who costs more than they bring first, and on whom the spending hangs', async () => {
    const { page, end } = await dashboard.visit('/money?tab=margin')
    await settled(page)
    const rows = page.getByRole('region', { name: 'Margin per customer' }).locator('tbody tr')
    expect(await rows.first().innerText()).toMatch(/^acme\s[^]*−\$/)
    await page.getByRole('heading', { name: 'Whale curve' }).waitFor()
    await looksWell(page, 'money-margin')
    await page.getByRole('tab', { name: 'Concentration' }).click()
    const stat = page.locator('.stat', { hasText: 'HHI by seller' })
    await stat.getByText('high').waitFor()
    await page.getByRole('region', { name: 'Lock-in by task' }).getByText('contracts').waitFor()
    await looksWell(page, 'money-concentration')
    await end()
  }, 60_000)
})
