import { expect, test } from 'bun:test'
import { describedAs, makeCatalog } from '../../catalog/catalog.ts'
import { instant } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { decimal } from '../../core/money.ts'
import { seeded } from '../../core/random.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { Latencies } from '../health/latencies.ts'
import type { CanaryRun } from '../experiments/canary-run.ts'
import { Affinity } from './affinity.ts'
import type { Parts } from './parts.ts'
import { route } from './route.ts'
import { TokenRatios } from './token-ratio.ts'
import type { Trip } from './trip.ts'

const now = instant('2026-11-22T00:00:00Z')

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
  const body = { model: 'draft', messages: [{ role: 'user', content: 'words' }] }
  const trip = {
    id: 'a call',
    at: now,
    call: openaiChat.readCall(readJsonObject(JSON.stringify(body))),
    key: { id: 'web', role: 'caller', tasks: null },
    attribution: { session: null, customer: null, feature: null },
    header: () => null,
    pinnedTo: null,
    wantedAt: null,
    conversation: null,
    snapshot: {
      tasks: new Map([['draft', { ...task, shadow: null, canary: canary?.settings ?? null }]]),
      providers: new Map([['acme', { id: 'acme', facts, keys: [] }]]),
      catalog,
    },
  } as unknown as Trip
  const parts = {
    random: seeded(1),
    tokenRatios: new TokenRatios(),
    affinity: new Affinity(() => 0),
    latencies: new Latencies(() => 0),
    experiments: { drills: { of: () => null }, of: () => live },
  } as unknown as Parts
  const { stops, baseline } = route(trip, parts)
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
