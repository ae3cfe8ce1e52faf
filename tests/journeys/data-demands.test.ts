import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

const key = 'caller-secret-0123456789'
const acme = 'type: openai-compatible, base_url: "{{acme}}", api_key: acme-key-0123456789'
const house = 'type: vllm, base_url: "{{house}}", data: on-premises'
const config = `
providers:
  acme: { ${acme}, data: any, jurisdiction: US }
  house: { ${house}, jurisdiction: DE }
tasks:
  contracts: { models: [acme/small, house/fault/http-503-empty], data: on-premises }
  letters: { models: [acme/small, house/small], data: on-premises }
  abroad: { models: [acme/small, house/small], not_in: [US] }
  open: { models: [house/fault/http-503-empty, acme/small] }
keys:
  - { id: web, secret: ${key} }
`

let town: Town

beforeAll(async () => {
  town = await startTown({ config, vendors: { acme: {}, house: {} } })
})

afterAll(() => town.close())

async function ask(model: string) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'A clause.' }] }),
  })
  await response.text()
  return { status: response.status, model: response.headers.get('x-freehold-model') }
}

const seenByAcme = () => town.vendors['acme']!.history().length

describe('what a task demands of those who read its prompts', () => {
  test.each([
    ['premises of its own', 'letters'],
    ['another country', 'abroad'],
  ])('%s: who falls short is passed over, though it stands first', async (_what, task) => {
    expect(await ask(task)).toEqual({ status: 200, model: 'house/small' })
    expect(seenByAcme()).toBe(0)
  })

  test('holds also when nobody else is left to answer', async () => {
    expect((await ask('contracts')).status).toBe(503)
    expect(seenByAcme()).toBe(0)
  })

  test('is made by the task: without it the other one answers', async () => {
    expect(await ask('open')).toEqual({ status: 200, model: 'acme/small' })
    expect(seenByAcme()).toBe(1)
  })
})
