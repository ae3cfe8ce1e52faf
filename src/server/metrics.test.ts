import { expect, test } from 'bun:test'
import type { Instant } from '../core/clock.ts'
import type { CallId } from '../core/ids.ts'
import { nothing, subtract, usd } from '../core/money.ts'
import { type AttemptRecord, noExchange } from '../core/record.ts'
import { noUsage } from '../core/usage.ts'
import { Metrics } from './metrics.ts'

test('attempts, tokens, costs and durations are counted under their labels', () => {
  const metrics = new Metrics([])
  metrics.observe(
    aRecord({ usage: { ...noUsage, input: 10, output: 5 }, cost: usd('0.25'), totalUs: 50_000 }),
  )
  metrics.observe(
    aRecord({ usage: { ...noUsage, input: 1 }, cost: usd('0.5'), totalUs: 3_000_000 }),
  )
  metrics.observe(aRecord({ cost: null, endState: 'timeout' }))
  metrics.observe(aRecord({ role: 'refused', errorCode: 'budget_spent' }))
  const text = metrics.text()
  const labels =
    'gen_ai_provider_name="acme",gen_ai_request_model="large",gen_ai_operation_name="chat"'
  for (const line of [
    `freehold_attempts_total{${labels},task="support",role="served",end_state="complete"} 2`,
    `freehold_attempts_total{${labels},task="support",role="served",end_state="timeout"} 1`,
    'freehold_refused_total{error="budget_spent"} 1',
    `gen_ai_client_token_usage_total{${labels},gen_ai_token_type="input"} 11`,
    `gen_ai_client_token_usage_total{${labels},gen_ai_token_type="output"} 5`,
    `freehold_cost_usd_total{${labels},task="support"} 0.75`,
    `freehold_cost_unknown_total{${labels}} 1`,
    `gen_ai_server_request_duration_seconds_bucket{${labels},le="0.08"} 1`,
    `gen_ai_server_request_duration_seconds_bucket{${labels},le="5.12"} 2`,
    `gen_ai_server_request_duration_seconds_count{${labels}} 2`,
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})

test('an answer that is given again is no exchange with a provider', () => {
  const metrics = new Metrics([])
  metrics.observe(aRecord({ role: 'cache_hit', saved: usd('0.25'), totalUs: 90, overheadUs: 90 }))
  metrics.observe(aRecord({ role: 'cache_hit', saved: null, totalUs: 90, overheadUs: 90 }))
  metrics.observe(aRecord({ role: 'replay', task: null, totalUs: 90, overheadUs: 90 }))
  const lines = metrics.text().split('\n')
  for (const line of [
    'freehold_given_again_total{task="support",role="cache_hit"} 2',
    'freehold_given_again_total{task="",role="replay"} 1',
    'freehold_saved_usd_total{task="support",by="cache"} 0.25',
    'freehold_overhead_seconds_count 3',
  ]) {
    expect(lines).toContain(line)
  }
  const ofProviders = /^(?:freehold_attempts|gen_ai_server_request_duration)/
  expect(lines.filter((line) => ofProviders.test(line))).toEqual([])
})

test('what was saved is told by what was done for it, and what that cost more apart', () => {
  const metrics = new Metrics([])
  metrics.observe(aRecord({ saved: usd('0.5'), savedBy: 'seller' }))
  metrics.observe(aRecord({ saved: subtract(nothing, usd('0.125')), savedBy: 'seller' }))
  metrics.observe(aRecord({ saved: null, savedBy: 'wait+batch' }))
  const saved = metrics.text().match(/^freehold_sav(?:ed|ing).*$/gm)
  expect(saved).toEqual([
    'freehold_saved_usd_total{task="support",by="seller"} 0.5',
    'freehold_saving_lost_usd_total{task="support",by="seller"} 0.125',
  ])
})

test('pictures, characters, seconds and searches are no tokens', () => {
  const metrics = new Metrics([])
  const usage = { ...noUsage, input: 3, search: 1, images: 2, characters: 40, seconds: 7 }
  metrics.observe(aRecord({ usage: { ...usage, imageOut: 9 } }))
  metrics.observe(aRecord({ usage: { ...noUsage, images: 1 } }))
  const counted = metrics
    .text()
    .split('\n')
    .flatMap(
      (line) =>
        /^(?:gen_ai_client_token_usage|freehold_units)_total.*="(\w+)"} (\d+)$/
          .exec(line)
          ?.slice(1)
          .join(' ') ?? [],
    )
  expect(counted).toEqual([
    'input 3',
    'imageOut 9',
    'search 1',
    'images 3',
    'characters 40',
    'seconds 7',
  ])
})

test('names that callers made up neither break the format nor fill the memory', () => {
  const metrics = new Metrics([
    { name: 'g', help: 'a gauge', read: () => [{ labels: { kind: 'a"b\\c\nd' }, value: 1 }] },
  ])
  for (let count = 0; count < 5_000; count += 1)
    metrics.observe(aRecord({ model: `m${count}\n"x\ud800` }))
  const text = metrics.text()
  expect(text).toContain('g{kind="a\\"b\\\\c d"} 1')
  expect(
    text.split('\n').filter((line) => line.startsWith('freehold_attempts_total{')).length,
  ).toBeLessThanOrEqual(2_001)
  expect(text).toContain('freehold_attempts_total{overflow="true"} 3000')
  for (const line of text.trim().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+)$/)
})

function aRecord(given: Partial<AttemptRecord>): AttemptRecord {
  return {
    ...noExchange,
    callId: '0' as CallId,
    attempt: 1,
    at: 0 as Instant,
    keyId: 'web',
    env: null,
    customer: null,
    feature: null,
    session: null,
    operation: 'chat',
    dialect: 'openai-chat',
    modelAsked: 'support',
    task: 'support',
    provider: 'acme',
    model: 'large',
    role: 'served',
    policy: 'fixed',
    configHash: '',
    cost: usd('0'),
    costSource: 'none',
    stream: false,
    status: 200,
    endState: 'complete',
    ...given,
  }
}

test('what several threads have counted is one series, and a histogram is one histogram', () => {
  const [here, there] = [new Metrics([]), new Metrics([])]
  for (const metrics of [here, there, there]) metrics.observe(aRecord({ totalUs: 50_000 }))
  there.observe(aRecord({ provider: 'other', totalUs: 5_000_000 }))
  // As they come from another thread.
  const text = here.text([structuredClone(there.counts())])
  const of = (name: string) => text.split('\n').filter((line) => line.startsWith(`${name}{`))
  expect(of('freehold_attempts_total').map((line) => line.split(' ').at(-1))).toEqual(['3', '1'])
  const buckets = of('gen_ai_server_request_duration_seconds_bucket')
  const under = buckets.filter((line) => line.includes('le="0.08"'))
  expect(under.map((line) => line.split(' ').at(-1))).toEqual(['3', '0'])
  expect(of('gen_ai_server_request_duration_seconds_count')[0]).toEndWith(' 3')
  // Nobody has counted here what was counted there.
  expect(here.text()).toContain('end_state="complete"} 1')
})
