import { describe, expect, test } from 'bun:test'
import { addressOf, requestBytes } from './request-bytes.ts'
import type { UpstreamRequest } from './upstream.ts'
import { aRequest } from './vendor.suite.ts'

const origin = 'http://acme.example'
let paths = 0

/** An address of its own for each test, so that none has a head from another. */
function writer() {
  const at = `${origin}/${(paths += 1)}`
  const address = addressOf(`${at}/v1/chat?beta=true`)
  return (given: Partial<UpstreamRequest> = {}): Uint8Array | string =>
    requestBytes({ ...aRequest(at), ...given }, address)
}

const textOf = (bytes: Uint8Array | string): string =>
  typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1')

describe('a request as it goes out', () => {
  test('is text where all of it is ASCII, and bytes where it is not', () => {
    const write = writer()
    expect(write({ body: 'plain' })).toBeString()
    expect(write({ body: 'na\u00efve' })).toBeInstanceOf(Uint8Array)
    expect(write({ body: '\ud83d\ude42' })).toBeInstanceOf(Uint8Array)
    expect(write({ body: Buffer.from('bytes') })).toBeInstanceOf(Uint8Array)
    expect(write({ headers: { 'x-key': 'caf\u00e9' } })).toBeInstanceOf(Uint8Array)
    expect(write({ body: 'x'.repeat(100_000) })).toBeInstanceOf(Uint8Array)
  })

  test('gives its length in bytes, whatever it is made of', () => {
    const write = writer()
    for (const body of ['', 'plain', 'na\u00efve', '\ud83d\ude42', 'x'.repeat(100_000)]) {
      const [head, sent] = textOf(write({ body })).split('\r\n\r\n')
      expect(sent).toBe(Buffer.from(body).toString('latin1'))
      expect(head).toEndWith(`\r\ncontent-length: ${Buffer.byteLength(body)}`)
    }
  })

  test('has the headers of its own call, not those of the last to the same address', () => {
    const write = writer()
    const sent = (headers: Record<string, string>): string => textOf(write({ headers }))
    expect(sent({ authorization: 'Bearer one', 'x-a': '1' })).toContain('Bearer one')
    const next = sent({ authorization: 'Bearer two', 'x-a': '1' })
    expect(next).toContain('Bearer two')
    expect(next).not.toContain('Bearer one')
    expect(sent({ authorization: 'Bearer two' })).not.toContain('x-a')
    expect(sent({ authorization: 'Bearer two', 'x-b': '1' })).toContain('\r\nx-b: 1\r\n')
    expect(sent({})).not.toContain('authorization')
  })

  test('is the same again for the same headers, with a body of its own', () => {
    const write = writer()
    const first = textOf(write({ body: 'one' }))
    expect(textOf(write({ body: 'two' }))).toBe(first.replace(/one$/, 'two'))
  })

  test('has its method, also where another went there before', () => {
    const write = writer()
    write()
    const get = textOf(write({ method: 'GET' }))
    expect(get).toStartWith('GET /')
    expect(get).not.toContain('content-length')
    expect(get).toEndWith('\r\naccept-encoding: identity\r\n\r\n')
    expect(textOf(write())).toStartWith('POST /')
  })

  test('is not written with headers that cannot be sent, also where good ones went before', () => {
    const write = writer()
    write({ headers: { 'x-key': 'good' } })
    expect(() => write({ headers: { 'x-key': 'bad\r\nx: y' } })).toThrow(/x-key/)
    expect(textOf(write({ headers: { 'x-key': 'good' } }))).toContain('\r\nx-key: good\r\n')
  })
})
