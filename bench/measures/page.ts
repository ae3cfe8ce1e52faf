import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesIn } from '../harness/proc.ts'
import { quantile } from '../harness.ts'
import { firstLine, start } from '../harness/processes.ts'
import { testedCore } from '../harness/cores.ts'
import { atMost, figureOf, type Measure } from './measure.ts'
import { buildStore } from './page-store.ts'

const executable = join(import.meta.dir, '..', '..', 'bin', 'freehold')

/** What a page of the last 30 days asks for, one after the other. */
const asked = [
  '/api/costs?by=day,task&since=30d',
  '/api/costs?by=model&since=30d',
  '/api/costs?by=customer&since=30d',
  '/api/costs?by=key&since=30d',
  '/api/calls?limit=50',
]
const goalMs = 200

export const page: Measure = {
  says: 'the page of 30 days over a large ledger',
  seconds: [25, 5],
  run: async (scene) => {
    const size = scene.quick
      ? { calls: 3_000_000, rows: 100_000 }
      : { calls: 30_000_000, rows: 1_000_000 }
    const folder = scene.scratch.sub('page')
    const data = scene.scratch.sub(join('page', 'data'))
    const built = buildStore(data, size)
    scene.tell('the store is built')
    const file = scene.scratch.file(join('page', 'freehold.yaml'), 'providers: { sim: {} }\n')
    const running = start(['sh', executable, 'serve', '--json', '--port', '0', '--config', file], {
      core: testedCore,
      cwd: folder,
      stdout: 'pipe',
    })
    const times: number[] = []
    const each = new Map<string, number[]>(asked.map((path) => [path, []]))
    try {
      const { url } = JSON.parse(await firstLine(running)) as { url: string }
      const key = readFileSync(join(data, 'admin.key'), 'utf8').trim()
      for (let round = 0; round < (scene.quick ? 5 : 20); round += 1) {
        let whole = 0
        for (const path of asked) {
          const began = performance.now()
          const response = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })
          const text = await response.text()
          const ms = performance.now() - began
          if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
          if (round === 0 && path.includes('by=model')) check(text, size.calls)
          each.get(path)!.push(ms)
          whole += ms
        }
        times.push(whole)
      }
    } finally {
      await running.end()
    }
    const freehold = figureOf(times)
    return {
      conditions: {
        ...size,
        ...built,
        store:
          'built synthetically: roll-ups and rows are written by SQL, alike and evenly spread over 30 days; no call was made',
        store_mb: Math.round(bytesIn(data) / 1e6),
        asked: Object.fromEntries(
          [...each].map(([path, ms]) => [
            path,
            { p50_ms: Math.round(quantile(ms, 0.5)), first_ms: Math.round(ms[0]!) },
          ]),
        ),
      },
      rows: [
        {
          what: `30-day page, ${size.calls / 1e6} M calls, ${size.rows / 1e6} M rows (synthetic)`,
          unit: 'ms',
          goal: `<= ${goalMs}`,
          holds: atMost(freehold, goalMs),
          figures: { freehold },
          ratio: null,
        },
        {
          what: '  the first time, nothing read yet',
          unit: 'ms',
          goal: null,
          holds: null,
          figures: { freehold: figureOf(times.slice(0, 1)) },
          ratio: null,
        },
      ],
    }
  },
}

/** A page of another ledger, or of half of it, says nothing. */
function check(text: string, calls: number): void {
  const { total } = JSON.parse(text) as { total: { calls: number } }
  if (total.calls < calls * 0.9) throw new Error(`The page has ${total.calls} of ${calls} calls.`)
}
