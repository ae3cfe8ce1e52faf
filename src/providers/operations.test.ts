import { expect, test } from 'bun:test'
import type { Operation } from '../core/call.ts'
import { compatible, providers } from './index.ts'
import type { Provider } from './provider.ts'

/** Where each is asked for what is no chat and no vector: the addresses that their own pages name. */
const addresses: Readonly<Record<string, Partial<Record<Operation, string>>>> = {
  cohere: { rerank: 'https://api.cohere.com/v2/rerank as cohere-rerank' },
  together: { rerank: 'https://api.together.xyz/v1/rerank as jina-rerank' },
  qwen: { rerank: 'https://dashscope-intl.aliyuncs.com/compatible-api/v1/reranks as jina-rerank' },
  'qwen-cn': { rerank: 'https://dashscope.aliyuncs.com/compatible-api/v1/reranks as jina-rerank' },
  vllm: { rerank: 'http://127.0.0.1:8000/v1/rerank as jina-rerank' },
  sglang: { rerank: 'http://127.0.0.1:30000/v1/rerank as sglang-rerank' },
  llamacpp: { rerank: 'http://127.0.0.1:8080/v1/rerank as jina-rerank' },
  'openai-compatible': { rerank: 'base_url/rerank as jina-rerank' },
  openai: { moderate: 'https://api.openai.com/v1/moderations as openai-moderations' },
  mistral: { moderate: 'https://api.mistral.ai/v1/moderations as mistral-moderations' },
}

const all = [...providers.values(), ...compatible.values()].filter(({ id }) => id !== 'sim')

test.each(['rerank', 'moderate'] as const)('%s is asked for where it is offered', (operation) => {
  const offered = all.flatMap((provider) => {
    const address = addressOf(provider, operation)
    return address === null ? [] : [[provider.id, address]]
  })
  const expected = Object.entries(addresses).flatMap(([id, of]) =>
    of[operation] === undefined ? [] : [[id, of[operation]]],
  )
  expect(Object.fromEntries(offered)).toEqual(Object.fromEntries(expected))
})

function addressOf({ baseUrl, doors }: Provider, operation: Operation): string | null {
  const [door] = doors[operation] ?? []
  if (!door) return null
  const path = door.path ?? door.dialect.path
  return `${door.baseUrl ?? baseUrl ?? 'base_url'}${String(path)} as ${door.dialect.id}`
}

test('tokens are counted by Anthropic itself', () => {
  const { baseUrl, doors } = providers.get('anthropic')!
  expect(doors.count?.map(({ dialect }) => `${baseUrl}${String(dialect.path)}`)).toEqual([
    'https://api.anthropic.com/v1/messages/count_tokens',
  ])
})

test('a prompt has a door of its own at OpenAI for its old models, and at the engines for all', () => {
  const doorsFor = (id: string, model: string): string[] =>
    (providers.get(id)!.doors.chat ?? [])
      .filter(({ models }) => models?.test(model) !== false)
      .map(({ dialect }) => dialect.id)
  expect(doorsFor('openai', 'gpt-3.5-turbo-instruct')).toContain('openai-completions')
  expect(doorsFor('openai', 'davinci-002')).toContain('openai-completions')
  expect(doorsFor('openai', 'gpt-5.1')).not.toContain('openai-completions')
  for (const engine of ['vllm', 'sglang', 'llamacpp', 'tgi', 'tensorrt-llm'])
    expect(doorsFor(engine, 'any')).toContain('openai-completions')
  for (const other of ['deepseek', 'mistral', 'cohere', 'anthropic'])
    expect(doorsFor(other, 'any')).not.toContain('openai-completions')
})
