import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Simulator, startSimulator } from './server.ts'

let simulator: Simulator
beforeAll(() => {
  simulator = startSimulator({ speed: 0, seed: 7 })
})
afterAll(() => simulator.stop())

async function status(model: string, turn: object): Promise<number> {
  const messages = [{ role: 'user', content: 'Hello' }, turn]
  const calls = 'tool_calls' in turn ? [{ role: 'tool', tool_call_id: 'c1', content: 'x' }] : []
  const response = await fetch(`${simulator.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, messages: [...messages, ...calls] }),
  })
  return response.status
}

const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }
const silent = { role: 'assistant', content: null, tool_calls: [call] }
const spoken = { role: 'assistant', content: 'Hello.' }

test('models want their thoughts back: some with calls, some with every turn', async () => {
  const thought = { reasoning_content: 'Hm.' }
  const statuses = await Promise.all(
    ['reasoner', 'kimi-thinking', 'deepseek-v4'].map(async (model) => [
      await status(model, silent),
      await status(model, { ...silent, ...thought }),
      await status(model, spoken),
      await status(model, { ...spoken, ...thought }),
    ]),
  )
  expect(statuses).toEqual([
    [200, 200, 200, 200],
    [400, 200, 200, 200],
    [400, 200, 400, 200],
  ])
})

test("Anthropic's want a turn that called tools to begin with its thoughts", async () => {
  const ask = async (thinking: object) => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'look', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'x' }] },
    ]
    const response = await fetch(`${simulator.url}/messages`, {
      method: 'POST',
      headers: { 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ model: 'reasoner', max_tokens: 4_000, messages, ...thinking }),
    })
    return { status: response.status, text: await response.text() }
  }
  expect((await ask({})).status).toBe(200)
  const refused = await ask({ thinking: { type: 'enabled', budget_tokens: 2_000 } })
  expect(refused.status).toBe(400)
  expect(refused.text).toContain('Expected `thinking` or `redacted_thinking`')
})
