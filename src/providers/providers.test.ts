import { describe, expect, test } from 'bun:test'
import type { ProviderWords } from '../dialects/dialect.ts'
import { classify, errorOf, retryAfterMs } from './classify.ts'
import { compatible, providers } from './index.ts'
import type { ErrorClass } from './provider.ts'
import { providerSuite } from './provider.suite.ts'

for (const provider of [...providers.values(), ...compatible.values()]) providerSuite(provider)

test('the list is sorted, and each stands under its own name', () => {
  const names = [...providers.keys()]
  expect(names).toEqual(names.toSorted())
  for (const [name, provider] of providers) expect(provider.id).toBe(name)
})

describe('what an error means', () => {
  const cases: readonly [
    provider: string,
    status: number,
    words: Partial<ProviderWords>,
    meaning: ErrorClass,
  ][] = [
    // One status, four meanings.
    ['zhipu', 429, { code: '1302' }, 'rate'],
    ['zhipu', 429, { code: '1305' }, 'overload'],
    ['zhipu', 429, { code: '1113' }, 'arrears'],
    ['zhipu', 429, { code: '1112' }, 'key'],
    ['zhipu', 400, { code: '1261' }, 'context'],
    ['zhipu', 400, { code: '1301' }, 'content'],
    ['zai', 429, { code: '1308' }, 'quota'],
    ['openai', 429, { code: 'rate_limit_exceeded' }, 'rate'],
    ['openai', 429, { code: 'insufficient_quota' }, 'quota'],
    ['openai', 400, { code: 'context_length_exceeded' }, 'context'],
    ['openai', 401, { code: 'invalid_api_key' }, 'key'],
    ['openai', 404, { code: 'model_not_found' }, 'retired'],
    ['openai', 400, { code: 'unsupported_parameter' }, 'caller'],
    ['anthropic', 529, { type: 'overloaded_error' }, 'overload'],
    ['anthropic', 429, { type: 'rate_limit_error' }, 'rate'],
    [
      'anthropic',
      400,
      { type: 'invalid_request_error', message: 'prompt is too long: 3 tokens > 2 maximum' },
      'context',
    ],
    ['anthropic', 413, { type: 'request_too_large' }, 'caller'],
    ['google', 400, { message: 'API key not valid. Please pass a valid API key.' }, 'key'],
    ['google', 429, { message: 'Quota exceeded for metric: generate_requests_per_minute' }, 'rate'],
    ['moonshot', 429, { type: 'rate_limit_reached_error' }, 'rate'],
    ['moonshot', 429, { type: 'engine_overloaded_error' }, 'overload'],
    ['moonshot', 429, { type: 'exceeded_current_quota_error' }, 'quota'],
    ['moonshot', 403, { message: 'Your account balance is insufficient' }, 'arrears'],
    ['baidu', 200, { code: 'rpm_rate_limit_exceeded' }, 'rate'],
    ['baidu', 200, { code: '18' }, 'rate'],
    ['baidu', 200, { code: '17' }, 'quota'],
    ['baidu', 400, { code: 'tokens_too_long' }, 'context'],
    ['deepseek', 402, { message: 'Insufficient Balance' }, 'arrears'],
    ['deepseek', 422, {}, 'caller'],
    ['deepseek', 503, {}, 'overload'],
    [
      'deepseek',
      400,
      { message: "This model's maximum context length is 1048565 tokens." },
      'context',
    ],
    ['qwen', 429, { code: 'Throttling.RateQuota' }, 'rate'],
    [
      'qwen',
      429,
      { code: 'Throttling.AllocationQuota', message: 'Allocated quota exceeded, please wait' },
      'rate',
    ],
    [
      'qwen',
      429,
      { code: 'insufficient_quota', message: 'Free allocated quota exceeded.' },
      'quota',
    ],
    ['qwen', 400, { code: 'Arrearage' }, 'arrears'],
    ['qwen', 400, { code: 'DataInspectionFailed' }, 'content'],
    ['ark', 403, { code: 'AccountOverdueError' }, 'arrears'],
    ['ark', 429, { code: 'RateLimitExceeded.EndpointTPMExceeded' }, 'rate'],
    ['ark', 404, { code: 'ModelNotOpen' }, 'retired'],
    ['ark', 400, { code: 'InputTextRiskDetection' }, 'content'],
    ['groq', 498, {}, 'overload'],
    ['groq', 400, { code: 'tool_use_failed' }, 'caller'],
    ['groq', 413, { message: 'Request too large ... tokens per minute (TPM): Limit 6000' }, 'rate'],
    ['fireworks', 412, {}, 'arrears'],
    ['cohere', 404, { message: "model 'command' was removed on September 15" }, 'retired'],
    ['openrouter', 200, { code: '402' }, 'arrears'],
    ['openrouter', 200, { code: '502' }, 'vendor'],
    ['ollama', 404, { message: "model 'x' not found" }, 'retired'],
    ['vllm', 503, { message: 'loading model' }, 'overload'],
    ['vllm', 500, { message: 'CUDA out of memory' }, 'vendor'],
    // Nobody's own words: the status tells.
    ['poe', 401, {}, 'key'],
    ['poe', 403, {}, 'key'],
    ['poe', 402, {}, 'arrears'],
    ['poe', 404, {}, 'caller'],
    ['poe', 408, {}, 'vendor'],
    ['poe', 410, {}, 'retired'],
    ['poe', 429, {}, 'rate'],
    ['poe', 500, {}, 'vendor'],
    ['poe', 502, {}, 'vendor'],
    ['poe', 503, {}, 'overload'],
    ['poe', 529, {}, 'overload'],
  ]

  test.each(cases)('%s %d %p is %s', (provider, status, words, meaning) => {
    const whole = { code: null, type: null, message: '', param: null, ...words }
    expect(classify(providers.get(provider)!, status, whole)).toBe(meaning)
  })

  test.each([
    ['caller', 422, 422, 'never'],
    ['caller', 404, 404, 'never'],
    ['context', 400, 400, 'elsewhere'],
    ['content', 400, 400, 'never'],
    ['key', 401, 502, 'elsewhere'],
    ['quota', 429, 503, 'elsewhere'],
    ['arrears', 402, 503, 'elsewhere'],
    ['rate', 429, 429, 'elsewhere'],
    ['overload', 529, 503, 'elsewhere'],
    ['vendor', 500, 502, 'here'],
    ['retired', 410, 404, 'elsewhere'],
  ] as const)(
    'a %s error (%d) reaches the caller as %d, and asking again may help %s',
    (kind, status, told, again) => {
      const error = errorOf(kind, 'acme', 'large', status, {
        code: null,
        type: null,
        message: 'words',
        param: 'n',
      })
      expect([error.status, error.again]).toEqual([told, again])
      expect(error.message).toContain('acme')
    },
  )
})

test.each([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after': 'Sat, 21 Nov 2026 12:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': '99999999' }, 3_600_000],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '-1' }, null],
  [{ 'retry-after': '' }, null],
  [{ 'retry-after-ms': '', 'retry-after': '30' }, 30_000],
  [{ 'retry-after': '5, 7' }, 7_000],
  [{}, null],
])('%p asks to wait %p ms', (headers, wait) => {
  expect(
    retryAfterMs(
      new Headers(headers as Record<string, string>),
      Date.parse('2026-11-21T12:00:00Z'),
    ),
  ).toBe(wait)
})
