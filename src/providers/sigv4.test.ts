import { describe, expect, test } from 'bun:test'
import { instant } from '../core/clock.ts'
import { Secret } from '../core/secret.ts'
import { bedrock } from './bedrock.ts'
import { type Sign } from './provider.ts'
import { type AwsKey, signV4 } from './sigv4.ts'

/** The key, the instant and the scope of Amazon's own test suite for this signature. */
const key: AwsKey = {
  accessKeyId: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  session: null,
}
const at = instant('2015-08-30T12:36:00Z')
const scope = { region: 'us-east-1', service: 'service' }
const base = { url: 'https://example.amazonaws.com/', headers: {}, body: '', at }
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

function signatureOf(headers: Readonly<Record<string, string>>): string | undefined {
  return /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1]
}

describe("Amazon's signature", () => {
  test.each([
    [
      'get-vanilla',
      { ...base, method: 'GET' },
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    [
      'post-vanilla',
      { ...base, method: 'POST' },
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'get-vanilla-query-order-key-case',
      { ...base, method: 'GET', url: `${base.url}?Param2=value2&Param1=value1` },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'post-x-www-form-urlencoded',
      { ...base, method: 'POST', headers: form, body: 'Param1=value1' },
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('is the one of the test suite: %s', (_name, request, signature) => {
    expect(signatureOf(signV4(request, key, scope))).toBe(signature)
  })

  test('names what it signed', () => {
    const headers = { ...form, accept: '*/*', 'user-agent': 'freehold' }
    expect(signV4({ ...base, method: 'POST', headers, body: 'Param1=value1' }, key, scope)).toEqual(
      {
        'x-amz-date': '20150830T123600Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
      },
    )
  })

  test('signs the token of a lent key, and a path that is escaped already once more', () => {
    // Signed by Amazon's own client for JavaScript (@smithy/signature-v4 5.6) for the same request.
    const request = {
      url: 'https://bedrock-runtime.eu-central-1.amazonaws.com/model/us.amazon.nova-micro-v1%3A0/converse',
      headers: { 'content-type': 'application/json' },
      body: '{"messages":[{"role":"user","content":[{"text":"héllo"}]}]}',
      at: instant('2026-11-22T01:02:03Z'),
    }
    const { sign } = bedrock.sign as Sign & { kind: 'request' }
    const headers = sign(request, new Secret(`AKIDEXAMPLE:${key.secret}:a-token`))
    expect(headers['x-amz-security-token']).toBe('a-token')
    expect(headers['authorization']).toContain('/20261122/eu-central-1/bedrock/aws4_request, ')
    expect(signatureOf(headers)).toBe(
      'f5bc05c4309be37437d7d3411cc50e54ca70c2e6afd5a3a1fa389cf665a7aa6f',
    )
  })
})
