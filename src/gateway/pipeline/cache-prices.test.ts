import { describe, expect, test } from 'bun:test'
import type { Price, PriceTier } from '../../catalog/model.ts'
import { costAt } from '../../catalog/price.ts'
import { instant } from '../../core/clock.ts'
import { decimal } from '../../core/money.ts'
import type { Kind, Measured } from '../../core/usage.ts'
import { foldStream } from '../../dialects/meaning.suite.ts'
import { usedKinds } from '../../dialects/usage.ts'
import { providers } from '../../providers/index.ts'
import type { Door } from '../../providers/provider.ts'

/** From an answer, in the shape of its vendor, to what it cost: each sum was done by hand. */
interface Row {
  readonly name: string
  readonly provider: string
  /** Its first door, unless this one is named. */
  readonly dialect?: string
  readonly answer: object | readonly object[]
  readonly usage: Partial<Record<Kind, number>>
  /** Dollars per million, by card; a dollar per million is a million picodollars each. */
  readonly cards: readonly (readonly [
    name: string,
    price: Partial<Record<Kind, string>>,
    picodollars: bigint,
  ])[]
  readonly above200k?: Partial<Record<Kind, string>>
}

const written = {
  input_tokens: 9,
  cache_creation_input_tokens: 2100,
  cache_read_input_tokens: 1800,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 2000 },
}
const sonnet = { input: '3', cacheRead: '0.3', cacheWrite5m: '3.75', output: '15' }
const byClaude: Pick<Row, 'usage' | 'cards'> = {
  usage: { input: 9, cacheRead: 1800, cacheWrite5m: 100, cacheWrite1h: 2000, output: 4 },
  cards: [
    // 9 × 3 + 1,800 × 0.3 + 100 × 3.75 + 2,000 × 6 + 4 × 15
    ['all said', { ...sonnet, cacheWrite1h: '6' }, 13_002_000_000n],
    ['an hour is twice the input where writing is charged', sonnet, 13_002_000_000n],
    // 3,909 × 3 + 4 × 15
    ['no price for the cache', { input: '3', output: '15' }, 11_787_000_000n],
    // 9 × 3 + 1,800 × 0.3 + 2,100 × 3 + 4 × 15
    ['only reading is priced', { input: '3', cacheRead: '0.3', output: '15' }, 6_927_000_000n],
  ],
}
const chat = (usage: object) => ({
  id: 'a1',
  object: 'chat.completion',
  created: 1_795_262_400,
  model: 'large',
  choices: [{ index: 0, message: { role: 'assistant', content: '13.' }, finish_reason: 'stop' }],
  usage,
})

const rows: readonly Row[] = [
  {
    name: 'Anthropic counts reads and writes beside the input',
    provider: 'anthropic',
    answer: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: '13.' }],
      stop_reason: 'end_turn',
      usage: { ...written, output_tokens: 4 },
    },
    ...byClaude,
  },
  {
    name: 'its streams tell the split at their start, and totals at their end',
    provider: 'anthropic',
    answer: [
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          role: 'assistant',
          content: [],
          usage: { ...written, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '13.' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: {
          input_tokens: 9,
          cache_creation_input_tokens: 2100,
          cache_read_input_tokens: 1800,
          output_tokens: 4,
        },
      },
      { type: 'message_stop' },
    ],
    ...byClaude,
  },
  {
    name: 'Bedrock counts apart, and writes by their time',
    provider: 'bedrock',
    answer: {
      output: { message: { role: 'assistant', content: [{ text: '13.' }] } },
      stopReason: 'end_turn',
      usage: {
        inputTokens: 22,
        outputTokens: 3,
        totalTokens: 2525,
        cacheReadInputTokens: 2000,
        cacheWriteInputTokens: 500,
        cacheDetails: [
          { ttl: '1h', inputTokens: 400 },
          { ttl: '5m', inputTokens: 100 },
        ],
      },
    },
    usage: { input: 22, cacheRead: 2000, cacheWrite5m: 100, cacheWrite1h: 400, output: 3 },
    cards: [
      // 22 × 3.3 + 2,000 × 0.33 + 100 × 4.125 + 400 × 6.6 + 3 × 16.5
      [
        'EU',
        { input: '3.3', cacheRead: '0.33', cacheWrite5m: '4.125', output: '16.5' },
        3_834_600_000n,
      ],
    ],
  },
  {
    name: 'OpenAI counts within the input, and its newest charge for writing',
    provider: 'openai',
    answer: chat({
      prompt_tokens: 3000,
      completion_tokens: 100,
      total_tokens: 3100,
      prompt_tokens_details: { cached_tokens: 1024, cache_write_tokens: 1500, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 40, audio_tokens: 0 },
    }),
    usage: { input: 476, cacheRead: 1024, cacheWrite5m: 1500, output: 60, reasoning: 40 },
    cards: [
      // 476 × 5 + 1,024 × 0.5 + 1,500 × 6.25 + 100 × 30
      [
        'writes are charged',
        { input: '5', cacheRead: '0.5', cacheWrite5m: '6.25', output: '30' },
        15_267_000_000n,
      ],
      // 1,976 × 5 + 1,024 × 0.5 + 100 × 30
      ['writes are free', { input: '5', cacheRead: '0.5', output: '30' }, 13_392_000_000n],
    ],
  },
  {
    name: 'so does its Responses',
    provider: 'openai',
    dialect: 'openai-responses',
    answer: {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'gpt-5.2',
      output: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: '13.', annotations: [] }],
        },
      ],
      usage: {
        input_tokens: 3000,
        input_tokens_details: { cached_tokens: 1024 },
        output_tokens: 100,
        output_tokens_details: { reasoning_tokens: 40 },
        total_tokens: 3100,
      },
    },
    usage: { input: 1976, cacheRead: 1024, output: 60, reasoning: 40 },
    // 1,976 × 1.75 + 1,024 × 0.175 + 100 × 14
    cards: [['GPT-5.2', { input: '1.75', cacheRead: '0.175', output: '14' }, 5_037_200_000n]],
  },
  {
    name: 'Google counts within the prompt, thoughts beside the answer, and its tier by all that went in',
    provider: 'google',
    answer: {
      candidates: [{ content: { role: 'model', parts: [{ text: '13.' }] }, finishReason: 'STOP' }],
      usageMetadata: {
        promptTokenCount: 250_000,
        cachedContentTokenCount: 200_000,
        candidatesTokenCount: 100,
        thoughtsTokenCount: 300,
        totalTokenCount: 250_400,
      },
    },
    usage: { input: 50_000, cacheRead: 200_000, output: 100, reasoning: 300 },
    above200k: { input: '2.5', cacheRead: '0.25', output: '15' },
    // 50,000 × 2.5 + 200,000 × 0.25 + 400 × 15
    cards: [
      ['Gemini 2.5 Pro', { input: '1.25', cacheRead: '0.125', output: '10' }, 181_000_000_000n],
    ],
  },
  {
    name: 'Qwen counts reads and writes within the prompt',
    provider: 'qwen',
    answer: chat({
      prompt_tokens: 2000,
      completion_tokens: 5,
      total_tokens: 2005,
      prompt_tokens_details: {
        cached_tokens: 1000,
        cache_creation: { ephemeral_5m_input_tokens: 800 },
        cache_creation_input_tokens: 800,
        cache_type: 'ephemeral',
      },
    }),
    usage: { input: 200, cacheRead: 1000, cacheWrite5m: 800, output: 5 },
    cards: [
      // 200 × 0.4 + 1,000 × 0.04 + 800 × 0.5 + 5 × 1.2
      [
        'all said',
        { input: '0.4', cacheRead: '0.04', cacheWrite5m: '0.5', output: '1.2' },
        526_000_000n,
      ],
      // 2,000 × 0.4 + 5 × 1.2
      ['no price for the cache', { input: '0.4', output: '1.2' }, 806_000_000n],
    ],
  },
  {
    name: 'DeepSeek names hits and misses',
    provider: 'deepseek',
    answer: chat({
      prompt_tokens: 1300,
      completion_tokens: 10,
      total_tokens: 1310,
      prompt_cache_hit_tokens: 1280,
      prompt_cache_miss_tokens: 20,
    }),
    usage: { input: 20, cacheRead: 1280, output: 10 },
    // 20 × 0.14 + 1,280 × 0.0028 + 10 × 0.28
    cards: [['V4 Flash', { input: '0.14', cacheRead: '0.0028', output: '0.28' }, 9_184_000n]],
  },
  {
    name: 'Moonshot counts at the top of the object',
    provider: 'moonshot',
    answer: chat({
      prompt_tokens: 1000,
      completion_tokens: 10,
      total_tokens: 1010,
      cached_tokens: 700,
    }),
    usage: { input: 300, cacheRead: 700, output: 10 },
    // 300 × 0.6 + 700 × 0.1 + 10 × 3
    cards: [['Kimi K2.5', { input: '0.6', cacheRead: '0.1', output: '3' }, 280_000_000n]],
  },
  {
    name: 'its streams count in the choice',
    provider: 'moonshot',
    answer: [
      { id: 'a1', choices: [{ index: 0, delta: { role: 'assistant', content: '13.' } }] },
      {
        id: 'a1',
        choices: [
          {
            index: 0,
            delta: {},
            finish_reason: 'stop',
            usage: {
              prompt_tokens: 1000,
              completion_tokens: 10,
              total_tokens: 1010,
              cached_tokens: 700,
            },
          },
        ],
      },
    ],
    usage: { input: 300, cacheRead: 700, output: 10 },
    cards: [['Kimi K2.5', { input: '0.6', cacheRead: '0.1', output: '3' }, 280_000_000n]],
  },
  {
    name: 'OpenRouter tells what was written for whoever it asked',
    provider: 'openrouter',
    answer: chat({
      prompt_tokens: 5000,
      completion_tokens: 20,
      total_tokens: 5020,
      cost: 0.0048,
      prompt_tokens_details: { cached_tokens: 4000, cache_write_tokens: 900 },
    }),
    usage: { input: 100, cacheRead: 4000, cacheWrite5m: 900, output: 20 },
    // 100 × 3 + 4,000 × 0.3 + 900 × 3.75 + 20 × 15
    cards: [['Claude there', sonnet, 5_175_000_000n]],
  },
]

describe.each(rows.map((row) => [row.name, row] as const))('%s', (_name, row) => {
  const measured = read(row)

  test('in kinds that do not overlap', () => {
    expect(usedKinds(measured.usage)).toEqual(row.usage)
    expect([measured.source, measured.clamped]).toEqual(['provider', false])
  })

  test.each(row.cards)('priced by a card: %s', (_card, price, picodollars) => {
    const tiers: PriceTier[] = row.above200k
      ? [{ aboveInputTokens: 200_000, price: cardOf(row.above200k) }]
      : []
    const card = { id: 'card', currency: 'USD', source: '', readOn: null } as const
    const cost = costAt(
      { ...card, price: cardOf(price), tiers },
      measured.usage,
      instant('2026-11-22T00:00:00Z'),
    )
    expect(cost).toBe(picodollars as NonNullable<typeof cost>)
  })
})

function read({ provider, dialect: id, answer }: Row): Measured {
  const doors: readonly Door[] = providers.get(provider)?.doors.chat ?? []
  const door = doors.find(({ dialect }) => id === undefined || dialect.id === id)!
  const { dialect, quirks = {} } = door
  const { measured } = Array.isArray(answer)
    ? foldStream(eventsOf(answer), dialect, quirks)
    : dialect.readReply(JSON.stringify(answer), quirks)
  if (!measured) throw new Error('nothing was counted')
  return measured
}

function eventsOf(events: readonly object[]): Uint8Array {
  const blocks = events.map((event) => {
    const named = 'type' in event ? `event: ${String(event.type)}\n` : ''
    return `${named}data: ${JSON.stringify(event)}\n\n`
  })
  return Buffer.from(blocks.join(''))
}

function cardOf(price: Partial<Record<Kind, string>>): Price {
  const entries = Object.entries(price).map(([kind, text]) => [kind, decimal(text)] as const)
  return Object.fromEntries(entries) as Price
}
