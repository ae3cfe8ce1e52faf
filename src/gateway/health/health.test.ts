import { describe, expect, test } from 'bun:test'
import {
  budgetRanOut,
  callerLeft,
  providerAccountUnpaid,
  providerFailed,
  providerKeyRefused,
  providerOverloaded,
  providerQuotaSpent,
  providerRateLimited,
  providerRefused,
  providerUnreachable,
} from '../../core/errors.ts'
import { Health, type HealthChange } from './health.ts'

const failure = providerFailed('acme', 'status 500')

describe('health', () => {
  test('five failures in a row close a model, each time for longer; an answer opens it', () => {
    const { health, changes, pass } = aHealth()
    const fail = () => health.failed('acme/large', 'acme#1', failure)
    for (let count = 0; count < 4; count += 1) fail()
    expect(health.waitMs('acme/large')).toBe(0)
    fail()
    expect(health.waitMs('acme/large')).toBe(10_000)
    pass(10_000)
    expect(health.waitMs('acme/large')).toBe(0)
    fail() // the probe fails
    expect(health.waitMs('acme/large')).toBe(20_000)
    pass(20_000)
    health.succeeded('acme/large', 'acme#1')
    expect(changes.map(({ down }) => down)).toEqual([true, true, false])
    fail()
    expect(health.waitMs('acme/large')).toBe(0)
  })

  test('answers that begin and break off close a model; one that comes to its end opens it', () => {
    const { health, changes, pass } = aHealth()
    const breakOff = () => {
      health.begins('acme/large', 'acme#1')
      health.began('acme/large', 'acme#1')
      health.brokeOff('acme/large', 'acme#1', failure, false)
    }
    for (let count = 0; count < 5; count += 1) breakOff()
    expect(health.waitMs('acme/large')).toBe(10_000)
    pass(10_000)
    health.begins('acme/large', 'acme#1')
    expect(health.waitMs('acme/large')).toBeGreaterThan(0)
    health.began('acme/large', 'acme#1') // nobody has to wait for the end of a long answer
    expect(health.waitMs('acme/large')).toBe(0)
    breakOff()
    expect(health.waitMs('acme/large')).toBe(20_000)
    pass(20_000)
    health.began('acme/large', 'acme#1')
    health.completed('acme/large', 'acme#1')
    expect([changes.at(-1)!.down, health.isClear]).toEqual([false, true])
  })

  test('answers that begin take back failures, and one in a while that breaks off closes nobody', () => {
    const { health, changes } = aHealth()
    for (let count = 0; count < 20; count += 1) {
      for (let failures = 0; failures < 4; failures += 1)
        health.failed('acme/large', 'acme#1', failure)
      health.began('acme/large', 'acme#1')
      health.brokeOff('acme/large', 'acme#1', failure, false)
      health.began('acme/large', 'acme#1')
      health.completed('acme/large', 'acme#1')
    }
    expect([changes, health.isClear]).toEqual([[], true])
  })

  test('answers that a caller or its budget breaks off close nobody', () => {
    const { health } = aHealth()
    for (const error of [callerLeft(), budgetRanOut('key web', '$5.00', 'day')])
      for (let count = 0; count < 5; count += 1)
        health.brokeOff('acme/large', 'acme#1', error, false)
    expect(health.isClear).toBe(true)
    health.brokeOff('acme/large', 'acme#1', failure, false)
    expect(health.closed()).toEqual([])
  })

  test('a key that is answered at all is well, and so is its provider', () => {
    const { health } = aHealth()
    health.failed('acme/large', 'acme#1', providerKeyRefused('acme'))
    for (let count = 0; count < 5; count += 1)
      health.failed('acme/large', 'acme#1', providerUnreachable('acme', 'no such host'))
    health.began('acme/small', 'acme#1')
    expect(health.closed()).toEqual([])
  })

  test('other models and credentials of the provider are not touched', () => {
    const { health } = aHealth()
    for (let count = 0; count < 5; count += 1) health.failed('acme/large', 'acme#1', failure)
    expect([health.waitMs('acme/small'), health.waitMs('acme#1')]).toEqual([0, 0])
  })

  test('an overload counts half', () => {
    const { health } = aHealth()
    const fail = () => health.failed('acme/large', 'acme#1', providerOverloaded('acme'))
    for (let count = 0; count < 9; count += 1) fail()
    expect(health.waitMs('acme/large')).toBe(0)
    fail()
    expect(health.waitMs('acme/large')).toBeGreaterThan(0)
  })

  test('behind a rest one overload is enough to close it again', () => {
    const { health, pass } = aHealth()
    const fail = () => health.failed('acme/large', 'acme#1', providerOverloaded('acme'))
    for (let count = 0; count < 10; count += 1) fail()
    pass(10_000)
    fail()
    expect(health.waitMs('acme/large')).toBe(20_000)
  })

  test('a rate rests the key at that model for as long as the provider says', () => {
    const { health, changes } = aHealth()
    health.failed('acme/large', 'acme#1', providerRateLimited('acme').after(7_000))
    expect(health.keyWaitMs('acme/large', 'acme#1')).toBe(7_000)
    expect(health.keyWaitMs('acme/large', 'acme#2')).toBe(0)
    expect(health.keyWaitMs('acme/small', 'acme#1')).toBe(0)
    expect(health.modelWaitMs('acme/large')).toBe(0)
    expect(changes).toEqual([])
  })

  test('no later refusal makes a rest shorter', () => {
    const { health, changes } = aHealth()
    health.failed('acme/large', 'acme#1', providerRateLimited('acme').after(60_000))
    health.failed('acme/large', 'acme#1', providerRateLimited('acme'))
    expect(health.waitMs('acme/large#1')).toBe(60_000)
    health.failed('acme/large', 'acme#1', providerQuotaSpent('acme'))
    health.failed('acme/large', 'acme#1', providerKeyRefused('acme'))
    expect(health.waitMs('acme#1')).toBe(3_600_000)
    expect(changes.map(({ cause }) => cause)).toEqual(['quota'])
  })

  test('an overload that says how long is believed', () => {
    const { health } = aHealth()
    health.failed('acme/large', 'acme#1', providerOverloaded('acme').after(4_000))
    expect(health.keyWaitMs('acme/large', 'acme#1')).toBe(4_000)
  })

  test('a refused key, a spent quota and an unpaid account rest the credential, and are told apart', () => {
    const { health, changes } = aHealth()
    health.failed('acme/large', 'acme#1', providerKeyRefused('acme'))
    health.failed('acme/large', 'acme#2', providerQuotaSpent('acme'))
    health.failed('acme/large', 'acme#3', providerAccountUnpaid('acme'))
    expect(health.closed()).toEqual([
      { subject: 'acme#1', cause: 'key', waitMs: 60_000 },
      { subject: 'acme#2', cause: 'quota', waitMs: 3_600_000 },
      { subject: 'acme#3', cause: 'arrears', waitMs: 3_600_000 },
    ])
    expect(health.modelWaitMs('acme/large')).toBe(0)
    health.succeeded('acme/large', 'acme#3')
    expect(changes.map(({ subject, cause, down }) => [subject, cause, down])).toEqual([
      ['acme#1', 'key', true],
      ['acme#2', 'quota', true],
      ['acme#3', 'arrears', true],
      ['acme#3', 'arrears', false],
    ])
  })

  test('what was announced is taken back, whatever it rests for by then', () => {
    const { health, changes, pass } = aHealth()
    for (let count = 0; count < 5; count += 1) health.failed('acme/large', 'acme#1', failure, true)
    pass(10_000)
    health.failed('acme/large', 'acme#1', providerRateLimited('acme'), true)
    health.failed('acme/large', 'acme#1', providerKeyRefused('acme'), true)
    health.failed('acme/large', 'acme#1', providerQuotaSpent('acme'), true)
    pass(4_000_000)
    health.succeeded('acme/large', 'acme#1')
    expect(changes.map(({ subject, cause, down }) => [subject, cause, down])).toEqual([
      ['acme/large#1', 'failing', true],
      ['acme/large', 'failing', true],
      ['acme#1', 'key', true],
      ['acme#1', 'key', false],
      ['acme#1', 'quota', true],
      ['acme#1', 'quota', false],
      ['acme/large', 'failing', false],
      ['acme/large#1', 'failing', false],
    ])
  })

  test('a key that stays refused is tried ever more seldom, up to once an hour', () => {
    const { health, pass } = aHealth()
    const waits = Array.from({ length: 8 }, () => {
      health.failed('acme/large', 'acme#1', providerKeyRefused('acme'))
      const wait = health.waitMs('acme#1')
      pass(wait)
      return wait / 60_000
    })
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  })

  test('calls that fail together are one failure of one outage', () => {
    const { health, pass } = aHealth()
    for (let count = 0; count < 200; count += 1) health.failed('acme/large', 'acme#1', failure)
    expect(health.waitMs('acme/large')).toBe(10_000)
    pass(10_000)
    health.failed('acme/large', 'acme#1', failure)
    expect(health.waitMs('acme/large')).toBe(20_000)
  })

  test('a host that is not reached rests with all its models', () => {
    const { health, changes } = aHealth()
    const models = ['acme/a', 'acme/b', 'acme/c', 'acme/d', 'acme/e']
    for (const model of models)
      health.failed(model, 'acme#1', providerUnreachable('acme', 'no such host'))
    expect(health.modelWaitMs('acme/never-asked')).toBe(10_000)
    expect(health.modelWaitMs('birch/a')).toBe(0)
    expect(changes.map(({ subject }) => subject)).toEqual(['acme'])
  })

  test('of several keys the one that fails rests alone', () => {
    const { health } = aHealth()
    for (let count = 0; count < 5; count += 1) {
      health.failed('acme/large', 'acme#bad', failure, true)
      health.succeeded('acme/large', 'acme#good')
    }
    expect(health.keyWaitMs('acme/large', 'acme#bad')).toBe(10_000)
    expect(health.keyWaitMs('acme/large', 'acme#good')).toBe(0)
    expect(health.modelWaitMs('acme/large')).toBe(0)
  })

  test('after a rest one call at a time finds out', () => {
    const { health, pass } = aHealth()
    for (let count = 0; count < 5; count += 1) health.failed('acme/large', 'acme#1', failure)
    pass(10_000)
    health.begins('acme/large', 'acme#1')
    expect(health.waitMs('acme/large')).toBeGreaterThan(0)
    health.failed('acme/large', 'acme#1', callerLeft()) // which says nothing: the next one finds out
    expect(health.waitMs('acme/large')).toBe(0)
    health.begins('acme/large', 'acme#1')
    health.succeeded('acme/large', 'acme#1')
    expect([health.waitMs('acme/large'), health.isClear]).toEqual([0, true])
  })

  test('a probe that nobody hears of again does not close a model for ever', () => {
    const { health, pass } = aHealth()
    for (let count = 0; count < 5; count += 1) health.failed('acme/large', 'acme#1', failure)
    pass(10_000)
    health.begins('acme/large', 'acme#1')
    pass(60_000)
    expect(health.waitMs('acme/large')).toBe(0)
  })

  test("the caller's own mistakes say nothing of the provider", () => {
    const { health } = aHealth()
    for (let count = 0; count < 20; count += 1)
      health.failed('acme/large', 'acme#1', providerRefused('acme', 'bad'))
    expect(health.closed()).toEqual([])
  })

  test('what callers make up does not fill the memory', () => {
    const { health } = aHealth()
    health.failed('acme/large', 'acme#2', providerAccountUnpaid('acme'))
    for (let count = 0; count < 20_000; count += 1)
      health.failed(`acme/${count}`, 'acme#1', providerRateLimited('acme').after(60_000))
    expect(health.closed().length).toBeLessThanOrEqual(10_000)
    expect(health.waitMs('acme#2')).toBe(3_600_000)
  })
})

function aHealth() {
  let nowUs = 0
  const changes: HealthChange[] = []
  const health = new Health({
    elapsedUs: () => nowUs,
    chance: () => 0.5,
    onChange: (change) => changes.push(change),
  })
  return { health, changes, pass: (ms: number) => (nowUs += ms * 1_000) }
}
