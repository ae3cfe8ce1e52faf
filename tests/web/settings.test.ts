import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { screenshots } from './browser.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

const config = `# the file of a test
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  sim: {}
  acme: { type: openai-compatible, base_url: "http://127.0.0.1:9/v1", api_key: sk-written-out-0001 } # its key
tasks:
  hello: sim/small                         # who greets
keys:
  - { id: web, secret: web-secret-of-a-test-01, tasks: [hello] }
`

/** The configuration is edited, checked, compared, written; what is kept is told and exported; who changed what is told. */
const dashboard = dashboardOf({ config })
const hostile = `<script>alert(1)</script>' onmouseover="alert(2)`
const path = () => join(dashboard.town.folder, 'freehold.yaml')

stories('settings', () => {
  test('an edit is checked to the line, compared, written with its comments, and in force', async () => {
    const { page, end } = await dashboard.visit('/settings')
    const text = page.getByLabel('Text of freehold.yaml')
    await text.waitFor()
    expect(await text.inputValue()).toContain('api_key: (hidden-1) } # its key')
    expect(await text.inputValue()).not.toContain('sk-written-out')
    const before = await text.inputValue()
    await text.fill(
      before.replace('hello: sim/small ', 'hello: acme ').replace('payloads:', 'payload:'),
    )
    await page.getByText('2 problems').waitFor()
    const first = page.getByRole('list', { name: 'What is wrong' }).getByRole('button').first()
    expect(await first.textContent()).toBe('4:1')
    expect(await page.getByRole('button', { name: 'Review and apply' }).isDisabled()).toBeTrue()
    await looksWell(page, 'settings-problems')
    await first.click()
    expect(await page.evaluate('document.activeElement.selectionStart')).toBe(
      before.indexOf('payloads:'),
    )

    await text.fill(before.replace('hello: sim/small ', 'hello: sim/medium'))
    await page.getByText('valid, not applied').waitFor()
    await page.getByRole('button', { name: 'Review and apply' }).click()
    const dialog = page.getByRole('dialog', { name: 'Apply to freehold.yaml' })
    await dialog.getByText('hello: sim/medium').waitFor()
    expect(await dialog.getByText('hello: sim/small').count()).toBe(1)
    await looksWell(page, 'settings-diff')
    // What was asked before it was written says what it was, and comes too late to be shown.
    await page.route('**/api/config', async (route) => {
      if (route.request().method() === 'GET') await new Promise((done) => setTimeout(done, 700))
      await route.continue()
    })
    await dialog.getByRole('button', { name: 'Write and put in force' }).click()
    await page.getByText('It is in force.').waitFor()
    expect(await text.inputValue()).toContain('hello: sim/medium')
    await page.waitForTimeout(1_000)
    expect(await text.inputValue()).toContain('hello: sim/medium')
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    expect(readFileSync(path(), 'utf8')).toBe(
      config.replace('hello: sim/small ', 'hello: sim/medium'),
    )
    const status = await dashboard.town.api<{ tasks: { models: string[] }[] }>('/api/status')
    expect(status.tasks[0]!.models).toEqual(['sim/medium'])

    await page.getByRole('tab', { name: 'Changes' }).click()
    const row = page.getByRole('row').filter({ hasText: 'applied an edited configuration' })
    await row.getByText('admin', { exact: true }).waitFor()
    await row.getByText('done').waitFor()
    await screenshots(page, 'settings-changes')
    await end()
  }, 60_000)

  test('a file that was changed meanwhile is not written over', async () => {
    const { page, end } = await dashboard.visit('/settings')
    const text = page.getByLabel('Text of freehold.yaml')
    await text.fill((await text.inputValue()).replace('# who greets', '# mine'))
    await page.getByText('valid, not applied').waitFor()
    const theirs = readFileSync(path(), 'utf8').replace('# who greets', '# theirs')
    dashboard.town.configure(theirs)
    await page.getByRole('button', { name: 'Review and apply' }).click()
    await page.getByRole('button', { name: 'Write and put in force' }).click()
    await page
      .getByText('The file was changed since it was read, and nothing was written.')
      .waitFor()
    expect(readFileSync(path(), 'utf8')).toBe(theirs)
    await page.getByRole('button', { name: 'Take the file as it is' }).click()
    expect(await text.inputValue()).toContain('# theirs')
    await page.getByRole('tab', { name: 'Changes' }).click()
    await page.getByText('invalid_request').waitFor()
    await end()
  }, 60_000)

  test('what is kept is told, and what there is of a customer is exported', async () => {
    const customer = encodeURIComponent(hostile)
    const id = await dashboard.call(
      { model: 'hello', messages: [{ role: 'user', content: hostile }] },
      { 'x-freehold-customer': customer },
    )
    const { page, end } = await dashboard.visit('/settings?tab=kept')
    await page.getByText('as they came').waitFor()
    const named = await dashboard.town.api<{ attempts: { customer: string }[] }>(`/api/calls/${id}`)
    await page.getByLabel('Customer').fill(named.attempts[0]!.customer)
    await looksWell(page, 'settings-kept')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ])
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0]!)).toMatchObject({ id, request: { model: 'hello' } })
    await page.getByText('1 call was written.').waitFor()
    await end()
  }, 60_000)

  test('what a customer said is counted, and erased once its name is typed', async () => {
    const id = await dashboard.call(
      { model: 'hello', messages: [{ role: 'user', content: 'the walrus sings' }] },
      { 'x-freehold-customer': 'walrus' },
    )
    await dashboard.town.call(id)
    const { page, end } = await dashboard.visit('/settings?tab=kept')
    await page.getByLabel('Customer').fill('walrus')
    await page.getByRole('button', { name: 'Erase…' }).click()
    await page.getByText('This would go.').waitFor()
    await page.getByText('Calls with a prompt or an answer').waitFor()
    await looksWell(page, 'settings-erase')
    const erase = page.getByRole('button', { name: 'Erase for good' })
    expect(await erase.isDisabled()).toBe(true)
    await page.getByLabel('Type the customer’s name to agree').fill('walrus')
    await erase.click()
    await page.getByText('What walrus said is erased.').waitFor()
    await page.getByRole('button', { name: 'Close' }).last().click()
    const gone = await dashboard.town.api<{ request: unknown; payload_note: string }>(
      `/api/calls/${id}`,
    )
    expect(gone).toMatchObject({ request: null, payload_note: 'erased' })
    await end()
  }, 60_000)

  test('a viewer sees what is kept and who changed what, and not the configuration', async () => {
    const { page, end } = await dashboard.visit('/settings', { role: 'viewer' })
    await page.getByText('The configuration is shown to admins').waitFor()
    const status = await page.evaluate(`fetch('/api/config').then(({ status }) => status)`)
    expect(status).toBe(403)
    await page.getByRole('tab', { name: 'Keys' }).click()
    await page.getByText('web', { exact: true }).first().waitFor()
    await page.getByRole('tab', { name: 'Changes' }).click()
    await page.getByText('made a one-time link to the dashboard').first().waitFor()
    await end()
  }, 60_000)
})
