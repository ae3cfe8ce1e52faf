import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { startTown, type Town, type TownOptions } from '../journeys/town.ts'

/**
 * The dashboard in a headless Chromium, for stories and for looking at it. Where there is no Chromium
 * they are skipped and say so: FREEHOLD_CHROMIUM names one that is elsewhere.
 */
const places = [
  process.env['FREEHOLD_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const executable = places.find((path) => path !== undefined && existsSync(path))

/** For `describe.skipIf(noBrowser)`. */
export const noBrowser = executable === undefined
if (noBrowser) {
  console.log(
    'There is no Chromium here: the dashboard is not looked at. FREEHOLD_CHROMIUM may name one.',
  )
}

/** Where pictures are put; outside of the repository unless FREEHOLD_PICTURES says where. */
const pictures = process.env['FREEHOLD_PICTURES'] ?? join(tmpdir(), 'freehold-pictures')

/** As people look at it: each page is drawn in all four. */
const looks = {
  'light-wide': { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  'dark-wide': { colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  'light-narrow': { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  'dark-narrow': { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
} as const

export interface Visit {
  readonly page: Page
  /** What the page has complained of so far: errors, refusals of its policy, dialogs, what went elsewhere. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export interface Dashboard {
  readonly town: Town
  /** A browser of its own, signed in by a one-time link, at a path. */
  visit(path?: string, options?: VisitOptions): Promise<Visit>
  /** A chat of a caller, on the ledger when this resolves. @returns its request id */
  call(body: Readonly<Record<string, unknown>>, headers?: Record<string, string>): Promise<string>
  close(): Promise<void>
}

export interface VisitOptions {
  readonly role?: 'viewer' | 'admin'
  /** Left out: nobody is signed in. */
  readonly signedIn?: boolean
  readonly look?: keyof typeof looks
}

const ordinary: TownOptions = {
  config: `
server: { host: 127.0.0.1 }
store: ./data
payloads: full
providers:
  sim: {}
tasks:
  hello: sim/small
`,
}

/** A gateway with simulated vendors, and a browser for its dashboard. */
export async function startDashboard(options: TownOptions = ordinary): Promise<Dashboard> {
  const town = await startTown(options)
  let browser: Browser
  try {
    browser = await openBrowser()
  } catch (error) {
    await town.close()
    throw error
  }
  const admin = { authorization: `Bearer ${town.adminKey}`, 'content-type': 'application/json' }
  return {
    town,
    visit: async (path = '/', { role = 'admin', signedIn = true, look = 'light-wide' } = {}) => {
      const context = await browser.newContext({
        ...looks[look],
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      const complaints = await watch(page, town.url)
      if (signedIn) {
        const link = await town.api<{ path: string }>('/api/session/links', 'POST', { role })
        await page.goto(town.url + link.path)
        await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached' })
        if (path !== '/') await page.goto(town.url + path)
      } else await page.goto(town.url + path)
      return visitOf(page, context, complaints)
    },
    call: async (body, headers = {}) => {
      const response = await fetch(`${town.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...admin, ...headers },
        body: JSON.stringify(body),
      })
      const text = await response.text()
      const id = response.headers.get('x-request-id')!
      await town.call(id).catch(() => {
        throw new Error(`The call was answered with ${response.status}: ${text.slice(0, 500)}`)
      })
      return id
    },
    close: async () => {
      await browser.close()
      await town.close()
    },
  }
}

/** @throws Error where there is none: ask `noBrowser` first */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable!,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
}

function visitOf(page: Page, context: BrowserContext, complaints: readonly string[]): Visit {
  return { page, complaints, close: () => context.close() }
}

export async function watch(page: Page, home: string): Promise<readonly string[]> {
  const complaints: string[] = []
  page.on('console', (message) => {
    // A refused request is a story's own affair: Chromium tells it as an error as well.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(home) && !url.startsWith('data:')) complaints.push(`elsewhere: ${url}`)
  })
  await page.exposeFunction('tellComplaint', (text: string) => complaints.push(text))
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', (event) =>
      tellComplaint('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))
  `)
  return complaints
}

/** Waits until nothing on the page is on its way any more. */
export async function settled(page: Page): Promise<void> {
  const waiting = `document.querySelector('.skeleton, [aria-busy="true"]') !== null || !document.querySelector('#app')?.firstChild`
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await page.evaluate(waiting)) === false) return
    await page.waitForTimeout(50)
  }
  throw new Error(`Something on ${page.url()} is on its way for too long.`)
}

/**
 * Pictures of a page in light and dark, wide and narrow, to be looked at.
 * @returns their paths
 */
export async function screenshots(page: Page, name: string): Promise<readonly string[]> {
  mkdirSync(pictures, { recursive: true })
  const paths: string[] = []
  for (const [look, { colorScheme, viewport }] of Object.entries(looks)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize(viewport)
    await settled(page)
    await page.waitForTimeout(150) // charts are drawn anew for their new width
    const path = join(pictures, `${name}-${look}.png`)
    await page.screenshot({ path, fullPage: look.endsWith('narrow') })
    paths.push(path)
  }
  await page.setViewportSize(looks['light-wide'].viewport)
  return paths
}

const axePath = new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)
const axe = readFileSync(axePath, 'utf8')

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string | null
    readonly nodes: readonly {
      readonly target: readonly string[]
      readonly failureSummary: string
    }[]
  }[]
}

/** What axe-core finds that is serious or worse; empty when all can be reached, read and heard. */
export async function barriers(page: Page): Promise<readonly string[]> {
  // By the debugger's way, which the page's policy has no say in.
  await page.evaluate(axe)
  const { violations } = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )) as AxeResults
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes
        .slice(0, 5)
        .map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    )
}

/** How far things have jumped while the page was loaded: web.dev's cumulative layout shift, good up to 0.1. */
export async function layoutShift(page: Page): Promise<number> {
  return (await page.evaluate(`new Promise((resolve) => {
    let sum = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
    setTimeout(() => resolve(sum), 200)
  })`)) as number
}
