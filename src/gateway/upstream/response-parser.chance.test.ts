import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { read, type Read } from './parse.suite.ts'

describe('whatever comes', () => {
  const seed = Date.now() % 1_000_000

  test(`the same answer at any cut (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat(), { maxLength: 12 }), (bytes, cuts) => {
        expect(gist(read(...cutAt(bytes, cuts)))).toEqual(gist(read(bytes)))
      }),
      { seed, numRuns: 600 },
    )
  })

  test(`byte by byte as in one piece (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(gist(read(...cutAt(bytes, [...bytes.keys()])))).toEqual(gist(read(bytes)))
      }),
      { seed, numRuns: 300 },
    )
  })

  test(`a good answer is read as it was meant (seed ${seed})`, () => {
    fc.assert(
      fc.property(goodAnswer, fc.array(fc.nat(), { maxLength: 8 }), ({ bytes, body }, cuts) => {
        const answer = read(...cutAt(bytes, cuts))
        expect(answer.fault).toBeNull()
        expect(Buffer.from(answer.body, 'latin1').equals(Buffer.from(body))).toBe(true)
        expect(answer.reusable).not.toBeNull()
      }),
      { seed, numRuns: 300 },
    )
  })

  test(`a good answer with a byte changed faults, ends, or waits for more (seed ${seed})`, () => {
    fc.assert(
      fc.property(goodAnswer, fc.nat(), fc.nat({ max: 255 }), ({ bytes }, at, byte) => {
        const changed = Buffer.from(bytes)
        changed[at % changed.length] = byte
        const answer = read(changed)
        expect(answer.heads.length).toBeLessThanOrEqual(1)
        if (answer.reusable !== null) expect(answer.heads).toHaveLength(1)
      }),
      { seed, numRuns: 600 },
    )
  })
})

/** Which of several faults is found first may depend on the cut; that there is one does not. */
function gist({ heads, body, reusable, fault }: Read) {
  const told = heads.map(({ status, headers }) => [status, headers.get('x-some')])
  return { told, body, reusable, faulty: fault !== null }
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((left, right) => left - right)
  return [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length))
}

const someBody = fc.uint8Array({ maxLength: 60 })

/** A well-formed answer in each of the framings. */
const goodAnswer = fc
  .record({
    body: someBody,
    framing: fc.constantFrom('length', 'chunks', 'close'),
    early: fc.nat({ max: 2 }),
    sizes: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
    trailer: fc.boolean(),
  })
  .map(({ body, framing, early, sizes, trailer }) => {
    const before = 'HTTP/1.1 103 Early\r\nx-some: early\r\n\r\n'.repeat(early)
    const head = `${before}HTTP/1.1 200 OK\r\nX-Some: value\r\n`
    const bytes =
      framing === 'length'
        ? [Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`), body]
        : framing === 'close'
          ? [Buffer.from(`${head}\r\n`), body]
          : [
              Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`),
              ...chunksOf(body, sizes),
              Buffer.from(trailer ? '0\r\nx-sum: 1\r\n\r\n' : '0\r\n\r\n'),
            ]
    return { body, bytes: Buffer.concat(bytes) }
  })

function chunksOf(body: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const part = body.subarray(at, at + sizes[turn % sizes.length]!)
    chunks.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
    at += part.length
  }
  return chunks
}

/** Pieces of HTTP in any order, so that chance gets past the first line. */
const scraps = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.0 200 OK\r\n',
        'HTTP/1.1 100 Go\r\n\r\n',
        'HTTP/1.1 204 None\r\n',
        'content-length: 5\r\n',
        'content-length: 0\r\n',
        'transfer-encoding: chunked\r\n',
        'connection: close\r\n',
        'x-some: a\r\n',
        '\r\n',
        '\r',
        '\n',
        '\0',
        '5\r\nhello\r\n',
        '5;x=y\r\nhello\r\n',
        '0\r\n\r\n',
        'hello',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => Buffer.from(`HTTP/1.1 200 OK\r\n${parts.join('')}`, 'latin1'))

const anyBytes = fc.oneof(
  scraps,
  goodAnswer.map(({ bytes }) => bytes),
  fc.tuple(goodAnswer, someBody).map(([{ bytes }, more]) => Buffer.concat([bytes, more])),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
)
