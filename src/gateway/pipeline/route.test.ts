import { expect, test } from 'bun:test'
import { describedAs, makeCatalog } from '../../catalog/catalog.ts'
import { decimal } from '../../core/money.ts'
import { gemini } from '../../dialects/gemini/index.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import type { CanaryRun } from '../experiments/canary-run.ts'
import { routerOf } from './route.suite.ts'
import type { Trip } from './trip.ts'

/** A task under `cheapest`, whose first model is the dear one. @param canary  null: there is none */
function baselineFor(canary: Pick<CanaryRun, 'settings' | 'share' | 'takes'> | null) {
  const models = ['dear', 'cheap', 'tried']
  const catalog = makeCatalog(
    models.map((model, place) => ({
      ...describedAs('acme', model),
      prices: [
        {
          id: 'base',
          price: { input: decimal(String(9 - place)), output: decimal('1') },
          currency: 'USD',
          source: 'a test',
          readOn: null,
        },
      ],
    })),
  )
  const candidates = ['dear', 'cheap'].map((model) => ({ provider: 'acme', model, weight: 1 }))
  const task = { name: 'draft', policy: 'cheapest', candidates, sticky: null, routing: null }
  const live = { canary, drawAudit: () => null, drawShadow: () => null }
  const door = { dialect: openaiChat, path: '/chat/completions' }
  const facts = { id: 'acme', doors: { chat: [door] } }
  const snapshot = {
    tasks: new Map([['draft', { ...task, shadow: null, canary: canary?.settings ?? null }]]),
    providers: new Map([['acme', { id: 'acme', facts, keys: [] }]]),
    catalog,
  }
  const { stops, baseline } = routerOf(snapshot, { of: () => live })('draft')
  return [stops[0]!.model, baseline && baseline.model]
}

test('what the cheapest seller saves is told by the model that the file names first', () => {
  expect(baselineFor(null)).toEqual(['cheap', 'dear'])
})

test('what a canary costs less was saved by no policy', () => {
  const model = { provider: 'acme', model: 'tried', weight: 1 }
  const settings = { model } as CanaryRun['settings']
  expect(baselineFor({ settings, share: 1, takes: () => true })).toEqual(['tried', null])
  expect(baselineFor({ settings, share: 1, takes: () => false })).toEqual(['cheap', 'dear'])
})

/** Who is asked, and on which side of the canary `birch/MODEL` the call is, were it for every call. */
function triedWith(model: string, more: Partial<Trip> = {}, content?: string) {
  const canary = { settings: { model: { provider: 'birch', model, weight: 1 } }, takes: () => true }
  const live = { canary, drawAudit: () => null, drawShadow: () => null }
  const candidates = [{ provider: 'acme', model: 'large', weight: 1 }]
  const task = { name: 'chat', policy: 'fixed', candidates, sticky: null, routing: null }
  const door = { dialect: openaiChat, path: '/chat/completions' }
  const provider = (id: string, doors: object) => ({ id, facts: { id, doors }, keys: [] })
  const snapshot = {
    tasks: new Map([['chat', { ...task, shadow: null, canary: canary.settings }]]),
    providers: new Map([
      ['acme', provider('acme', { chat: [door] })],
      ['birch', provider('birch', model === 'vectors' ? { embed: [door] } : { chat: [door] })],
    ]),
    catalog: makeCatalog([{ ...describedAs('birch', 'short'), context: 100 }]),
  }
  const route = routerOf(snapshot, { of: () => live })('chat', more, content)
  return [route.stops.map(({ provider: by }) => by.id).join(), route.course!.side]
}

test('a call that a canary is known not to take stays with the models of the task, and tells nothing', () => {
  const long = 'The moon draws the water. '.repeat(100)
  expect(triedWith('short')).toEqual(['birch,acme', 'canary'])
  expect(triedWith('short', {}, long)).toEqual(['acme', null])
  expect(triedWith('other', {}, long)).toEqual(['birch,acme', 'canary'])
  expect(triedWith('vectors')).toEqual(['acme', null])
  const pinnedTo = { provider: 'acme', credential: null }
  expect(triedWith('other', { pinnedTo })).toEqual(['acme', null])
})

test.each(['..', '.', '../../v1/other', 'x/../dear', 'dear/..'])(
  '%s leads out of the addresses of models, and is none',
  (model) => {
    const facts = { id: 'acme', doors: { chat: [{ dialect: gemini }] } }
    const providers = new Map([['acme', { id: 'acme', facts, keys: [] }]])
    const asked = routerOf({ tasks: new Map(), providers, catalog: makeCatalog([]) })
    expect(() => asked(`acme/${model}`)).toThrow('There is no task or model named')
    expect(asked('acme/tuned..Models/a.b').stops).toHaveLength(1)
  },
)
