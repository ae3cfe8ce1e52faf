import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { existsSync, readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { startSimulator, type Simulator } from '../server.ts'

let vendor: Simulator
let client: OpenAI

beforeAll(() => {
  vendor = startSimulator({ speed: 0, seed: 7 })
  client = new OpenAI({ apiKey: 'key-0123456789', baseURL: vendor.url, maxRetries: 0 })
})
afterAll(() => vendor.stop())

function refused(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => null,
    (error: unknown) => error,
  )
}

describe('responses', () => {
  test('answer, whole and streamed, and count alike', async () => {
    const request = { model: 'medium', input: 'Tell me about rain.' }
    const whole = await client.responses.create(request)
    const streamed = await client.responses.stream(request).finalResponse()
    expect(whole.output_text.length).toBeGreaterThan(20)
    expect(streamed.output_text).toBe(whole.output_text)
    expect(streamed.usage!.output_tokens).toBe(whole.usage!.output_tokens)
  })

  test('seal thoughts for the key that they were thought for', async () => {
    const request = {
      model: 'reasoner',
      input: 'What is 12 * 12?',
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    } as const
    const { output } = await client.responses.create(request as never)
    const thought = output.find((item) => item.type === 'reasoning')!
    expect(thought.summary[0]!.text.length).toBeGreaterThan(5)
    const back = { model: 'reasoner', input: [thought, { role: 'user' as const, content: 'And?' }] }
    await client.responses.create(back)
    const other = new OpenAI({ apiKey: 'key-9876543210', baseURL: vendor.url, maxRetries: 0 })
    expect(await refused(other.responses.create(back))).toMatchObject({
      status: 400,
      code: 'invalid_encrypted_content',
    })
  })

  test('are kept by their ids, unless they are not to be', async () => {
    const first = await client.responses.create({ model: 'echo', input: 'one' })
    const next = { model: 'large', input: 'What did I say?' }
    await client.responses.create({ ...next, previous_response_id: first.id })
    const [named] = first.output
    await client.responses.create({
      model: 'echo',
      input: [
        { type: 'item_reference', id: named!.id! },
        { role: 'user', content: 'And?' },
      ],
    })
    const unkept = await client.responses.create({ model: 'echo', input: 'two', store: false })
    for (const id of [unkept.id, 'resp_nobody']) {
      expect(
        await refused(client.responses.create({ ...next, previous_response_id: id })),
      ).toMatchObject({ status: 400, code: 'previous_response_not_found' })
    }
  })

  test.each([
    [{ model: 'gpt-9' }, 404, 'model_not_found'],
    [{ input: undefined }, 400, 'missing_required_parameter'],
    [{ max_output_tokens: 5 }, 400, 'integer_below_min_value'],
    [{ input: [{ type: 'function_call_output', call_id: 'a', output: 'x' }] }, 400, null],
    [{ input: [{ type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' }] }, 400, null],
    [
      { input: [{ type: 'function_call_output', call_id: 'a'.repeat(65), output: 'x' }] },
      400,
      'string_above_max_length',
    ],
    [{ tools: [{ type: 'web_search' }] }, 400, 'invalid_value'],
  ])('refuse %j', async (wrong, status, code) => {
    const asked = client.responses.create({ model: 'echo', input: 'x', ...wrong } as never)
    expect(await refused(asked)).toMatchObject({ status, code })
  })
})

const schema = '../shared/data/fixtures/schema/openai-calibrated.json'

test.skipIf(!existsSync(schema))(
  `answers fit the schema that OpenAI’s own do (skipped without ${schema})`,
  async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ ...(JSON.parse(readFileSync(schema, 'utf8')) as object), $id: 'oai' })
    const validate = ajv.getSchema('oai#/components/schemas/Response')!
    for (const [model, input] of [
      ['echo', 'hello'],
      ['reasoner', 'What is 2 + 2?'],
      ['large', 'refuse this'],
    ] as const) {
      const response = await fetch(`${vendor.url}/responses`, {
        method: 'POST',
        body: JSON.stringify({ model, input, reasoning: { summary: 'auto' } }),
      })
      expect([validate(await response.json()), ajv.errorsText(validate.errors)]).toEqual([
        true,
        'No errors',
      ])
    }
  },
)
