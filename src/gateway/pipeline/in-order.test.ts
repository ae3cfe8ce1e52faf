import { describe, expect, test } from 'bun:test'
import {
  type GatewayError,
  providerFailed,
  providerKeyRefused,
  providerRateLimited,
} from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { Health } from '../health/health.ts'
import { Latencies } from '../health/latencies.ts'
import { inOrder } from './in-order.ts'

const fixed = { policy: 'fixed', sticky: null } as const
const weighted = { policy: 'weighted', sticky: null } as const
const failure = providerFailed('p', 'status 500')

describe('the order in which models are asked', () => {
  test('one that keeps failing is left out while others are well', () => {
    const { fail, names } = scene(['a', 'b'])
    fail('a', failure)
    expect(names(fixed)).toEqual(['b'])
  })

  test('no more than half are left out for failing: the ones that rest least stand behind', () => {
    const { fail, names, pass } = scene(['a', 'b', 'c', 'd'])
    fail('a', failure)
    pass(1_000)
    fail('b', failure)
    fail('c', failure)
    expect(names(fixed)).toEqual(['d', 'a'])
  })

  test('a refused key or a rate is no bad hour: those stay out, however many there are', () => {
    const { fail, names } = scene(['a', 'b', 'c', 'd'])
    fail('a', providerKeyRefused('a'))
    fail('b', providerRateLimited('b').after(5_000))
    fail('c', providerKeyRefused('c'))
    expect(names(fixed)).toEqual(['d'])
  })

  test('when all have to rest the one that rests least is asked alone', () => {
    const { fail, names } = scene(['a', 'b', 'c'])
    fail('a', failure)
    fail('b', providerRateLimited('b').after(3_000))
    fail('c', failure)
    expect(names(fixed)).toEqual(['b'])
  })

  test('one whose rate is used up for the moment goes before one that fails, however short its rest is', () => {
    const { health, fail, names, pass } = scene(['a', 'b'])
    fail('a', failure)
    pass(10_000)
    health.begins('a/m', 'a#none') // somebody finds out, which is a wait of a second
    fail('b', providerRateLimited('b').after(5_000))
    expect(names(fixed)).toEqual(['b'])
    fail('b', providerRateLimited('b').after(120_000))
    expect(names(fixed)).toEqual(['a'])
  })

  test('of several keys one that is well is enough', () => {
    const { health, names } = scene(['a', 'b'], ['key-one-0123456789', 'key-two-0123456789'])
    const [one] = keysOf(['key-one-0123456789'])
    health.failed('a/m', `a#${one!.fingerprint()}`, providerKeyRefused('a'))
    expect(names(fixed)).toEqual(['a', 'b'])
  })

  test('a slow one goes behind where shares are drawn, and stays where an order was named', () => {
    const { latencies, names } = scene(['a', 'b'])
    for (let call = 0; call < 40; call += 1) latencies.observe('a/m', 300_000)
    for (let call = 0; call < 5; call += 1) latencies.observe('a/m', 6_000_000)
    expect(names(weighted)).toEqual(['b', 'a'])
    expect(names(fixed)).toEqual(['a', 'b'])
    expect(names({ policy: 'weighted', sticky: 'session' })).toEqual(['a', 'b'])
  })
})

function keysOf(texts: readonly string[]): readonly Secret[] {
  return texts.map((text) => new Secret(text))
}

function scene(providers: readonly string[], keys: readonly string[] = []) {
  let nowUs = 0
  const elapsedUs = (): number => nowUs
  const health = new Health({ elapsedUs, chance: () => 0.5, onChange: () => {} })
  const latencies = new Latencies(elapsedUs)
  const stops = providers.map((id) => ({ provider: { id, keys: keysOf(keys) }, model: 'm' }))
  return {
    health,
    latencies,
    pass: (ms: number) => (nowUs += ms * 1_000),
    /** As often as it takes. */
    fail: (provider: string, error: GatewayError): void => {
      for (let time = 0; time < 5; time += 1)
        health.failed(`${provider}/m`, `${provider}#none`, error)
    },
    names: (task: Parameters<typeof inOrder>[1]): readonly string[] =>
      inOrder(stops, task, { health, latencies }).map(({ provider }) => provider.id),
  }
}
