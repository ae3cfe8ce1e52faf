import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/**
 * Clients that lose thoughts and signatures, and vendors that refuse a turn without them. The clients
 * here send back what every client keeps: the text, and the calls with their ids.
 */
let town: Town

const keys = { web: 'web-secret-0123456789', app: 'app-secret-0123456789' }

const config = `
providers:
  moonshot: { base_url: '{{kimi}}', api_key: kimi-key-0123456789 }
  deepseek: { base_url: '{{deepseek}}', api_key: deepseek-key-0123456789 }
  google: { base_url: '{{gemini}}', api_key: gemini-key-0123456789 }
  amber: { type: anthropic-compatible, base_url: '{{amber}}', api_key: amber-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
keys:
  - { id: web, secret: ${keys.web} }
  - { id: app, secret: ${keys.app} }
`

/** Google's own dialect: a call is signed, and refused when it comes back without its signature. */
const signature = 'c2lnbmVkLWJ5LWdlbWluaQ=='
const signatures: (string | undefined)[] = []
const gemini = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: async (request) => {
    const { contents } = (await request.json()) as {
      contents: { parts: { functionCall?: object; thoughtSignature?: string }[] }[]
    }
    const called = contents.flatMap(({ parts }) => parts).find((part) => part.functionCall)
    if (called) signatures.push(called.thoughtSignature)
    if (called && called.thoughtSignature === undefined) {
      const message = 'Function call is missing a thought_signature in functionCall parts.'
      const error = { code: 400, message, status: 'INVALID_ARGUMENT' }
      return Response.json({ error }, { status: 400 })
    }
    const part = called
      ? { text: 'It is wet. Rain.' }
      : {
          functionCall: { name: 'weather', args: { city: 'Rome' } },
          thoughtSignature: signature,
        }
    const answer = {
      candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
      modelVersion: 'gemini-3-pro',
    }
    if (!request.url.includes('streamGenerateContent')) return Response.json(answer)
    const headers = { 'content-type': 'text/event-stream' }
    return new Response(`data: ${JSON.stringify(answer)}\r\n\r\n`, { headers })
  },
})

beforeAll(async () => {
  town = await startTown({
    config: config.replace('{{gemini}}', gemini.url.origin),
    vendors: {
      kimi: { key: 'kimi-key-0123456789' },
      deepseek: { key: 'deepseek-key-0123456789' },
      amber: { key: 'amber-key-0123456789' },
      birch: { key: 'birch-key-0123456789' },
    },
  })
})
afterAll(async () => {
  await town.close()
  await gemini.stop(true)
})

interface Said {
  readonly adapted: string
  readonly content: string | null
  readonly calls: readonly { readonly id: string; readonly function: { arguments: string } }[]
}

type Message = Readonly<Record<string, unknown>>

const tools = [
  {
    type: 'function',
    function: {
      name: 'weather',
      description: 'Tells what it is like outside',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]

interface Asking {
  readonly stream?: boolean
  readonly key?: keyof typeof keys
  readonly more?: Message
}

/** One call as an OpenAI client makes it, and what that client keeps of the answer. */
async function chat(
  model: string,
  messages: readonly Message[],
  { stream = false, key = 'web', more = {} }: Asking = {},
): Promise<Said> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys[key]}` },
    body: JSON.stringify({ model, messages, tools, stream, ...more }),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${text}`)
  const adapted = response.headers.get('x-freehold-adapted') ?? ''
  return { adapted, ...(stream ? folded(text) : kept(JSON.parse(text) as Whole)) }
}

interface Whole {
  readonly choices: readonly {
    readonly message: { readonly content: string | null; readonly tool_calls?: Said['calls'] }
  }[]
}

function kept({ choices }: Whole): Omit<Said, 'adapted'> {
  const { content, tool_calls: calls = [] } = choices[0]!.message
  return { content, calls: calls.map(({ id, function: called }) => ({ id, function: called })) }
}

function folded(stream: string): Omit<Said, 'adapted'> {
  const calls: { id: string; function: { name: string; arguments: string } }[] = []
  let content = ''
  for (const line of stream.split('\n').filter((one) => one.startsWith('data: {'))) {
    const event = JSON.parse(line.slice(6)) as {
      choices: {
        delta: {
          content?: string | null
          tool_calls?: {
            index: number
            id?: string
            function: { name?: string; arguments?: string }
          }[]
        }
      }[]
    }
    const delta = event.choices[0]?.delta
    content += delta?.content ?? ''
    for (const { index, id, function: called } of delta?.tool_calls ?? []) {
      calls[index] ??= { id: id ?? '', function: { name: '', arguments: '' } }
      calls[index].function.name += called.name ?? ''
      calls[index].function.arguments += called.arguments ?? ''
    }
  }
  expect(stream).toContain('data: [DONE]')
  return { content: content === '' ? null : content, calls }
}

const user = (content: string): Message => ({ role: 'user', content })
const question = (city: string): Message => user(`What is the weather like in ${city}?`)

/** The turn as the client sends it back, with what its tool found. */
function answered({ content, calls }: Said): Message[] {
  expect(calls.length).toBeGreaterThan(0)
  const called = calls.map(({ id, function: made }) => ({ id, type: 'function', function: made }))
  return [
    { role: 'assistant', content, tool_calls: called },
    ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'Rain.' })),
  ]
}

interface SentMessage {
  readonly role: string
  readonly content: unknown
  readonly reasoning_content?: string
  readonly tool_calls?: readonly { readonly extra_content?: unknown }[]
}

/** The assistant's turns of the last request that a vendor got, and what it said in the one before. */
function lastAt(vendor: string): { turns: readonly SentMessage[]; before: string; body: string } {
  const entries = town.vendors[vendor]!.history()
  const last = entries.at(-1)!
  const { messages } = JSON.parse(last.body) as { messages: SentMessage[] }
  return {
    turns: messages.filter(({ role }) => role === 'assistant'),
    before: entries.at(-2)?.text ?? '',
    body: last.body,
  }
}

describe.each([
  ['whole', false],
  ['streamed', true],
])('%s: what the client lost is put back', (way, stream) => {
  test('thoughts beside tool calls, for Kimi', async () => {
    const asked = [question(`Berne, ${way}`)]
    const first = await chat('moonshot/kimi-thinking', asked, { stream })
    const second = [...asked, ...answered(first)]
    const said = await chat('moonshot/kimi-thinking', second, { stream })
    expect(said.adapted).toContain('+reasoning_content')
    expect(said.content).toContain('Rain.')
    const { turns, before } = lastAt('kimi')
    expect(turns[0]!.reasoning_content!.length).toBeGreaterThan(20)
    expect(before).toStartWith(turns[0]!.reasoning_content!)
  })

  test('thoughts of every turn, for DeepSeek', async () => {
    const asked = [user(`Tell me of ships, ${way}.`)]
    const first = await chat('deepseek/deepseek-v4', asked, { stream })
    expect(first.calls).toEqual([])
    const told = [...asked, { role: 'assistant', content: first.content }, question('Oslo')]
    const second = await chat('deepseek/deepseek-v4', told, { stream })
    const ships = lastAt('deepseek')
    expect(ships.before).toStartWith(ships.turns[0]!.reasoning_content!)
    await chat('deepseek/deepseek-v4', [...told, ...answered(second)], { stream })
    const { turns, before } = lastAt('deepseek')
    expect(turns[0]!.reasoning_content).toBe(ships.turns[0]!.reasoning_content!)
    expect(turns[1]!.reasoning_content!.length).toBeGreaterThan(20)
    expect(before).toStartWith(turns[1]!.reasoning_content!)
  })

  test('the signature of a call, for Gemini', async () => {
    const asked = [question(`Rome, ${way}`)]
    const first = await chat('google/gemini-3-pro', asked, { stream })
    const said = await chat('google/gemini-3-pro', [...asked, ...answered(first)], { stream })
    expect(said.content).toContain('Rain.')
    expect(said.adapted).toContain('+thoughtSignature')
    expect(signatures.at(-1)).toBe(signature)
  })

  test('signed thoughts, for Anthropic', async () => {
    const asked = [question(`Bonn, ${way}`)]
    const more = { reasoning_effort: 'high', max_tokens: 30_000 }
    const first = await chat('amber/reasoner', asked, { stream, more })
    const said = await chat('amber/reasoner', [...asked, ...answered(first)], { stream, more })
    expect(said.adapted).toContain('+thinking')
    const [block] = lastAt('amber').turns[0]!.content as Message[]
    expect(block).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/^Es/) })
    expect(lastAt('amber').before).toStartWith(block!['thinking'] as string)
  })
})

describe("in Anthropic's own dialect", () => {
  const weather = {
    name: 'weather',
    description: 'Tells what it is like outside',
    input_schema: { type: 'object', properties: { city: { type: 'string' } } },
  }
  const messages = async (model: string, turns: readonly Message[]) => {
    const response = await fetch(`${town.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': keys.web, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model,
        max_tokens: 30_000,
        thinking: { type: 'enabled', budget_tokens: 2_000 },
        tools: [weather],
        messages: turns,
      }),
    })
    const body = (await response.json()) as { content: Message[] }
    expect([response.status, body]).toMatchObject([200, {}])
    return { content: body.content, adapted: response.headers.get('x-freehold-adapted') ?? '' }
  }
  const result = (content: readonly Message[]): Message => ({
    role: 'user',
    content: content
      .filter(({ type }) => type === 'tool_use')
      .map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'Rain.' })),
  })

  test('thoughts that the client lost are put back', async () => {
    const asked = [question('Lima')]
    const { content } = await messages('birch/reasoner', asked)
    const [thought] = content
    const lost = content.filter(({ type }) => type !== 'thinking')
    const turns = [...asked, { role: 'assistant', content: lost }, result(content)]
    const { adapted } = await messages('birch/reasoner', turns)
    expect(adapted).toContain('+thinking')
    expect((lastAt('birch').turns[0]!.content as Message[])[0]).toEqual(thought!)
  })

  test('a call that keeps its thoughts passes untouched', async () => {
    const asked = [question('Quito')]
    const { content } = await messages('birch/reasoner', asked)
    const turns = [...asked, { role: 'assistant', content }, result(content)]
    expect((await messages('birch/reasoner', turns)).adapted).toBe('')
    expect(lastAt('birch').turns[0]!.content).toEqual(content)
  })

  test('thoughts that one vendor signed do not go to another, which then thinks no more', async () => {
    const asked = [question('Cairo')]
    const { content } = await messages('amber/reasoner', asked)
    const turns = [...asked, { role: 'assistant', content }, result(content)]
    const { adapted } = await messages('birch/reasoner', turns)
    expect(adapted.split(', ')).toEqual(['-signature', '-thinking'])
    expect(lastAt('birch').body).not.toContain('signature')
  })
})

describe('a change of vendor', () => {
  test('takes thoughts along as text, without their signature', async () => {
    const asked = [question('Paris')]
    const more = { reasoning_effort: 'high', max_tokens: 30_000 }
    const first = await chat('amber/reasoner', asked, { more })
    const { adapted } = await chat('moonshot/kimi-thinking', [...asked, ...answered(first)])
    expect(adapted).toContain('+reasoning_content')
    expect(adapted).toContain('-signature')
    const { turns, body } = lastAt('kimi')
    const thought = town.vendors['amber']!.history().at(-1)!.text
    expect(thought).toStartWith(turns[0]!.reasoning_content!)
    expect(turns[0]!.reasoning_content!.length).toBeGreaterThan(20)
    expect(body).not.toContain('signature')
  })

  test('from one that signs nothing to one that wants signatures goes on without thoughts', async () => {
    const asked = [question('Turin')]
    const first = await chat('moonshot/kimi-thinking', asked)
    const more = { reasoning_effort: 'high', max_tokens: 30_000 }
    const said = await chat('birch/reasoner', [...asked, ...answered(first)], { more })
    expect(said.adapted).toContain('-thinking')
    expect(said.content).toContain('Rain.')
  })
})

test("one key's thoughts never go into another key's call", async () => {
  const asked = [question('Delhi')]
  const first = await chat('moonshot/kimi-thinking', asked)
  const second = [...asked, ...answered(first)]
  await chat('moonshot/kimi-thinking', second, { key: 'app' })
  expect(lastAt('kimi').turns[0]!.reasoning_content).toBe(' ')
  await chat('moonshot/kimi-thinking', second)
  expect(lastAt('kimi').turns[0]!.reasoning_content!.length).toBeGreaterThan(20)
})

test('a restart forgets nothing', async () => {
  const asked = [question('Seoul')]
  const first = await chat('moonshot/kimi-thinking', asked)
  const thought = town.vendors['kimi']!.history().at(-1)!.text
  await town.end()
  await town.restart()
  await chat('moonshot/kimi-thinking', [...asked, ...answered(first)])
  const { turns } = lastAt('kimi')
  expect(turns[0]!.reasoning_content!.length).toBeGreaterThan(20)
  expect(thought).toStartWith(turns[0]!.reasoning_content!)
})
