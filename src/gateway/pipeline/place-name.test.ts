import { expect, test } from 'bun:test'
import { Secret } from '../../core/secret.ts'
import { credentialName } from './attempt.ts'
import { modelName, placeName } from './place-name.ts'

test('models have the names that they are known by, however many callers make up', () => {
  const acme = { id: 'acme' }
  for (let round = 0; round < 2; round += 1)
    for (let count = 0; count < 2_500; count += 1)
      expect(modelName(acme, `m${count}`)).toBe(`acme/m${count}`)
  expect(modelName({ id: 'zeta' }, 'm0')).toBe('zeta/m0')
  expect(placeName({ provider: acme, model: 'm0', mode: 'flex' })).toBe('acme/m0#flex')
})

test('a key that two providers share has a name at each', () => {
  const key = new Secret('key-of-both-0123')
  const name = `#${key.fingerprint()}`
  for (const provider of ['acme', 'zeta', 'acme'])
    expect(credentialName(provider, key)).toBe(provider + name)
  expect(credentialName('acme', null)).toBe('acme#none')
})
