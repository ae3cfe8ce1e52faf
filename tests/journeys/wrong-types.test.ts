import { afterAll, beforeAll, expect, test } from 'bun:test'
import { badInputTown, expectUnharmed, type Path, post, refusalOf } from './bad-input.ts'
import type { Town } from './town.ts'

/** Each value in each place of a call where it does not belong. */
let town: Town

beforeAll(async () => {
  town = await badInputTown()
})
afterAll(() => town.close())

/** Cannot be made a text: whoever tries throws. */
const stubborn = '{"toString":1,"valueOf":1}'
const values = [
  'null 1 -1 1e999 true "" "x" [] {} [[]] [null]'.split(' '),
  stubborn,
  `[${stubborn}]`,
].flat()

const parameters = {
  '/v1/chat/completions':
    'model messages stream stream_options max_tokens max_completion_tokens n user metadata stop tools tool_choice functions function_call response_format reasoning_effort reasoning temperature top_p top_k seed logit_bias parallel_tool_calls service_tier',
  '/v1/messages':
    'model messages stream max_tokens metadata system stop_sequences tools tool_choice thinking output_config temperature top_k service_tier container mcp_servers',
  '/v1/embeddings': 'model input dimensions encoding_format user',
} satisfies Record<Path, string>

const turns = {
  '/v1/chat/completions': [
    '{"role":VALUE,"content":"x"}',
    '{"role":"user","content":VALUE}',
    '{"role":"user","content":[VALUE]}',
    '{"role":"user","content":[{"type":VALUE}]}',
    '{"role":"user","content":[{"type":"text","text":VALUE}]}',
    '{"role":"user","content":[{"type":"image_url","image_url":VALUE}]}',
    '{"role":"user","content":[{"type":"input_audio","input_audio":VALUE}]}',
    '{"role":"user","content":[{"type":"file","file":VALUE}]}',
    '{"role":"user","content":"x","name":VALUE,"reasoning_details":VALUE}',
    '{"role":"assistant","content":"x","tool_calls":VALUE}',
    '{"role":"assistant","tool_calls":[{"id":VALUE,"function":{"name":VALUE,"arguments":VALUE}}]}',
    '{"role":"tool","tool_call_id":VALUE,"content":VALUE}',
  ],
  '/v1/messages': [
    '{"role":VALUE,"content":"x"}',
    '{"role":"user","content":VALUE}',
    '{"role":"user","content":[VALUE]}',
    '{"role":"user","content":[{"type":VALUE}]}',
    '{"role":"user","content":[{"type":"text","text":VALUE}]}',
    '{"role":"user","content":[{"type":"image","source":VALUE}]}',
    '{"role":"user","content":[{"type":"document","title":VALUE,"source":{"type":"text","data":VALUE}}]}',
    '{"role":"user","content":[{"type":"tool_result","tool_use_id":VALUE,"content":VALUE}]}',
    '{"role":"assistant","content":[{"type":"tool_use","id":VALUE,"name":VALUE,"input":VALUE}]}',
    '{"role":"assistant","content":[{"type":"thinking","thinking":VALUE,"signature":VALUE}]}',
  ],
  '/v1/embeddings': [],
} satisfies Record<Path, readonly string[]>

const paths = Object.keys(parameters) as readonly Path[]

test.each(paths)('is no fault of the gateway as a parameter of %s', async (path) => {
  for (const name of parameters[path].split(' ')) {
    for (const value of values) {
      for (const model of modelsOf(path)) {
        const good = { model, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }
        const { [name]: _, ...rest } = {
          ...(path === '/v1/embeddings' ? { model } : good),
          input: 'x',
        } as Record<string, unknown>
        await send(path, model, `${JSON.stringify(rest).slice(0, -1)},"${name}":${value}}`)
      }
    }
  }
  await expectUnharmed(town)
})

test.each(paths)('is none in a message of %s either', async (path) => {
  for (const turn of turns[path]) {
    for (const value of values) {
      for (const model of modelsOf(path)) {
        const messages = `${turn.replaceAll('VALUE', value)},{"role":"user","content":"x"}`
        await send(path, model, `{"model":"${model}","max_tokens":9,"messages":[${messages}]}`)
      }
    }
  }
  await expectUnharmed(town)
})

test.each(paths)(
  'numbers beyond what can be counted are refused or counted on %s',
  async (path) => {
    const counts = ['1e15', '9007199254740991', '9007199254740993', '1e308', '1e400', '-0', '0.5']
    for (const name of [
      'max_tokens',
      'max_completion_tokens',
      'n',
      'top_k',
      'dimensions',
      'seed',
    ]) {
      for (const count of counts) {
        for (const model of modelsOf(path)) {
          const call = `"model":"${model}","messages":[{"role":"user","content":"x"}],"input":"x"`
          const limit = name === 'max_tokens' ? '' : ',"max_tokens":9'
          await send(path, model, `{${call}${limit},"${name}":${count}}`)
        }
      }
    }
    await expectUnharmed(town)
  },
)

test('a stop sequence that is no text is refused, and not made one', async () => {
  const body =
    '{"model":"acme/echo","max_tokens":9,"messages":[{"role":"user","content":"x"}],"stop_sequences":[1]}'
  const refusal = await refusalOf(await post(town, '/v1/messages', body))
  expect(refusal.message).toContain("'stop_sequences' has to be a list of strings")
})

function modelsOf(path: Path): readonly string[] {
  return path === '/v1/embeddings' ? ['acme/embed'] : ['acme/echo', 'birch/echo']
}

/** It is answered, or refused by the gateway, or refused by a vendor who was sent it as it is. */
async function send(path: Path, model: string, body: string): Promise<void> {
  const response = await post(town, path, body)
  if (response.status === 200) await response.body?.cancel()
  else if (response.status < 500) await refusalOf(response)
  else {
    const text = await response.text()
    const vendor = town.vendors[model.split('/')[0]!]!
    expect([body, text, vendor.history().at(-1)!.status]).toEqual([
      body,
      expect.stringContaining('provider_failed') as string,
      500,
    ])
  }
}
