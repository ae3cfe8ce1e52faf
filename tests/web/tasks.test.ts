import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { PlanJson } from '../../src/server/contract/routing.ts'
import { layoutShift, settled } from './browser.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'
import { type Company, company, week } from './tasks-scene.ts'

/** What stands behind each task, and putting something else there. */
let scene: Company
const dashboard = dashboardOf(() => {
  scene = company()
  return scene.options
})

const file = (): string => readFileSync(join(dashboard.town.folder, 'freehold.yaml'), 'utf8')

async function rowOf(page: Page, name: string): Promise<string> {
  return page
    .getByRole('region', { name: 'Tasks' })
    .getByRole('row')
    .filter({ has: page.getByRole('link', { name, exact: true }) })
    .innerText()
}

stories('the page of tasks', () => {
  beforeAll(() => week(dashboard.town, 8), 60_000)
  afterAll(() => scene?.stop())

  test('lists what the application calls, with what is proven, tried and spent', async () => {
    const { page, end } = await dashboard.visit('/tasks?range=7d')
    await settled(page)
    const { rows } = await dashboard.town.api<{
      rows: readonly { group: { task: string }; calls: number }[]
    }>('/api/costs?by=task&since=7d')
    const calls = rows.find(({ group }) => group.task === 'support')!.calls
    expect(await rowOf(page, 'support')).toContain(calls.toLocaleString('en'))
    expect(await rowOf(page, 'support')).toContain('97% proven')
    expect(await rowOf(page, 'fast_classifier')).toContain('swap proven')
    expect(await rowOf(page, 'drafts')).toContain('canary 25%')
    // Nothing was asked of it: what was not measured is no zero.
    expect(await rowOf(page, 'contracts')).toMatch(/\b0\s+\$0\s+–\s+–\s+–/)
    expect(await layoutShift(page)).toBeLessThan(0.1)
    await looksWell(page, 'tasks')
    await end()
  }, 60_000)

  test('a cascade shows the curve that its policy was chosen from, and what the audits say', async () => {
    const { page, end } = await dashboard.visit('/tasks/support?range=7d')
    await settled(page)
    await page.getByText('It keeps the promise, and saves more').waitFor()
    await page.getByRole('button', { name: 'Cost and quality: show as a table' }).click()
    const curve = page.getByRole('region', { name: 'Cost and quality' })
    expect(await curve.getByRole('row', { name: /^in force/ }).innerText()).toMatch(/42%\s+99%/)
    await page.getByRole('heading', { name: 'Guarantee' }).waitFor()
    await looksWell(page, 'task-cascade')
    await page.goto(`${dashboard.town.url}/tasks/drafts?range=7d`)
    await page.getByRole('list', { name: 'Guards of the canary' }).waitFor()
    await looksWell(page, 'task-canary')
    await end()
  }, 60_000)

  test('swaps a model after showing the change, and takes it back to the byte', async () => {
    const before = file()
    const { page, end } = await dashboard.visit('/tasks/general_purpose?range=7d')
    await settled(page)
    await page.getByRole('button', { name: 'Swap model' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('In the place of').selectOption({ label: '2. moonshot/kimi-k2' })
    await dialog.getByLabel('Model', { exact: true }).fill('glm-4-9b')
    await dialog.getByRole('radio', { name: /zhipu\/glm-4-9b/ }).check()
    const change = dialog.getByRole('region', { name: 'Change of the configuration' })
    await change.getByText('models: [deepseek/deepseek-v4-flash, zhipu/glm-4-9b]').waitFor()
    // What stands around the task is no part of it: secrets are there.
    expect(await change.innerText()).not.toContain('secret')
    await settled(page)
    const compared = dialog.getByRole('region', { name: 'The two models' })
    // Its own price, which no catalog knows, beside the other one's.
    expect(await compared.getByRole('row', { name: /^Input, per million/ }).innerText()).toMatch(
      /\$0\.60\s+−95%\s+\$0\.03/,
    )
    await dialog.getByText('Nobody has measured zhipu/glm-4-9b against moonshot/kimi-k2').waitFor()
    expect(file()).toBe(before)
    await looksWell(page, 'task-swap')
    await dialog.getByRole('button', { name: 'Swap', exact: true }).click()
    await page.getByRole('status').getByText('zhipu/glm-4-9b').waitFor()
    expect(file()).toBe(before.replace('v4-flash, moonshot/kimi-k2]', 'v4-flash, zhipu/glm-4-9b]'))
    const models = page.getByRole('region', { name: 'Models of the task' })
    await models.getByRole('row', { name: /zhipu\/glm-4-9b stand-in 1/ }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await models.getByRole('row', { name: /moonshot\/kimi-k2 stand-in 1/ }).waitFor()
    expect(file()).toBe(before)
    await end()
  }, 60_000)

  test('a task whose order moves says whom a call would ask now', async () => {
    const { page, end } = await dashboard.visit('/tasks/nightly')
    const plan = page.getByRole('region', { name: 'Whom a call would ask now' })
    await plan.waitFor()
    const rows = await plan.getByRole('row').allInnerTexts()
    const { steps } = await dashboard.town.api<PlanJson>('/api/plan?task=nightly')
    expect(rows.slice(1).map((row) => /\w+\/[\w.-]+/.exec(row)![0])).toEqual(
      steps.map(({ model }) => model),
    )
    expect(steps[0]!.model).toBe('zhipu/glm-4-9b')
    await end()
  }, 60_000)

  test('a swap that the file would not take says why, and changes nothing', async () => {
    const before = file()
    const { page, end } = await dashboard.visit('/tasks/contracts')
    await settled(page)
    await page.getByRole('button', { name: 'Swap model' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Model', { exact: true }).fill('zhipu/glm-4-9b')
    await dialog.getByRole('radio', { name: /zhipu\/glm-4-9b/ }).check()
    await dialog.getByRole('button', { name: 'Swap', exact: true }).click()
    await dialog.getByRole('alert').getByText('The file is as it was').waitFor()
    expect(file()).toBe(before)
    await end()
  }, 60_000)

  test('a viewer is offered no swap; a task that is gone says so; an API that fails can be asked again', async () => {
    const { page, end } = await dashboard.visit('/tasks/support', { role: 'viewer' })
    await settled(page)
    expect(await page.getByRole('button', { name: 'Swap model' }).count()).toBe(0)
    await page.goto(
      `${dashboard.town.url}/tasks/${encodeURIComponent('<img src=x onerror=alert(1)>')}`,
    )
    await page.getByText('There is no task <img src=x onerror=alert(1)>').waitFor()
    await page.route('**/api/tasks', (route) =>
      route.fulfill({
        status: 500,
        contentType: 'application/json',
        body: '{"error": {"message": "The store cannot be read.", "code": "store_unreadable"}}',
      }),
    )
    await page.goto(`${dashboard.town.url}/tasks`)
    await page.getByRole('alert').getByText('The store cannot be read.').waitFor()
    await page.unroute('**/api/tasks')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('region', { name: 'Tasks' }).waitFor()
    await end()
  }, 60_000)
})
