import type { Extra } from '../../../core/extra.ts'
import type { Findings } from '../reading/findings.ts'
import type { Spot } from '../reading/spot.ts'

/** promptfoo's names of vendors that go by another one here. */
const vendors: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  mistral: 'mistral',
  groq: 'groq',
  deepseek: 'deepseek',
  openrouter: 'openrouter',
  togetherai: 'together',
  fireworks: 'fireworks',
  xai: 'xai',
  cohere: 'cohere',
  ollama: 'ollama',
  moonshot: 'moonshot',
  sim: 'sim',
  freehold: '',
}

/** Between the vendor and the model stands what is asked; only conversations are asked here. */
const conversations = new Set(['chat', 'messages', 'responses', 'completion'])

const params = [
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'response_format',
  'tools',
  'tool_choice',
  'seed',
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'reasoning_effort',
]

export interface Providers {
  readonly models: readonly string[]
  /** What all of them are configured with, in the words of a request. */
  readonly params: Extra
}

/** Whom the file would ask, by the names they have here; they are used when the command names none. */
export function readProviders(spot: Spot | undefined, findings: Findings): Providers {
  if (spot === undefined) return { models: [], params: {} }
  const items = Array.isArray(spot.value) ? spot.items : [spot]
  const configs: Extra[] = []
  const models = items.flatMap((item) => {
    const id = item.isMap ? (item.get('id')?.value ?? item.names[0]) : item.value
    const config = item.get('config')?.value
    configs.push(typeof config === 'object' && config !== null ? (config as Extra) : {})
    const model = typeof id === 'string' ? modelOf(id) : null
    if (model === null)
      findings.note(
        item.place,
        `The provider ${JSON.stringify(id)} has no name here. Say whom to ask with --models.`,
      )
    return model === null ? [] : [model]
  })
  const read = configs.map((config) =>
    Object.fromEntries(
      params.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])),
    ),
  )
  const [first = {}] = read
  const alike = read.every((each) => Bun.deepEquals(each, first))
  if (!alike)
    findings.note(
      spot.place,
      'The providers are configured differently. Here all models are asked the same, so none of their config is used.',
    )
  return { models: [...new Set(models)], params: alike ? first : {} }
}

/** 'openai:embedding:text-embedding-3-small' of an assertion; null for what is no model of embeddings. */
export function embeddingsOf(id: unknown): string | null {
  const [, vendor = '', model = ''] =
    typeof id === 'string' ? (/^([^:]+):embeddings?:(.+)$/.exec(id) ?? []) : []
  const provider = Object.hasOwn(vendors, vendor) ? vendors[vendor]! : ''
  return provider === '' || model === '' ? null : `${provider}/${model}`
}

/** The model that an assertion names to judge; null where it names none. */
export function judgesOf(id: unknown): readonly string[] | null {
  const model = typeof id === 'string' ? modelOf(id) : null
  return model === null ? null : [model]
}

/** 'openai:chat:gpt-4o' is 'openai/gpt-4o'; null where nothing fits. */
export function modelOf(id: string): string | null {
  const [vendor = '', ...rest] = id.split(':')
  const provider = Object.hasOwn(vendors, vendor) ? vendors[vendor]! : null
  const [kind = '', ...others] = rest
  const model = (conversations.has(kind) && others.length > 0 ? others : rest).join(':')
  if (provider === null || model === '' || kind === 'embedding' || kind === 'embeddings')
    return null
  return provider === '' ? model : `${provider}/${model}`
}
