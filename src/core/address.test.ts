import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { readWebAddress, specialKind } from './address.ts'

const facts = '../shared/data/fixtures/bad-input/ssrf-urls.json'

describe('an IP address', () => {
  test.each([
    ['0.0.0.0', '0.255.255.255', '1.0.0.0'],
    ['10.0.0.0', '10.255.255.255', '11.0.0.0'],
    ['100.64.0.0', '100.127.255.255', '100.128.0.0'],
    ['127.0.0.0', '127.255.255.255', '128.0.0.0'],
    ['169.254.0.0', '169.254.255.255', '169.255.0.0'],
    ['168.63.129.16', '168.63.129.16', '168.63.129.17'],
    ['172.16.0.0', '172.31.255.255', '172.32.0.0'],
    ['192.0.0.0', '192.0.0.255', '192.0.1.0'],
    ['192.0.2.0', '192.0.2.255', '192.0.3.0'],
    ['192.88.99.0', '192.88.99.255', '192.88.100.0'],
    ['192.168.0.0', '192.168.255.255', '192.169.0.0'],
    ['198.18.0.0', '198.19.255.255', '198.20.0.0'],
    ['198.51.100.0', '198.51.100.255', '198.51.101.0'],
    ['203.0.113.0', '203.0.113.255', '203.0.114.0'],
    ['224.0.0.0', '255.255.255.255', '223.255.255.255'],
    ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::'],
    ['2001::', '2001:1ff:ffff::', '2001:200::'],
    ['3fff::', '3fff:fff:ffff::', '3ffe::'],
    ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::1'],
  ])('from %s to %s is special, %s is not', (first, last, beyond) => {
    expect([specialKind(first), specialKind(last)]).not.toContain(null)
    expect(specialKind(beyond)).toBeNull()
  })

  test.each([
    '::',
    '::1',
    '::2',
    '::127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::ffff:0:808:808',
    '64:ff9b::8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'e000::1',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4.',
    '256.1.1.1',
    '2606:4700:::1',
    '1:2:3:4:5:6:7:8:9',
    'acme.example',
    '',
  ])('%s is special, or none', (address) => {
    expect(specialKind(address)).toBeString()
  })

  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001:81b::200e',
  ])('%s is one of the open internet', (address) => expect(specialKind(address)).toBeNull())

  test('of IPv4 is the same within IPv6, however that is written', () => {
    fc.assert(
      fc.property(fc.ipV4(), (four) => {
        const [a = 0, b = 0, c = 0, d = 0] = four.split('.').map(Number)
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
        for (const written of [
          `::ffff:${four}`,
          `::ffff:${hex}`,
          `0:0:0:0:0:FFFF:${hex}`,
          `2002:${hex}::`,
        ]) {
          expect(specialKind(written)).not.toBeNull()
          const url = new URL(`http://[${written}]/`)
          expect(readWebAddress(url.href).refused).toBeString()
        }
      }),
    )
  })

  test('of IPv6 is the same in every spelling', () => {
    fc.assert(
      fc.property(fc.ipV6(), (six) => {
        fc.pre(URL.canParse(`http://[${six}]/`))
        const canonical = new URL(`http://[${six}]/`).hostname.slice(1, -1)
        expect(specialKind(six) === null).toBe(specialKind(canonical) === null)
      }),
    )
  })
})

describe('an address of the web', () => {
  test.each([
    'https://pictures.example/a.png',
    'http://pictures.example:8080/a?b=c#d',
    'HTTPS://Pictures.Example/',
    'https://8.8.8.8/a',
    'https://[2606:4700::1111]/a',
    'https://bücher.example/a',
    'https://pictures.example./a',
  ])('%s may be asked', (text) => {
    expect(readWebAddress(text)).toEqual({ url: new URL(text) })
  })

  test.each([
    ['http://2130706433/', 'this machine'],
    ['http://0x7f000001/', 'this machine'],
    ['http://017700000001/', 'this machine'],
    ['http://127.1/', 'this machine'],
    ['http://0/', 'this host'],
    ['http://127.0.0.1./', 'this machine'],
    ['http://①②⑦.⓪.⓪.①/', 'this machine'],
    ['http://127。0。0。1/', 'this machine'],
    ['http://%31%32%37.0.0.1/', 'this machine'],
    ['http://[::ffff:127.0.0.1]/', 'this machine'],
    ['http://[fe80::1%25eth0]/', 'it is no URL'],
    ['http://localhost/', 'no name'],
    ['http://LOCALHOST./', 'no name'],
    ['http://metadata.google.internal/', 'a network of its own'],
    ['http://printer.local/', 'a network of its own'],
    ['http://intranet/', 'no name'],
    ['http://a@pictures.example/', 'names a user'],
    ['http://@pictures.example/', 'names a user'],
    ['http://a:b@127.0.0.1/', 'names a user'],
    ['https:/pictures.example/', 'does not begin'],
    ['https:pictures.example/', 'does not begin'],
    ['https:///pictures.example/', 'does not begin'],
    ['ftp://pictures.example/', 'does not begin'],
    ['data:image/png;base64,aaaa', 'does not begin'],
    [' https://pictures.example/', 'does not begin'],
    ['https://pictures.example/a\tb', 'a control character'],
    ['https://pictures.example\\.evil.example/', 'a backslash'],
    ['https://pictures.example:22/', 'port 22'],
    ['https://pictures.example:6379/', 'port 6379'],
    [`https://pictures.example/${'a'.repeat(2_048)}`, 'longer than 2048'],
    ['https://', 'does not begin'],
    ['', 'does not begin'],
  ])('%s may not: %s', (text, why) => {
    expect(readWebAddress(text).refused).toContain(why)
  })

  test('that the file names is permitted by being there, and no other of its host', () => {
    const allowed = new Set(['http://127.0.0.1:9000'])
    expect(readWebAddress('http://127.0.0.1:9000/a.png', allowed).url?.href).toBe(
      'http://127.0.0.1:9000/a.png',
    )
    for (const other of [
      'http://127.0.0.1:9001/',
      'https://127.0.0.1:9000/',
      'http://a@127.0.0.1:9000/',
    ])
      expect(readWebAddress(other, allowed).refused).toBeString()
  })

  test('is refused or read whatever it is, and what is read is a name or an address of the open internet', () => {
    const text = fc.oneof(
      fc.webUrl(),
      fc.string({ unit: 'binary' }),
      fc.string().map((host) => `http://${host}/`),
    )
    fc.assert(
      fc.property(text, (written) => {
        const { url } = readWebAddress(written)
        if (url === undefined) return
        expect(url.protocol).toMatch(/^https?:$/)
        const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
        if (/^[\d.]+$|:/.test(host)) expect(specialKind(host)).toBeNull()
        else expect(host).toMatch(/\..*[a-z]/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the addresses that others were attacked with', () => {
  if (!existsSync(facts)) test.skip(`are not tried: ${facts} is missing`, () => {})
  else {
    const entries = JSON.parse(readFileSync(facts, 'utf8')) as { url: string; why: string }[]
    // A name that leads here is refused once it was looked up; a redirect is never followed.
    const later = (url: string): boolean => url.includes('nip.io')
    test.each(entries.map(({ url, why }) => [why, url]))('%s: %s', (_, url) => {
      if (later(url)) expect(readWebAddress(url).url?.href).toBe(url)
      else expect(readWebAddress(url).refused).toBeString()
    })
  }
})
