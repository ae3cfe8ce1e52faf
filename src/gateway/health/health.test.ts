import { describe, expect, test } from 'bun:test'
import {
  providerFailed,
  providerKeyRefused,
  providerOverloaded,
  providerQuotaSpent,
  providerRateLimited,
  providerRefused,
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

  test('a rate cools the model for as long as the provider says', () => {
    const { health, changes } = aHealth()
    health.failed('acme/large', 'acme#1', providerRateLimited('acme').after(7_000))
    expect([health.waitMs('acme/large'), health.waitMs('acme#1')]).toEqual([7_000, 0])
    expect(changes).toEqual([])
  })

  test('a refused key and a spent quota close the credential and tell', () => {
    const { health, changes } = aHealth()
    health.failed('acme/large', 'acme#1', providerKeyRefused('acme'))
    health.failed('acme/large', 'acme#2', providerQuotaSpent('acme'))
    expect([health.waitMs('acme#1'), health.waitMs('acme#2')]).toEqual([60_000, 3_600_000])
    expect(health.waitMs('acme/large')).toBe(0)
    expect(changes.map(({ subject }) => subject)).toEqual(['acme#1', 'acme#2'])
    expect(health.closed().map(({ subject }) => subject)).toEqual(['acme#1', 'acme#2'])
  })

  test("the caller's own mistakes say nothing of the provider", () => {
    const { health } = aHealth()
    for (let count = 0; count < 20; count += 1)
      health.failed('acme/large', 'acme#1', providerRefused('acme', 'bad'))
    expect(health.closed()).toEqual([])
  })

  test('what callers make up does not fill the memory', () => {
    const { health } = aHealth()
    for (let count = 0; count < 20_000; count += 1)
      health.failed(`acme/${count}`, 'acme#1', providerRateLimited('acme').after(60_000))
    expect(health.closed().length).toBeLessThanOrEqual(10_000)
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
