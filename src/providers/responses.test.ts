import { describe, expect, test } from 'bun:test'
import type { Call } from '../core/call.ts'
import { readJsonObject } from '../core/json.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { compatible, providers } from './index.ts'
import type { Door, Provider } from './provider.ts'

/** The doors at which OpenAI's Responses are spoken. */

const speakers = [...providers.values(), ...compatible.values()].filter(({ doors }) =>
  doors.chat?.some(({ dialect }) => dialect === openaiResponses),
)

function doorOf({ doors }: Provider): Door {
  return doors.chat!.find(({ dialect }) => dialect === openaiResponses)!
}

function sentTo(provider: string, wire: object, model = 'm') {
  const text = JSON.stringify({ model: 'task', input: 'x', ...wire })
  const call: Call = openaiResponses.readCall(readJsonObject(text))
  const { quirks = {} } = doorOf(providers.get(provider)!)
  const written = openaiResponses.writeCall(call, { model, quirks, outputMax: null })
  return { body: JSON.parse(written.text) as Record<string, unknown>, adapted: written.adapted }
}

test('whoever speaks chat as well is asked by chat first', () => {
  expect(speakers.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['ark', 'deepseek', 'openai', 'tensorrt-llm', 'vllm', 'xai']),
  )
  const last = speakers.filter(
    ({ doors }) => doors.chat!.at(-1) === undefined || doors.chat!.length < 2,
  )
  expect(last.map(({ id }) => id)).toEqual(['openai-responses-compatible'])
  for (const provider of speakers) {
    if (provider.id !== 'openai-responses-compatible')
      expect(provider.doors.chat![0]!.dialect.id).toBe('openai-chat')
  }
})

describe('openai', () => {
  const [chat] = providers.get('openai')!.doors.chat!
  const takesChat = (model: string): boolean => chat!.models!.test(model)

  test('is asked for models that speak nothing else by Responses, whatever the caller speaks', () => {
    for (const model of ['o3-pro', 'gpt-5-pro', 'gpt-5-codex', 'o4-mini-deep-research'])
      expect(takesChat(model)).toBe(false)
    for (const model of ['gpt-4o', 'gpt-5', 'gpt-5-mini', 'gpt-5.1-codex', 'o3', 'gpt-5.2-pro'])
      expect(takesChat(model)).toBe(true)
  })

  test('takes no sampling from models that think', () => {
    const { body, adapted } = sentTo('openai', { temperature: 0.5, top_p: 1 }, 'gpt-5')
    expect(body).not.toHaveProperty('temperature')
    expect(adapted).toEqual(['-temperature', '-top_p'])
    expect(sentTo('openai', { temperature: 0.5 }, 'gpt-4o').body['temperature']).toBe(0.5)
  })

  test('takes ids of tool calls up to 64 characters; a longer one is the same shorter one in call and result', () => {
    const items = (id: string) => [
      { type: 'function_call', call_id: id, name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: id, output: 'x' },
    ]
    const idsFor = (provider: string, id: string): readonly unknown[] => {
      const { body } = sentTo(provider, { input: items(id) })
      return (body['input'] as { call_id: string }[]).map(({ call_id: sent }) => sent)
    }
    for (const provider of ['openai', 'azure']) {
      expect(idsFor(provider, 'a'.repeat(64))).toEqual(['a'.repeat(64), 'a'.repeat(64)])
      const [call, result] = idsFor(provider, 'a'.repeat(65))
      expect(call).toMatch(/^[0-9a-f]{40}$/)
      expect(result).toBe(call)
      expect(idsFor(provider, 'b'.repeat(65))).not.toContain(call)
    }
  })

  test('takes back the thoughts that it sealed or keeps, and no plain words', () => {
    const thought = (item: object) => ({ type: 'reasoning', summary: [], ...item })
    const kept = [
      thought({ id: 'rs_1', encrypted_content: 'sealed' }),
      thought({ id: 'rs_68c42de022c8' }),
      { role: 'user', content: 'x' },
    ]
    const own = '01a200d6-2105-7686-a590-0c3769d12414'
    const plain = thought({ id: `rs_${own}_0`, content: [{ type: 'reasoning_text', text: 'Hm' }] })
    const { body, adapted } = sentTo('openai', { input: [plain, ...kept] })
    expect(body['input']).toEqual(kept)
    expect(adapted).toEqual(['-reasoning'])
  })
})

test('ark: Responses has refused parallel_tool_calls and tool_choice', () => {
  const { body, adapted } = sentTo('ark', {
    parallel_tool_calls: true,
    tool_choice: 'auto',
    input: [{ role: 'developer', content: 'Be brief.' }],
  })
  expect(body).toEqual({ model: 'm', input: [{ role: 'system', content: 'Be brief.' }] })
  expect(adapted).toEqual(['-parallel_tool_calls', '-tool_choice', 'developer>system'])
})

test('deepseek: no strict json_schema, and Responses for its newer names alone', () => {
  const format = { type: 'json_schema', name: 'n', schema: {} }
  expect(() => sentTo('deepseek', { text: { format } })).toThrow('a JSON Schema')
  const { models } = doorOf(providers.get('deepseek')!)
  expect(
    ['deepseek-v4-flash', 'deepseek-v4-pro', 'deepseek-chat'].map((id) => models!.test(id)),
  ).toEqual([true, true, false])
})

test('only those keep conversations who say for how long', () => {
  const keepers = speakers.filter((provider) => doorOf(provider).keepsConversations)
  expect(keepers.map(({ id }) => id).filter((id) => id !== 'azure')).toEqual(['openai', 'xai'])
})
