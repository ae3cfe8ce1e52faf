import { describe, expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { usd } from '../../core/money.ts'
import { seeded } from '../../core/random.ts'
import { Fitted, type PolicyFacts } from '../../routing/calibrated/fitted.ts'
import { LiveTask } from './live-task.ts'
import type { RoutedTask, TaskRouting } from './settings.ts'
import type { RouteState } from './state.ts'
import type { AuditRow } from './surroundings.ts'

const hourUs = 3_600_000_000
const began = Date.parse('2026-11-22T06:00:00Z') * 1_000

const facts: PolicyFacts = {
  sha256: 'one',
  made: '2026-11-20T00:00:00.000Z',
  strong: 'b/large',
  quality: 0.95,
  confidence: 0.95,
  certificate: { pValue: 0.01, level: 0.02, saving: 0.5, rows: 600 },
  agreement: null,
  extractedAnswers: false,
  promptHash: null,
}

function fittedOf(said: Partial<PolicyFacts> = {}): Fitted {
  return new Fitted(
    { ...facts, ...said },
    {
      method: 'agreement',
      cheap: 'a/small',
      second: 'a/other',
      strong: 'b/large',
      threshold: 0.5,
      scorer: null,
      direct: null,
    },
  )
}

const routing: TaskRouting = {
  path: 'support.json',
  evals: null,
  learn: null,
  checks: null,
  fitted: fittedOf(),
  fault: null,
  guarantee: { quality: 0.95, confidence: 0.95 },
  streaming: 'buffer',
  samples: 1,
  audit: { share: 0.02, floor: 20, cap: usd('0.01'), agreement: 0.9 },
}
const task: RoutedTask = {
  name: 'support',
  models: ['a/small', 'a/other', 'b/large'],
  routing,
  shadow: null,
  canary: null,
}

function scene({ lanes = 1 } = {}) {
  let now = began as Instant
  const raised: string[] = []
  const resolved: string[] = []
  const audits: AuditRow[] = []
  const around = {
    clock: { now: () => now },
    random: seeded(1),
    lanes,
    alarms: {
      raise: (kind: string, _subject: string, text: string) => void raised.push(`${kind}: ${text}`),
      resolve: (kind: string) => void resolved.push(kind),
    },
    changed: () => {},
    keepAudit: (row: AuditRow) => void audits.push(row),
  }
  const make = (state: RouteState | null = null, of = task): LiveTask =>
    new LiveTask(of, state && structuredClone(state), around)
  const pass = (us: number): void => {
    now = (now + us) as Instant
  }
  return { make, pass, raised, resolved, audits }
}

function audit(routed: number): Omit<AuditRow, 'task' | 'policy'> {
  const scores = { routed, strong: 1 }
  const models = { routed: 'a/small', strong: 'b/large' }
  return { call: 'c', ...models, propensity: 0.02, grader: 'agreement', scores }
}

const prices = () => 'prices'
const unlearned = { arm: null, waitedUs: 0 } as const

/** The task with another share of answers that have to agree. */
function agreeing(agreement: number): RoutedTask {
  return { ...task, routing: { ...routing, audit: { ...routing.audit!, agreement } } }
}

describe('audits that are held against another share from now on', () => {
  test('begin anew: those of before say nothing of it', () => {
    const { make } = scene()
    const live = make()
    for (let count = 0; count < 200; count += 1) live.audited(audit(Number(count % 10 > 0)))
    expect(live.margin).toBeCloseTo(0, 6)
    live.configure(agreeing(0.5))
    expect([live.margin, live.watch!.interval]).toEqual([null, null])
    for (let count = 0; count < 200; count += 1) live.audited(audit(Number(count % 10 > 0)))
    expect(live.margin).toBeCloseTo(0.4, 6)
    const { low, high } = live.watch!.interval!
    expect([low < 0.4, high > 0.4]).toEqual([true, true])
    expect(make(live.state, agreeing(0.5)).margin).toBeCloseTo(0.4, 6)
  })

  test('leave an alarm on, which only another policy ends', () => {
    const { make } = scene()
    const live = make()
    for (let count = 0; count < 200; count += 1) live.audited(audit(0))
    live.configure(agreeing(0.01))
    expect(live.alarmed).toBe(true)
    expect(make(live.state, agreeing(0.01)).alarmed).toBe(true)
  })
})

describe('a policy in force', () => {
  test('decides as long as it carries what is promised, and is looked at each minute', () => {
    const { make, pass, raised } = scene()
    const live = make()
    expect(live.whyFallback(prices)).toBeNull()
    pass(89 * 24 * hourUs)
    expect(live.whyFallback(prices)).toContain('91 days old')
    expect(raised[0]).toContain('routing_void: support is answered by b/large alone')
    expect(raised[0]).toContain(
      'freehold route calibrate --table TABLE --cheap a/small,a/other --strong b/large --quality 0.95 --out support.json',
    )
  })

  test('is void at once when a model calls itself by another name, over a restart too', () => {
    const { make } = scene()
    const live = make()
    expect(live.whyFallback(prices)).toBeNull()
    live.noteVersion('a/small', 'small-2026-01')
    live.noteVersion('a/small', 'small-2026-01')
    expect(live.whyFallback(prices)).toBeNull()
    live.noteVersion('a/small', 'small-2026-11')
    const why = 'a/small was small-2026-01 when the policy came into force, and is small-2026-11'
    expect(live.whyFallback(prices)).toBe(why)
    live.noteVersion('a/small', 'small-2026-01')
    expect(make(live.state).whyFallback(prices)).toBe(why)
  })

  test('is void when a price changes, and another policy begins anew', () => {
    const { make, pass, resolved } = scene()
    const live = make()
    live.whyFallback(prices)
    pass(hourUs)
    expect(live.whyFallback(() => 'others')).toContain('the price of one of its models')
    live.configure({ ...task, routing: { ...routing, fitted: fittedOf({ sha256: 'two' }) } })
    expect(live.whyFallback(() => 'others')).toBeNull()
    expect(resolved).toContain('routing_void')
    expect(live.sums.calls).toBe(0)
  })

  test('hears of it when another thread has found it void, or its audits wanting', () => {
    const { make } = scene({ lanes: 2 })
    const [one, other] = [make(), make()]
    other.whyFallback(prices)
    one.void('it is another')
    other.follow([one.state])
    expect(other.whyFallback(prices)).toBe('it is another')

    const { make: makeAnew, raised } = scene({ lanes: 2 })
    const [third, fourth] = [makeAnew(), makeAnew()]
    for (let count = 0; count < 200; count += 1) third.audited(audit(0))
    fourth.whyFallback(prices)
    fourth.follow([third.state])
    expect(fourth.whyFallback(prices)).toBe('its audits say that quality has fallen')
    expect(fourth.sums.audits).toBe(200)
    // Of fewer threads after a restart none may know it but this one.
    expect(makeAnew(fourth.state).whyFallback(prices)).toBe(
      'its audits say that quality has fallen',
    )
    expect(raised.filter((text) => text.startsWith('routing_quality'))).toHaveLength(1)
  })
})

describe('audits', () => {
  test('are as many as the share says, more in the first week, and enough for the floor', () => {
    const { make, pass } = scene()
    const live = make()
    expect(live.auditShare()).toBe(0.05)
    const called = {
      cost: usd('0.1'),
      strongCost: usd('1'),
      outcome: 'cheap',
      ...unlearned,
    } as const
    for (let call = 0; call < 100; call += 1) live.called(called)
    pass(24 * hourUs)
    expect(live.auditShare()).toBe(0.2)
    pass(24 * hourUs)
    expect(live.auditShare()).toBe(1) // nobody called the day before
    pass(8 * 24 * hourUs)
    expect(live.auditShare()).toBe(0.02)
  })

  test('are drawn by chance with that probability', () => {
    const { make } = scene()
    const live = make()
    let drawn = 0
    for (let call = 0; call < 20_000; call += 1) if (live.drawAudit() !== null) drawn += 1
    expect(drawn / 20_000).toBeCloseTo(0.05, 2)
  })

  test('cost no more in a day than they may, whatever is under way', () => {
    const { make, pass } = scene()
    const live = make()
    expect(live.reserve('audit', usd('0.006'))).toBe(true)
    expect(live.reserve('audit', usd('0.006'))).toBe(false)
    live.settle('audit', usd('0.006'), usd('0.001'))
    expect(live.reserve('audit', usd('0.006'))).toBe(true)
    expect(live.reserve('audit', null)).toBe(false)
    expect(live.sums.skipped).toBe(2)
    pass(24 * hourUs)
    expect(live.reserve('audit', usd('0.009'))).toBe(true)
  })

  test('raise the alarm once, at the next call, and go on being counted', () => {
    const { make, raised, audits } = scene()
    const live = make()
    expect(live.whyFallback(prices)).toBeNull()
    for (let count = 0; count < 100; count += 1) live.audited(audit(count % 2))
    expect(live.whyFallback(prices)).toBe('its audits say that quality has fallen')
    expect(raised.filter((text) => text.startsWith('routing_quality'))).toHaveLength(1)
    expect(raised.some((text) => text.startsWith('routing_void'))).toBe(false)
    expect(audits).toHaveLength(100)
    expect(audits[0]).toMatchObject({ task: 'support', policy: 'one', propensity: 0.02 })
    expect(make(live.state).whyFallback(prices)).toBe('its audits say that quality has fallen')
  })
})

describe('a task that learns from live costs', () => {
  const learning = (second: bigint | null): RoutedTask => ({
    ...task,
    routing: { ...routing, learn: { second: second as ReturnType<typeof usd> | null } },
  })
  const paid = { cost: usd('0.1'), strongCost: usd('1'), outcome: 'cheap' } as const

  test('draws the policy as its calibration saved, and says with which probability', () => {
    const live = scene().make(null, learning(null))
    const drawn = Array.from({ length: 1_000 }, () => live.drawArm()!)
    expect(new Set(drawn.map(({ arm, propensity }) => `${arm} ${propensity.toFixed(3)}`))).toEqual(
      new Set(['policy 0.980', 'strong 0.020']),
    )
    const share = drawn.filter(({ arm }) => arm === 'policy').length / 1_000
    expect(share).toBeGreaterThan(0.96)
    expect(scene().make().drawArm()).toBeNull()
  })

  test('leaves a policy that is cheap and slow as far as a second is worth something', () => {
    const slow = { ...paid, arm: 'policy', waitedUs: 10_000_000 } as const
    const quick = { ...paid, cost: usd('1'), arm: 'strong', waitedUs: 1_000_000 } as const
    const [cheap, dear] = [null, usd('0.2')].map((second) => {
      const live = scene().make(null, learning(second))
      for (let call = 0; call < 300; call += 1) {
        live.called(slow)
        live.called(quick)
      }
      return live
    })
    expect(cheap!.bandit?.policy.mean).toBeCloseTo(0.1, 1)
    expect(cheap!.drawArm()!.arm).toBe('policy')
    expect(dear!.bandit?.policy.mean).toBeCloseTo(2, 0)
    const arms = Array.from({ length: 100 }, () => dear!.drawArm()!.arm)
    expect(arms.filter((arm) => arm === 'strong').length).toBeGreaterThan(90)
  })

  test('keeps what it has learned over a restart, and forgets it with the policy', () => {
    const { make } = scene()
    const live = make(null, learning(null))
    live.called({ ...paid, arm: 'policy', waitedUs: 0 })
    live.called({ ...paid, cost: null, arm: 'policy', waitedUs: 0 })
    expect(make(live.state, learning(null)).bandit?.policy.calls).toBe(1)
    const other = { ...routing, fitted: fittedOf({ made: '2026-11-21T00:00:00.000Z' }) }
    live.configure({ ...task, routing: { ...other, learn: { second: null } } })
    expect(live.bandit?.policy.calls).toBe(0)
  })
})

test('what is saved is told with all that it took', () => {
  const { make } = scene()
  const live = make()
  live.called({ cost: usd('0.1'), strongCost: usd('1'), outcome: 'cheap', ...unlearned })
  live.called({ cost: usd('1.1'), strongCost: usd('1'), outcome: 'strong', ...unlearned })
  live.called({ cost: null, strongCost: usd('1'), outcome: 'fallback', ...unlearned })
  live.reserve('audit', usd('0.01'))
  live.settle('audit', usd('0.01'), null)
  expect(live.sums).toMatchObject({
    calls: 3,
    escalated: 1,
    fallbacks: 1,
    unknown: 1,
    cost: String(usd('1.2')),
    strongCost: String(usd('2')),
    auditCost: String(usd('0.01')),
  })
})
