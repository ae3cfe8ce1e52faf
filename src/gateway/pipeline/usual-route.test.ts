import { expect, test } from 'bun:test'
import { describedAs, makeCatalog } from '../../catalog/catalog.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { routedAt, type Router, routerOf } from './route.suite.ts'

const doors = { chat: [{ dialect: openaiChat }] }

function aSnapshot() {
  const models = ['acme', 'backup'].map((provider) => ({
    ...describedAs(provider, 'm'),
    context: 100,
  }))
  const candidates = models.map(({ provider }) => ({ provider, model: 'm', weight: 1 }))
  const fixed = { policy: 'fixed', candidates, sticky: null, routing: null, shadow: null }
  return {
    tasks: new Map([['support', { name: 'support', ...fixed, canary: null }]]),
    providers: new Map(['acme', 'backup'].map((id) => [id, { id, facts: { id, doors } }])),
    catalog: makeCatalog(models),
  }
}

const told = ({ stops }: ReturnType<Router>) =>
  stops.map(({ provider, reason }) => `${provider.id}: ${reason}`)

test('an order that the file names is put together once for all calls that ask nothing else of it', () => {
  const routed = routerOf(aSnapshot())
  expect(told(routed('support'))).toEqual(['acme: first in order', 'backup: stand-in 1'])
  expect(routed('support', {}, 'other words')).toBe(routed('support'))
})

test('a changed configuration is another order', () => {
  const [before, after] = [aSnapshot(), aSnapshot()]
  const providers = new Set(routerOf(after)('support').stops.map(({ provider }) => provider))
  const others = routerOf(before)('support').stops.map(({ provider }) => provider)
  expect(others.some((provider) => providers.has(provider))).toBe(false)
})

test('a call that is held to one provider, can wait, has waited or is too long is looked at by itself', () => {
  const routed = routerOf(aSnapshot())
  const usual = routed('support')
  const pinned = routed('support', { pinnedTo: { provider: 'backup', credential: null } })
  expect(told(pinned)).toEqual(['backup: first in order'])
  const waiting = routed('support', { header: (name) => (name.endsWith('deadline') ? '9s' : null) })
  expect(waiting).not.toBe(usual)
  expect(routed('support', { wantedAt: routedAt }).baseline).toMatchObject({ provider: 'acme' })
  expect(usual.baseline).toBeNull()
  expect(() => routed('support', {}, 'words '.repeat(1_000))).toThrow('context of 100')
})

test('whoever names a model is asked there, whatever a table says of it', () => {
  const long = routerOf(aSnapshot())('backup/m', {}, 'words '.repeat(1_000))
  expect(told(long)).toEqual(['backup: named by the caller'])
  expect([long.task, long.policy, long.course]).toEqual([null, null, null])
})
