import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatReply } from '../core/reply.ts'
import { completionTokens, kinds, noUsage, promptTokens } from '../core/usage.ts'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { aCall, aStamp } from './meaning.suite.ts'
import {
  normaliseUsage,
  readAnthropicUsage,
  readGeminiUsage,
  readOpenaiUsage,
  usedKinds,
} from './usage.ts'

const count = fc.nat(1_000_000)

describe('usage as disjoint kinds', () => {
  test('OpenAI counts cached and reasoning inside, and the kinds add up to its total', () => {
    fc.assert(
      fc.property(count, count, count, count, (input, cached, output, reasoning) => {
        const read = readOpenaiUsage({
          prompt_tokens: input + cached,
          completion_tokens: output + reasoning,
          total_tokens: input + cached + output + reasoning,
          prompt_tokens_details: { cached_tokens: cached },
          completion_tokens_details: { reasoning_tokens: reasoning },
        })!
        expect(read.usage).toMatchObject({ input, cacheRead: cached, output, reasoning })
        expect(read.clamped).toBe(false)
      }),
    )
  })

  test('who counts apart is told by the total', () => {
    const xai = {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 170,
      completion_tokens_details: { reasoning_tokens: 50 },
    }
    expect(usedKinds(readOpenaiUsage(xai)!.usage)).toEqual({
      input: 100,
      output: 20,
      reasoning: 50,
    })
    const apart = {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 150,
      cached_tokens: 30,
    }
    expect(usedKinds(readOpenaiUsage(apart)!.usage)).toEqual({
      input: 100,
      cacheRead: 30,
      output: 20,
    })
    const silent = {
      prompt_tokens: 100,
      completion_tokens: 20,
      completion_tokens_details: { reasoning_tokens: 50 },
    }
    expect(usedKinds(readOpenaiUsage(silent)!.usage)).toEqual({
      input: 100,
      output: 20,
      reasoning: 50,
    })
  })

  test('cached tokens are found where each vendor puts them', () => {
    for (const where of [
      { prompt_tokens_details: { cached_tokens: 40 } },
      { prompt_cache_hit_tokens: 40, prompt_cache_miss_tokens: 60 },
      { cached_tokens: 40 },
      { num_cached_tokens: 40 },
    ]) {
      const read = readOpenaiUsage({
        prompt_tokens: 100,
        completion_tokens: 1,
        total_tokens: 101,
        ...where,
      })!
      expect(usedKinds(read.usage)).toEqual({ input: 60, cacheRead: 40, output: 1 })
    }
  })

  test('an explicit zero is a count', () => {
    const read = readOpenaiUsage({
      prompt_tokens: 5,
      completion_tokens: 0,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 0 },
    })!
    expect(usedKinds(read.usage)).toEqual({ input: 5 })
    expect(read.source).toBe('provider')
  })

  test('no counts are no usage', () => {
    for (const none of [null, undefined, {}, [], 'x', 3, { total_tokens: 4 }])
      expect(readOpenaiUsage(none)).toBeNull()
    expect(readAnthropicUsage({})).toBeNull()
    expect(readGeminiUsage({ trafficType: 'x' })).toBeNull()
  })

  test('counts that cannot be are bounded and said to be', () => {
    for (const [sent, kept] of [
      [-5, 0],
      [1e12, 100_000_000],
      [Number.NaN, 0],
      ['many', 0],
      [1.5, 2],
      [{}, 0],
    ] as const) {
      const read = readOpenaiUsage({ prompt_tokens: sent, completion_tokens: 1 })!
      expect([read.usage.input, read.clamped]).toEqual([kept, true])
    }
    expect(readOpenaiUsage({ prompt_tokens: '12', completion_tokens: 1 })).toMatchObject({
      usage: { input: 12 },
      clamped: false,
    })
  })

  test('no kind is ever negative, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.dictionary(
          fc.constantFrom(
            'prompt_tokens',
            'completion_tokens',
            'total_tokens',
            'input_tokens',
            'output_tokens',
            'cache_read_input_tokens',
            'cache_creation_input_tokens',
            'promptTokenCount',
            'candidatesTokenCount',
            'cachedContentTokenCount',
          ),
          fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
        ),
        (any, raw) => {
          for (const read of [readOpenaiUsage, readAnthropicUsage, readGeminiUsage]) {
            for (const value of [any, raw]) {
              const usage = read(value)?.usage
              if (usage)
                for (const kind of kinds)
                  expect(Number.isSafeInteger(usage[kind]) && usage[kind] >= 0).toBe(true)
            }
          }
        },
      ),
    )
  })

  test("Anthropic's cached tokens stand beside its input, and its total of writes rules", () => {
    const read = readAnthropicUsage({
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 100 },
      output_tokens: 7,
    })!
    expect(usedKinds(read.usage)).toEqual({
      input: 10,
      cacheRead: 20,
      cacheWrite5m: 200,
      cacheWrite1h: 100,
      output: 7,
    })
    expect([promptTokens(read.usage), completionTokens(read.usage)]).toEqual([330, 7])
  })

  test("Gemini's thoughts stand beside its candidates", () => {
    const read = readGeminiUsage({
      promptTokenCount: 50,
      cachedContentTokenCount: 20,
      toolUsePromptTokenCount: 5,
      candidatesTokenCount: 9,
      thoughtsTokenCount: 30,
    })!
    expect(usedKinds(read.usage)).toEqual({ input: 35, cacheRead: 20, output: 9, reasoning: 30 })
  })

  test('what a provider says it cost is kept as evidence', () => {
    expect(
      readOpenaiUsage({ prompt_tokens: 1, completion_tokens: 1, cost: 0.00001234 })!.reportedUsd,
    ).toBe('0.00001234')
    expect(
      readOpenaiUsage({ prompt_tokens: 1, completion_tokens: 1, cost: 1e-9 })!.reportedUsd,
    ).toBe('0.000000001')
    expect(readOpenaiUsage({ prompt_tokens: 1, completion_tokens: 1, cost: 0 })!.reportedUsd).toBe(
      '0',
    )
    expect(readOpenaiUsage({ prompt_tokens: 1, completion_tokens: 1 })!.reportedUsd).toBeNull()
  })

  test('a flavour without a reader is told', () => {
    expect(() => normaliseUsage('acme', {})).toThrow('No reader for usage of acme')
  })
})

describe('pictures that were counted apart', () => {
  test.each([anthropicMessages, bedrockConverse])(
    'are in what callers of $id are told',
    (dialect) => {
      const measured = {
        usage: { ...noUsage, input: 10, imageIn: 500, output: 2, imageOut: 40 },
        source: 'provider',
        raw: null,
        reportedUsd: null,
        clamped: false,
      } as const
      const reply = { ...dialect.readReply(empty[dialect.id]!, {}), measured } as ChatReply
      const again = dialect.readReply(dialect.writeReply(reply, aCall(dialect), aStamp), {})
      expect(again.operation === 'chat' && again.measured!.usage).toMatchObject({
        input: 510,
        output: 42,
      })
    },
  )
})

const empty: Readonly<Record<string, string>> = {
  'anthropic-messages': '{"content":[]}',
  'bedrock-converse': '{"output":{"message":{"content":[]}}}',
}
