import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/** A gateway that does not come round to its calls turns some away, so that the others are answered in time. */
let town: Town
beforeAll(async () => {
  town = await startTown({ config: 'tasks:\n  hello: sim/small\n' })
})
afterAll(() => town.close())

const call = (): Promise<Response> =>
  fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'hello', messages: [{ role: 'user', content: 'hello' }] }),
  })

const metric = async (name: string): Promise<number> => {
  const headers = { authorization: `Bearer ${town.adminKey}` }
  const text = await (await fetch(`${town.url}/metrics`, { headers })).text()
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1])
}

/** Holds the whole process up again and again, as a machine does that has too much to do. */
async function holdUp(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    process.kill(town.pid, 'SIGSTOP')
    await Bun.sleep(1_050)
    process.kill(town.pid, 'SIGCONT')
    // Long enough for one late timer to be seen, and for few that come in time.
    await Bun.sleep(15)
  }
}

test('too much to do: calls are turned away at once, in words, health checks never, and it passes', async () => {
  expect((await call()).status).toBe(200)
  let refused: Response[] = []
  // On a busy machine the process may come round late: then it is held up again.
  for (let round = 0; round < 3 && refused.length === 0; round += 1) {
    await holdUp(9)
    const [health, ...answers] = await Promise.all([
      fetch(`${town.url}/healthz`),
      ...Array.from({ length: 30 }, call),
    ])
    expect(health.status).toBe(200)
    refused = answers.filter(({ status }) => status === 503)
    expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true)
  }
  expect(refused.length).toBeGreaterThan(0)
  const [first] = refused
  expect(Number(first!.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await first!.json()).toMatchObject({ error: { code: 'gateway_overloaded' } })
  expect(await metric('freehold_shed')).toBeGreaterThanOrEqual(refused.length)
  // Nothing holds it up any more.
  await Bun.sleep(3_000)
  expect((await call()).status).toBe(200)
}, 120_000)
