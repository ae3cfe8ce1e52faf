import { expect, test } from 'bun:test'
import type { Instant } from '../core/clock.ts'
import { compatible, providers } from '../providers/index.ts'
import { starterConfig } from './init.ts'
import { loadConfig } from './load.ts'

test.each([
  ['nobody', {}, ['sim']],
  ['two vendors', { DEEPSEEK_API_KEY: 'd', ZHIPU_API_KEY: 'z' }, ['deepseek', 'zhipu', 'sim']],
])('a first file for %s works as it is', (_, env, live) => {
  const vendors = live
    .filter((id) => id !== 'sim')
    .map((id) => ({ id, keyName: providers.get(id)!.keyNames[0]! }))
  const text = starterConfig(vendors)
  const loaded = loadConfig(
    { text, path: 'freehold.yaml' },
    { env, providers, compatible, now: 0 as Instant },
  )
  if (!('config' in loaded)) throw new Error(JSON.stringify(loaded.errors))
  expect(loaded.config.warnings).toEqual([])
  expect([...loaded.config.snapshot.providers.keys()]).toEqual(live)
  expect(loaded.config.snapshot.tasks.get('hello')?.candidates).toEqual([
    { provider: 'sim', model: 'small', weight: 1 },
  ])
})

test('what stands there as an example can be taken in', () => {
  const text = starterConfig([])
    .replaceAll(/^( *)# (?! )(?=[a-z]+:)/gm, '$1')
    .replaceAll(/^#( {3,})/gm, ' $1')
  expect(text).toContain('\ncustomers:')
})
