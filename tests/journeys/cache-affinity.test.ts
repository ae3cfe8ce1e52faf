import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

const key = 'caller-secret-0123456789'
const config = `
providers:
  acme: { type: openai-compatible, base_url: "{{acme}}", api_key: acme-key-0123456789 }
  birch: { type: openai-compatible, base_url: "{{birch}}", api_key: birch-key-0123456789 }
  many:
    type: openai-compatible
    base_url: "{{many}}"
    api_keys: [many-key-a-0123456789, many-key-b-0123456789, many-key-c-0123456789]
tasks:
  drawn: { policy: weighted, models: { acme/small: 50, birch/small: 50 } }
keys:
  - { id: web, secret: ${key} }
`

let town: Town

beforeAll(async () => {
  town = await startTown({ config, vendors: { acme: {}, birch: {}, many: {} } })
})

afterAll(() => town.close())

interface Message {
  readonly role: string
  readonly content: string
}

async function say(model: string, messages: readonly Message[]) {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages, max_tokens: 20 }),
  })
  const answer = (await response.json()) as {
    choices: [{ message: Message }]
    usage: { prompt_tokens_details?: { cached_tokens?: number } }
  }
  return {
    model: response.headers.get('x-freehold-model'),
    id: response.headers.get('x-request-id')!,
    said: answer.choices[0].message,
    cached: answer.usage.prompt_tokens_details?.cached_tokens ?? 0,
  }
}

/** Twelve conversations of three turns: who answered each turn, by `tell`. */
async function conversations<Told>(model: string, tell: (id: string) => Promise<Told>) {
  const told: Told[][] = []
  for (let number = 0; number < 12; number += 1) {
    const messages: Message[] = [{ role: 'user', content: `Question ${number}: a prime?` }]
    const turns: Told[] = []
    for (let turn = 0; turn < 3; turn += 1) {
      const { said, id } = await say(model, messages)
      turns.push(await tell(id))
      messages.push(said, { role: 'user', content: 'And another?' })
    }
    told.push(turns)
  }
  return told
}

test('a conversation stays with the model that holds its prompt, though each first turn is drawn', async () => {
  const told = await conversations('drawn', async (id) => (await town.call(id)).model)
  for (const turns of told) expect(new Set(turns).size).toBe(1)
  expect(new Set(told.flat())).toEqual(new Set(['acme/small', 'birch/small']))
})

test('and with the key whose account holds it', async () => {
  const told = await conversations('many/small', async (id) => {
    const { attempts } = await town.call(id)
    return attempts[0]!['credential']
  })
  for (const turns of told) expect(new Set(turns).size).toBe(1)
  expect(new Set(told.flat()).size).toBe(3)
})
