import { describe, expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { Secret } from '../core/secret.ts'
import { azure } from './azure.ts'
import { bedrock } from './bedrock.ts'
import { addressNames, baseUrlFrom, keyFrom, keyWays } from './environment.ts'
import type { Provider, Sign } from './provider.ts'

function headersFor({ sign }: Provider, credential: string, url = 'https://host.example/v1') {
  const request = { url, headers: {}, body: '{}', at: instant('2026-11-22T00:00:00Z') }
  return (sign as Sign & { kind: 'request' }).sign(request, new Secret(credential))
}

describe('azure', () => {
  const paths = (base: string) =>
    azure.doors.chat!.map(({ path }) =>
      typeof path === 'function' ? path('my gpt/1', false, base) : '',
    )

  test.each([
    ['https://r.openai.azure.com/openai/v1', '/chat/completions', '/responses'],
    [
      'https://r.openai.azure.com/openai?api-version=2024-10-21',
      '/deployments/my%20gpt%2F1/chat/completions',
      '/responses',
    ],
    [
      'https://r.openai.azure.com?api-version=2024-10-21',
      '/openai/deployments/my%20gpt%2F1/chat/completions',
      '/openai/responses',
    ],
    ['https://r.openai.azure.com', '/openai/v1/chat/completions', '/openai/v1/responses'],
  ])('finds its paths behind %s', (base, chat, responses) => {
    expect(paths(base)).toEqual([chat, responses])
  })

  test('names the deployment in the path behind /deployments', () => {
    const [chat] = paths('https://r.openai.azure.com/openai/deployments?api-version=2024-10-21')
    expect(chat).toBe('/my%20gpt%2F1/chat/completions')
  })

  test('sends a key in its own header, and a token of Entra as Bearer', () => {
    expect(headersFor(azure, '0123456789abcdef')).toEqual({ 'api-key': '0123456789abcdef' })
    const token = 'eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2ln-bmF0_dXJl'
    expect(headersFor(azure, token)).toEqual({ authorization: `Bearer ${token}` })
  })

  test('stands where the environment says', () => {
    const env = { AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com/' }
    expect(baseUrlFrom(azure, env)).toBe('https://r.openai.azure.com/openai/v1')
    expect(baseUrlFrom(azure, {})).toBeNull()
    expect(addressNames(azure.baseUrl)).toEqual(['AZURE_OPENAI_ENDPOINT'])
  })
})

describe('bedrock', () => {
  test('takes an API key as it is, and signs with a pair', () => {
    expect(headersFor(bedrock, 'ABSKexample==')).toEqual({ authorization: 'Bearer ABSKexample==' })
    const signed = headersFor(bedrock, 'AKIDEXAMPLE:secret/+')
    expect(signed['authorization']).toStartWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/')
    expect(signed).not.toHaveProperty('x-amz-security-token')
  })

  test.each([
    ['https://bedrock-runtime.ap-southeast-2.amazonaws.com/model/m/converse', 'ap-southeast-2'],
    ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/x', 'us-gov-west-1'],
    ['https://vpce-1.bedrock-runtime.eu-west-3.vpce.amazonaws.com/x', 'eu-west-3'],
    ['http://127.0.0.1:4100/x', 'us-east-1'],
  ])('finds the region of %s', (url, region) => {
    const { authorization } = headersFor(bedrock, 'AKIDEXAMPLE:secret', url)
    expect(authorization).toContain(`/20261122/${region}/bedrock/aws4_request`)
  })

  test('finds its key in one name, or put together from several', () => {
    const pair = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' }
    expect(keyFrom(bedrock, { ...pair, AWS_BEARER_TOKEN_BEDROCK: 'ABSK' })?.text).toBe('ABSK')
    expect(keyFrom(bedrock, pair)?.text).toBe('AKID:secret')
    expect(keyFrom(bedrock, { ...pair, AWS_SESSION_TOKEN: 'token' })?.text).toBe(
      'AKID:secret:token',
    )
    expect(keyFrom(bedrock, { AWS_ACCESS_KEY_ID: 'AKID' })).toBeNull()
    expect(keyWays(bedrock)).toEqual([
      'AWS_BEARER_TOKEN_BEDROCK',
      'AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY',
    ])
    expect(baseUrlFrom(bedrock, { AWS_REGION: 'eu-central-1' })).toBe(
      'https://bedrock-runtime.eu-central-1.amazonaws.com',
    )
  })
})
