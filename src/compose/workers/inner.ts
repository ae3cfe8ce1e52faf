import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The kernel's limit for the name of a socket is 107 bytes on Linux and 103 elsewhere. */
const pathBytesMax = 100
const fileName = 'threads.sock'

/**
 * Where the main thread answers what other threads are asked and cannot know: a socket in the store's
 * folder, which nobody else may enter. It asks for the same keys as the port does.
 */
export function innerPath(folder: string): string {
  const path = join(folder, fileName)
  if (Buffer.byteLength(path) <= pathBytesMax) {
    rmSync(path, { force: true }) // left by a process that was killed
    return path
  }
  return join(mkdtempSync(join(tmpdir(), 'freehold-')), fileName)
}

export function removeInner(folder: string, path: string): void {
  if (dirname(path) === folder) rmSync(path, { force: true })
  else rmSync(dirname(path), { recursive: true, force: true })
}

/** Of the connection, and not of what is asked or answered: RFC 9110, section 7.6.1. */
const hopByHop = [
  'connection',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Hands a request to the main thread as it came, and gives back what it answers. */
export function forwarder(path: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const from = request.url.startsWith('/') ? 0 : request.url.indexOf('/', 8)
    const answer = await fetch(`http://main${request.url.slice(from)}`, {
      unix: path,
      method: request.method,
      headers: withoutHops(request.headers),
      body: request.body,
      signal: request.signal,
      redirect: 'manual',
      decompress: false,
    })
    const headers = withoutHops(answer.headers)
    headers.delete('date') // written anew
    if (answer.headers.get('connection') === 'close') headers.set('connection', 'close')
    return new Response(answer.body, { status: answer.status, headers })
  }
}

function withoutHops(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of hopByHop) kept.delete(name)
  return kept
}
