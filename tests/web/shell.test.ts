import { expect, test } from 'bun:test'
import { settled } from './browser.ts'
import { dashboardOf, looksWell, stories } from './scene.ts'

/** Signing in, finding one's way, and going again. */
const dashboard = dashboardOf()

stories('the dashboard', () => {
  test('takes the admin key, and shows nothing before', async () => {
    const { page, end } = await dashboard.visit('/calls', { signedIn: false })
    await page.getByLabel('Admin or viewer key').fill('fh_nobodys-key-at-all')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This key is not known here').waitFor()
    expect(await page.getByRole('navigation', { name: 'Pages' }).count()).toBe(0)
    await looksWell(page, 'sign-in')
    await page.getByLabel('Admin or viewer key').fill(dashboard.town.adminKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Calls' }).waitFor()
    await end()
  }, 60_000)

  test('takes a one-time link once, and forgets it', async () => {
    const { path } = await dashboard.town.api<{ path: string }>('/api/session/links', 'POST', {})
    const first = await dashboard.visit(path, { signedIn: false })
    await first.page.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(first.page.url()).not.toContain('sign-in')
    const second = await dashboard.visit(path, { signedIn: false })
    await second.page.getByText('This one-time link was used before').waitFor()
    await first.end()
    await second.end()
  }, 60_000)

  test('is walked by keys, keeps its time range, and signs out', async () => {
    const { page, end } = await dashboard.visit('/')
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
    await end()
  }, 60_000)
})
