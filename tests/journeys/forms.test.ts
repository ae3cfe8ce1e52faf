import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { tone, wav } from '../../simulator/wave.ts'
import { badInputTown, callerKey, refusalOf } from './bad-input.ts'
import { sendRaw } from './raw-http.ts'
import type { Town } from './town.ts'

/** Forms from callers who mean no good, or do not know better. What a form may be stands in src/server/multipart.test.ts. */
let town: Town

const path = '/v1/audio/transcriptions'
const boundary = 'freeholdBoundary0123456789'
const clip = wav(tone(0.5))

beforeAll(async () => {
  town = await badInputTown(
    'prices:\n  acme/scribe: { seconds: 100 }\n',
    'body_timeout: 1s, body_limit: 100 kB',
  )
})
afterAll(() => town.close())

function post(
  body: string | FormData | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  headers: Readonly<Record<string, string>> = {},
  to = path,
): Promise<Response> {
  return fetch(town.url + to, {
    method: 'POST',
    headers: { authorization: `Bearer ${callerKey}`, ...headers },
    body,
  })
}

function form(fields: Readonly<Record<string, string | File>>): FormData {
  const made = new FormData()
  for (const [name, value] of Object.entries(fields)) made.append(name, value)
  return made
}

const file = (name = 'a.wav') => new File([clip], name, { type: 'audio/wav' })

function heardAtVendor(): number {
  return town.vendors['acme']!.history().length
}

describe('a form', () => {
  test('of names that would break a header or an object arrives as it was sent', async () => {
    const response = await post(
      form({
        model: 'acme/scribe',
        file: file('"; filename="b.wav\r\nx: y.wav'),
        __proto__x: '1',
        'a"b': '2',
        toString: '3',
      }),
    )
    expect(response.status).toBe(200)
    const sent = town.vendors['acme']!.history().at(-1)!
    expect(sent.body).toContain('name="a%22b"\r\n\r\n2\r\n')
    expect(sent.body).toContain('name="toString"\r\n\r\n3\r\n')
    expect(sent.body).toContain('filename="%22; filename=%22b.wav%0D%0Ax: y.wav"')
    expect(sent.body.match(/\r\nx: y/g)).toBeNull()
  })

  test('with a field called __proto__ changes nothing but that field', async () => {
    const response = await post(form({ model: 'acme/scribe', file: file(), ['__proto__']: 'x' }))
    expect(response.status).toBe(200)
    expect(town.vendors['acme']!.history().at(-1)!.body).toContain('name="__proto__"\r\n\r\nx\r\n')
  })

  test('may come in chunks, and is counted as it comes', async () => {
    const whole = new Response(form({ model: 'acme/scribe', file: file() }))
    const type = whole.headers.get('content-type')!
    const bytes = await whole.bytes()
    const chunks = (size: number) =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < size; at += 1_000) {
            controller.enqueue(
              at < bytes.length ? bytes.subarray(at, at + 1_000) : new Uint8Array(1_000),
            )
          }
          controller.close()
        },
      })
    expect((await post(chunks(bytes.length), { 'content-type': type })).status).toBe(200)
    const before = heardAtVendor()
    const refusal = await refusalOf(await post(chunks(200_000), { 'content-type': type }))
    expect(refusal).toMatchObject({ status: 413, code: 'body_too_large' })
    expect(heardAtVendor()).toBe(before)
  })

  test('larger than the limit is refused, whatever it holds', async () => {
    const large = new File([new Uint8Array(100_000)], 'a.wav')
    const refusal = await refusalOf(await post(form({ model: 'acme/scribe', file: large })))
    expect(refusal).toMatchObject({ status: 413, code: 'body_too_large' })
  })

  test('compressed is refused', async () => {
    const refusal = await refusalOf(
      await post(form({ model: 'acme/scribe', file: file() }), { 'content-encoding': 'gzip' }),
    )
    expect(refusal).toMatchObject({ status: 415, code: 'encoding_unsupported' })
  })
})

describe('is refused in words, and reaches no vendor:', () => {
  const type = `multipart/form-data; boundary=${boundary}`
  const part = (disposition: string, body: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${body}\r\n`
  const model = part('name="model"', 'acme/scribe')
  const sound = part('name="file"; filename="a.wav"', 'RIFF')
  const end = `--${boundary}--\r\n`

  test.each([
    ['no content-type', '', model + sound + end, /multipart/],
    ['JSON', 'application/json', '{"model":"acme/scribe"}', /multipart/],
    ['no boundary', 'multipart/form-data', model + sound + end, /names no boundary/],
    ['a form that breaks off', type, model + sound, /breaks off/],
    ['a form cut in a file', type, (model + sound).slice(0, -3), /breaks off/],
    ['two models', type, model + model + sound + end, /"model" stands twice/],
    ['two files', type, model + sound + sound + end, /"file" stands twice/],
    ['a part without a name', type, model + sound + part('filename="x"', 'y') + end, /no name/],
    ['something in front', type, `x${model}${sound}${end}`, /does not begin/],
    ['something behind', type, `${model}${sound}${end}POST /v1/x HTTP/1.1\r\n`, /behind the end/],
    [
      'a thousand fields',
      type,
      model +
        sound +
        Array.from({ length: 1_000 }, (_, index) => part(`name="f${index}"`, '')).join('') +
        end,
      /more than 200 fields/,
    ],
    ['no model', type, sound + end, /'model' has to be/],
    [
      'a list of models',
      type,
      part('name="model[]"', 'acme/scribe') + sound + end,
      /'model' has to be/,
    ],
    ['no file', type, model + end, /file is missing/],
    ['a file that is a field', type, model + part('name="file"', 'RIFF') + end, /file is missing/],
    [
      'a file of nothing',
      type,
      model + part('name="file"; filename="a.wav"', '') + end,
      /file is empty/,
    ],
    ['nothing', type, '', /does not begin/],
  ])('%s', async (_, contentType, body, message) => {
    const before = heardAtVendor()
    const headers: Record<string, string> =
      contentType === '' ? {} : { 'content-type': contentType }
    for (const to of [path, '/v1/audio/translations']) {
      const refusal = await refusalOf(await post(Buffer.from(body), headers, to))
      expect(refusal).toMatchObject({ status: 400, code: 'invalid_request' })
      expect(refusal.message).toMatch(message)
    }
    expect(heardAtVendor()).toBe(before)
  })

  test('a form to a path that takes JSON', async () => {
    const refusal = await refusalOf(
      await post(form({ model: 'acme/echo' }), {}, '/v1/chat/completions'),
    )
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_json' })
  })

  test('a form whose caller goes silent', async () => {
    const head = [
      `POST ${path} HTTP/1.1`,
      'host: x',
      `authorization: Bearer ${callerKey}`,
      `content-type: ${type}`,
      'content-length: 5000',
      '',
      model,
    ].join('\r\n')
    const { answers } = await sendRaw(town.url, head)
    expect(answers.map(({ status }) => status)).toEqual([408])
  })
})

test('what a vendor says of a file that it cannot read is passed on', async () => {
  const odd = new File(['this is no sound, and it is long enough to be looked at'], 'a.wav')
  const refusal = await refusalOf(await post(form({ model: 'acme/scribe', file: odd })))
  expect(refusal.status).toBe(400)
  expect(refusal.message).toContain('could not be decoded')
})
