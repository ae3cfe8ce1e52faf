import type { ModelsDevRow } from './facts.ts'

/** Organisations under other names than the catalog's. Any other is an author by its own name. */
const organisations: Readonly<Record<string, string | null>> = {
  'arcee-ai': 'arcee',
  'bytedance-seed': 'bytedance',
  'deepseek-ai': 'deepseek',
  'ibm-granite': 'ibm',
  inclusionai: 'ant',
  'meta-llama': 'meta',
  minimaxai: 'minimax',
  mistralai: 'mistral',
  moonshotai: 'moonshot',
  qwen: 'alibaba',
  rekaai: 'reka',
  'stepfun-ai': 'stepfun',
  thudm: 'zhipu',
  'x-ai': 'xai',
  'z-ai': 'zhipu',
  'zai-org': 'zhipu',
  zhipuai: 'zhipu',
  // Hosts, routers and tools: they did not make what they serve.
  accounts: null,
  cerebras: null,
  empiriolabs: null,
  'fireworks-ai': null,
  kimi: 'moonshot',
  novita: null,
  openrouter: null,
  'pearl-ai': null,
  poetools: null,
  siliconflow: null,
  switchpoint: null,
  trytako: null,
}

/** What a model's own name tells, most telling first. */
const names: readonly (readonly [RegExp, string])[] = [
  [/deepseek/, 'deepseek'],
  [/nemotron/, 'nvidia'],
  [
    /^(gpt|chatgpt|chat-latest|o[134](-|$)|codex|computer-use|davinci|babbage|text-embedding-(3|ada))/,
    'openai',
  ],
  [/^ft:gpt|^ft:o\d/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^(gemini|gemma|deep-research-pro|embedding-001|nano-banana)/, 'google'],
  [/^glm/, 'zhipu'],
  [/^(kimi|moonshot)/, 'moonshot'],
  [/^(qwen|qwq|qvq|tongyi)/, 'alibaba'],
  [/^minimax/, 'minimax'],
  [/^(mistral|ministral|mixtral|codestral|devstral|magistral|pixtral)/, 'mistral'],
  [/^grok/, 'xai'],
  [/^ernie/, 'baidu'],
  [/^dbrx/, 'databricks'],
  [/^inkling/, 'thinkingmachines'],
  [/^(hunyuan|hy3)/, 'tencent'],
  [/^(doubao|seed)/, 'bytedance'],
  [/^(ling|ring)-/, 'ant'],
  [/^(meta-)?llama/, 'meta'],
  [/^(command|embed-|c4ai|north)/, 'cohere'],
]

/**
 * Who made a model, not who sells it. Null when neither its organisation nor its name tells.
 * @param base  the key of models.dev that no seller owns, 'zhipuai/glm-5'
 */
export function authorOf(id: string, base: string | undefined): string | null {
  const parts = id.toLowerCase().replace(/^~/, '').split('/')
  const owner = base?.split('/')[0] ?? (parts.length > 1 ? parts[0] : undefined)
  if (owner !== undefined && organisations[owner] !== null) return organisations[owner] ?? owner
  const name = parts.at(-1)!
  return names.find(([pattern]) => pattern.test(name))?.[1] ?? null
}

/** One spelling for a model at every seller: 'accounts/fireworks/models/glm-5p2' is 'glm-5.2'. */
export function plainName(id: string): string {
  return id
    .toLowerCase()
    .split('/')
    .at(-1)!
    .replace(/:.*$/, '')
    .replaceAll(/(\d)p(\d)/g, '$1.$2')
}

/** What most sellers say of a model's weights, because single rows are often wrong. */
export function weightsByName(rows: readonly ModelsDevRow[]): ReadonlyMap<string, boolean> {
  const votes = new Map<string, number>()
  for (const { id, openWeights } of rows) {
    const name = plainName(id)
    votes.set(name, (votes.get(name) ?? 0) + (openWeights ? 1 : -1))
  }
  return new Map(
    [...votes].filter(([, vote]) => vote !== 0).map(([name, vote]) => [name, vote > 0]),
  )
}

/**
 * Licences of families, from `open-weight-licences.json`. Families whose licence that file itself
 * doubts (MiniMax, Gemma 4, Qwen 2.5) are left out: unknown is better than wrong.
 */
const licences: readonly (readonly [author: string, name: RegExp, licence: string])[] = [
  ['alibaba', /^qwen-?3(\.[56])?-((vl-|omni-|coder-|next-)?\d+(\.\d+)?b|coder-next)/, 'Apache-2.0'],
  ['deepseek', /^deepseek-(v3-0324|(chat-)?v3[.-][12]|r1(-0528)?$|v4-(flash|pro))/, 'MIT'],
  ['zhipu', /^glm-(4-9b|4-32b|z1|4\.[567]|5(\.\d)?$)/, 'MIT'],
  ['moonshot', /^kimi-k2($|-\d{4}|-instruct|-thinking|\.[56])/, 'Modified MIT'],
  ['openai', /^gpt-oss-(20|120)b/, 'Apache-2.0'],
  ['meta', /^(meta-)?llama-?v?(3|4)/, 'Llama Community License'],
  ['google', /^gemma-?[123]/, 'Gemma Terms of Use'],
  [
    'mistral',
    /^(open-)?(mistral-7b|mixtral)|^mistral-small-(3|24b|2501|2503|2506)|^(devstral|magistral)-small/,
    'Apache-2.0',
  ],
  ['bytedance', /^seed-oss/, 'Apache-2.0'],
  ['tencent', /^hunyuan-a13b/, 'Tencent Hunyuan Community License'],
  ['ant', /^ling-flash-2\.0/, 'MIT'],
  ['microsoft', /^phi-4/, 'MIT'],
]

/** Null for closed weights, and whenever the family's licence is in doubt. */
export function licenceOf(
  author: string | null,
  id: string,
  openWeights: boolean | null,
): string | null {
  if (openWeights !== true) return null
  const name = plainName(id)
  return licences.find(([maker, pattern]) => maker === author && pattern.test(name))?.[2] ?? null
}
