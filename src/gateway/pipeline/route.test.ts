import { expect, test } from 'bun:test'
import { describedAs, makeCatalog } from '../../catalog/catalog.ts'
import { decimal } from '../../core/money.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import type { CanaryRun } from '../experiments/canary-run.ts'
import { routerOf } from './route.suite.ts'

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
