import fc from 'fast-check'
import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../core/errors.ts'
import { readMultipart } from './multipart.ts'

const boundary = 'gc0p4Jq0M2Yt08jU534c0p'
const type = `multipart/form-data; boundary=${boundary}`

describe('a form', () => {
  test('of the runtime comes back as it was put in, whatever its names and bytes are', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .map((text) => text.replaceAll(/\p{Cc}|\[\]$/gu, '_'))
    const parts = fc.uniqueArray(
      fc.record({
        name,
        text: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
        bytes: fc.option(fc.uint8Array({ maxLength: 300 })),
      }),
      { selector: (part) => part.name, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(parts, async (all) => {
        const form = new FormData()
        for (const { name: key, text, bytes } of all) {
          if (bytes === null) form.append(key, text)
          else form.append(key, new File([bytes], 'naïve "a".wav', { type: 'audio/wav' }))
        }
        const sent = new Response(form)
        const read = readMultipart(await sent.clone().bytes(), sent.headers.get('content-type')!)
        // A form's line ends are those of the network.
        const lines = (text: string) => text.replaceAll(/\r\n?|\n/g, '\r\n')
        expect(read.texts.map(([key, text]) => [key, lines(text)])).toEqual(
          all
            .filter(({ bytes }) => bytes === null)
            .map(({ name: key, text }) => [key, lines(text)]),
        )
        expect(read.files.map((file) => [file.field, file.name, [...file.bytes]])).toEqual(
          all.flatMap(({ name: key, bytes }) =>
            bytes === null ? [] : [[key, 'naïve "a".wav', [...bytes]]],
          ),
        )
      }),
    )
  })

  test('keeps what each part says of itself, and not what its name suggests', () => {
    const { files } = read(
      part('form-data; name="file"; filename="a.wav"', 'x', [
        'content-type: audio/ogg; codecs=opus',
      ]),
      part('form-data; name="mask"; filename="b.png"', 'y'),
    )
    expect(files.map(({ mediaType }) => mediaType)).toEqual([
      'audio/ogg; codecs=opus',
      'application/octet-stream',
    ])
  })

  test.each([
    [String.raw`form-data; name="file"; filename="a \"b\" \\c.wav"`, String.raw`a "b" \c.wav`],
    ['form-data; name="file"; filename="a %22b%22.wav"', 'a "b".wav'],
    ["form-data; name=file; filename*=UTF-8''na%C3%AFve.wav", 'naïve.wav'],
    [String.raw`form-data; name="file"; filename="C:\sounds\a.wav"`, String.raw`C:\sounds\a.wav`],
    ['FORM-DATA; NAME="file"; FILENAME=""', ''],
  ])('names its file as %s does', (disposition, name) => {
    expect(read(part(disposition, 'x')).files).toMatchObject([{ field: 'file', name }])
  })

  test('may repeat a name only as a list', () => {
    const list = part('form-data; name="include[]"', 'logprobs')
    expect(read(list, list).texts).toHaveLength(2)
  })
})

describe('a form that could be read in two ways is refused:', () => {
  const model = part('form-data; name="model"', 'whisper')
  test.each([
    ['no boundary', 'multipart/form-data', whole(model), /names no boundary/],
    ['two boundaries', `${type}; boundary=x`, whole(model), /or not one alone/],
    [
      'a boundary of strange characters',
      'multipart/form-data; boundary="a{b"',
      whole(model),
      /names no/,
    ],
    ['JSON', 'application/json', '{}', /multipart\/form-data/],
    ['a form without files', 'application/x-www-form-urlencoded', 'a=b', /multipart\/form-data/],
    ['another boundary', 'multipart/form-data; boundary=abc', whole(model), /does not begin/],
    ['a text in front', type, `hello\r\n${whole(model)}`, /does not begin/],
    ['a text behind', type, `${whole(model)}hello`, /stands behind the end/],
    ['nothing', type, '', /does not begin/],
    ['no end', type, `--${boundary}\r\n${model}`, /breaks off/],
    ['an end in the middle of a file', type, whole(model).slice(0, -30), /breaks off/],
    [
      'a boundary in a file',
      type,
      whole(part('form-data; name="a"', `x\r\n--${boundary}y`)),
      /no part begins/,
    ],
    [
      'line ends of one character',
      type,
      whole(model).replaceAll('\r\n', '\n'),
      /does not begin|no part begins/,
    ],
    ['no headers', type, whole('hello'), /no headers/],
    ['no name', type, whole(part('form-data', 'x')), /has no name/],
    ['an empty name', type, whole(part('form-data; name=""', 'x')), /has no name/],
    [
      'a name of control characters',
      type,
      whole(part('form-data; name="a%0Ab"', 'x')),
      /has no name/,
    ],
    [
      'a name that is too long',
      type,
      whole(part(`form-data; name="${'n'.repeat(300)}"`, 'x')),
      /has no name/,
    ],
    [
      'two names',
      type,
      whole(part('form-data; name="a"; name="b"', 'x')),
      /malformed content-disp/,
    ],
    ['an unclosed name', type, whole(part('form-data; name="a', 'x')), /malformed content-disp/],
    [
      'backslashes without end',
      type,
      whole(part(`form-data; name="${'\\'.repeat(3_001)}`, 'x')),
      /malformed/,
    ],
    [
      'another disposition',
      type,
      whole(part('attachment; name="a"', 'x')),
      /malformed content-disp/,
    ],
    [
      'two dispositions',
      type,
      whole(part('form-data; name="a"', 'x', ['content-disposition: form-data; name="b"'])),
      /content-disposition twice/,
    ],
    [
      'a folded header',
      type,
      whole(part('form-data;\r\n name="a"', 'x')),
      /header of the form is malformed/,
    ],
    [
      'a transfer encoding',
      type,
      whole(part('form-data; name="a"', 'eA==', ['content-transfer-encoding: base64'])),
      /encoded as base64/,
    ],
    ['a field twice', type, whole(model, model), /"model" stands twice/],
    [
      'a field and a file of one name',
      type,
      whole(model, part('form-data; name="model"; filename="a"', 'x')),
      /stands twice/,
    ],
    [
      'a field and a list of one name',
      type,
      whole(model, part('form-data; name="model[]"', 'x')),
      /stands twice/,
    ],
    [
      'too many fields',
      type,
      whole(...Array.from({ length: 201 }, (_, index) => part(`form-data; name="f${index}"`, 'x'))),
      /more than 200/,
    ],
    [
      'too many files',
      type,
      whole(
        ...Array.from({ length: 17 }, (_, index) =>
          part(`form-data; name="f${index}"; filename="a"`, 'x'),
        ),
      ),
      /more than 16/,
    ],
    [
      'a file name in another alphabet',
      type,
      whole(part("form-data; name=a; filename*=latin1''%E9", 'x')),
      /name of a file is malformed/,
    ],
    [
      'a field that is no text',
      type,
      Buffer.concat([
        Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n`),
        Buffer.of(0xff, 0xfe),
        Buffer.from(`\r\n--${boundary}--`),
      ]),
      /not valid UTF-8/,
    ],
  ] as const)('%s', (_, contentType, body, message) => {
    expect(() => readMultipart(Buffer.from(body as string), contentType)).toThrow(message)
  })

  test('any bytes are read or refused, and nothing else', () => {
    const pieces = fc.constantFrom(
      '\r\n',
      '--',
      boundary,
      `--${boundary}`,
      ';',
      'name="a"',
      '"',
      '\\',
      'content-disposition: form-data',
      '\r\n\r\n',
      ':',
      'x',
      '\n',
      '\0',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (texts) => {
        try {
          readMultipart(Buffer.from(`--${boundary}${texts.join('')}`), type)
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError)
          expect((error as GatewayError).code).toBe('invalid_request')
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

function part(disposition: string, body: string, headers: readonly string[] = []): string {
  return [`content-disposition: ${disposition}`, ...headers, '', body].join('\r\n')
}

function whole(...parts: readonly string[]): string {
  return `${parts.map((each) => `--${boundary}\r\n${each}\r\n`).join('')}--${boundary}--\r\n`
}

function read(...parts: readonly string[]) {
  return readMultipart(Buffer.from(whole(...parts)), type)
}
