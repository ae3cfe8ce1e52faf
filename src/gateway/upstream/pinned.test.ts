import { afterAll, afterEach, describe, expect, spyOn, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import { callerLeft } from '../../core/errors.ts'
import { makeAuthority } from './authority.suite.ts'
import { AddressRefused, askPinned, type PinnedRequest } from './pinned.ts'

const authority = makeAuthority()
afterAll(() => authority?.remove())

const servers: { stop: (now: boolean) => unknown }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.stop(true)
})

interface Seen {
  readonly host: string | null
  readonly path: string
}

function serve(answer: () => Response | Promise<Response>, tls?: { cert: string; key: string }) {
  const seen: Seen[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    ...(tls ? { tls } : {}),
    fetch: (request) => {
      seen.push({ host: request.headers.get('host'), path: new URL(request.url).pathname })
      return answer()
    },
  })
  servers.push(server)
  return { port: server.port, seen }
}

function ask(url: string, given: Partial<PinnedRequest> = {}) {
  return askPinned({
    url,
    method: 'GET',
    headers: {},
    body: '',
    departure: new Departure(),
    limits: { connectMs: 500, totalMs: 1_000, bytesMax: 1_000 },
    permitted: new Set(),
    ...given,
  })
}

async function refusalOf(asking: Promise<unknown>): Promise<string> {
  const error = await asking.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AddressRefused)
  return (error as AddressRefused).message
}

const here = async (): Promise<readonly string[]> => ['127.0.0.1']

test('the address that was checked is dialled, and the host is the one of the URL', async () => {
  const { port, seen } = serve(
    () => new Response('a picture', { headers: { 'content-type': 'image/png; a=b' } }),
  )
  let lookups = 0
  const lookup = async (): Promise<readonly string[]> => {
    lookups += 1
    return lookups === 1 ? ['127.0.0.1'] : ['127.0.0.2']
  }
  const origin = `http://pictures.example:${port}`
  const answer = await ask(`${origin}/a.png#part`, { permitted: new Set([origin]), lookup })
  expect([answer.status, answer.mediaType, Buffer.from(answer.bytes).toString()]).toEqual([
    200,
    'image/png',
    'a picture',
  ])
  expect(lookups).toBe(1)
  expect(seen).toEqual([{ host: `pictures.example:${port}`, path: '/a.png' }])
})

test.each([
  [
    'one of them leads inwards',
    ['93.184.216.34', '10.0.0.1'],
    'its name leads to an address of a private network',
  ],
  ['it leads to this machine', ['127.0.0.1'], 'its name leads to this machine'],
  ['it leads there by IPv6', ['::ffff:127.0.0.1'], 'its name leads to this machine'],
  [
    'it leads to what a cloud tells its machines',
    ['169.254.169.254'],
    'its name leads to a link-local address',
  ],
  ['it leads to no address', ['pictures.example'], 'its name leads to no IP address'],
  ['nobody knows it', [], 'its name is not known to DNS'],
])('a name is refused when %s', async (_, addresses, why) => {
  expect(await refusalOf(ask('http://pictures.example/', { lookup: async () => addresses }))).toBe(
    why,
  )
})

test('a name that DNS does not know is refused, and none is looked up that may not be asked', async () => {
  const lookup = (): Promise<readonly string[]> => Promise.reject(new Error('ENOTFOUND'))
  expect(await refusalOf(ask('https://pictures.example/', { lookup }))).toContain(
    'not known to DNS',
  )
  const never = (): Promise<readonly string[]> => {
    throw new Error('was looked up')
  }
  expect(await refusalOf(ask('http://localhost/', { lookup: never }))).toContain('no name')
  expect(await refusalOf(ask('http://0x7f.1/', { lookup: never }))).toContain('this machine')
})

test('when nothing listens at one address of a name, the next one is dialled', async () => {
  const { port, seen } = serve(() => new Response('ok'))
  const lookup = async (): Promise<readonly string[]> => ['::1', '127.0.0.9', '127.0.0.1']
  const answer = await ask(`http://a.example:${port}/`, { permitted: 'any', lookup })
  expect([answer.status, seen.length]).toEqual([200, 1])
})

test('when one address of a name swallows packets, the next one is dialled', async () => {
  const { port, seen } = serve(() => new Response('ok'))
  const connect = Bun.connect
  const swallowing = spyOn(Bun, 'connect').mockImplementation(((options: { hostname: string }) =>
    options.hostname === '127.0.0.9' ? new Promise(() => {}) : connect(options as never)) as never)
  const lookup = async (): Promise<readonly string[]> => ['127.0.0.9', '127.0.0.1']
  const limits = { connectMs: 50, totalMs: 1_000, bytesMax: 1_000 }
  const asking = ask(`http://a.example:${port}/`, { permitted: 'any', lookup, limits })
  const answer = await asking.finally(() => swallowing.mockRestore())
  expect([answer.status, seen.length]).toEqual([200, 1])
})

test.each([301, 302, 303, 307, 308])('a redirect by %d is not followed', async (status) => {
  const other = serve(() => new Response('inside'))
  const { port, seen } = serve(
    () => new Response(null, { status, headers: { location: `http://127.0.0.1:${other.port}/` } }),
  )
  const answer = await ask(`http://a.example:${port}/`, {
    permitted: 'any',
    lookup: here,
    method: 'POST',
    body: '{}',
  })
  expect([answer.status, answer.bytes.length]).toEqual([status, 0])
  expect([seen.length, other.seen.length]).toEqual([1, 0])
})

test('what is longer than it may be is given up, whether it says so or not', async () => {
  const said = serve(() => new Response('a'.repeat(1_001)))
  expect(
    await refusalOf(ask(`http://a.example:${said.port}/`, { permitted: 'any', lookup: here })),
  ).toContain('longer than')
  const chunked = serve(
    () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(600)),
        }),
      ),
  )
  expect(
    await refusalOf(ask(`http://a.example:${chunked.port}/`, { permitted: 'any', lookup: here })),
  ).toContain('longer than')
  const packed = serve(() => new Response('a', { headers: { 'content-encoding': 'gzip' } }))
  expect(
    await refusalOf(ask(`http://a.example:${packed.port}/`, { permitted: 'any', lookup: here })),
  ).toContain('compressed')
})

test('who does not answer in time is given up, and so is a name that DNS thinks about for ever', async () => {
  const limits = { connectMs: 100, totalMs: 150, bytesMax: 1_000 }
  const { port } = serve(() => new Promise<Response>(() => {}))
  expect(
    await refusalOf(ask(`http://a.example:${port}/`, { permitted: 'any', lookup: here, limits })),
  ).toContain('in time')
  const forever = (): Promise<readonly string[]> => new Promise(() => {})
  expect(await refusalOf(ask('https://a.example/', { lookup: forever, limits }))).toContain(
    'in time',
  )
})

test('a caller who leaves ends it with the reason', async () => {
  const { port } = serve(() => new Promise<Response>(() => {}))
  const departure = new Departure()
  const asking = ask(`http://a.example:${port}/`, { permitted: 'any', lookup: here, departure })
  departure.leave(callerLeft())
  const thrown: unknown = await asking.catch((error: unknown) => error)
  expect(thrown).toBe(departure.reason)
})

describe('behind TLS', () => {
  if (authority === null) {
    test.skip('certificates: there is no openssl to make some with', () => {})
    return
  }
  const { ca, issue } = authority

  test('the certificate has to be the one of the name, whatever address it has', async () => {
    const good = serve(() => new Response('ok'), issue('DNS:pictures.example'))
    const answer = await ask(`https://pictures.example:${good.port}/`, {
      permitted: 'any',
      lookup: here,
      ca,
    })
    expect(answer.status).toBe(200)
    const other = serve(() => new Response('ok'), issue('DNS:other.example,IP:127.0.0.1'))
    const refused = ask(`https://pictures.example:${other.port}/`, {
      permitted: 'any',
      lookup: here,
      ca,
    })
    expect(await refusalOf(refused)).toContain('its certificate is for another host')
    expect(other.seen).toEqual([])
  })
})
