import { asGatewayError, type GatewayError, linkSpent } from '../core/errors.ts'
import { type CallId, newCallId } from '../core/ids.ts'
import type { Place } from '../dialects/dialect.ts'
import { authenticate, credentialOf, demandRole } from '../gateway/pipeline/authenticate.ts'
import type { Objects } from '../gateway/objects/objects.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import { summaryOf } from './change-words.ts'
import { withItsChange } from './changes.ts'
import type { Control } from './control.ts'
import type { Front } from './front.ts'
import { Guesses } from './guesses.ts'
import { answerObject, untilDone } from './objects.ts'
import { foreignOrigin } from './origin.ts'
import {
  ActiveCalls,
  answerCall,
  type CallOptions,
  type CallRoute,
  type CallServer,
  idleSeconds,
} from './public.ts'
import { ambiguity, type BodyLimits, parting, pathOf, queryOf, readJsonBody } from './request.ts'
import { dataHeaders, errorResponse, jsonResponse } from './respond.ts'
import { dialectOf, findRoute, placeOf, type Route } from './routes.ts'
import { isLink, type Session, type Sessions } from './sessions.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Several threads listen on the port, and the kernel gives each connection to one of them. */
  readonly reusePort: boolean
  readonly limits: BodyLimits
  /** How long open calls may go on after a stop was asked for. */
  readonly drainMs: number
  /** A fault of our own that no caller can be told of. */
  readonly onFault: (error: unknown, id: CallId | null) => void
}

/** What there is once in a process, however many threads serve calls. */
export interface Desk {
  readonly control: Control
  readonly sessions: Sessions
  readonly front: Front
  readonly objects: Objects
  /** Of the forms that files come in. */
  readonly uploads: BodyLimits
  readonly metrics: () => Promise<string>
  /** Whether calls can be recorded: what `/readyz` says. */
  readonly ready: () => boolean
  /** A socket on which the same is answered for other threads; null where there are none. */
  readonly inner: string | null
}

/** Another thread has the desk: what is not a call is handed to it. */
export interface FarDesk {
  readonly forward: (request: Request) => Promise<Response>
}

export interface Listening {
  readonly url: string
  readonly port: number
  readonly activeCalls: number
  /** Refuses new calls, lets open ones end within the limit, ends the rest with an error event. */
  stop(): Promise<void>
  /** Ends what is answered for other threads, after they have stopped. */
  stopInner(): Promise<void>
}

type OtherRoute = Exclude<Route, { role: 'call' }>

/** @throws Error when the port cannot be had */
export function listen(parts: Parts, desk: Desk | FarDesk, options: ListenOptions): Listening {
  const active = new ActiveCalls()
  const guesses = new Guesses(parts.clock)
  const { limits, onFault } = options
  const calling: CallOptions = { limits, active, onFault, slowed }
  const serving = {
    development: false,
    // Bodies are bounded where they are read, so that the refusal is in the caller's dialect.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: answer,
    error: (error: Error) => {
      const id = newCallId()
      onFault(error, id)
      return errorResponse(
        asGatewayError(error),
        dialectOf('/', () => null),
        id,
      )
    },
  }
  if (options.reusePort && !('forward' in desk)) refuseTaken(options)
  const server = Bun.serve({
    ...serving,
    hostname: options.host,
    port: options.port,
    idleTimeout: idleSeconds,
    // Without this word Bun shares the port with any other process as soon as `development` is false.
    reusePort: options.reusePort,
  })
  const inner =
    'inner' in desk && desk.inner !== null ? Bun.serve({ ...serving, unix: desk.inner }) : null

  function answer(request: Request, from: CallServer): Response | Promise<Response> {
    const id = newCallId()
    const path = pathOf(request.url)
    try {
      const ambiguous = ambiguity(request)
      if (ambiguous !== null) {
        return errorResponse(ambiguous, dialectOf(path, headerOf(request)), id, {
          connection: 'close',
        })
      }
      const { route, rest } = findRoute(request.method, path)
      const guessed = guesses.watched === 0 ? null : guessedTooOften(request, from)
      if (guessed !== null) throw guessed
      if (route.role !== 'call') return answerOther(route, rest, request, id, from)
      const called = rest === '' ? route : routeAt(route, placeOf(route, rest, request.url))
      return answerCall(request, id, called, parts, calling, from)
    } catch (thrown) {
      return refused(thrown, request, id, from)
    }
  }

  async function answerOther(
    route: OtherRoute,
    rest: string,
    request: Request,
    id: CallId,
    from: CallServer,
  ): Promise<Response> {
    try {
      const response = await take(route, rest, request, id, from)
      if (request.method !== 'HEAD') return response
      await response.body?.cancel()
      return new Response(null, response)
    } catch (thrown) {
      return refused(thrown, request, id, from)
    }
  }

  async function refused(
    thrown: unknown,
    request: Request,
    id: CallId,
    from: CallServer,
  ): Promise<Response> {
    const error = asGatewayError(thrown)
    if (error.code === 'internal_error') onFault(error.cause, id)
    if (error.status === 401) await slowed(request, from)
    return errorResponse(error, dialectOf(pathOf(request.url), headerOf(request)), id, {
      ...allowed(error),
      ...parting(request),
    })
  }

  function addressOf(request: Request): string {
    return server.requestIP(request)?.address ?? ''
  }

  function guessedTooOften(request: Request, from: CallServer): GatewayError | null {
    // The thread that took the connection has counted, and knows the address.
    if (from === inner) return null
    const credential = credentialOf(headerOf(request))
    if (credential === null) return null
    return guesses.refusal(addressOf(request), parts.keyring.find(credential)?.id ?? null)
  }

  /** Nobody guesses who sends no key at all. */
  async function slowed(request: Request, from: CallServer): Promise<void> {
    if (from === inner) return
    const credential = credentialOf(headerOf(request))
    if (credential !== null && credential !== '') await guesses.wrong(addressOf(request))
  }

  async function take(
    route: OtherRoute,
    rest: string,
    request: Request,
    id: CallId,
    from: CallServer,
  ): Promise<Response> {
    if (route.role === 'open' && route.tells === 'alive')
      return new Response('ok\n', { headers: dataHeaders })
    const setIdleLimit = (each: Request, seconds: number): void => from.timeout(each, seconds)
    if ('forward' in desk) {
      const response = await handOver(request, desk, setIdleLimit)
      if (response.status === 401) await slowed(request, from)
      return response
    }
    if (route.role === 'open') {
      if (route.tells === 'ready') return tellReady(desk)
      if (route.tells === 'front') return desk.front.page()
      return desk.front.asset(rest, request.headers.get('accept-encoding'))
    }
    const header = headerOf(request)
    const { key, session } = whoAsks(route, header, desk)
    demandRole(key, route.role)
    // What a browser sends by itself is believed to pages of this address alone, whatever is asked.
    if (session !== null || (route.method !== 'GET' && route.path.startsWith('/api/'))) {
      const foreign = foreignOrigin(request.headers)
      if (foreign !== null) throw foreign
    }
    if ('plays' in route) {
      return answerCall(request, id, { dialect: route.plays, key }, parts, calling, from)
    }
    if ('objects' in route) {
      return answerObject(request, id, key, rest, route.objects, {
        objects: desk.objects,
        limits,
        uploads: desk.uploads,
        active,
        setIdleLimit,
      })
    }
    if ('session' in route) {
      const { value, cookie } = await route.session({
        key,
        session,
        sessions: desk.sessions,
        secure: header('origin')?.startsWith('https:') ?? false,
        readBody: () => readJsonBody(request, limits),
      })
      if (route.role === 'admin') await noteSession(route, key, desk.control)
      const answer = jsonResponse(value, id)
      if (cookie !== undefined) answer.headers.set('set-cookie', cookie)
      return answer
    }
    if ('tells' in route) {
      return new Response(await desk.metrics(), {
        headers: {
          ...dataHeaders,
          'content-type': 'text/plain; version=0.0.4; charset=utf-8',
          'x-request-id': id,
        },
      })
    }
    // Its work may take longer than a connection may be silent; a body that stops is given up by its own limit.
    setIdleLimit(request, 0)
    const value = await withItsChange(route, {
      key,
      rest,
      query: queryOf(request.url),
      header,
      readBody: () => readJsonBody(request, limits),
      control: desk.control,
      shelf: parts.shelf,
      experiments: parts.experiments,
      planning: parts,
      activeCalls: active.size,
    }).finally(() => setIdleLimit(request, idleSeconds))
    return jsonResponse(value, id)
  }

  /** By a key; under /api and /metrics also by a session, and for signing in by a one-time link. */
  function whoAsks(
    route: Exclude<OtherRoute, { role: 'open' }>,
    header: (name: string) => string | null,
    { sessions }: Desk,
  ): { readonly key: ApiKey; readonly session: Session | null } {
    const credential = credentialOf(header)
    if (credential === null && (route.path.startsWith('/api/') || route.path === '/metrics')) {
      const session = sessions.find(header('cookie'))
      if (session !== null) return { key: session.key, session }
    }
    if (
      'session' in route &&
      route.method === 'POST' &&
      credential !== null &&
      isLink(credential)
    ) {
      const key = sessions.redeem(credential)
      if (key === null) throw linkSpent()
      return { key, session: null }
    }
    return { key: authenticate(credential, parts.keyring), session: null }
  }

  function tellReady(here: Desk): Response {
    const ready = !active.stopping && here.ready()
    return new Response(ready ? 'ok\n' : 'not ready\n', {
      status: ready ? 200 : 503,
      headers: dataHeaders,
    })
  }

  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${server.port}`,
    port: server.port ?? options.port,
    get activeCalls() {
      return active.size
    },
    async stop() {
      active.stopping = true
      const stopped = server.stop()
      const limit = setTimeout(() => active.endAll(), options.drainMs)
      // A caller that does not read its end is not waited for.
      const cut = setTimeout(() => void server.stop(true), options.drainMs + lastWordsMs)
      await stopped
      clearTimeout(limit)
      clearTimeout(cut)
    },
    stopInner: async () => void (await inner?.stop(true)),
  }
}

/**
 * A port that is shared by threads would be shared with a process that has it already.
 * @throws Error when somebody has it
 */
function refuseTaken({ host, port }: ListenOptions): void {
  if (port === 0) return
  const alone = { hostname: host, port, reusePort: false, fetch: () => new Response() }
  void Bun.serve(alone).stop(true)
}

/** The other thread's clocks rule until its answer has come to its end. */
async function handOver(
  request: Request,
  { forward }: FarDesk,
  setIdleLimit: (request: Request, seconds: number) => void,
): Promise<Response> {
  setIdleLimit(request, 0)
  const done = (): void => setIdleLimit(request, idleSeconds)
  try {
    const answer = await forward(request)
    if (answer.body !== null) return new Response(untilDone(answer.body, done), answer)
    done()
    return answer
  } catch (error) {
    done()
    throw error
  }
}

/** Who lets another browser in has changed something as well. */
function noteSession(
  { method, path }: Pick<Route, 'method' | 'path'>,
  key: ApiKey,
  { changes }: Control,
): Promise<void> {
  const summary = summaryOf(`${method} ${path}`, {}, '')
  return changes.add({ key: key.id, method, route: path, summary, refused: null })
}

function headerOf({ headers }: Request): (name: string) => string | null {
  return (name) => headers.get(name)
}

/** Some of what a path says is a matter of the dialect. */
function routeAt(route: CallRoute, place: Place): CallRoute {
  return { ...route, dialect: route.dialect.variantFor?.(place) ?? route.dialect, place }
}

/** How long an ended call may take to tell its caller. */
const lastWordsMs = 2_000

function allowed(error: GatewayError): Record<string, string> {
  if (error.code !== 'method_not_allowed') return {}
  return { allow: /It takes ([A-Z, ]+)\./.exec(error.message)?.[1] ?? '' }
}
