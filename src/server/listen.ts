import { asGatewayError, type GatewayError } from '../core/errors.ts'
import { type CallId, newCallId } from '../core/ids.ts'
import { authenticate, credentialOf, demandRole } from '../gateway/pipeline/authenticate.ts'
import type { Objects } from '../gateway/objects/objects.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import type { Control } from './control.ts'
import { frontPage } from './front.ts'
import type { Metrics } from './metrics.ts'
import { answerObject } from './objects.ts'
import { ActiveCalls, answerCall, idleSeconds } from './public.ts'
import { ambiguity, type BodyLimits, parting, pathOf, queryOf, readJsonBody } from './request.ts'
import { errorResponse, jsonResponse } from './respond.ts'
import { dialectOf, findRoute, placeOf, type Route } from './routes.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly limits: BodyLimits
  /** Of the forms that files come in. */
  readonly uploads: BodyLimits
  readonly objects: Objects
  /** How long open calls may go on after a stop was asked for. */
  readonly drainMs: number
  readonly version: string
  /** Whether calls can be recorded: what `/readyz` says. */
  readonly ready: () => boolean
  /** A fault of our own that no caller can be told of. */
  readonly onFault: (error: unknown, id: CallId | null) => void
}

export interface Listening {
  readonly url: string
  readonly port: number
  readonly activeCalls: number
  /** Refuses new calls, lets open ones end within the limit, ends the rest with an error event. */
  stop(): Promise<void>
}

/** @throws Error when the port cannot be had */
export function listen(
  parts: Parts,
  control: Control,
  metrics: Metrics,
  options: ListenOptions,
): Listening {
  const active = new ActiveCalls()
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    idleTimeout: idleSeconds,
    development: false,
    // Without this word Bun shares the port with any other process as soon as `development` is false.
    reusePort: false,
    // Bodies are bounded where they are read, so that the refusal is in the caller's dialect.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (request) => answer(request),
    error: (error) => {
      const id = newCallId()
      options.onFault(error, id)
      return errorResponse(
        asGatewayError(error),
        dialectOf('/', () => null),
        id,
      )
    },
  })

  async function answer(request: Request): Promise<Response> {
    const id = newCallId()
    const path = pathOf(request.url)
    const header = (name: string): string | null => request.headers.get(name)
    try {
      const ambiguous = ambiguity(request)
      if (ambiguous)
        return errorResponse(ambiguous, dialectOf(path, header), id, { connection: 'close' })
      const { route, rest } = findRoute(request.method, path)
      const response = await take(route, rest, request, id)
      return request.method === 'HEAD' ? new Response(null, response) : response
    } catch (thrown) {
      const error = asGatewayError(thrown)
      if (error.code === 'internal_error') options.onFault(error.cause, id)
      return errorResponse(error, dialectOf(path, header), id, {
        ...allowed(error),
        ...parting(request),
      })
    }
  }

  async function take(route: Route, rest: string, request: Request, id: CallId): Promise<Response> {
    if (route.role === 'call') {
      const place = rest === '' ? undefined : placeOf(route, rest, request.url)
      const dialect = (place && route.dialect.variantFor?.(place)) ?? route.dialect
      return answerCall(request, id, { ...route, dialect, place }, parts, {
        limits: options.limits,
        active,
        setIdleLimit: (each, seconds) => server.timeout(each, seconds),
        onFault: options.onFault,
      })
    }
    if (route.role === 'open') return tellAnyone(route.tells)
    const header = (name: string): string | null => request.headers.get(name)
    const key = authenticate(credentialOf(header), parts.keyring)
    demandRole(key, route.role)
    if ('objects' in route) {
      return answerObject(request, id, key, rest, route.objects, {
        ...options,
        active,
        setIdleLimit: (each, seconds) => server.timeout(each, seconds),
      })
    }
    if ('tells' in route) {
      return new Response(metrics.text(), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'x-request-id': id },
      })
    }
    const value = await route.answer({
      key,
      rest,
      query: queryOf(request.url),
      header,
      readBody: () => readJsonBody(request, options.limits),
      control,
      shelf: parts.shelf,
      activeCalls: active.size,
    })
    return jsonResponse(value, id)
  }

  function tellAnyone(what: 'alive' | 'ready' | 'front'): Response {
    switch (what) {
      case 'alive':
        return new Response('ok\n')
      case 'ready': {
        const ready = !active.stopping && options.ready()
        return new Response(ready ? 'ok\n' : 'not ready\n', { status: ready ? 200 : 503 })
      }
      case 'front':
        return frontPage(options.version)
    }
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
  }
}

/** How long an ended call may take to tell its caller. */
const lastWordsMs = 2_000

function allowed(error: GatewayError): Record<string, string> {
  if (error.code !== 'method_not_allowed') return {}
  return { allow: /It takes ([A-Z, ]+)\./.exec(error.message)?.[1] ?? '' }
}
