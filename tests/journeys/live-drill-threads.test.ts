import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { LiveDrillJson } from '../../src/server/contract/drill.ts'
import { startTown, type Town } from './town.ts'

/** A live drill where several threads serve: each takes its part, and the figures are of all. */
let town: Town
const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
server: { workers: 2 }
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
  birch: { type: openai-compatible, base_url: '{{birch}}' }
tasks:
  support: { models: [acme/large, birch/small] }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/large: { input: 1, output: 2 }
  birch/small: { input: 3, output: 6 }
`,
    vendors: { acme: { speed: 0 }, birch: { speed: 0 } },
  })
  const proof = { before: ['acme/large', 'birch/small'], says: 'no worse' }
  await town.api('/api/swap', 'POST', {
    task: 'support',
    model: ['birch/small', 'acme/large'],
    proof,
  })
  await town.api('/api/swap', 'POST', { task: 'support', model: ['acme/large', 'birch/small'] })
}, 60_000)
afterAll(() => town.close())

/** Each over a connection of its own, so that the kernel deals them to both threads. */
async function ask(): Promise<string> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    keepalive: false,
    headers: { authorization: `Bearer ${key}`, connection: 'close' },
    body: JSON.stringify({ model: 'support', messages: [{ role: 'user', content: 'one two' }] }),
  })
  expect(response.status).toBe(200)
  await response.text()
  return response.headers.get('x-freehold-model')!
}

test('every thread sends its calls to the substitute, and tells what became of them', async () => {
  const wish = { leave: 'acme', share: 1, for: '1h' }
  const { id } = await town.api<LiveDrillJson>('/api/economics/drills', 'POST', wish)
  // The other thread hears of it within two seconds.
  let [asked, inRow] = [0, 0]
  while (inRow < 30 && asked < 2_000) {
    inRow = (await ask()) === 'birch/small' ? inRow + 1 : 0
    asked += 1
    if (inRow === 0) await Bun.sleep(20)
  }
  expect(inRow).toBe(30)
  let report: LiveDrillJson
  do {
    await Bun.sleep(100)
    report = await town.api<LiveDrillJson>(`/api/economics/drills/${id}`)
  } while (report.total.calls + report.total.others.calls < 30)
  expect(report.total).toMatchObject({ broken: 0, cost_unknown: 0 })
  const ended = await town.api<LiveDrillJson>(`/api/economics/drills/${id}`, 'DELETE')
  expect(ended.state).toBe('stopped')
  for (inRow = 0; inRow < 30;) {
    inRow = (await ask()) === 'acme/large' ? inRow + 1 : 0
    if (inRow === 0) await Bun.sleep(20)
  }
}, 60_000)
