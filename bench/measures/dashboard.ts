import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { noBrowser, openBrowser, settled } from '../../tests/web/browser.ts'
import { testedCore } from '../harness/cores.ts'
import { firstLine, start } from '../harness/processes.ts'
import type { Scene } from '../harness/scene.ts'
import { atMost, figureOf, type Measure, type Row } from './measure.ts'
import { buildStore } from './page-store.ts'

const executable = join(import.meta.dir, '..', '..', 'bin', 'freehold')
const [firstGoalMs, laterGoalMs, scriptGoalBytes] = [1_000, 300, 350_000]

interface Looked {
  /** From the address to the last figure, at a gateway that nobody has looked at. */
  readonly firstMs: number
  /** By a page's name: from the click to the last figure. */
  readonly laterMs: ReadonlyMap<string, number>
  readonly scriptBytes: number
}

export const dashboard: Measure = {
  says: 'the dashboard in a browser, over a large ledger',
  seconds: [60, 20],
  run: async (scene) => {
    const size = scene.quick
      ? { calls: 3_000_000, rows: 100_000 }
      : { calls: 30_000_000, rows: 1_000_000 }
    if (noBrowser) return { conditions: { skipped: 'no Chromium is here' }, rows: [] }
    const data = scene.scratch.sub(join('dashboard', 'data'))
    buildStore(data, size)
    scene.tell('the store is built')
    const rounds: Looked[] = []
    for (let round = 0; round < (scene.quick ? 2 : 5); round += 1)
      rounds.push(await look(scene, data))
    const names = [...rounds[0]!.laterMs.keys()]
    const first = figureOf(rounds.map(({ firstMs }) => firstMs))
    const script = figureOf(rounds.map(({ scriptBytes }) => scriptBytes))
    return {
      conditions: { ...size, browser: 'Chromium without a screen, on the same cores' },
      rows: [
        {
          what: 'first page of a gateway that has just started',
          unit: 'ms',
          goal: `<= ${firstGoalMs}`,
          holds: atMost(first, firstGoalMs),
          figures: { freehold: first },
          ratio: null,
        },
        ...names.map((name): Row => {
          const later = figureOf(rounds.map(({ laterMs }) => laterMs.get(name)!))
          return {
            what: `  then ${name}`,
            unit: 'ms',
            goal: `<= ${laterGoalMs}`,
            holds: atMost(later, laterGoalMs),
            figures: { freehold: later },
            ratio: null,
          }
        }),
        {
          what: 'script, packed',
          unit: 'B',
          goal: `<= ${scriptGoalBytes}`,
          holds: atMost(script, scriptGoalBytes),
          figures: { freehold: script },
          ratio: null,
        },
      ],
    }
  },
}

async function look(scene: Scene, data: string): Promise<Looked> {
  const file = scene.scratch.file(join('dashboard', 'freehold.yaml'), 'providers: { sim: {} }\n')
  const command = ['sh', executable, 'serve', '--json', '--port', '0', '--config', file]
  const running = start(command, { core: testedCore, cwd: join(data, '..'), stdout: 'pipe' })
  const browser = await openBrowser()
  try {
    const { url } = JSON.parse(await firstLine(running)) as { url: string }
    const page = await (await browser.newContext()).newPage()
    const { path } = await linkTo(url, readFileSync(join(data, 'admin.key'), 'utf8').trim())
    let scriptBytes = 0
    page.on('response', (response) => {
      if (response.url().endsWith('.js'))
        scriptBytes = Number(response.headers()['content-length'] ?? Number.NaN)
    })
    const firstMs = await timed(page, async () => void (await page.goto(url + path)))
    const laterMs = new Map<string, number>()
    const pages = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    for (const name of await pages.allInnerTexts()) {
      const link = pages.filter({ hasText: name })
      if (name === 'Overview') continue
      laterMs.set(name, await timed(page, () => link.click()))
    }
    return { firstMs, laterMs, scriptBytes }
  } finally {
    await browser.close()
    await running.end()
  }
}

/** Until nothing of the page is on its way any more. */
async function timed(page: Page, go: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await go()
  await settled(page)
  return performance.now() - began
}

async function linkTo(url: string, key: string): Promise<{ readonly path: string }> {
  const response = await fetch(`${url}/api/session/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: '{}',
  })
  return (await response.json()) as { path: string }
}
