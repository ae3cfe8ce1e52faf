import { describe, expect, test } from 'bun:test'
import { read } from './parse.suite.ts'
import { ResponseFault } from './response-fault.ts'
import { ResponseParser } from './response-parser.ts'

describe('one answer', () => {
  test('with a length', () => {
    const answer = read(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Some: \t two words \t\r\n\r\nhello',
    )
    expect(answer).toMatchObject({ body: 'hello', reusable: true, fault: null })
    expect(answer.heads[0]!.status).toBe(200)
    expect(answer.heads[0]!.headers.get('x-some')).toBe('two words')
    expect(answer.heads[0]!.headers.get('x-other')).toBeNull()
  })

  test('in chunks, with extensions and trailers that say nothing', () => {
    const answer = read(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5;name="va;lue"\r\nhello\r\n00A \t;x\r\n, you\r\nall\r\n0\r\nx-sum: 1\r\n\r\n',
    )
    expect(answer).toMatchObject({ body: 'hello, you\r\nall', reusable: true, fault: null })
  })

  test('to the end of the connection', () => {
    expect(read('HTTP/1.1 200 OK\r\n\r\nhel', 'lo')).toMatchObject({
      body: 'hello',
      reusable: false,
    })
  })

  test('with the status alone', () => {
    expect(read('HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n')).toMatchObject({ reusable: true })
  })

  test.each([
    ['204', 'content-length: 7'],
    ['304', 'content-length: 7'],
    ['304', 'transfer-encoding: chunked'],
    ['200', 'content-length: 0'],
  ])('%s without a body, whatever it announces: %s', (status, header) => {
    const answer = read(`HTTP/1.1 ${status} Quiet\r\n${header}\r\n\r\n`)
    expect(answer).toMatchObject({ body: '', reusable: true, fault: null })
  })

  test('behind answers that are only the beginning', () => {
    const early = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'
    const answer = read(`${early}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`)
    expect(answer.heads.map(({ status }) => status)).toEqual([200])
    expect(answer).toMatchObject({ body: 'ok', reusable: true })
  })

  test('with bytes of any kind in its body', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    const answer = read(
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 256\r\n\r\n'), bytes]),
    )
    expect(Buffer.from(answer.body, 'latin1').equals(bytes)).toBe(true)
  })

  test('with several headers of one name, as a list', () => {
    const { heads } = read(
      'HTTP/1.1 200 OK\r\nvary: a\r\nVary: b\r\n__proto__: c\r\ncontent-length: 0\r\n\r\n',
    )
    expect(heads[0]!.headers.get('vary')).toBe('a, b')
    expect(heads[0]!.headers.get('__proto__')).toBe('c')
  })

  test('with the same length twice', () => {
    expect(read(headOf('content-length: 2', 'Content-Length: 2'), 'ok').body).toBe('ok')
  })
})

describe('a connection may be used again', () => {
  test.each([
    ['1.1', '', true],
    ['1.1', 'connection: close', false],
    ['1.1', 'Connection: Upgrade, CLOSE', false],
    ['1.1', 'connection: close-by', true],
    ['1.0', '', false],
    ['1.0', 'connection: keep-alive', true],
    ['1.0', 'connection: not-keep-alive', false],
    ['1.0', 'connection: keep-alive, close', false],
  ])('HTTP/%s, %s: %s', (version, header, reusable) => {
    const lines = ['content-length: 0', header].filter((line) => line !== '').join('\r\n')
    expect(read(`HTTP/${version} 200 OK\r\n${lines}\r\n\r\n`).reusable).toBe(reusable)
  })
})

describe('refused, because it could be read in two ways', () => {
  test.each([
    ['two lengths', headOf('content-length: 2', 'content-length: 3')],
    ['a list of lengths', headOf('content-length: 2, 2')],
    ['a length with a sign', headOf('content-length: +2')],
    ['a length below nothing', headOf('content-length: -2')],
    ['a length in hexadecimal', headOf('content-length: 0x2')],
    ['a length with a fraction', headOf('content-length: 2.0')],
    ['an empty length', headOf('content-length: ')],
    ['a length beyond counting', headOf('content-length: 9999999999999999')],
    ['a length that ends in a space of another kind', headOf('content-length: 2\u00a0')],
    ['length and chunks', headOf('content-length: 2', 'transfer-encoding: chunked')],
    ['another coding', headOf('transfer-encoding: gzip')],
    ['two codings', headOf('transfer-encoding: gzip, chunked')],
    ['chunks of chunks', headOf('transfer-encoding: chunked', 'transfer-encoding: chunked')],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['a folded header', headOf('x: a', ' b: c')],
    ['a folded header without a colon', headOf('x: a', '\tb')],
    ['a header without a name', headOf(': a')],
    ['a header without a colon', headOf('a')],
    ['a space before the colon', headOf('content-length : 2')],
    ['a name with a letter that is none', headOf('content-l\u00e4ngth: 2')],
    ['NUL', headOf('x: a\0b')],
    ['a bare LF', headOf('x: a\ncontent-length: 2')],
    ['a bare CR', headOf('x: a\rcontent-length: 2')],
    ['a CR more', headOf('x: a\r')],
    ['lines that end in LF alone', 'HTTP/1.1 200 OK\ncontent-length: 2\n\n'],
    ['another protocol', headOf('upgrade: h2c').replace('200', '101')],
  ])('%s', (_, head) => {
    expect(read(`${head}ok`)).toMatchObject({ heads: [], fault: expect.any(String) })
  })

  test.each([
    ['a size that is no number', 'x\r\n'],
    ['a size with a sign', '+2\r\n'],
    ['a size with its base', '0x2\r\n'],
    ['an empty size', '\r\n'],
    ['a size beyond counting', '1000000000000\r\n'],
    ['a size that ends in LF alone', '2\nok\r\n'],
    ['a bare CR in an extension', '2;a\rb\r\nok\r\n'],
    ['a chunk that is longer than it says', '2\r\nokay\r\n'],
    ['a chunk that ends in LF alone', '2\r\nok\n0\r\n\r\n'],
    ['a trailer that ends in LF alone', '0\r\nx: a\n\r\n'],
  ])('%s', (_, body) => {
    const answer = read(`${headOf('transfer-encoding: chunked')}${body}`)
    expect(answer).toMatchObject({ reusable: null, fault: expect.any(String) })
  })

  test.each(['2\r\nok\r\n0\r\n\r\n', '0\r\n\r\n'])('bytes behind the end of chunks: %j', (body) => {
    const answer = read(`${headOf('transfer-encoding: chunked')}${body}HTTP/1.1 200 OK\r\n\r\n`)
    expect(answer.fault).toContain('behind the end')
    expect(answer.heads).toHaveLength(1)
  })

  test('bytes behind an announced length are told of, and are not the answer', () => {
    const answer = read(`${headOf('content-length: 2')}ok!`)
    expect(answer).toMatchObject({ body: 'ok', fault: expect.stringContaining('behind the end') })
  })
})

describe('no answer at all', () => {
  test.each([
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.2 200 OK\r\n\r\n',
    'http/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 099 OK\r\n\r\n',
    'HTTP/1.1 600 OK\r\n\r\n',
    'HTTP/1.1  200 OK\r\n\r\n',
    'HTTP/1.1 200OK\r\n\r\n',
    '\r\nHTTP/1.1 200 OK\r\n\r\n',
    'ICY 200 OK\r\n\r\n',
    '\r\n\r\n',
  ])('%j', (bytes) => {
    expect(read(bytes)).toMatchObject({ heads: [], fault: 'its answer is not HTTP/1.1' })
  })

  test('is noticed before it ends, because it may never end', () => {
    expect(begun('SSH-2.0-OpenSSH_9.2\r\n')).toBe('its answer is not HTTP/1.1')
    expect(begun('H', 'T', 'X')).toBe('its answer is not HTTP/1.1')
    expect(begun('HTTP/1.1 200 OK\r\n', 'x: y', '\n')).toContain('bare CR or LF')
    expect(begun('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok', '!!!')).toContain(
      'longer than it says',
    )
  })
})

describe('cut short, it has not ended', () => {
  test.each([
    '',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    `${headOf('content-length: 3')}ok`,
    `${headOf('transfer-encoding: chunked')}2\r\nok\r\n`,
    `${headOf('transfer-encoding: chunked')}2\r\nok\r\n0\r\n`,
    `${headOf('transfer-encoding: chunked')}2\r\nok\r\n0\r\nx: y\r\n`,
  ])('%j', (bytes) => {
    expect(read(bytes)).toMatchObject({ reusable: null, fault: null })
  })
})

describe('limits', () => {
  const filler = (length: number) => `x: ${'y'.repeat(length)}`

  test('of headers hold to the byte, at any cut', () => {
    const bare = headOf('content-length: 0', filler(0)).length
    const most = headOf('content-length: 0', filler(262_144 - bare))
    expect(read(most)).toMatchObject({ reusable: true, fault: null })
    const over = headOf('content-length: 0', filler(262_145 - bare))
    for (const parts of [[over], [over.slice(0, 100_000), over.slice(100_000)], pieces(over, 999)])
      expect(read(...parts)).toMatchObject({ heads: [], fault: 'its headers are too long' })
  })

  test('hold for headers that never end', () => {
    expect(begun('HTTP/1.1 200 OK\r\n', ...pieces('a: b\r\n'.repeat(50_000), 6_000))).toBe(
      'its headers are too long',
    )
  })

  test('hold for answers that are always only the beginning', () => {
    expect(begun('HTTP/1.1 100 Continue\r\n\r\n'.repeat(11_000))).toBe('its headers are too long')
  })

  test('hold for lines between chunks, and for trailers', () => {
    const head = headOf('transfer-encoding: chunked')
    expect(begun(`${head}2;${'x'.repeat(5_000)}`)).toContain('too long')
    expect(begun(head, ...pieces(`2;${'x'.repeat(5_000)}`, 100))).toContain('too long')
    expect(begun(`${head}0\r\n${'x: y\r\n'.repeat(20_000)}`)).toBe('its trailers are too long')
  })

  test('of trailers do not count the headers', () => {
    const head = headOf('transfer-encoding: chunked', filler(200_000))
    expect(read(`${head}0\r\nx: y\r\n\r\n`).reusable).toBe(true)
  })

  test('a trickle of headers is read without reading it anew for each byte', () => {
    // Quadratic, this is 5 GB to copy, and the run would not come to its end.
    const head = headOf('content-length: 0', filler(100_000))
    expect(read(...pieces(head, 1)).reusable).toBe(true)
  })

  test('white space inside a header is looked at once', () => {
    const value = `a${' '.repeat(200_000)}b`
    expect(read(headOf('content-length: 0', `x: ${value}`)).heads[0]!.headers.get('x')).toBe(value)
  })
})

/** The fault that comes while the connection stays open, or null. */
function begun(...parts: readonly string[]): string | null {
  const parser = new ResponseParser({ head() {}, body() {}, end() {} })
  try {
    for (const part of parts) parser.feed(Buffer.from(part, 'latin1'))
  } catch (error) {
    return error instanceof ResponseFault ? error.message : String(error)
  }
  return null
}

function headOf(...lines: readonly string[]): string {
  return `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`
}

function pieces(text: string, length: number): string[] {
  const count = Math.ceil(text.length / length)
  return Array.from({ length: count }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  )
}
