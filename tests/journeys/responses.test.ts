import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { startTown, type Town } from './town.ts'

/**
 * The official client's Responses against a gateway: `acme` speaks chat completions, `birch` Anthropic's
 * messages, `cedar` Responses without keeping anything that the gateway may rely on, and `openai` keeps
 * conversations itself.
 */
let town: Town
let client: OpenAI
let stranger: OpenAI

const key = 'web-secret-0123456789'
const otherKey = 'app-secret-0123456789'
/** What a vendor of Responses may do wrong, and whether somebody else can still answer. */
const faults = {
  'error-event-first': 'served',
  'error-under-200': 'served',
  'reset-before-first': 'served',
  'empty-body': 'served',
  'malformed-event': 'served',
  'binary-event': 'served',
  'comment-events': 'served',
  'unknown-events': 'served',
  'bare-cr': 'served',
  'error-event-mid-stream': 'failed',
  'clean-end-mid-stream': 'failed',
} as const
const secrets = { acme: 'acme-key-0123456789', birch: 'birch-key-0123456789' }

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: ${secrets.acme} }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: ${secrets.birch} }
  cedar: { type: openai-responses-compatible, base_url: '{{cedar}}' }
  openai: { base_url: '{{openai}}', api_key: openai-key-0123456789 }
tasks:
  hello: { models: [openai/echo, acme/echo] }
  fragile: { models: [acme/fault/http-503, cedar/echo] }
${Object.keys(faults)
  .map((fault) => `  ${fault}: { models: [cedar/fault/${fault}, acme/echo] }`)
  .join('\n')}
keys:
  - { id: web, secret: ${key} }
  - { id: app, secret: ${otherKey} }
prices:
  acme/echo: { input: 1, output: 2 }
  birch/echo: { input: 1, output: 2 }
  cedar/echo: { input: 1, output: 2 }
  openai/echo: { input: 1, output: 2 }
payloads: full
`,
    vendors: {
      acme: { key: secrets.acme },
      birch: { key: secrets.birch },
      // The ids of their answers must differ, as those of two vendors do.
      cedar: { seed: 11 },
      openai: { seed: 12, key: 'openai-key-0123456789' },
    },
  })
  open()
})
afterAll(() => town.close())

function open(): void {
  const baseURL = `${town.url}/v1`
  client = new OpenAI({ apiKey: key, baseURL, maxRetries: 0 })
  stranger = new OpenAI({ apiKey: otherKey, baseURL, maxRetries: 0 })
}

const tool: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'Current weather of a city',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
}
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

function sentTo(vendor: string): Record<string, unknown> {
  return JSON.parse(town.vendors[vendor]!.history().at(-1)!.body) as Record<string, unknown>
}

describe.each(['acme', 'birch', 'cedar', 'openai'])('responses through %s', (vendor) => {
  test('answer a text, and the ledger has what it cost', async () => {
    const { data, response } = await client.responses
      .create({ model: `${vendor}/echo`, input: 'héllo 🌍', max_output_tokens: 100 })
      .withResponse()
    expect(data.output_text).toBe('héllo 🌍')
    expect(data).toMatchObject({ object: 'response', status: 'completed', error: null })
    const call = await town.call(response.headers.get('x-request-id')!)
    expect(call).toMatchObject({ ok: true, model: `${vendor}/echo` })
    expect(call.cost_usd).toBe(response.headers.get('x-freehold-cost-usd'))
    const { tokens } = call.attempts[0]!
    expect(tokens!['input']).toBe(data.usage!.input_tokens)
    expect(tokens!['output']).toBe(data.usage!.output_tokens)
    expect(data.usage!.total_tokens).toBe(data.usage!.input_tokens + data.usage!.output_tokens)
  })

  test('stream as typed events, in their order', async () => {
    const stream = await client.responses.create({
      model: `${vendor}/echo`,
      input: 'one two three four',
      stream: true,
    })
    const types: string[] = []
    const numbers: number[] = []
    let text = ''
    for await (const event of stream) {
      if (types.at(-1) !== event.type) types.push(event.type)
      numbers.push(event.sequence_number)
      if (event.type === 'response.output_text.delta') text += event.delta
      if (event.type === 'response.completed')
        expect(event.response.output_text ?? textOf(event.response)).toBe('one two three four')
    }
    expect(text).toBe('one two three four')
    expect(numbers).toEqual(numbers.map((_, at) => at))
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
  })

  test('call tools, whole and streamed, and take their results', async () => {
    const input: OpenAI.Responses.ResponseInput = [
      { role: 'user', content: 'Use get_weather for the weather in Oslo' },
    ]
    const whole = await client.responses.create({ model: `${vendor}/large`, input, tools: [tool] })
    const call = whole.output.find((item) => item.type === 'function_call')
    if (!call) throw new Error('no call')
    expect(call).toMatchObject({ name: 'get_weather', status: 'completed' })
    expect(JSON.parse(call.arguments)).toHaveProperty('city')

    const streamed = await client.responses
      .stream({ model: `${vendor}/large`, input, tools: [tool] })
      .finalResponse()
    const same = streamed.output.find((item) => item.type === 'function_call')
    expect(JSON.parse(same!.arguments)).toEqual(JSON.parse(call.arguments))

    const result = {
      type: 'function_call_output',
      call_id: call.call_id,
      output: '4 degrees',
    } as const
    const after = await client.responses.create({
      model: `${vendor}/large`,
      input: [...input, ...(whole.output as OpenAI.Responses.ResponseInput), result],
      tools: [tool],
    })
    expect(after.output_text).toContain('4 degrees')

    const shorter = await client.responses.create({
      model: `${vendor}/large`,
      previous_response_id: whole.id,
      input: [result],
      tools: [tool],
    })
    expect(shorter.output_text).toContain('4 degrees')
  })

  test('fit a schema', async () => {
    const answer = await client.responses.create({
      model: `${vendor}/large`,
      input: 'Describe Oslo',
      text: {
        format: {
          type: 'json_schema',
          name: 'place',
          strict: true,
          schema: {
            type: 'object',
            properties: { size: { type: 'integer', minimum: 1 } },
            required: ['size'],
            additionalProperties: false,
          },
        },
      },
    })
    expect((JSON.parse(answer.output_text) as { size: number }).size).toBeGreaterThanOrEqual(1)
  })

  test('show pictures', async () => {
    const answer = await client.responses.create({
      model: `${vendor}/vision`,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${pixel}` },
          ],
        },
      ],
    })
    expect(answer.output_text).toContain('image/png')
  })

  test('tell what was thought, where a summary was asked for', async () => {
    const stream = await client.responses.create({
      model: `${vendor}/reasoner`,
      input: 'What is 12 * 12?',
      reasoning: { effort: 'medium', summary: 'auto' },
      max_output_tokens: 5_000,
      stream: true,
    })
    let thought = ''
    let item: OpenAI.Responses.ResponseReasoningItem | undefined
    for await (const event of stream) {
      if (event.type === 'response.reasoning_summary_text.delta') thought += event.delta
      if (event.type === 'response.output_item.done' && event.item.type === 'reasoning')
        item = event.item
    }
    expect(thought.length).toBeGreaterThan(5)
    expect(item!.summary).toEqual([{ type: 'summary_text', text: thought }])
  })

  test('end early when the tokens are used up, and say so', async () => {
    const answer = await client.responses.create({
      model: `${vendor}/echo`,
      input: 'word '.repeat(60),
      max_output_tokens: 16,
    })
    expect(answer).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    })
  })

  test('go on from an answer by its id, whole and streamed', async () => {
    const first = await client.responses.create({
      model: `${vendor}/echo`,
      input: 'My name is Ada.',
    })
    const second = await client.responses.create({
      model: `${vendor}/echo`,
      previous_response_id: first.id,
      input: 'And I live in Oslo.',
    })
    const third = await client.responses
      .stream({ model: `${vendor}/echo`, previous_response_id: second.id, input: 'Who am I?' })
      .finalResponse()
    expect(textOf(third)).toBe('Who am I?')
    const sent = sentTo(vendor)
    if (vendor === 'openai') {
      expect(sent['previous_response_id']).toBe(second.id)
      expect(JSON.stringify(sent)).not.toContain('Ada')
    } else {
      expect(sent).not.toHaveProperty('previous_response_id')
      const said = JSON.stringify(sent['messages'] ?? sent['input'])
      const places = ['My name is Ada.', 'And I live in Oslo.', 'Who am I?'].map((words) =>
        said.indexOf(words),
      )
      expect(places.every((place) => place > 0)).toBe(true)
      expect(places).toEqual(places.toSorted((left, right) => left - right))
      // What was asked and what was answered, twice, and what is asked now.
      expect(((sent['messages'] ?? sent['input']) as unknown[]).length).toBe(5)
    }
  })
})

function textOf({ output }: OpenAI.Responses.Response): string {
  return output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .map((part) => (part.type === 'output_text' ? part.text : ''))
    .join('')
}

describe('a conversation left at the server', () => {
  test('moves from one provider to another, whoever kept it', async () => {
    let id: string | null = null
    const words = ['apples', 'pears', 'plums', 'cherries']
    for (const [index, vendor] of ['openai', 'birch', 'cedar', 'acme'].entries()) {
      const answer: OpenAI.Responses.Response = await client.responses.create({
        model: `${vendor}/echo`,
        input: words[index]!,
        ...(id === null ? {} : { previous_response_id: id }),
      })
      expect(answer.output_text).toBe(words[index]!)
      const sent = JSON.stringify(sentTo(vendor))
      for (const word of words.slice(0, index + 1)) expect(sent).toContain(word)
      id = answer.id
    }
  })

  test('stays with the provider that keeps it, in a task with others', async () => {
    const first = await client.responses.create({ model: 'hello', input: 'Remember the sea.' })
    town.vendors['openai']!.behave({ fault: 'http-503', times: 2 })
    const down = client.responses.create({
      model: 'hello',
      previous_response_id: first.id,
      input: 'What was it?',
    })
    expect(await down.catch((error: unknown) => error)).toMatchObject({ status: 503 })
    town.vendors['openai']!.reset()
  })

  test('is nobody else’s', async () => {
    const mine = await client.responses.create({ model: 'acme/echo', input: 'A secret.' })
    const refused = { status: 404, code: 'response_not_found' }
    const asked = stranger.responses.create({
      model: 'acme/echo',
      previous_response_id: mine.id,
      input: 'What was it?',
    })
    expect(await asked.catch((error: unknown) => error)).toMatchObject(refused)
    const read = stranger.responses.retrieve(mine.id).catch((error: unknown) => error)
    expect(await read).toMatchObject(refused)
    const removed = stranger.responses.delete(mine.id).catch((error: unknown) => error)
    expect(await removed).toMatchObject(refused)
    expect((await client.responses.retrieve(mine.id)).output_text).toBe('A secret.')
  })

  test('can be read, and forgotten', async () => {
    const answer = await client.responses.create({ model: 'cedar/echo', input: 'For now.' })
    const { output_text: _, ...kept } = await client.responses.retrieve(answer.id)
    expect(answer).toMatchObject(kept as object)
    await client.responses.delete(answer.id)
    const gone = { status: 404, code: 'response_not_found' }
    const read = client.responses.retrieve(answer.id).catch((error: unknown) => error)
    expect(await read).toMatchObject(gone)
    const followed = client.responses
      .create({ model: 'cedar/echo', previous_response_id: answer.id, input: 'More.' })
      .catch((error: unknown) => error)
    expect(await followed).toMatchObject({ ...gone, param: 'previous_response_id' })
  })

  test('is not kept when store is false', async () => {
    const answer = await client.responses.create({
      model: 'acme/echo',
      input: 'Off the record.',
      store: false,
    })
    const read = client.responses.retrieve(answer.id).catch((error: unknown) => error)
    expect(await read).toMatchObject({ status: 404 })
  })

  test.each(['acme', 'cedar', 'openai'])(
    'of %s may name its items instead of repeating them',
    async (vendor) => {
      const first = await client.responses.create({
        model: `${vendor}/large`,
        input: 'Use get_weather for the weather in Oslo',
        tools: [tool],
      })
      const call = first.output.find((item) => item.type === 'function_call')!
      for (const next of ['acme', 'birch', 'cedar', 'openai']) {
        const after = await client.responses.create({
          model: `${next}/large`,
          input: [
            { role: 'user', content: 'Use get_weather for the weather in Oslo' },
            { type: 'item_reference', id: call.id! },
            { type: 'function_call_output', call_id: call.call_id, output: '4 degrees' },
          ],
          tools: [tool],
        })
        expect(after.output_text).toContain('4 degrees')
      }
    },
  )

  test('outlives the gateway', async () => {
    const first = await client.responses.create({ model: 'acme/echo', input: 'Remember the sea.' })
    await town.end()
    await town.restart()
    open()
    await client.responses.create({
      model: 'birch/echo',
      previous_response_id: first.id,
      input: 'What was it?',
    })
    expect(JSON.stringify(sentTo('birch'))).toContain('Remember the sea.')
  })
})

describe('what goes wrong', () => {
  test('is told in the client’s own errors', async () => {
    const asked = (body: object): Promise<unknown> =>
      client.responses
        .create({ model: 'acme/echo', input: 'x', ...body } as never)
        .catch((error: unknown) => error)
    expect(await asked({ background: true })).toMatchObject({ status: 400, param: 'background' })
    expect(await asked({ input: 7 })).toMatchObject({ status: 400, param: 'input' })
    expect(await asked({ model: 'nobody/x' })).toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
    expect(await asked({ tools: [{ type: 'web_search' }] })).toMatchObject({
      status: 400,
      code: 'unsupported_content',
    })
    expect(await asked({ model: 'acme/fault/http-400' })).toMatchObject({ status: 400 })
    expect(await asked({ model: 'cedar/fault/http-429' })).toMatchObject({ status: 429 })
  })

  test('goes elsewhere before the first content', async () => {
    const stream = client.responses.stream({ model: 'fragile', input: 'still here' })
    expect(textOf(await stream.finalResponse())).toBe('still here')
  })

  test.each(Object.entries(faults))(
    '%s: a streamed answer is whole, or an error, and never two',
    async (fault, outcome) => {
      const input = 'eleven small words that come one by one over the wire'
      let text = ''
      let ends = 0
      const read = async (): Promise<void> => {
        const stream = await client.responses.create({ model: fault, input, stream: true })
        for await (const event of stream) {
          if (event.type === 'response.output_text.delta') text += event.delta
          if (event.type === 'response.completed') ends += 1
        }
      }
      const error = await read().then(
        () => null,
        (thrown: unknown) => thrown,
      )
      if (outcome === 'served') expect([text, ends, error]).toEqual([input, 1, null])
      else {
        expect(error).toBeInstanceOf(Error)
        expect([input.startsWith(text), ends]).toEqual([true, 0])
      }
    },
  )

  test.each(['acme', 'cedar'])(
    'ends a stream of %s with an error and a failed response',
    async (vendor) => {
      const response = await fetch(`${town.url}/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({
          model: `${vendor}/fault/reset-mid-stream`,
          input: 'a long story about many things that never comes to its end',
          stream: true,
        }),
      })
      const events = (await response.text())
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>)
      expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, at) => at))
      const [error, failed] = events.slice(-2)
      expect(error).toMatchObject({ type: 'error', code: 'provider_failed' })
      expect(failed).toMatchObject({
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'server_error' } },
      })
      const read = await client.responses
        .stream({
          model: `${vendor}/fault/reset-mid-stream`,
          input: 'a long story that never ends',
        })
        .finalResponse()
        .catch((thrown: unknown) => thrown)
      expect(read).toBeInstanceOf(Error)
    },
  )
})

test('callers of other dialects reach a provider that has only responses', async () => {
  const chat = await client.chat.completions.create({
    model: 'cedar/echo',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
    ],
  })
  expect(chat.choices[0]).toMatchObject({ message: { content: 'hello' }, finish_reason: 'stop' })
  expect(sentTo('cedar')).toMatchObject({ store: false })
  const called = await client.chat.completions.create({
    model: 'cedar/large',
    messages: [{ role: 'user', content: 'Use get_weather for the weather in Oslo' }],
    tools: [{ type: 'function', function: { name: tool.name, parameters: tool.parameters! } }],
  })
  expect(called.choices[0]!.finish_reason).toBe('tool_calls')
  const { call_id: id, ...rest } = { call_id: called.choices[0]!.message.tool_calls![0]!.id }
  expect([id.startsWith('call_'), rest]).toEqual([true, {}])
})
