import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Routed } from '../../src/routing/calibrated/rule.ts'
import type { RouteJson } from '../../src/server/contract/routing.ts'
import { runCommand } from './command.ts'
import { writePolicy } from './policies.ts'
import { type CallFacts, startTown, type Town } from './town.ts'

/** Fitted policies on live calls: what decides, what carries a promise, and what takes it back. */

const key = 'web-secret-0123456789'
const folder = mkdtempSync(join(tmpdir(), 'freehold-policies-'))
afterAll(() => rmSync(folder, { recursive: true }))

const part = (weights: readonly number[], bias: number) => ({
  head: null,
  cost: null,
  dense: { bias, weights: Float64Array.from(weights) },
})

/** Escalates an answer that hedges: worth 0.05 without a hedge, 0.88 with one. */
const hedging: Routed = {
  method: 'cascade',
  cheap: 'acme/echo',
  second: null,
  strong: 'birch/echo',
  threshold: 0.5,
  direct: null,
  scorer: {
    reads: {
      words: false,
      answer: true,
      second: false,
      keys: ['mean_logprob'],
      neighbours: false,
    },
    goal: 'cheap-wrong',
    thrift: 0,
    seed: 1,
    parts: [0, 1, 2].map(() => part([0, 0, 0, 0, 5, 0, 0, 0, 0], -3)),
    neighbours: null,
  },
}

/** Sends prompts of more than some 100 characters to the strong model. */
const lengthy: Routed = {
  ...hedging,
  method: 'prompt-route',
  scorer: {
    ...hedging.scorer!,
    reads: { words: false, answer: false, second: false, keys: [], neighbours: false },
    parts: [0, 1, 2].map(() => part([10], -10 * Math.log1p(100))),
  },
}

/** Escalates unless two cheap models say the same. */
const agreeing: Routed = {
  ...hedging,
  method: 'agreement',
  second: 'cedar/echo',
  scorer: null,
  threshold: 0.5,
}

function policyFile(name: string, rule: Routed, more: object = {}): string {
  const path = join(folder, `${name}.json`)
  writePolicy(path, rule, more)
  return path
}

const long = 100 * 86_400_000
const paths = {
  hedging: policyFile('hedging', hedging),
  lengthy: policyFile('lengthy', lengthy),
  agreeing: policyFile('agreeing', agreeing),
  old: policyFile('old', hedging, { made: new Date(Date.now() - long).toISOString() }),
  foreign: policyFile('foreign', { ...hedging, cheap: 'acme/other' }),
  prompted: policyFile('prompted', hedging, { prompt_hash: '0123456789abcdef' }),
  wrong: policyFile('wrong', { ...hedging, cheap: 'acme/echo', strong: 'birch/small' }),
}
writeFileSync(join(folder, 'damaged.json'), '{"freehold":"routing-policy","version":1}')

const models = '[acme/echo, birch/echo]'
const configOf = (price: string): string => `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
  cedar: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  slow: { type: openai-compatible, base_url: '{{slow}}', api_key: acme-key-0123456789 }
  broken: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  limited: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789, rate: { requests: 3/h } }
prices:
  acme/echo: { input: ${price}, output: 0.02 }
  cedar/echo: { input: 0.01, output: 0.02 }
  limited/echo: { input: 0.01, output: 0.02 }
  birch/echo: { input: 5, output: 20 }
  birch/small: { input: 5, output: 20 }
  slow/fault/no-answer: { input: 5, output: 20 }
  broken/fault/http-500: { input: 0.01, output: 0.02 }
tasks:
  support: { policy: cascade, models: ${models}, router: ${paths.hedging} }
  agreement: { policy: cascade, models: [acme/echo, cedar/echo, birch/echo], router: ${paths.agreeing} }
  by_prompt: { policy: learned, models: ${models}, router: ${paths.lengthy} }
  promised: { policy: cascade, models: ${models}, guarantee: { quality: 0.95, policy: ${paths.hedging} } }
  promised_more: { policy: cascade, models: ${models}, guarantee: { quality: 0.98, policy: ${paths.hedging} } }
  renewed: { policy: cascade, models: ${models}, guarantee: { quality: 0.95, policy: ${join(folder, 'renewed.json')} }, audit: 0 }
  expired: { policy: cascade, models: ${models}, router: ${paths.old} }
  foreign: { policy: cascade, models: ${models}, router: ${paths.foreign} }
  prompted: { policy: cascade, models: ${models}, router: ${paths.prompted} }
  damaged: { policy: cascade, models: ${models}, router: ${join(folder, 'damaged.json')} }
  misplaced: { policy: learned, models: ${models}, router: ${paths.hedging} }
  priced: { policy: cascade, models: ${models}, guarantee: { quality: 0.95, policy: ${paths.hedging} }, audit: 0 }
  audited: { policy: cascade, models: ${models}, router: ${paths.hedging}, audit: { share: 1, floor: 0 } }
  degraded: { policy: cascade, models: [acme/echo, birch/small], router: ${paths.wrong}, audit: { share: 1, floor: 0 } }
  capped: { policy: cascade, models: ${models}, router: ${paths.hedging}, audit: { share: 1, floor: 0, cap: 0.000001 USD } }
  shadowed: { models: [acme/echo], shadow: { model: slow/fault/no-answer, share: 1 }, timeouts: { total: 1s } }
  mirrored: { models: [acme/echo], shadow: { model: birch/echo, share: 1 } }
  failing_canary:
    models: [acme/echo]
    canary: { model: broken/fault/http-500, steps: [0.5, 1], hold: 1s, calls: 1000 }
  unpriced_canary:
    models: [acme/echo]
    canary: { model: cedar/unheard, steps: [0.5, 1], hold: 1s, calls: 1000 }
  limited_canary:
    models: [acme/echo]
    canary: { model: limited/echo, steps: [0.5, 1], hold: 1h, calls: 1000 }
  good_canary:
    models: [acme/echo]
    canary: { model: cedar/echo, steps: [0.3, 1], hold: 1s, calls: 3 }
keys:
  - { id: web, secret: ${key} }
  - { id: counted, secret: counted-secret-0123456789, budget: { limit: 1 USD, per: day } }
`

let town: Town
beforeAll(async () => {
  town = await startTown({
    config: configOf('0.01'),
    vendors: {
      acme: { key: 'acme-key-0123456789' },
      birch: { key: 'birch-key-0123456789' },
      slow: { key: 'acme-key-0123456789', waitMs: 60_000 },
    },
  })
})
afterAll(() => town.close())

interface Asked {
  readonly id: string
  readonly status: number
  readonly text: string
  readonly model: string | null
  readonly attempts: string | null
}

async function chat(
  model: string,
  content: string,
  more: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }], ...more }),
  })
  return {
    id: response.headers.get('x-request-id')!,
    status: response.status,
    text: await response.text(),
    model: response.headers.get('x-freehold-model'),
    attempts: response.headers.get('x-freehold-attempts'),
  }
}

/** The call once it has so many rows. */
async function rows(id: string, count: number): Promise<CallFacts> {
  for (let tries = 0; ; tries += 1) {
    const call = await town.call(id)
    if (call.attempts.length >= count || tries > 100) return call
    await Bun.sleep(30)
  }
}

async function routeOf(task: string): Promise<RouteJson> {
  const { routes } = await town.api<{ routes: readonly RouteJson[] }>('/api/routes')
  return routes.find((route) => route.task === task)!
}

async function reasonsOf({ id }: Asked): Promise<string> {
  return (await town.call(id)).attempts.map(({ reason }) => String(reason)).join(' | ')
}

async function alarmOf(subject: string): Promise<string> {
  const { alarms } = await town.api<{
    alarms: readonly { kind: string; subject: string; text: string }[]
  }>('/api/alarms')
  return alarms
    .filter((alarm) => alarm.subject === subject)
    .map(({ kind, text }) => `${kind}: ${text}`)
    .join('\n')
}

describe('a fitted cascade', () => {
  test.each([false, true])('gives what it is sure of (streamed: %p)', async (stream) => {
    const asked = await chat('support', 'It is blue.', { stream })
    expect([asked.status, asked.model, asked.attempts]).toEqual([200, 'acme/echo', '1'])
    expect(await reasonsOf(asked)).toContain('accepted by worth 0.0474, not above 0.500')
  })

  test.each([false, true])('escalates what it doubts (streamed: %p)', async (stream) => {
    const asked = await chat('support', 'Perhaps it is blue.', { stream })
    expect([asked.status, asked.model, asked.attempts]).toEqual([200, 'birch/echo', '2'])
    expect(await reasonsOf(asked)).toContain('escalated from acme/echo by worth 0.881, above 0.500')
    expect((await town.call(asked.id)).attempts.map(({ role }) => role)).toEqual([
      'cascade_step',
      'served',
    ])
  })

  test('asks how sure the model was, and keeps it to itself unless the caller asked too', async () => {
    for (const stream of [false, true]) {
      const plain = await chat('support', 'It is green.', { stream })
      expect(plain.text).not.toContain('"logprob":')
      const wanted = await chat('support', 'It is green.', { stream, logprobs: true })
      expect(wanted.text).toContain('"logprob":')
    }
    const direct = await chat('acme/echo', 'It is green.')
    expect(direct.text).not.toContain('"logprob":')
  })

  test('a provider that refuses to say how sure it was is asked without, once and for all', async () => {
    const asked: unknown[] = []
    using vendor = Bun.serve({
      port: 0,
      fetch: async (request) => {
        const body = (await request.json()) as { logprobs?: boolean }
        asked.push(body.logprobs)
        if (body.logprobs === true) {
          const error = { type: 'invalid_request_error', message: 'logprobs are not known here' }
          return Response.json({ error }, { status: 400 })
        }
        const message = { role: 'assistant', content: 'It is blue.' }
        return Response.json({
          id: 'a',
          object: 'chat.completion',
          created: 1,
          model: 'plain',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
        })
      },
    })
    const path = policyFile('plain', { ...hedging, cheap: 'plain/plain' })
    town.configure(
      configOf('0.01')
        .replace(
          'prices:',
          `  plain: { type: openai-compatible, base_url: '${vendor.url.origin}/v1', api_key: plain-key-0123456789 }\nprices:`,
        )
        .replace(
          'keys:',
          `  plain: { policy: cascade, models: [plain/plain, birch/echo], router: ${path} }\nkeys:`,
        ),
    )
    await until(async () => (await chat('plain', 'What colour is it?')).status === 200)
    // Without the numbers that the policy goes by, nothing speaks for the cheap answer.
    const last = await chat('plain', 'What colour is it?')
    expect(last.model).toBe('birch/echo')
    expect(await reasonsOf(last)).toContain('worth beyond measure, above 0.500')
    expect(asked).toEqual([true, undefined, undefined])
    expect(last.text).not.toContain('not known here')
    town.configure(configOf('0.01'))
  })

  test('two cheap models that agree are enough', async () => {
    const asked = await chat('agreement', 'blue')
    expect([asked.model, asked.attempts]).toEqual(['acme/echo', '2'])
    const { attempts } = await town.call(asked.id)
    expect(attempts.map(({ provider, role }) => `${provider} ${role}`).toSorted()).toEqual([
      'acme served',
      'cedar cascade_step',
    ])
    expect(await reasonsOf(asked)).toContain('agreement: the two cheap answers agree')
  })
})

describe('a learned policy', () => {
  test('decides by the prompt, before anybody is asked', async () => {
    const short = await chat('by_prompt', 'What is a tide?')
    expect([short.model, short.attempts]).toEqual(['acme/echo', '1'])
    const asked = await chat('by_prompt', 'What is a tide? '.repeat(20), { stream: true })
    expect([asked.model, asked.attempts]).toEqual(['birch/echo', '1'])
    expect(await reasonsOf(asked)).toMatch(/prompt: worth (1|0\.99)\S*, above 0\.500/)
  })
})

describe('a promise', () => {
  test('that its policy carries is kept by it', async () => {
    const asked = await chat('promised', 'It is blue.')
    expect(asked.model).toBe('acme/echo')
    expect(await routeOf('promised')).toMatchObject({ proven: true, fallback: null })
  })

  test.each([
    ['promised_more', 'proven for a quality of 0.95, and 0.98 is promised'],
    ['expired', '100 days old'],
    ['foreign', 'fitted with acme/other, which the task has not'],
    ['damaged', 'does not name its strong model'],
    ['misplaced', 'decides by the cheap answer: write policy: cascade'],
  ])('%s is not: the strong model answers, and an alarm says why', async (task, why) => {
    const asked = await chat(task, 'It is blue.')
    expect([asked.status, asked.model, asked.attempts]).toEqual([200, 'birch/echo', '1'])
    expect(await reasonsOf(asked)).toContain(`fallback: `)
    expect(await alarmOf(task)).toContain(why)
    expect(await alarmOf(task)).toContain('freehold route calibrate')
    const route = await routeOf(task)
    expect([route.proven, route.fallback]).toEqual([false, expect.stringContaining(why)])
  })

  test('is kept again as soon as there is a policy that carries it, without another word', async () => {
    expect((await chat('renewed', 'It is blue.')).model).toBe('birch/echo')
    expect(await alarmOf('renewed')).toContain('cannot be read')
    policyFile('renewed', hedging)
    await until(async () => (await chat('renewed', 'It is blue.')).model === 'acme/echo')
    expect(await alarmOf('renewed')).toBe('')
    policyFile('renewed', hedging, { quality: 0.9 })
    await until(async () => (await chat('renewed', 'It is blue.')).model === 'birch/echo')
  })

  test('is for the prompt that it was proven with', async () => {
    const asked = await chat('prompted', 'It is blue.')
    expect(asked.model).toBe('birch/echo')
    expect(await alarmOf('prompted prompt')).toContain('--prompt-hash')
  })
})

describe('audits', () => {
  test('ask the strong model beside, on nobody’s account', async () => {
    const headers = { authorization: 'Bearer counted-secret-0123456789' }
    const asked = await chat('audited', 'It is blue.', {}, headers)
    expect([asked.model, asked.attempts]).toEqual(['acme/echo', '1'])
    const call = await rows(asked.id, 2)
    expect(call.attempts).toMatchObject([
      { role: 'served', provider: 'acme' },
      { role: 'audit', provider: 'birch', end_state: 'complete' },
    ])
    expect(call.attempts[1]!['reason']).toContain('audit, drawn with probability 1')
    expect(call).toMatchObject({ ok: true, model: 'acme/echo' })
    // Both answers are kept, for whoever grades them anew.
    await until(async () => Object.keys((await town.call(asked.id)).answers).length === 2)
    await until(async () => (await routeOf('audited')).audit!.audits > 0)
    const { audit, saved } = await routeOf('audited')
    expect(audit).toMatchObject({ alarm: false, share: 1, ungraded: 0 })
    expect(Number(saved!.audits_usd)).toBeGreaterThan(0)
  })

  test('of a policy that holds raise no alarm', async () => {
    for (let count = 0; count < 60; count += 1) await chat('audited', `It is blue ${count}.`)
    await until(async () => (await routeOf('audited')).audit!.audits > 55)
    const { audit, fallback } = await routeOf('audited')
    expect([audit!.alarm, fallback]).toEqual([false, null])
    expect(audit!.margin).toBeGreaterThan(0)
    expect(audit!.audits_to_notice).toBeGreaterThan(0)
    const status = await runCommand(['route', 'status'], { cwd: town.folder })
    expect(status.out).toMatch(/points above it \(-?\+?[\d.]+ to \+[\d.]+, of \d+ audits\)/)
  })

  test('of one that has become worse leave the strong model alone, also after a restart', async () => {
    await until(
      async () => (await chat('degraded', `Say ${Math.random()}`)).model === 'birch/small',
    )
    expect(await alarmOf('degraded')).toContain('routing_quality')
    expect(await routeOf('degraded')).toMatchObject({
      fallback: 'its audits say that quality has fallen',
      audit: { alarm: true },
    })
    await town.end()
    await town.restart()
    expect((await chat('degraded', 'Hello')).model).toBe('birch/small')
  })

  test('are not asked beyond what they may cost', async () => {
    const asked = await chat('capped', 'It is blue.')
    await until(async () => (await routeOf('capped')).skipped > 0)
    expect((await town.call(asked.id)).attempts).toHaveLength(1)
    // Answers of the strong model are right by themselves: were they counted alone, nothing could ever look wrong.
    expect((await chat('capped', 'Perhaps it is blue.')).model).toBe('birch/echo')
    await until(async () => (await routeOf('capped')).skipped > 1)
    expect((await routeOf('capped')).audit).toMatchObject({ audits: 0, margin: null })
  })

  test('count what the strong model answered where there is money for the others', async () => {
    const before = (await routeOf('audited')).audit!.audits
    expect((await chat('audited', 'Perhaps it is blue.')).model).toBe('birch/echo')
    await until(async () => (await routeOf('audited')).audit!.audits > before)
  })
})

describe('a shadow', () => {
  test('answers beside, and its answers are kept with the call', async () => {
    const asked = await chat('mirrored', 'Hello')
    const call = await rows(asked.id, 2)
    expect(call.attempts[1]).toMatchObject({ role: 'shadow', provider: 'birch', attempt: 1_001 })
    expect(call.attempts[1]!['reason']).toBe('shadow, drawn with probability 1')
    await until(async () => (await routeOf('mirrored')).shadow!.answers > 0)
    const { shadow } = await routeOf('mirrored')
    expect(Number(shadow!.today_usd)).toBeGreaterThan(0)
    await until(async () => Object.keys((await town.call(asked.id)).answers).includes('1001'))
  })

  test('is asked in nobody’s way: the caller has its answer while the shadow is silent', async () => {
    const asked = await chat('shadowed', 'Hello')
    expect([asked.status, asked.model, asked.attempts]).toEqual([200, 'acme/echo', '1'])
    expect((await town.call(asked.id)).attempts.map(({ role }) => role)).toEqual(['served'])
    const call = await rows(asked.id, 2)
    expect(call.attempts.map(({ role, end_state: end }) => `${role} ${end}`)).toEqual([
      'served complete',
      'shadow timeout',
    ])
    expect(call).toMatchObject({ ok: true, model: 'acme/echo' })
    // It took the prompt and is charged for it, which counts against what shadows may cost.
    const spent = Number(call.attempts[1]!.cost_usd)
    expect(spent).toBeGreaterThan(0)
    await until(async () => Number((await routeOf('shadowed')).shadow!.today_usd) === spent)
  })
})

describe('a canary', () => {
  test('that fails is taken back without a person, and no caller sees it', async () => {
    for (let count = 0; count < 80; count += 1) {
      const asked = await chat('failing_canary', `Hello ${count}`)
      expect([asked.status, asked.model]).toEqual([200, 'acme/echo'])
    }
    expect((await routeOf('failing_canary')).canary).toMatchObject({
      share: 0,
      rolled_back: 'it fails more often than error_rate allows',
    })
    expect(await alarmOf('failing_canary')).toContain('was taken back from failing_canary')
    await town.end()
    await town.restart()
    expect((await routeOf('failing_canary')).canary).toMatchObject({ share: 0 })
  })

  test('that may not be asked under a budget, because it has no price, has not failed', async () => {
    const counted = { authorization: 'Bearer counted-secret-0123456789' }
    for (let count = 0; count < 60; count += 1) {
      const asked = await chat('unpriced_canary', `Hello ${count}`, {}, counted)
      expect([asked.status, asked.model]).toEqual([200, 'acme/echo'])
    }
    const { canary } = await routeOf('unpriced_canary')
    expect(canary).toMatchObject({ share: 0.5, rolled_back: null })
  })

  test('that its provider’s own rate keeps from being asked has not failed', async () => {
    const models = new Set<string | null>()
    for (let count = 0; count < 80; count += 1)
      models.add((await chat('limited_canary', `Hello ${count}`)).model)
    expect(models).toEqual(new Set(['acme/echo', 'limited/echo']))
    const { canary } = await routeOf('limited_canary')
    expect(canary).toMatchObject({ share: 0.5, calls: 3, rolled_back: null })
  })

  test('that is no worse takes over in steps, and a session stays where it is', async () => {
    const session = { 'x-freehold-session': 'one' }
    const first = await chat('good_canary', 'Hello', {}, session)
    for (let count = 0; count < 5; count += 1) {
      const again = await chat('good_canary', `Hello ${count}`, {}, session)
      if (first.model === 'cedar/echo') expect(again.model).toBe('cedar/echo')
    }
    await until(async () => {
      await chat('good_canary', `Hello ${Math.random()}`)
      return (await routeOf('good_canary')).canary!.promoted
    })
    expect((await chat('good_canary', 'Hello')).model).toBe('cedar/echo')
  })
})

/** Prices are of models, so this comes last: it voids every policy that asks the same one. */
describe('a policy', () => {
  test('is void when a price changes, and stays so when it changes back and over a restart', async () => {
    expect((await chat('priced', 'It is blue.')).model).toBe('acme/echo')
    town.configure(configOf('0.02'))
    await until(async () => (await chat('priced', 'It is blue.')).model === 'birch/echo')
    expect(await alarmOf('priced')).toContain('the price of one of its models has changed')
    const hash = async () =>
      (await town.api<{ config: { hash: string } }>('/api/status')).config.hash
    const before = await hash()
    town.configure(configOf('0.01'))
    await until(async () => (await hash()) !== before)
    await town.end()
    await town.restart()
    const asked = await chat('priced', 'It is blue.')
    expect(asked.model).toBe('birch/echo')
    expect(await reasonsOf(asked)).toContain('the price of one of its models has changed')
  })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return
    await Bun.sleep(20)
  }
  throw new Error('what was waited for did not come')
}
