import { describe, expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { seeded } from '../../core/random.ts'
import type { Plan } from '../../routing/policy.ts'
import { CanaryRun } from '../experiments/canary-run.ts'
import type { TaskCanary } from '../experiments/settings.ts'
import { drillPart, sideOf, withCanary } from './canary.ts'
import type { Course } from './course.ts'

const guards = { errorRate: 0.02, schemaValid: 0.02, refusal: 0.02, p95Latency: null, cost: null }
const birch = { provider: 'birch', model: 'small', weight: 1 }
const planOf = (...names: string[]): Plan =>
  names.map((name) => {
    const [provider = '', model = ''] = name.split('/')
    return { candidate: { provider, model, weight: 1 }, reason: 'in order' }
  })

function run(changes: Partial<TaskCanary> = {}): CanaryRun {
  const settings = { model: birch, steps: [1], holdMs: 1_000, calls: 1, guards, ...changes }
  return new CanaryRun('support', settings, null, {
    clock: { now: () => 0 as Instant },
    random: seeded(1),
    lanes: 1,
    alarms: { raise: () => {}, resolve: () => {} },
    changed: () => {},
    keepAudit: () => {},
  })
}
const drill = { id: 'd1', provider: 'acme' }
const names = (plan: Plan) =>
  plan.map(({ candidate }) => `${candidate.provider}/${candidate.model}`)

describe('in a drill', () => {
  const canary = run({ drill })

  test('the substitute goes to the front, and who is left stands in for it', () => {
    const plan = planOf('acme/large', 'birch/small', 'cedar/x')
    const part = drillPart(canary, 'a call', plan)
    expect(part).toMatchObject({ id: 'd1', side: 'drawn', instead: { provider: 'acme' } })
    const side = sideOf(canary, 'a call', part)
    const led = withCanary(plan, { live: { canary }, side } as Course)
    expect(names(led)).toEqual(['birch/small', 'acme/large', 'cedar/x'])
    expect(led[0]!.reason).toBe('drill d1: without acme, 100 % of its calls')
  })

  test('a call that would have gone elsewhere is none of it', () => {
    const part = drillPart(canary, 'a call', planOf('cedar/x', 'acme/large', 'birch/small'))
    expect([part, sideOf(canary, 'a call', part)]).toEqual([null, null])
  })

  test('a call that the substitute is not among the able ones for stays, and is counted', () => {
    const part = drillPart(canary, 'a call', planOf('acme/large'))
    expect([part!.side, sideOf(canary, 'a call', part)]).toEqual(['unable', null])
  })

  test('a call that is not drawn is for comparison', () => {
    const none = run({ drill, steps: [1e-12] })
    const part = drillPart(none, 'a call', planOf('acme/large', 'birch/small'))
    expect([part!.side, sideOf(none, 'a call', part)]).toEqual(['other', 'incumbent'])
  })
})

test('a canary on its way to stay takes its share of every call, and is no part of the plan before', () => {
  const canary = run()
  const plan = planOf('cedar/x')
  expect(drillPart(canary, 'a call', plan)).toBeNull()
  const side = sideOf(canary, 'a call', null)
  expect(names(withCanary(plan, { live: { canary }, side } as Course))).toEqual([
    'birch/small',
    'cedar/x',
  ])
})
