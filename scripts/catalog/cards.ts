import type { ModelRow, SegmentRow } from '../../src/catalog/file.ts'
import { decimal } from '../../src/core/money.ts'
import { mediaCards } from './media-cards.ts'

/**
 * Prices that no table states rightly, put together from several facts by hand, and models that
 * stand in no table. A card replaces whatever the tables say of its model.
 */
export interface Card {
  readonly provider: string
  readonly id: string
  readonly row?: Partial<ModelRow>
  /** Oldest first. Empty: the price is not known, whatever a table says. */
  readonly segments: readonly CardSegment[]
}

export type CardSegment = Omit<SegmentRow, 'source'> & {
  readonly source: string
  readonly readOn: string
}

/** USD per million tokens as printed: input, output, cached input. */
function tokens(input: string, output: string, cacheRead?: string) {
  return {
    input: decimal(input),
    output: decimal(output),
    ...(cacheRead !== undefined && { cacheRead: decimal(cacheRead) }),
  }
}

// DeepSeek's clock: 01:00-04:00 and 06:00-10:00 UTC are dear, at first every day, since Sunday
// 2026-08-23 (Beijing) on weekdays of the Beijing calendar only. Chinese holidays are not in the facts.
const peakWindows = [
  [60, 240],
  [360, 600],
] as const
const beijingWeekdays = { days: [1, 2, 3, 4, 5], utcOffsetMinutes: 480 }

const clockSource = {
  source:
    'DeepSeek pricing page by github.com/ccusage/ccusage#1643, NousResearch/hermes-agent#90308, Wei-Shaw/sub2api#6097',
  readOn: '2026-08-25',
}
/** The facts name the day. One report (github.com/anomalyco/models.dev#6904) names 04:00 UTC of it. */
const flash41Source = {
  source:
    'DeepSeek pricing page by github.com/BerriAI/litellm#37255, mnfst/llm-gateway#2856; the name is served by V4.1 Flash since that day',
  readOn: '2026-09-10',
}

const flash41: readonly CardSegment[] = [
  {
    id: '2026-09-10',
    from: '2026-09-10',
    price: tokens('0.15', '0.6', '0.003'),
    ...flash41Source,
  },
  {
    id: '2026-09-10-peak',
    from: '2026-09-10',
    windows: peakWindows,
    ...beijingWeekdays,
    price: tokens('0.3', '1.2', '0.006'),
    ...flash41Source,
  },
]

/** Flat until 2026-08-16T16:00Z, then by the clock. */
function clockCard(
  flat: ReturnType<typeof tokens>,
  offPeak: ReturnType<typeof tokens>,
  peak: ReturnType<typeof tokens>,
): readonly CardSegment[] {
  const flatSource = {
    source: 'github.com/pydantic/genai-prices@47df840 and two more tables that agree',
    readOn: '2026-08-21',
  }
  return [
    { to: '2026-08-16T16:00:00Z', price: flat, ...flatSource },
    { id: '2026-08-16', from: '2026-08-16T16:00:00Z', price: offPeak, ...clockSource },
    {
      id: '2026-08-16-peak',
      from: '2026-08-16T16:00:00Z',
      to: '2026-08-22T16:00:00Z',
      windows: peakWindows,
      price: peak,
      ...clockSource,
    },
    {
      id: '2026-08-23-peak',
      from: '2026-08-22T16:00:00Z',
      windows: peakWindows,
      ...beijingWeekdays,
      price: peak,
      ...clockSource,
    },
  ]
}

/**
 * The chat and reasoner names, served by V3, V3.1, V3.2 and V4 Flash in turn until they were stopped.
 * Each price ends when the next begins, so that none comes back after the last.
 */
function legacyDeepseek(
  standard: ReturnType<typeof tokens>,
  before?: ReturnType<typeof tokens>,
): readonly CardSegment[] {
  const genai = { source: 'github.com/pydantic/genai-prices@47df840', readOn: '2026-08-21' }
  const history = { source: 'github.com/anomalyco/models.dev history', readOn: '2026-07-02' }
  const start = before ? { from: '2025-02-08' } : {}
  const launch: CardSegment[] = before
    ? [
        {
          to: '2025-02-08',
          price: before,
          source: 'launch price: github.com/simonw/llm-prices data/deepseek.json',
          readOn: '2026-08-22',
        },
      ]
    : []
  return [
    ...launch,
    {
      ...(before && { id: '2025-02-08' }),
      ...start,
      to: '2025-09-05',
      price: standard,
      ...genai,
    },
    {
      id: before ? '2025-02-08-night' : 'base-night',
      ...start,
      to: '2025-09-05',
      windows: [[990, 30]],
      price: tokens('0.135', '0.55', '0.035'),
      ...genai,
      source: `${genai.source}; since when is not in it`,
    },
    {
      id: '2025-09-05',
      from: '2025-09-05',
      to: '2025-11-17',
      price: tokens('0.57', '1.68', '0.07'),
      ...history,
    },
    {
      id: '2025-11-17',
      from: '2025-11-17',
      to: '2026-04-25',
      price: tokens('0.28', '0.42', '0.028'),
      ...history,
      source: `${history.source}; the day is that of the record, the price may be older`,
    },
    {
      id: '2026-04-25',
      from: '2026-04-25',
      to: '2026-08-16T16:00:00Z',
      price: tokens('0.14', '0.28', '0.0028'),
      ...history,
      source: `${history.source}; the card of V4 Flash, which served the name`,
    },
  ]
}

const v4Facts = { name: 'DeepSeek V4 Flash', replacement: 'deepseek-flash' }

const deepseek: readonly Card[] = [
  {
    provider: 'deepseek',
    id: 'deepseek-v4-flash',
    row: v4Facts,
    segments: [
      ...clockCard(
        tokens('0.14', '0.28', '0.0028'),
        tokens('0.22', '0.66', '0.007'),
        tokens('0.44', '1.32', '0.014'),
      ),
      ...flash41,
    ],
  },
  {
    // A reroute of the name to V4.1 Flash was announced for 2026-09-14, then cancelled on
    // 2026-09-11 (github.com/anomalyco/models.dev#6904): its own card goes on.
    provider: 'deepseek',
    id: 'deepseek-v4-pro',
    segments: clockCard(
      tokens('0.435', '0.87', '0.003625'),
      tokens('0.66', '1.98', '0.022'),
      tokens('1.32', '3.96', '0.044'),
    ),
  },
  {
    provider: 'deepseek',
    id: 'deepseek-flash',
    row: {
      name: 'DeepSeek V4.1 Flash',
      context: 1_000_000,
      outputMax: 384_000,
      inputs: ['text', 'image'],
      tools: true,
      reasoning: true,
      released: '2026-09-10',
    },
    segments: flash41,
  },
  {
    provider: 'deepseek',
    id: 'deepseek-chat',
    segments: legacyDeepseek(tokens('0.27', '1.1', '0.07'), tokens('0.14', '0.28')),
  },
  {
    provider: 'deepseek',
    id: 'deepseek-reasoner',
    segments: legacyDeepseek(tokens('0.55', '2.19', '0.14')),
  },
]

const solTier = (input: string, output: string, cacheRead: string, cacheWrite5m: string) => [
  {
    aboveInputTokens: 272_000,
    price: { ...tokens(input, output, cacheRead), cacheWrite5m: decimal(cacheWrite5m) },
  },
]
const webSearch = { search: decimal('10000') }

const openai: readonly Card[] = [
  {
    provider: 'openai',
    id: 'gpt-5.6-sol',
    row: {
      name: 'GPT-5.6 Sol',
      // OpenAI's page of the model: the bare name is routed to Sol.
      aliases: ['gpt-5.6', 'gpt-5.6-2026-07-09', 'gpt-5.6-sol-2026-07-09'],
      context: 1_050_000,
      outputMax: 128_000,
      inputs: ['text', 'image', 'pdf'],
      tools: true,
      structured: true,
      reasoning: true,
      released: '2026-07-09',
    },
    segments: [
      {
        price: { ...tokens('5', '30', '0.5'), cacheWrite5m: decimal('6.25'), ...webSearch },
        tiers: solTier('10', '45', '1', '12.5'),
        source: 'github.com/pydantic/genai-prices@47df840 and two more tables that agree',
        readOn: '2026-08-21',
      },
      {
        id: '2026-08-21',
        from: '2026-08-21',
        price: { ...tokens('4', '20', '0.4'), cacheWrite5m: decimal('5'), ...webSearch },
        tiers: solTier('8', '30', '0.8', '10'),
        source:
          'OpenAI pricing page by github.com/ccusage/ccusage#1636, Portkey-AI/models#899: promised at least to 2026-11-21, what follows is not announced',
        readOn: '2026-08-24',
      },
    ],
  },
]

const grok420 = (reasoning: boolean, aliases: readonly string[], id: string): Card => ({
  provider: 'xai',
  id,
  row: { aliases, reasoning },
  segments: [
    {
      price: tokens('2', '6', '0.2'),
      tiers: [{ aboveInputTokens: 200_000, price: tokens('4', '12', '0.4') }],
      source: 'github.com/anomalyco/models.dev history',
      readOn: '2026-07-02',
    },
    {
      id: '2026-05-20',
      from: '2026-05-20',
      price: { ...tokens('1.25', '2.5', '0.2'), search: decimal('5000') },
      tiers: [{ aboveInputTokens: 200_000, price: tokens('2.5', '5', '0.4') }],
      source: 'github.com/anomalyco/models.dev history; the day is that of the record',
      readOn: '2026-07-02',
    },
  ],
})

const xai: readonly Card[] = [
  grok420(
    true,
    [
      'grok-4.20',
      'grok-4.20-0309',
      'grok-4.20-reasoning',
      'grok-4.20-reasoning-latest',
      'grok-4.20-0309-reasoning-latest',
    ],
    'grok-4.20-0309-reasoning',
  ),
  grok420(
    false,
    ['grok-4.20-non-reasoning', 'grok-4.20-non-reasoning-latest'],
    'grok-4.20-0309-non-reasoning',
  ),
  grok420(
    true,
    ['grok-4.20-multi-agent', 'grok-4.20-multi-agent-latest'],
    'grok-4.20-multi-agent-0309',
  ),
]

/** Text and image come out at different prices, and usage does not tell them apart: the dearer holds. */
function imageOut(id: string, input: string, output: string, text: string): Card {
  return {
    provider: 'google',
    id,
    row: { outputs: ['text', 'image'] },
    segments: [
      {
        price: tokens(input, output),
        source: `ai.google.dev/gemini-api/docs/pricing by github.com/pydantic/genai-prices@47df840: images out; text out costs ${text}`,
        readOn: '2026-08-21',
      },
    ],
  }
}

const others: readonly Card[] = [
  imageOut('gemini-2.5-flash-image', '0.3', '30', '2.5'),
  imageOut('gemini-3-pro-image-preview', '2', '120', '12'),
  imageOut('gemini-3.1-flash-image-preview', '0.5', '60', '3'),
  imageOut('gemini-3.1-flash-lite-image', '0.25', '30', '1.5'),
  {
    provider: 'zhipu',
    id: 'glm-4-9b',
    row: { name: 'GLM-4-9B', openWeights: true },
    segments: [
      {
        price: tokens('0.01', '0.01'),
        source:
          'seed-tables.json, model-prices: one figure per million tokens, normalised to output, applied to all tokens there; no vendor card is known, name your own under prices:',
        readOn: '2026-11-21',
      },
    ],
  },
  {
    // models.dev has the yuan card of GLM-5 Turbo in its dollar fields; z.ai's is 1.2 / 4 / 0.24 USD.
    provider: 'zhipu',
    id: 'glm-5v-turbo',
    segments: [
      {
        price: tokens('5', '22', '1.2'),
        currency: 'CNY',
        source: 'github.com/anomalyco/models.dev@f3fc692, which has yuan in its dollar fields here',
        readOn: '2026-07-02',
      },
    ],
  },
  {
    // A promotion of half price ended on 2026-08-27 (github.com/pollinations/pollinations#13335).
    provider: 'openrouter',
    id: 'google/gemini-3.7-flash',
    segments: [
      {
        price: tokens('0.75', '3.75', '0.075'),
        source: 'openrouter.ai/api/v1/models by github.com/NousResearch/hermes-agent#104179',
        readOn: '2026-09-06',
      },
    ],
  },
]

const freehold = (id: string, row: Partial<ModelRow> = {}): Card => ({
  provider: 'sim',
  id,
  row: { author: 'freehold', openWeights: false, ...row },
  segments: [
    {
      price: { ...tokens('0', '0'), search: decimal('0') },
      source: "Freehold's simulator",
      readOn: '2026-11-21',
    },
  ],
})

const simulator: readonly Card[] = [
  freehold('echo'),
  freehold('small'),
  freehold('medium'),
  freehold('large'),
  freehold('reasoner', { reasoning: true }),
  freehold('vision', { inputs: ['text', 'image'] }),
  freehold('embed', { operations: ['embed'] }),
]

export const cards: readonly Card[] = [
  ...deepseek,
  ...openai,
  ...xai,
  ...others,
  ...simulator,
  ...mediaCards,
]

/** Price steps that a table still announces although the vendor took them back. */
export const cancelled: readonly { readonly id: string; readonly from: string }[] = [
  // Anthropic made the introductory 2 / 10 USD permanent on 2026-08-14.
  { id: 'claude-sonnet-5', from: '2026-09-01' },
  { id: 'global.anthropic.claude-sonnet-5-v1:0', from: '2026-09-01' },
  { id: 'regional.anthropic.claude-sonnet-5-v1:0', from: '2026-09-01' },
]

/** Other ids of a model at its seller, each supported by a row of the facts. */
export const aliases: Readonly<Record<string, readonly string[]>> = {
  // genai-prices names 'kimi-k2' "Kimi K2 0711"; its own price for it is OpenRouter's.
  'moonshot/kimi-k2-0711-preview': ['kimi-k2'],
  'moonshot-cn/kimi-k2-0711-preview': ['kimi-k2'],
  // The card's own names for what other tables list under the ids that are sent.
  'baidu/ernie-4.5-turbo-128k': ['ernie-4.5-turbo'],
  'baidu/ernie-x1-turbo-32k': ['ernie-x1-turbo'],
  'hunyuan/hunyuan-2.0-thinking': ['hunyuan-2.0-think'],
}

/** Ids that the yuan card names in its own way, and the ids that are sent. */
export const cardIds: Readonly<Record<string, string>> = {
  'baidu/ernie-4.5-turbo': 'ernie-4.5-turbo-128k',
  'baidu/ernie-x1-turbo': 'ernie-x1-turbo-32k',
  'hunyuan/hunyuan-2.0-think': 'hunyuan-2.0-thinking',
}

/** Rows that are no model this seller sells by the token, with the reason they are held back. */
export const heldBack: readonly {
  readonly provider: string | null
  readonly id: RegExp
  readonly reason: string
}[] = [
  {
    provider: null,
    id: /rerank|moderation|(^|[/-])(tts|whisper|transcribe|asr)|gpt-image|chatgpt-image|dall-e|sora|imagen|veo|realtime|-live|livetranslate|captioner|native-audio|mistral-ocr|prompt-guard|safety-guard|lyria/,
    reason: 'neither chat nor embeddings',
  },
  {
    provider: 'azure',
    id: /^model-router$/,
    reason: 'a fee beside the price of whoever answers',
  },
  {
    provider: 'azure',
    id: /^gpt-4o(-mini)?-audio/,
    reason: 'a price for text that is the one for sound',
  },
  {
    provider: 'openai',
    id: /^(ada-v2|ada|babbage|curie|davinci|text-davinci-\d+)$/,
    reason: 'first-generation name without a card',
  },
  {
    provider: 'openai',
    id: /^gpt-3\.5-turbo-16k$/,
    reason: 'two tables say 0.5/1.5, one says 3/4; retired',
  },
  { provider: 'openai', id: /^codex-auto-review$/, reason: 'no id of the API' },
  {
    provider: 'openai',
    id: /^gpt-4o-audio-preview(-2024-10-01)?$|^gpt-4o-mini-audio-preview|^gpt-audio-mini$/,
    reason: 'audio prices two to ten times apart between snapshots',
  },
  {
    provider: 'xai',
    id: /^grok-4\.20.*(beta|exp|gv2)/,
    reason: 'price of before the cut of 2026-05-20',
  },
  { provider: 'fireworks', id: /models\/\d+b$/, reason: 'a size class, not a model' },
  { provider: 'openrouter', id: /:batch$/, reason: 'batch price' },
  {
    provider: 'openrouter',
    id: /^(openrouter\/(auto|fusion|bodybuilder|pareto-code)|switchpoint\/router)$/,
    reason: 'a router: its price is that of the model it picks',
  },
  {
    provider: 'openrouter',
    id: /^meta-llama\/llama-guard-3-8b$/,
    reason: 'output below a tenth of input: probably swapped',
  },
  { provider: 'openrouter', id: /mai-image/, reason: 'neither chat nor embeddings' },
  { provider: 'together', id: /^moonshot-ai\//, reason: 'misspelt organisation' },
  { provider: 'poe', id: /^(poetools|trytako)\//, reason: 'a tool, not a model' },
]

/** All-zero prices that are really free, by what the seller calls them. Any other zero is a plan. */
export const free: readonly { readonly provider: string; readonly id: RegExp }[] = [
  { provider: 'openrouter', id: /:free$|^openrouter\/free$/ },
  { provider: 'zai', id: /^glm-4\.[57]-flash$/ },
  { provider: 'zhipu', id: /^glm-4\.[57]-flash$/ },
]
