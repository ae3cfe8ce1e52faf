import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  ThrottlingException,
} from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import OpenAI, { AzureOpenAI } from 'openai'
import { startTown, type Town } from './town.ts'

/**
 * Clients of the big clouds against a gateway, and the big clouds behind one: `bedrock` believes a
 * signature that the simulator makes for itself and compares, `token` a key of Bedrock's, `azure` and
 * `classic` are Azure in its two styles, `acme` speaks OpenAI's dialect.
 */
let town: Town
let bedrock: BedrockRuntimeClient

const key = 'web-secret-0123456789'
const lent = 'AKIDEXAMPLE0123456:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY:a/lent+token=='
const azureKey = '0123456789abcdef0123456789abcdef'
const jwt = 'eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJzaW0ifQ.c2lnbmF0dXJl'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  bedrock: { base_url: '{{aws}}', api_key: '${lent}' }
  stranger: { type: bedrock, base_url: '{{aws}}', api_key: 'AKIDEXAMPLE0123456:another-secret' }
  token: { type: bedrock, base_url: '{{awstoken}}', api_key: ABSK-bedrock-0123456789 }
  azure: { base_url: '{{msft}}/openai/v1', api_key: ${azureKey} }
  classic: { type: azure, base_url: '{{msft}}/openai/deployments?api-version=2024-10-21', api_key: ${azureKey} }
  entra: { type: azure, base_url: '{{entra}}/openai/v1', api_key: ${jwt} }
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
tasks:
  hello: acme/echo
  sheltered: { models: [bedrock/us.sim.fault/http-503-v1:0, acme/echo] }
keys:
  - { id: web, secret: ${key} }
prices:
  bedrock/us.sim.echo-v1:0: { input: 3, output: 15 }
`,
    vendors: {
      aws: { key: lent },
      awstoken: { key: 'ABSK-bedrock-0123456789' },
      msft: { key: azureKey },
      entra: { key: jwt },
      acme: { key: 'acme-key-0123456789' },
    },
  })
  bedrock = new BedrockRuntimeClient({
    endpoint: town.url,
    region: 'eu-central-1',
    token: { token: key },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
    // Its own choice is HTTP/2, which needs TLS in front of the gateway.
    requestHandler: new NodeHttpHandler(),
  })
})
afterAll(async () => {
  bedrock.destroy()
  await town.close()
})

function asking(modelId: string, text = 'héllo 🌍'): ConverseCommandInput {
  return {
    modelId,
    messages: [{ role: 'user', content: [{ text }] }],
    inferenceConfig: { maxTokens: 200 },
  }
}

const weather = {
  tools: [
    {
      toolSpec: {
        name: 'get_weather',
        description: 'Current weather of a city',
        inputSchema: {
          json: {
            type: 'object',
            properties: { city: { type: 'string' } },
            required: ['city'],
          },
        },
      },
    },
  ],
}

describe.each([
  'bedrock/us.sim.echo-v1:0',
  'token/eu.sim.echo-v1:0',
  'azure/echo',
  'classic/echo',
  'entra/echo',
  'acme/echo',
  'hello',
])("Amazon's client through %s", (model) => {
  test('gets a whole answer with its counts', async () => {
    const { output, stopReason, usage } = await bedrock.send(new ConverseCommand(asking(model)))
    expect(output?.message).toMatchObject({ role: 'assistant', content: [{ text: 'héllo 🌍' }] })
    expect(stopReason).toBe('end_turn')
    expect(usage!.inputTokens).toBeGreaterThan(0)
    expect(usage!.totalTokens).toBe(usage!.inputTokens! + usage!.outputTokens!)
  })

  test('gets a stream, in events of the right order', async () => {
    const { stream } = await bedrock.send(new ConverseStreamCommand(asking(model)))
    let text = ''
    const names: string[] = []
    for await (const event of stream!) {
      const [name] = Object.keys(event)
      if (names.at(-1) !== name) names.push(name!)
      text += event.contentBlockDelta?.delta?.text ?? ''
      if (event.messageStop) expect(event.messageStop.stopReason).toBe('end_turn')
      if (event.metadata) expect(event.metadata.usage!.outputTokens).toBeGreaterThan(0)
    }
    expect(text).toBe('héllo 🌍')
    expect(names).toEqual([
      'messageStart',
      'contentBlockDelta',
      'contentBlockStop',
      'messageStop',
      'metadata',
    ])
  })

  test('is called back by a tool, and hears what it answered', async () => {
    const first = {
      ...asking(
        model.replace('echo', 'small').replace('hello', 'acme/small'),
        'Use get_weather for the weather in Oslo',
      ),
      toolConfig: { ...weather, toolChoice: { tool: { name: 'get_weather' } } },
    }
    const { output, stopReason } = await bedrock.send(new ConverseCommand(first))
    expect(stopReason).toBe('tool_use')
    const call = output!.message!.content!.find((block) => block.toolUse)!.toolUse!
    expect(call).toMatchObject({ name: 'get_weather', input: { city: expect.any(String) } })
    const { toolUseId } = call
    const results = [{ toolResult: { toolUseId, content: [{ text: '4 degrees' }] } }]
    const second = await bedrock.send(
      new ConverseCommand({
        ...first,
        toolConfig: weather,
        messages: [...first.messages!, output!.message!, { role: 'user', content: results }],
      }),
    )
    expect(second.stopReason).toBe('end_turn')
  })
})

describe('Bedrock behind the gateway', () => {
  test('is asked at an escaped path with a signature that it can make itself', async () => {
    const from = town.vendors['aws']!.history().at(-1)?.id ?? 0
    const openai = new OpenAI({ apiKey: key, baseURL: `${town.url}/v1`, maxRetries: 0 })
    const { data, response } = await openai.chat.completions
      .create({
        model: 'bedrock/us.sim.echo-v1:0',
        messages: [{ role: 'user', content: 'signed' }],
      })
      .withResponse()
    expect(data.choices[0]!.message.content).toBe('signed')
    expect(Number(response.headers.get('x-freehold-cost-usd'))).toBeGreaterThan(0)
    const asked = town.vendors['aws']!.history().find(({ id }) => id > from)
    expect(asked!.path).toEndWith('/model/us.sim.echo-v1%3A0/converse')
    expect(asked!.headers).toMatchObject({ 'x-amz-security-token': 'a/lent+token==' })
    const facts = await town.call(response.headers.get('x-request-id')!)
    expect(facts.model).toBe('bedrock/us.sim.echo-v1:0')
  })

  test("refuses another's signature, which is no fault of the caller", async () => {
    const refused = bedrock.send(new ConverseCommand(asking('stranger/us.sim.echo-v1:0')))
    await expect(refused).rejects.toMatchObject({
      name: 'ModelErrorException',
      $metadata: { httpStatusCode: 502 },
    })
  })

  test('stands back for another when it is out of order', async () => {
    const { output } = await bedrock.send(new ConverseCommand(asking('sheltered')))
    expect(output!.message!.content).toEqual([{ text: 'héllo 🌍' }])
  })

  test('is throttled: the client gets its own exception', async () => {
    const throttled = bedrock.send(
      new ConverseCommand(asking('bedrock/us.sim.fault/http-429-v1:0')),
    )
    await expect(throttled).rejects.toBeInstanceOf(ThrottlingException)
  })

  test('breaks off in the middle: the stream ends with an exception, not as if it were whole', async () => {
    const { stream } = await bedrock.send(
      new ConverseStreamCommand(
        asking('bedrock/us.sim.fault/reset-mid-stream-v1:0', 'one two three four five'),
      ),
    )
    const read = (async () => {
      const names: string[] = []
      for await (const event of stream!) names.push(...Object.keys(event))
      return names
    })()
    await expect(read).rejects.toMatchObject({ name: 'ModelStreamErrorException' })
  })
})

test('a caller of Bedrock is refused in its own words', async () => {
  const body = JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'x' }] }] })
  const ask = (path: string, headers: Record<string, string>, text = body) =>
    fetch(town.url + path, { method: 'POST', headers, body: text })
  const bearer = { authorization: `Bearer ${key}` }
  for (const [response, status, type] of [
    [await ask('/model/hello/converse', {}), 401, 'UnrecognizedClientException'],
    [await ask('/model/nobody%2Fx/converse', bearer), 404, 'ResourceNotFoundException'],
    [await ask('/model/hello/converse', bearer, '{"messages":[]}'), 400, 'ValidationException'],
    [await ask('/model/hello/invoke', bearer), 404, 'ResourceNotFoundException'],
  ] as const) {
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([status, type])
    expect(((await response.json()) as { message: string }).message.length).toBeGreaterThan(10)
  }
})

describe.each(['azure/echo', 'classic/echo', 'bedrock/us.sim.echo-v1:0', 'hello'])(
  "Azure's client through %s",
  (model) => {
    const clients = (): readonly OpenAI[] => [
      new AzureOpenAI({ endpoint: town.url, apiKey: key, apiVersion: '2024-10-21', maxRetries: 0 }),
      new AzureOpenAI({
        endpoint: town.url,
        azureADTokenProvider: () => Promise.resolve(key),
        apiVersion: '2024-10-21',
        maxRetries: 0,
      }),
      new OpenAI({ baseURL: `${town.url}/openai/v1`, apiKey: key, maxRetries: 0 }),
    ]

    test('chats in both styles, whole and streamed', async () => {
      const messages = [{ role: 'user' as const, content: 'héllo 🌍' }]
      for (const client of clients()) {
        const whole = await client.chat.completions.create({ model, messages })
        expect(whole.choices[0]!.message.content).toBe('héllo 🌍')
        const stream = await client.chat.completions.create({ model, messages, stream: true })
        let text = ''
        for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? ''
        expect(text).toBe('héllo 🌍')
      }
    })
  },
)

test("Azure's client gets vectors, in both styles of client and of provider", async () => {
  for (const model of ['azure/embed', 'classic/embed', 'acme/embed']) {
    const client = new AzureOpenAI({ endpoint: town.url, apiKey: key, apiVersion: '2024-10-21' })
    const { data } = await client.embeddings.create({ model, input: 'a text' })
    expect(data[0]!.embedding).toHaveLength(256)
  }
})

test('Azure is asked in the style of its address', async () => {
  const asked = town.vendors['msft']!.history().map(({ path, headers }) => ({ path, headers }))
  const paths = new Set(asked.map(({ path }) => path))
  expect(paths).toContain('/v1/openai/v1/chat/completions')
  expect(paths).toContain('/v1/openai/deployments/echo/chat/completions')
  for (const { headers } of asked) {
    expect(headers['api-key']).toBe(azureKey)
    expect(headers).not.toHaveProperty('authorization')
  }
  const entra = town.vendors['entra']!.history()
  expect(entra.length).toBeGreaterThan(0)
  for (const { headers } of entra) {
    expect(headers).toMatchObject({ authorization: `Bearer ${jwt}` })
    expect(headers).not.toHaveProperty('api-key')
  }
})
