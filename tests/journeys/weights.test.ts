import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { PlanJson } from '../../src/server/contract/routing.ts'
import { runCommand } from './command.ts'
import { startTown, type Town } from './town.ts'

/** Open weights at several sellers: one task, and each call goes to whoever sells them the cheapest. */
let town: Town
const key = 'web-secret-0123456789'

beforeAll(async () => {
  town = await startTown({
    config: `
providers:
  deepinfra: { base_url: '{{acme}}', api_key: acme-key-0123456789, jurisdiction: US }
  together: { base_url: '{{birch}}', api_key: birch-key-0123456789, jurisdiction: US }
  house: { type: vllm, base_url: '{{cedar}}', jurisdiction: DE, region: fra-1 }
tasks:
  draft: { weights: gpt-oss-120b }
  near: { weights: gpt-oss-120b, not_in: [US] }
  routed: { policy: cascade, models: [house/small, house/large] }
keys:
  - { id: web, secret: ${key} }
prices:
  deepinfra/openai/gpt-oss-120b: { input: 3, output: 6 }
  together/openai/gpt-oss-120b: { input: 2, output: 5 }
  house/gpt-oss-120b: { input: 4, output: 2 }
`,
    vendors: { acme: {}, birch: {}, cedar: {} },
  })
})
afterAll(() => town.close())

const freehold = (...words: readonly string[]) => runCommand(words, { cwd: town.folder })
const plan = (query: string): Promise<PlanJson> => town.api(`/api/plan?${query}`)
const models = ({ steps }: PlanJson): string[] => steps.map(({ model }) => model)

test('every seller of the weights may answer, the cheapest for this very call first', async () => {
  const short = await plan('task=draft&prompt_tokens=4000&answer_tokens=10')
  expect(models(short)).toEqual([
    'together/openai/gpt-oss-120b',
    'deepinfra/openai/gpt-oss-120b',
    'house/gpt-oss-120b',
  ])
  expect(short).toMatchObject({ policy: 'cheapest', usual: 'deepinfra/openai/gpt-oss-120b' })
  expect(short.steps[0]!.reason).toStartWith('cheapest: about $')
  // A long answer to a short prompt is cheaper elsewhere.
  const long = await plan('task=draft&prompt_tokens=1&answer_tokens=400')
  expect(long.steps[0]).toMatchObject({ model: 'house/gpt-oss-120b', region: 'fra-1', rests_s: 0 })
  expect(models(await plan('task=near'))).toEqual(['house/gpt-oss-120b'])
})

test('a call goes along that order', async () => {
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: 'draft',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'word '.repeat(4_000) }],
    }),
  })
  // The simulated vendors have no such model: each is asked, and passes the call on.
  expect(response.status).toBe(404)
  await response.text()
  const { attempts } = await town.call(response.headers.get('x-request-id')!)
  expect(attempts.map(({ provider }) => provider)).toEqual(['together', 'deepinfra', 'house'])
}, 60_000)

test('the commands list the sellers, and say whom a call would ask and why', async () => {
  const listed = await freehold('models', '--weights', 'gpt-oss-120b', '--json')
  const { models: sold } = JSON.parse(listed.out) as { models: { id: string }[] }
  expect(sold.map(({ id }) => id).toSorted()).toEqual([
    'deepinfra/openai/gpt-oss-120b',
    'house/gpt-oss-120b',
    'together/openai/gpt-oss-120b',
  ])
  const said = await freehold('route', 'explain', '--task', 'draft', '--prompt-tokens', '4000')
  expect(said.out).toContain('draft is under cheapest.')
  expect(said.out).toContain('Were nothing done to spend less: deepinfra/openai/gpt-oss-120b.')
  expect(said.out.indexOf('together/openai')).toBeLessThan(said.out.indexOf('house/gpt-oss-120b'))
  const told = await freehold('route', 'explain', '--task', 'draft', '--deadline', '30s', '--json')
  expect(JSON.parse(told.out)).toMatchObject({ deadline: '30s', task: 'draft' })
}, 60_000)

test('what has no plan is said, with what to do', async () => {
  const none = await freehold('route', 'explain', '--task', 'nobody')
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('draft, near, routed')])
  const routed = await freehold('route', 'explain', '--task', 'routed')
  expect([routed.code, routed.err]).toEqual([1, expect.stringContaining('--policy FILE')])
  const soon = await freehold('route', 'explain', '--task', 'draft', '--deadline', 'soon')
  expect([soon.code, soon.err]).toEqual([2, expect.stringContaining('30s, 500ms or 2m')])
}, 60_000)

test('weights that nobody sells are an error of the configuration', async () => {
  town.configure(`
providers:
  house: { type: vllm, base_url: '{{cedar}}' }
tasks:
  draft: { weights: gpt-oss-9000b }
`)
  const checked = await freehold('doctor')
  expect(checked.out + checked.err).toContain(
    'names gpt-oss-9000b, which no listed provider is known to sell with open weights',
  )
}, 60_000)
