/**
 * A small company that sells software to offices: who its customers are, what its product does with models,
 * and what has happened to it lately. Nobody of these exists.
 */

export interface Customer {
  readonly name: string
  /** Share of the calls, in parts of all customers' weights. */
  readonly weight: number
  /** USD a month; what it costs may be more. */
  readonly pays: number
  readonly plan: 'Starter' | 'Team' | 'Business'
  /** How long its texts are beside the others'. */
  readonly length: number
}

export const customers: readonly Customer[] = [
  { name: 'Blue Harbour Insurance', weight: 24, pays: 290, plan: 'Business', length: 1.1 },
  { name: 'Müller & Söhne Maschinenbau', weight: 17, pays: 189, plan: 'Business', length: 1.2 },
  { name: "O'Brien Legal", weight: 14, pays: 49, plan: 'Starter', length: 1.9 },
  { name: 'Kowalczyk Logistics', weight: 11, pays: 99, plan: 'Team', length: 0.9 },
  { name: '株式会社アキラ', weight: 9, pays: 99, plan: 'Team', length: 1 },
  { name: 'Sunrise Dental Group', weight: 7, pays: 79, plan: 'Team', length: 0.7 },
  { name: 'Café Rivière', weight: 5, pays: 29, plan: 'Starter', length: 0.6 },
  { name: 'شركة النخيل', weight: 4, pays: 79, plan: 'Team', length: 0.9 },
  { name: 'Хлебозавод № 5', weight: 4, pays: 9, plan: 'Starter', length: 1.8 },
  { name: 'Terra Fértil', weight: 2, pays: 29, plan: 'Starter', length: 0.8 },
  { name: 'Nordlys Energi', weight: 2, pays: 29, plan: 'Starter', length: 0.8 },
  { name: 'Bäckerei Huber', weight: 1, pays: 29, plan: 'Starter', length: 0.5 },
]

/** How a model answers: medians, about which it scatters. */
export interface Manner {
  /** 'provider/model' as the catalog names it. */
  readonly model: string
  /** The model as it names itself in its answers. */
  readonly serves: string
  readonly dialect: 'openai-chat' | 'anthropic-messages'
  readonly firstMs: number
  readonly tokensPerSecond: number
  /** Share of its answers that fail on an ordinary day. */
  readonly fails: number
}

export const manners = {
  haiku: {
    model: 'anthropic/claude-haiku-4-5',
    serves: 'claude-haiku-4-5-20251001',
    dialect: 'anthropic-messages',
    firstMs: 620,
    tokensPerSecond: 110,
    fails: 0.006,
  },
  mini: {
    model: 'openai/gpt-5.4-mini',
    serves: 'gpt-5.4-mini-2026-03-17',
    dialect: 'openai-chat',
    firstMs: 480,
    tokensPerSecond: 95,
    fails: 0.004,
  },
  kimi: {
    model: 'moonshot/kimi-k2.6',
    serves: 'kimi-k2.6',
    dialect: 'openai-chat',
    firstMs: 1_100,
    tokensPerSecond: 62,
    fails: 0.011,
  },
  sonnet: {
    model: 'anthropic/claude-sonnet-5',
    serves: 'claude-sonnet-5',
    dialect: 'anthropic-messages',
    firstMs: 1_300,
    tokensPerSecond: 78,
    fails: 0.007,
  },
  oss: {
    model: 'groq/openai/gpt-oss-20b',
    serves: 'openai/gpt-oss-20b',
    dialect: 'openai-chat',
    firstMs: 170,
    tokensPerSecond: 640,
    fails: 0.014,
  },
  small: {
    model: 'mistral/mistral-small-2603',
    serves: 'mistral-small-2603',
    dialect: 'openai-chat',
    firstMs: 340,
    tokensPerSecond: 130,
    fails: 0.005,
  },
  flash: {
    model: 'deepseek/deepseek-v4-flash',
    serves: 'deepseek-v4-flash',
    dialect: 'openai-chat',
    firstMs: 880,
    tokensPerSecond: 74,
    fails: 0.009,
  },
  guard: {
    model: 'groq/llama-5-guard-preview',
    serves: 'llama-5-guard-preview',
    dialect: 'openai-chat',
    firstMs: 150,
    tokensPerSecond: 700,
    fails: 0.01,
  },
} satisfies Record<string, Manner>

export type MannerName = keyof typeof manners

export interface Feature {
  readonly name: string
  readonly task: 'support' | 'classify' | 'summarise' | 'extract'
  readonly key: 'web' | 'worker'
  /** Share of the calls, in parts of all features' weights. */
  readonly weight: number
  readonly stream: boolean
  /** Tokens: medians, and the share of the prompt that a provider has seen before. */
  readonly prompt: number
  readonly seen: number
  readonly answer: number
  /** Share of calls that are answered from the cache of the task. */
  readonly cached: number
}

export const features: readonly Feature[] = [
  {
    name: 'help-desk',
    task: 'support',
    key: 'web',
    weight: 34,
    stream: true,
    prompt: 7_800,
    seen: 0.55,
    answer: 360,
    cached: 0,
  },
  {
    name: 'knowledge-search',
    task: 'support',
    key: 'web',
    weight: 22,
    stream: true,
    prompt: 13_000,
    seen: 0.3,
    answer: 260,
    cached: 0.24,
  },
  {
    name: 'ticket-routing',
    task: 'classify',
    key: 'worker',
    weight: 24,
    stream: false,
    prompt: 620,
    seen: 0,
    answer: 9,
    cached: 0.05,
  },
  {
    name: 'contract-digest',
    task: 'summarise',
    key: 'worker',
    weight: 8,
    stream: false,
    prompt: 36_000,
    seen: 0.1,
    answer: 980,
    cached: 0,
  },
  {
    name: 'invoice-reader',
    task: 'extract',
    key: 'worker',
    weight: 12,
    stream: false,
    prompt: 6_500,
    seen: 0.4,
    answer: 420,
    cached: 0,
  },
]

/** What has happened, in days before the end of the simulation. */
export const events = {
  /** Anthropic fails for most of a working morning. */
  outage: { daysAgo: 18, fromHour: 9.6, toHour: 12.2, provider: 'anthropic' },
  /** Moonshot asks for more, from one day to the next. */
  shock: { daysAgo: 11, provider: 'moonshot', model: 'kimi-k2.6', factor: 1.6 },
  /** A model under the same name says more, and later. */
  silent: {
    daysAgo: 7,
    name: 'mini',
    serves: 'gpt-5.4-mini-2026-11-12',
    longer: 1.28,
    slower: 1.5,
  },
  /** DeepSeek takes over some of the support. */
  canary: { daysAgo: 4, name: 'flash', steps: [0.05, 0.25, 1], step: 1 },
  /** Beside the invoices, nobody waits for it. */
  shadow: { daysAgo: 9, name: 'small', share: 0.06 },
  /** A model that nobody has a price for. */
  unknown: { daysAgo: 2, name: 'guard' },
} as const

/** Fingerprints of the keys with which each is asked. */
export const credentials = {
  haiku: '5be1c07a',
  mini: 'a80f4d12',
  kimi: '0c93b7e5',
  sonnet: '5be1c07a',
  oss: 'f2716a9d',
  small: '77d0e34b',
  flash: '3e5a918c',
  guard: 'f2716a9d',
} satisfies Record<MannerName, string>

/** What vendors answer when they do not, and after how long. */
export const failures = {
  overloaded: {
    status: 529,
    code: 'provider_overloaded',
    text: 'Overloaded',
    us: 410_000,
  },
  timeout: {
    status: null,
    code: 'provider_timeout',
    text: 'There was no content within 20 s.',
    us: 20_000_000,
  },
  rate: {
    status: 429,
    code: 'provider_rate_limited',
    text: 'Rate limit reached for requests per minute.',
    us: 140_000,
  },
  broken: {
    status: 500,
    code: 'provider_failed',
    text: 'Internal server error',
    us: 900_000,
  },
} as const
