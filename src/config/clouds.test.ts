import { describe, expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { compatible, providers } from '../providers/index.ts'
import { loadConfig } from './load.ts'

type Env = Record<string, string>

const now = instant('2026-11-21')
const pair = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'a/secret+key' }

function loaded(text: string, env: Env) {
  return loadConfig({ text, path: 'freehold.yaml' }, { env, providers, compatible, now })
}

/** Where a provider stands, and the keys it has; or what is wrong. */
function live(text: string, env: Env, id: string) {
  const config = loaded(text, env)
  if ('errors' in config) return config.errors.map(({ sentence }) => sentence)
  const { baseUrl, keys } = config.config.snapshot.providers.get(id)!
  return { baseUrl, keys: keys.map((key) => key.reveal()) }
}

describe('a provider whose address and key are one’s own', () => {
  test('finds both in the environment', () => {
    const env = { ...pair, AWS_SESSION_TOKEN: 'lent', AWS_REGION: 'eu-central-1' }
    expect(live('providers: { bedrock: {} }', env, 'bedrock')).toEqual({
      baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      keys: ['AKIDEXAMPLE:a/secret+key:lent'],
    })
    const azure = { AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com/', AZURE_API_KEY: 'k-1' }
    expect(live('providers: { azure: {} }', azure, 'azure')).toEqual({
      baseUrl: 'https://r.openai.azure.com/openai/v1',
      keys: ['k-1'],
    })
  })

  test('is refused with what is missing', () => {
    expect(live('providers: { bedrock: {} }', pair, 'bedrock')).toEqual([
      expect.stringContaining('the environment has no AWS_REGION'),
    ])
    expect(
      live('providers: { azure: {} }', { AZURE_OPENAI_ENDPOINT: 'r', AZURE_API_KEY: 'k' }, 'azure'),
    ).toEqual([expect.stringContaining('no AZURE_OPENAI_ENDPOINT that makes one')])
    const half = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_REGION: 'us-east-1' }
    expect(live('providers: { bedrock: {} }', half, 'bedrock')).toEqual([
      expect.stringContaining(
        'no AWS_BEARER_TOKEN_BEDROCK and no AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY',
      ),
    ])
  })

  test('may have the version of its API in the address, and nothing else', () => {
    const azure = (url: string) =>
      live(`providers: { azure: { api_key: k-1, base_url: '${url}' } }`, {}, 'azure')
    expect(azure('https://r.openai.azure.com/openai/deployments/?api-version=2024-10-21')).toEqual({
      baseUrl: 'https://r.openai.azure.com/openai/deployments?api-version=2024-10-21',
      keys: ['k-1'],
    })
    for (const query of ['?key=secret', '?api-version=1&code=x', '?api-version=1#x', '?'])
      expect(azure(`https://r.openai.azure.com${query}`)).toEqual([
        expect.stringContaining('must not have a query'),
      ])
  })
})
