import { type Kind, kinds, type Measured, noUsage, type Usage } from '../core/usage.ts'
import { Counter, Share } from './counter.ts'

/** Where a provider counts otherwise than its dialect's author. Read only when the sum does not tell. */
export interface UsageQuirks {
  /** The count of completion tokens leaves the reasoning tokens out. */
  readonly reasoningApart?: boolean
  /** The count of prompt tokens leaves the cached tokens out. */
  readonly cachedApart?: boolean
  /** What the total has beyond both sides are reasoning tokens that no detail tells of. */
  readonly restIsReasoning?: boolean
  /** What is counted is not documented: the counts are kept as estimates. */
  readonly estimate?: boolean
  /** `cost` is not an amount of dollars. */
  readonly foreignCost?: boolean
}

const noQuirks: UsageQuirks = {}

/**
 * Usage as the OpenAI family counts it: prompt includes cached, completion includes reasoning. Some
 * of the family count apart; where the object has a total, the sum tells which, else `quirks` do.
 * @returns null when `raw` is no usage object
 * @see https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-21)
 */
export function readOpenaiUsage(raw: unknown, quirks: UsageQuirks = noQuirks): Measured | null {
  if (!isObject(raw)) return null
  const counter = new Counter()
  const inDetails = asObject(raw['prompt_tokens_details'] ?? raw['input_tokens_details'])
  const outDetails = asObject(raw['completion_tokens_details'] ?? raw['output_tokens_details'])
  const prompt = counter.first(raw['prompt_tokens'], raw['input_tokens'])
  const completion = counter.first(raw['completion_tokens'], raw['output_tokens'])
  if (prompt === null && completion === null) return null
  const cacheRead = counter.first(
    inDetails['cached_tokens'],
    raw['prompt_cache_hit_tokens'],
    raw['cached_tokens'],
    raw['num_cached_tokens'],
    raw['cache_read_input_tokens'],
  )
  const written = writes(counter, inDetails, raw)
  const audioIn = counter.first(inDetails['audio_tokens']) ?? 0
  const total = counter.first(raw['total_tokens'])
  const rest =
    quirks.restIsReasoning === true ? (total ?? 0) - (prompt ?? 0) - (completion ?? 0) : 0
  const told = counter.first(outDetails['reasoning_tokens'], raw['reasoning_tokens']) ?? 0
  const reasoning = told === 0 && rest > 0 ? rest : told
  const audioOut = counter.first(outDetails['audio_tokens']) ?? 0

  const cached = cacheRead ?? 0
  const sideIn = prompt ?? 0
  const sideOut = completion ?? 0
  const apart =
    cached + reasoning + audioIn === 0
      ? inside
      : countedApart(
          { prompt: sideIn, completion: sideOut, cached, reasoning, audioIn },
          total,
          quirks,
        )
  const allIn = sideIn + (apart.cached ? cached : 0) + (apart.audioIn ? audioIn : 0)
  const allOut = sideOut + (apart.reasoning ? reasoning : 0)
  const fromInput = new Share(allIn, counter)
  const fromOutput = new Share(allOut, counter)
  const usage: Usage = {
    ...noUsage,
    cacheRead: fromInput.take(cached),
    cacheWrite5m: fromInput.take(written.fiveMinutes),
    cacheWrite1h: fromInput.take(written.oneHour),
    audioIn: fromInput.take(audioIn),
    input: fromInput.left,
    reasoning: fromOutput.take(reasoning),
    audioOut: fromOutput.take(audioOut),
    output: fromOutput.left,
    search: counter.first(asObject(raw['server_tool_use'])['web_search_requests']) ?? 0,
  }
  const { estimate, foreignCost } = quirks
  const counted = measured(usage, raw, counter)
  if (estimate !== true && foreignCost !== true) return counted
  return {
    ...counted,
    source: estimate === true ? 'estimate' : counted.source,
    reportedUsd: foreignCost === true ? null : counted.reportedUsd,
  }
}

/**
 * Usage as Anthropic counts it: input leaves cached tokens out. The total of cache writes rules; the
 * breakdown by time to live may be partial, and what it does not name was written for 5 minutes.
 * @returns null when `raw` is no usage object
 * @see https://docs.claude.com/en/api/messages (read 2026-11-21)
 */
export function readAnthropicUsage(raw: unknown): Measured | null {
  if (!isObject(raw)) return null
  const counter = new Counter()
  const input = counter.first(raw['input_tokens'])
  const output = counter.first(raw['output_tokens'])
  if (input === null && output === null) return null
  const written = writes(counter, nothing, raw)
  const fromOutput = new Share(output ?? 0, counter)
  const thinking = asObject(raw['output_tokens_details'])['thinking_tokens']
  const usage: Usage = {
    ...noUsage,
    input: input ?? 0,
    cacheRead: counter.first(raw['cache_read_input_tokens']) ?? 0,
    cacheWrite5m: written.fiveMinutes,
    cacheWrite1h: written.oneHour,
    reasoning: fromOutput.take(counter.first(thinking) ?? 0),
    output: fromOutput.left,
    search: counter.first(asObject(raw['server_tool_use'])['web_search_requests']) ?? 0,
  }
  return servedAs(measured(usage, raw, counter), raw)
}

/**
 * The same with the mode of service that the answer, or its usage, names.
 * @param said  what has a `service_tier` beside other things
 */
export function servedAs(
  counted: Measured | null,
  said: Readonly<Record<string, unknown>>,
): Measured | null {
  const mode = said['service_tier']
  return counted === null || typeof mode !== 'string' ? counted : { ...counted, mode }
}

/**
 * Usage as Gemini counts it: the prompt includes cached tokens, the candidates leave thoughts out,
 * prompts of tools that Gemini ran stand beside the prompt.
 * @returns null when `raw` is no usage object
 * @see https://ai.google.dev/api/generate-content#UsageMetadata (read 2026-11-21)
 */
export function readGeminiUsage(raw: unknown): Measured | null {
  if (!isObject(raw)) return null
  const counter = new Counter()
  const prompt = counter.first(raw['promptTokenCount'])
  const candidates = counter.first(raw['candidatesTokenCount'])
  const thoughts = counter.first(raw['thoughtsTokenCount'])
  if (prompt === null && candidates === null && thoughts === null) return null
  const tools = counter.first(raw['toolUsePromptTokenCount']) ?? 0
  // Sound that was cached is in the details of the prompt as well.
  const heard = modality(counter, raw['promptTokensDetails'], 'AUDIO')
  const fromInput = new Share((prompt ?? 0) + tools, counter)
  const fromOutput = new Share(candidates ?? 0, counter)
  const usage: Usage = {
    ...noUsage,
    cacheRead: fromInput.take(counter.first(raw['cachedContentTokenCount']) ?? 0),
    audioIn: fromInput.take(
      Math.max(heard - modality(counter, raw['cacheTokensDetails'], 'AUDIO'), 0),
    ),
    input: fromInput.left,
    reasoning: thoughts ?? 0,
    audioOut: fromOutput.take(modality(counter, raw['candidatesTokensDetails'], 'AUDIO')),
    output: fromOutput.left,
  }
  return measured(usage, raw, counter)
}

/**
 * Usage as Bedrock counts it: input leaves out what was read from the cache and written to it, whoever
 * made the model. What a total has less than the sum was counted inside.
 * @returns null when `raw` is no usage object
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html (read 2026-11-22)
 */
export function readBedrockUsage(raw: unknown): Measured | null {
  if (!isObject(raw)) return null
  const counter = new Counter()
  const input = counter.first(raw['inputTokens'])
  const output = counter.first(raw['outputTokens'])
  if (input === null && output === null) return null
  const cacheRead = counter.first(raw['cacheReadInputTokens'], raw['cacheReadInputTokenCount']) ?? 0
  const details = Array.isArray(raw['cacheDetails']) ? raw['cacheDetails'].filter(isObject) : []
  const long = details.find(({ ttl }) => ttl === '1h')
  const writtenLong = counter.first(long?.['inputTokens']) ?? 0
  const written =
    counter.first(raw['cacheWriteInputTokens'], raw['cacheWriteInputTokenCount']) ?? writtenLong
  const cached = cacheRead + written
  const inside = cached > 0 && counter.first(raw['totalTokens']) === (input ?? 0) + (output ?? 0)
  const fromInput = new Share((input ?? 0) + (inside ? 0 : cached), counter)
  const cacheWrite1h = Math.min(writtenLong, written)
  const usage: Usage = {
    ...noUsage,
    cacheRead: fromInput.take(cacheRead),
    cacheWrite5m: fromInput.take(written - cacheWrite1h),
    cacheWrite1h: fromInput.take(cacheWrite1h),
    input: fromInput.left,
    output: output ?? 0,
  }
  return measured(usage, raw, counter)
}

/**
 * Usage as Cohere bills it. What the model read and wrote, its own preamble included, stands beside it
 * as `tokens`, and the cached ones are told of those alone: they are no part of what is billed. Where
 * there are no billed units the tokens are all there is.
 * @param raw  `usage` of a chat, `meta` of embeddings and of rerank
 * @returns null when it holds no counts
 * @see https://docs.cohere.com/reference/chat (read 2026-11-22)
 */
export function readCohereUsage(raw: unknown): Measured | null {
  if (!isObject(raw)) return null
  const counter = new Counter()
  const tokens = asObject(raw['tokens'])
  const billed = isObject(raw['billed_units']) ? raw['billed_units'] : tokens
  const input = counter.first(billed['input_tokens'])
  const output = counter.first(billed['output_tokens'])
  const images = counter.first(billed['image_tokens'])
  const search = counter.first(billed['search_units'])
  if (input === null && output === null && images === null && search === null) return null
  const reasoning = counter.first(tokens['reasoning_tokens']) ?? 0
  const all = output ?? 0
  const usage: Usage = {
    ...noUsage,
    input: input ?? 0,
    imageIn: images ?? 0,
    // Both are billed alike; the reasoning is told in tokens, of which fewer may be billed.
    reasoning: Math.min(reasoning, all),
    output: all - Math.min(reasoning, all),
    search: search ?? 0,
  }
  return measured(usage, raw, counter)
}

/**
 * A vendor's usage object as disjoint kinds.
 * @param flavour  'openai.chat', 'openai.responses', 'deepseek', 'anthropic', 'gemini', ...
 * @throws RangeError for a flavour without a reader, or when `raw` holds no counts
 */
export function normaliseUsage(flavour: string, raw: unknown): Usage {
  const [vendor = ''] = flavour.split('.')
  const read =
    vendor === 'anthropic'
      ? readAnthropicUsage(raw)
      : vendor === 'gemini' || vendor === 'google' || vendor === 'vertex'
        ? readGeminiUsage(raw)
        : vendor === 'bedrock'
          ? readBedrockUsage(raw)
          : openaiFamily.has(vendor)
            ? readOpenaiUsage(raw)
            : undefined
  if (read === undefined) throw new RangeError(`No reader for usage of ${flavour}`)
  if (read === null) throw new RangeError(`No counts in this usage of ${flavour}`)
  return read.usage
}

const openaiFamily = new Set(
  'openai azure deepseek openrouter groq xai x-ai mistral moonshot moonshotai zhipu zhipuai zai qwen together fireworks vllm'.split(
    ' ',
  ),
)

interface Sides {
  readonly prompt: number
  readonly completion: number
  readonly cached: number
  readonly reasoning: number
  readonly audioIn: number
}

interface Apart {
  readonly cached: boolean
  readonly reasoning: boolean
  readonly audioIn: boolean
}

const inside: Apart = { cached: false, reasoning: false, audioIn: false }

/** Which counts stand beside their side's total rather than in it. Mistral's Voxtral counts audio apart. */
function countedApart(
  { prompt, completion, cached, reasoning, audioIn }: Sides,
  total: number | null,
  quirks: UsageQuirks,
): Apart {
  const both = prompt + completion
  const larger: Apart = {
    cached: cached > prompt,
    reasoning: reasoning > completion,
    audioIn: audioIn > prompt,
  }
  if (total === both) return larger
  if (total === both + reasoning && reasoning > 0) return { ...inside, reasoning: true }
  if (total === both + cached && cached > 0) return { ...inside, cached: true }
  if (total === both + audioIn && audioIn > 0) return { ...inside, audioIn: true }
  if (total === both + cached + reasoning && cached > 0)
    return { ...inside, cached: true, reasoning: true }
  return {
    ...larger,
    cached: larger.cached || quirks.cachedApart === true,
    reasoning: larger.reasoning || quirks.reasoningApart === true,
  }
}

interface Writes {
  readonly fiveMinutes: number
  readonly oneHour: number
}

const noWrites: Writes = { fiveMinutes: 0, oneHour: 0 }

/** @param details  of the input, which rule; `raw` says the same where they say nothing */
function writes(counter: Counter, details: Counts, raw: Counts): Writes {
  const breakdown = asObject(said('cache_creation', details, raw))
  const oneHour = counter.first(breakdown['ephemeral_1h_input_tokens']) ?? 0
  const fiveMinutes = counter.first(breakdown['ephemeral_5m_input_tokens']) ?? 0
  const total =
    counter.first(
      details['cache_write_tokens'],
      said('cache_creation_input_tokens', details, raw),
    ) ?? oneHour + fiveMinutes
  if (total === 0) return noWrites
  const long = Math.min(oneHour, total)
  return { oneHour: long, fiveMinutes: total - long }
}

function modality(counter: Counter, details: unknown, name: string): number {
  if (!Array.isArray(details)) return 0
  const detail = details.find((item) => isObject(item) && item['modality'] === name) as unknown
  return counter.first(asObject(detail)['tokenCount']) ?? 0
}

export function measured(
  usage: Usage,
  raw: Readonly<Record<string, unknown>>,
  counter: Counter,
): Measured {
  return {
    usage,
    source: 'provider',
    raw,
    reportedUsd: reportedUsd(raw),
    clamped: counter.clamped,
  }
}

/** OpenRouter reports `cost` in dollars; xAI in ticks of 1e-10 dollars. */
function reportedUsd(raw: Readonly<Record<string, unknown>>): string | null {
  const { cost, cost_in_usd_ticks: ticks } = raw
  const dollars = typeof cost === 'number' ? cost : typeof ticks === 'number' ? ticks / 1e10 : null
  if (dollars === null || !Number.isFinite(dollars) || dollars < 0) return null
  return dollars.toFixed(12).replace(/\.?0+$/, '')
}

/** The counts that are not 0. */
export function usedKinds(usage: Usage): Partial<Record<Kind, number>> {
  return Object.fromEntries(
    kinds.filter((kind) => usage[kind] > 0).map((kind) => [kind, usage[kind]]),
  )
}

/** A null that stands in the details is said as well. */
function said(name: string, details: Counts, raw: Counts): unknown {
  const value = details[name]
  return value === undefined ? raw[name] : value
}

type Counts = Readonly<Record<string, unknown>>

const nothing: Counts = {}

function asObject(value: unknown): Counts {
  return isObject(value) ? value : nothing
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
