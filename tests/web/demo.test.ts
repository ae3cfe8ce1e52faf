import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { noBrowser, openBrowser, watch } from './browser.ts'
import { looksWell } from './scene.ts'

/** What a newcomer sees before sending a call: a company that does not exist, and is said not to, everywhere. */
const root = join(import.meta.dir, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'freehold-demo-'))
const store = join(folder, 'demo', 'store')
const { PATH = '', HOME = '' } = process.env

interface Running {
  readonly url: string
  readonly link: string | null
  end(): Promise<number>
}

async function start(...options: readonly string[]): Promise<Running & { readonly said: string }> {
  const child = Bun.spawn(
    ['sh', join(root, 'bin', 'freehold'), 'demo', join(folder, 'demo'), '--port', '0', ...options],
    { cwd: folder, env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let said = ''
  const decoder = new TextDecoder()
  // Whoever stops reading closes the pipe: the last words at its end would break.
  const reader = child.stdout.getReader()
  while (!said.includes('A first answer')) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`The demo did not start: ${said}`)
    said += decoder.decode(value, { stream: true })
  }
  return {
    said,
    url: /listens on (\S+)/.exec(said)?.[1] ?? '',
    link: /(\/#sign-in=\S+)/.exec(said)?.[1] ?? null,
    end: () => {
      child.kill('SIGTERM')
      return child.exited
    },
  }
}

async function command(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string }> {
  const child = Bun.spawn(
    [
      'sh',
      join(root, 'bin', 'freehold'),
      ...args,
      '--config',
      join(folder, 'demo', 'freehold.yaml'),
    ],
    { cwd: folder, env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const out = await new Response(child.stdout).text()
  return { code: await child.exited, out }
}

let running: Awaited<ReturnType<typeof start>>
let browser: Browser | null = null

describe('the demo', () => {
  beforeAll(async () => {
    running = await start()
    if (!noBrowser) browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await running.end()
    rmSync(folder, { recursive: true, force: true })
  })

  test('has a whole ledger of its own, at prices that add up, and says that nothing of it has happened', async () => {
    expect(running.said).toMatch(/Simulated: [\d,]+ attempts since .* Nothing of it has happened\./)
    const checked = await command('ledger', 'verify', '--json')
    expect(JSON.parse(checked.out)).toMatchObject({ ok: true })
    const costs = await command('costs')
    expect(costs.out).toContain('Simulated: calls from')
    expect(costs.code).toBe(0)
    const margin = JSON.parse((await command('margin', '--json')).out) as {
      rows: { contribution_usd: string }[]
    }
    const losers = margin.rows.filter(({ contribution_usd: left }) => left.startsWith('-'))
    expect(losers.length).toBeGreaterThan(0)
    expect(losers.length).toBeLessThan(6)
  }, 60_000)

  test('answers calls by the simulator, and keeps the store for the next start', async () => {
    const key = readFileSync(join(store, 'admin.key'), 'utf8').trim()
    const ask = async (url: string): Promise<string | null> => {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: '{"model": "summarise", "messages": [{"role": "user", "content": "What is 17 * 23?"}]}',
      })
      expect(await response.text()).toContain('391')
      return response.headers.get('x-freehold-model')
    }
    expect(await ask(running.url)).toBe('moonshot/kimi-k2.6')
    await running.end()
    running = await start()
    expect(running.said).toContain('Simulated: the store of before')
    expect(await ask(running.url)).toBe('moonshot/kimi-k2.6')
    const response = await fetch(`${running.url}/api/calls?feature=help-desk&limit=1`, {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(((await response.json()) as { calls: unknown[] }).calls).toHaveLength(1)
  }, 60_000)

  test.skipIf(noBrowser)(
    'is marked as simulated on every page',
    async () => {
      const key = readFileSync(join(store, 'admin.key'), 'utf8').trim()
      const page = await browser!.newPage({ locale: 'en-GB', timezoneId: 'Europe/Berlin' })
      const complaints = await watch(page, running.url)
      await page.goto(running.url)
      await page.getByLabel('Admin or viewer key').fill(key)
      await page.getByRole('button', { name: 'Sign in' }).click()
      const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
      await links.first().waitFor()
      const names = await links.allTextContents()
      expect(names).toContain('Playground')
      for (const name of names) {
        await page.getByRole('link', { name, exact: true }).click()
        await page.getByRole('heading', { level: 1, name }).waitFor()
        await page.getByRole('note').getByText('Simulated.').waitFor()
      }
      await page.getByRole('link', { name: 'Overview', exact: true }).first().click()
      await looksWell(page, 'demo-overview')
      expect(complaints).toEqual([])
    },
    60_000,
  )
})
