import { describe, expect, test } from 'bun:test'
import { providerKeyRefused, providerRateLimited } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { Health } from '../health/health.ts'
import { KeyRoom } from '../health/key-room.ts'
import { credentialName } from './attempt.ts'
import { keyFor, noteRoom } from './key-for.ts'

describe('which key', () => {
  test('calls spread over all', () => {
    const { chosen } = scene()
    expect([0, 1, 2, 3, 4].map((spread) => chosen(spread))).toEqual([0, 1, 2, 0, 1])
  })

  test('one that rests is passed over, and its cache with it', () => {
    const { chosen, fail } = scene()
    fail(1, 'refused')
    expect([0, 1, 2].map((spread) => chosen(spread))).toEqual([0, 2, 2])
    expect(chosen(0, 1)).toBe(2)
  })

  test('when all rest it is the one that rests least', () => {
    const { chosen, fail } = scene()
    fail(0, 9_000)
    fail(1, 'refused')
    fail(2, 4_000)
    expect(chosen(0)).toBe(2)
  })

  test('a key whose rate is nearly used up is spared until it is whole again', () => {
    const { chosen, told, pass } = scene()
    told(1, 4, '6s')
    expect([0, 1, 2].map((spread) => chosen(spread))).toEqual([0, 2, 2])
    pass(6_000)
    expect(chosen(1)).toBe(1)
  })

  test('of keys that are all nearly used up it is the one with the most', () => {
    const { chosen, told } = scene()
    told(0, 1, '6s')
    told(1, 5, '6s')
    told(2, 3, '6s')
    expect([0, 1, 2].map((spread) => chosen(spread))).toEqual([1, 1, 1])
  })

  test('a conversation stays with its key, also when that has little left', () => {
    const { chosen, told } = scene()
    told(2, 1, '6s')
    expect([0, 1].map((spread) => chosen(spread, 2))).toEqual([2, 2])
  })
})

function scene() {
  let nowUs = 0
  const elapsedUs = (): number => nowUs
  const keys = ['one', 'two', 'three'].map((word) => new Secret(`key-${word}-0123456789`))
  const place = { provider: { id: 'acme', keys }, model: 'm' }
  const health = new Health({ elapsedUs, chance: () => 0.5, onChange: () => {} })
  const keyRoom = new KeyRoom(elapsedUs)
  const clock = { now: () => nowUs as never, elapsedUs, sleep: () => Promise.resolve() }
  const nameOf = (index: number): string => credentialName('acme', keys[index]!)
  return {
    pass: (ms: number) => (nowUs += ms * 1_000),
    chosen: (spread: number, holder?: number): number => {
      const print = holder === undefined ? null : keys[holder]!.fingerprint()
      return keys.indexOf(keyFor(place, print, spread, { health, keyRoom }))
    },
    fail: (index: number, why: 'refused' | number): void => {
      const error =
        why === 'refused' ? providerKeyRefused('acme') : providerRateLimited('acme').after(why)
      health.failed('acme/m', nameOf(index), error, true)
    },
    told: (index: number, remaining: number, reset: string): void => {
      const headers = new Map([
        ['x-ratelimit-limit-requests', '100'],
        ['x-ratelimit-remaining-requests', String(remaining)],
        ['x-ratelimit-reset-requests', reset],
      ])
      const reader = { get: (name: string) => headers.get(name) ?? null }
      noteRoom(reader, 'acme/m', nameOf(index), { keyRoom, health, clock })
    },
  }
}
