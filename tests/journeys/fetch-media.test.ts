import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTown, type Town } from './town.ts'

/** Pictures by address, for a model that takes their bytes alone: Bedrock's Converse does. */
let town: Town
let pictures: ReturnType<typeof Bun.serve>
let asked: string[] = []

const key = 'web-secret-0123456789'
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const answers: Readonly<Record<string, () => Response>> = {
  '/a.png': () => new Response(pixel, { headers: { 'content-type': 'text/html' } }),
  '/b.pdf': () => new Response('%PDF-1.7 and so on'),
  '/page': () => new Response('<p>inside</p>', { headers: { 'content-type': 'image/png' } }),
  '/large.png': () => new Response(Buffer.concat([pixel, Buffer.alloc(50_000)])),
  '/some.png': () => new Response(Buffer.concat([pixel, Buffer.alloc(15_000)])),
  '/away': () => new Response(null, { status: 302, headers: { location: '/a.png' } }),
  '/none': () => new Response('no', { status: 404 }),
}

const config = (media: string): string => `
${media}
providers:
  cloud: { type: bedrock, base_url: '{{cloud}}', api_key: bedrock-key-0123456789 }
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  seen: cloud/small
  either: { models: [cloud/small, acme/small] }
keys:
  - { id: web, secret: ${key} }
`

beforeAll(async () => {
  pictures = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => {
      const { pathname } = new URL(request.url)
      asked.push(pathname)
      return answers[pathname]?.() ?? new Response('', { status: 404 })
    },
  })
  town = await startTown({
    vendors: { cloud: {}, acme: {} },
    config: config(`media: { fetch: true, size: 40kB, origins: ['${pictures.url.origin}'] }`),
  })
})
afterAll(async () => {
  await town.close()
  await pictures.stop(true)
})

async function ask(addresses: readonly string[], model = 'seen') {
  asked = []
  const before = town.vendors['cloud']!.history().length
  const content = [
    { type: 'text', text: 'What is it?' },
    ...addresses.map((url) => ({ type: 'image_url', image_url: { url } })),
  ]
  const response = await fetch(`${town.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }] }),
  })
  const { error } = (await response.json()) as { error?: { code: string; message: string } }
  const sent = town.vendors['cloud']!.history().slice(before)
  return { response, error, sent }
}

const at = (path: string): string => pictures.url.origin + path

describe('a picture by its address', () => {
  test('is fetched from where the file permits it, and goes on as the bytes that it is', async () => {
    const { response, sent } = await ask([at('/a.png'), at('/a.png')])
    expect(response.status).toBe(200)
    expect(asked).toEqual(['/a.png'])
    expect(sent[0]!.body).toContain(
      `"format":"png","source":{"bytes":"${pixel.toString('base64')}"`,
    )
    expect(sent[0]!.body).not.toContain('127.0.0.1')
    expect(response.headers.get('x-freehold-adapted')).toContain('address>bytes')
  })

  test.each([
    ['/page', 'no PNG, JPEG, GIF or WebP picture'],
    ['/large.png', 'longer than 0.04 MB'],
    ['/away', 'redirects'],
    ['/none', 'answered 404'],
  ])('is refused when it is none: %s', async (path, why) => {
    const { response, error, sent } = await ask([at(path)])
    expect([response.status, error?.code, sent.length]).toEqual([400, 'media_unfetched', 0])
    expect(error?.message).toContain(why)
    expect(asked).toEqual([path])
  })

  test.each([
    'http://127.0.0.1:1/a.png',
    'http://localhost/a.png',
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:169.254.169.254]/',
    'http://0x7f.1/',
    'file:///etc/passwd',
    'http://metadata.google.internal/',
  ])('is refused where it may not be: %s', async (url) => {
    const { response, error, sent } = await ask([url])
    expect([response.status, error?.code, sent.length, asked]).toEqual([
      400,
      'media_unfetched',
      0,
      [],
    ])
    expect(error?.message).not.toContain('169.254')
  })

  test('that cannot be fetched goes by its address to a model that takes it so', async () => {
    const { response, sent } = await ask(['http://10.0.0.1/a.png'], 'either')
    expect([response.status, response.headers.get('x-freehold-model'), sent.length]).toEqual([
      200,
      'acme/small',
      0,
    ])
    expect(town.vendors['acme']!.history().at(-1)!.body).toContain('http://10.0.0.1/a.png')
    expect(asked).toEqual([])
  })

  test('that is named several times counts as often as it goes on', async () => {
    expect((await ask([at('/some.png'), at('/some.png')])).response.status).toBe(200)
    const { error, sent } = await ask(Array.from({ length: 3 }, () => at('/some.png')))
    expect([error?.code, sent.length]).toEqual(['media_unfetched', 0])
    expect(error?.message).toContain('named 3 times')
  })

  test('of one too many is not fetched at all', async () => {
    const { error } = await ask(Array.from({ length: 21 }, (_, index) => at(`/${index}.png`)))
    expect([error?.code, asked]).toEqual(['media_unfetched', []])
  })
})

/** Last: it changes the configuration. */
test('nothing is fetched unless the file says so, and the refusal tells what would', async () => {
  town.configure(config(''))
  const refused = async () => (await ask([at('/a.png')])).error
  let error = await refused()
  for (let tries = 0; tries < 100 && error?.code !== 'unsupported_content'; tries += 1) {
    await Bun.sleep(50)
    error = await refused()
  }
  expect(error?.message).toContain('media: { fetch: true }')
  expect(asked).toEqual([])
})
