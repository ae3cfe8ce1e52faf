import { afterEach, expect, test } from 'bun:test'
import { fetchUpstream } from './fetch-upstream.ts'
import { upstreamSuite } from './upstream.suite.ts'
import { aRequest, answerOf, failureOf, startVendor } from './vendor.suite.ts'

upstreamSuite('fetch', () => fetchUpstream)

const proxyBefore = process.env['http_proxy']
afterEach(() => {
  if (proxyBefore === undefined) delete process.env['http_proxy']
  else process.env['http_proxy'] = proxyBefore
})

test('behind a proxy, only the proxy has to be in reach', async () => {
  const asked: string[] = []
  const proxy = startVendor({
    answer: (line, head) => {
      asked.push(head.split('\r\n')[0]!)
      line.send(answerOf('through the proxy'))
    },
  })
  process.env['http_proxy'] = proxy.origin
  const exchange = await fetchUpstream.open(aRequest('http://api.acme.invalid'))
  expect(await exchange.text()).toBe('through the proxy')
  expect(asked).toEqual(['POST http://api.acme.invalid/v1/chat?beta=true HTTP/1.1'])
  proxy.stop()
})

test('behind a proxy, this machine is asked without it', async () => {
  const vendor = startVendor({ answer: (line) => void line.send(answerOf('directly')) })
  process.env['http_proxy'] = 'http://proxy.invalid:3128'
  expect(await (await fetchUpstream.open(aRequest(vendor.origin))).text()).toBe('directly')
  vendor.stop()
})

test('a proxy that is away is told of', async () => {
  const gone = startVendor()
  gone.stop()
  process.env['http_proxy'] = gone.origin
  expect(await failureOf(fetchUpstream.open(aRequest('http://api.acme.invalid')))).toMatchObject({
    code: 'provider_unreachable',
  })
})
