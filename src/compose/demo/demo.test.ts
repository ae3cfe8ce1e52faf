import { expect, test } from 'bun:test'
import { catalogOf } from '../../catalog/index.ts'
import { type Instant, instant } from '../../core/clock.ts'
import { loadConfig } from '../../config/load.ts'
import { compatible, providers } from '../../providers/index.ts'
import { isCallId } from '../../core/ids.ts'
import { manners } from './company.ts'
import { demoConfig, simulatedHost } from './config.ts'
import { callsOf, hourUs } from './traffic.ts'

const end = instant('2026-11-22T09:00:00Z')
const catalog = catalogOf(Object.values(manners).map(({ model }) => model.split('/')[0]!))
const traffic = { seed: 7, end, until: end, catalog, configHash: 'abc' }
const outageDay = instant('2026-11-04T10:00:00Z')

test('the same seed and hour give the same calls, and another seed others', () => {
  const hour = (end - 50 * hourUs) as Instant
  const calls = callsOf(hour, traffic)
  expect(calls.length).toBeGreaterThan(10)
  expect(callsOf(hour, traffic)).toEqual(calls)
  expect(callsOf(hour, { ...traffic, seed: 8 })).not.toEqual(calls)
  expect(calls.every(({ attempts }) => isCallId(attempts[0]!.callId))).toBeTrue()
})

test('in the outage its vendor fails and the next model answers, at a known price', () => {
  const attempts = callsOf(outageDay, traffic).flatMap((call) => call.attempts)
  const down = attempts.filter(
    ({ provider, role }) => provider === 'anthropic' && role === 'served',
  )
  expect(down.filter(({ endState }) => endState !== 'complete').length).toBeGreaterThan(
    down.length * 0.7,
  )
  const instead = attempts.filter(({ role }) => role === 'fallback')
  expect(instead.length).toBeGreaterThan(20)
  expect(instead.filter(({ cost }) => cost === null)).toEqual([])
})

test('no call begins after the end', () => {
  const hour = (Math.floor(end / hourUs) * hourUs) as Instant
  const until = (hour + hourUs / 4) as Instant
  const calls = callsOf(hour, { ...traffic, until })
  expect(calls.length).toBeGreaterThan(0)
  expect(calls.every(({ attempts }) => attempts[0]!.at < until)).toBeTrue()
})

test('its configuration is a good one, whose vendors are nowhere', () => {
  const loaded = loadConfig(
    { text: demoConfig(), path: '/demo/freehold.yaml' },
    { env: {}, providers, compatible, now: end },
  )
  if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors))
  const live = [...loaded.config.snapshot.providers.values()].filter(({ id }) => id !== 'sim')
  expect(live.every(({ baseUrl }) => new URL(baseUrl).hostname.endsWith(simulatedHost))).toBeTrue()
})
