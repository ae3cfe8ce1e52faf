import { describe, expect, test } from 'bun:test'
import { proxyFor } from './proxy.ts'

const proxy = 'http://proxy.example:3128'

describe('the proxy', () => {
  test.each([
    ['https://api.acme.example/v1', { https_proxy: proxy }, `${proxy}/`],
    ['https://api.acme.example/v1', { HTTPS_PROXY: proxy }, `${proxy}/`],
    ['https://api.acme.example/v1', { https_proxy: proxy, HTTPS_PROXY: 'http://b' }, `${proxy}/`],
    ['https://api.acme.example/v1', { https_proxy: 'proxy.example:3128' }, `${proxy}/`],
    ['https://api.acme.example/v1', { https_proxy: '' }, null],
    ['https://api.acme.example/v1', { http_proxy: proxy }, null],
    ['http://api.acme.example/v1', { http_proxy: proxy }, `${proxy}/`],
    ['http://api.acme.example/v1', { https_proxy: proxy }, null],
    ['https://api.acme.example/v1', {}, null],
  ])('for %s with %j: %j', (url, env, expected) => {
    expect(proxyFor(new URL(url), env)?.href ?? null).toBe(expected)
  })

  test.each([
    ['acme.example', false],
    ['.acme.example', false],
    ['*.acme.example', false],
    ['api.acme.example', false],
    ['API.Acme.Example', false],
    ['other.example, api.acme.example', false],
    ['api.acme.example:443', false],
    ['api.acme.example:8443', true],
    ['*', false],
    ['me.example', true],
    ['', true],
    [',', true],
  ])('is spared by no_proxy=%j: %p', (rules, used) => {
    const env = { https_proxy: proxy, no_proxy: rules }
    expect(proxyFor(new URL('https://api.acme.example/v1'), env) !== null).toBe(used)
  })

  test.each(['localhost', '127.0.0.1:4100', '127.8.9.1', '[::1]:4100'])(
    'is not asked for %s, which is this machine',
    (host) => {
      expect(proxyFor(new URL(`http://${host}/v1`), { http_proxy: proxy })).toBeNull()
    },
  )
})
