import { expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { compatible, providers } from '../providers/index.ts'
import { starterConfig } from './init.ts'
import { loadConfig, type Configuration } from './load.ts'

test.each([
  ['nobody', {}, ['sim']],
  ['two vendors', { DEEPSEEK_API_KEY: 'd', ZHIPU_API_KEY: 'z' }, ['deepseek', 'zhipu', 'sim']],
])('a first file for %s works as it is', (_, env, live) => {
  const vendors = live
    .filter((id) => id !== 'sim')
    .map((id) => ({ id, keyName: providers.get(id)!.keyNames[0]! }))
  const text = starterConfig(vendors)
  const { snapshot, warnings } = load(text, env)
  expect(warnings).toEqual([])
  expect([...snapshot.providers.keys()]).toEqual(live)
  expect(snapshot.tasks.get('hello')?.candidates).toEqual([
    { provider: 'sim', model: 'small', weight: 1 },
  ])
})

test('what stands there as an example works when it is taken in', () => {
  const vendors = ['deepseek', 'moonshot'].map((id) => ({ id, keyName: `${id}_KEY` }))
  const [schema, first, second, ...lines] = starterConfig(vendors).split('\n')
  const text = lines.map((line) => line.replace(/^( *)# /, '$1')).join('\n')
  const env = {
    DEEPSEEK_API_KEY: 'd',
    MOONSHOT_API_KEY: 'm',
    ALARM_URL: 'https://alarms.example',
    WEB_KEY: 'web-0123456789abcdef',
  }
  const loaded = load([schema, first, second, text].join('\n'), env)
  expect([...loaded.snapshot.tasks.keys()]).toEqual(['hello', 'fast_classifier', 'general_purpose'])
  expect(loaded.snapshot.keys).toHaveLength(1)
  expect(loaded.snapshot.customerDefault).not.toBeNull()
})

function load(text: string, env: Record<string, string>): Configuration {
  const world = { env, providers, compatible, now: instant('2026-11-21') }
  const loaded = loadConfig({ text, path: 'freehold.yaml' }, world)
  if (!('config' in loaded)) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}
