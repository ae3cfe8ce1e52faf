import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  barriers,
  type Dashboard,
  noBrowser,
  screenshots,
  settled,
  startDashboard,
} from './browser.ts'

/** Signing in, finding one's way, and going again. */
let dashboard: Dashboard

describe.skipIf(noBrowser)('the dashboard', () => {
  beforeAll(async () => {
    dashboard = await startDashboard()
  }, 60_000)
  afterAll(() => dashboard?.close())

  test('takes the admin key, and shows nothing before', async () => {
    const { page, complaints, close } = await dashboard.visit('/calls', { signedIn: false })
    await page.getByLabel('Admin or viewer key').fill('fh_nobodys-key-at-all')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This key is not known here').waitFor()
    expect(await page.getByRole('navigation', { name: 'Pages' }).count()).toBe(0)
    expect(await barriers(page)).toEqual([])
    await screenshots(page, 'sign-in')
    await page.getByLabel('Admin or viewer key').fill(dashboard.town.adminKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Calls' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  }, 60_000)

  test('takes a one-time link once, and forgets it', async () => {
    const response = await fetch(`${dashboard.town.url}/api/session/links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${dashboard.town.adminKey}` },
      body: '{}',
    })
    const { path } = (await response.json()) as { path: string }
    const first = await dashboard.visit(path, { signedIn: false })
    await first.page.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(first.page.url()).not.toContain('sign-in')
    const second = await dashboard.visit(path, { signedIn: false })
    await second.page.getByText('This one-time link was used before').waitFor()
    await first.close()
    await second.close()
  }, 60_000)

  test('is walked by keys, keeps its time range, and signs out', async () => {
    const { page, complaints, close } = await dashboard.visit('/')
    await settled(page)
    await page.getByRole('button', { name: /Last 24 hours/ }).click()
    await page.getByRole('button', { name: 'Last 7 days' }).click()
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: 'Calls' }).waitFor()
    expect(page.url()).toContain('range=7d')
    await page.keyboard.press('t')
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin or viewer key').waitFor()
    await page.reload()
    await page.getByLabel('Admin or viewer key').waitFor()
    expect(complaints).toEqual([])
    await close()
  }, 60_000)
})
