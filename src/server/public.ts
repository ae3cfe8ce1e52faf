import type { Call, FormFile } from '../core/call.ts'
import { Departure } from '../core/departure.ts'
import { asGatewayError, callerLeft, shuttingDown } from '../core/errors.ts'
import type { CallId } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'
import type { Dialect, Place } from '../dialects/dialect.ts'
import { credentialOf } from '../gateway/pipeline/authenticate.ts'
import { mayNameFiles, withFilesOutward, withFilesResolved } from '../gateway/objects/references.ts'
import { handle } from '../gateway/pipeline/handle.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import type { Incoming } from '../gateway/pipeline/trip.ts'
import { type BodyLimits, parting, readFormBody, readJsonBody } from './request.ts'
import { errorResponse } from './respond.ts'

/** Calls that are under way, so that a stop can wait for them and end the rest with a word. */
export class ActiveCalls {
  readonly #departures = new Set<Departure>()
  stopping = false

  get size(): number {
    return this.#departures.size
  }

  begin(): Departure {
    const departure = new Departure()
    this.#departures.add(departure)
    return departure
  }

  end(departure: Departure): void {
    this.#departures.delete(departure)
  }

  endAll(): void {
    for (const departure of this.#departures) departure.leave(shuttingDown())
  }
}

/** One of the servers on which calls come in. */
export type CallServer = Pick<Bun.Server<undefined>, 'timeout' | 'requestIP'>

export interface CallOptions {
  readonly limits: BodyLimits
  readonly active: ActiveCalls
  readonly onFault: (error: unknown, id: CallId) => void
  /** Resolves when a wrong key may be told. */
  readonly slowed: (request: Request, server: CallServer) => Promise<void>
}

export interface CallRoute {
  readonly dialect: Dialect
  /** Whose call it is, where that is known already. */
  readonly key?: ApiKey
  readonly form?: boolean
  readonly place?: Place
}

/** Seconds that a kept-alive connection may be idle between calls. */
export const idleSeconds = 60

/** POST /v1/...: pick the dialect, hand to the pipeline. */
export async function answerCall(
  request: Request,
  id: CallId,
  route: CallRoute,
  parts: Parts,
  options: CallOptions,
  server: CallServer,
): Promise<Response> {
  if (options.active.stopping) return errorResponse(shuttingDown(), route.dialect, id)
  const call = new ServedCall(request, id, route, parts, options, server)
  try {
    const { headers, body } = await handle(call, parts)
    headers['x-request-id'] = id
    headers['request-id'] = id
    const { heldBy } = call
    return new Response(heldBy === undefined ? body : withFilesOutward(body, heldBy), { headers })
  } catch (thrown) {
    call.ended()
    const error = asGatewayError(thrown)
    if (error.code === 'internal_error') options.onFault(error.cause, id)
    if (error.status === 401) await options.slowed(request, server)
    return errorResponse(error, route.dialect, id, parting(request))
  }
}

/** A call from the head of its request to the end of its answer. Own clocks rule once its body is there. */
class ServedCall implements Incoming {
  readonly id: CallId
  readonly dialect: Dialect
  readonly credential: string | null
  readonly key?: ApiKey
  readonly header: (name: string) => string | null
  readonly departure: Departure
  readonly arrivedUs: number
  readonly ended: () => void
  /** Who has the files that the call names. */
  heldBy: string | undefined = undefined
  readonly #request: Request
  readonly #headers: Headers
  readonly #route: CallRoute
  readonly #parts: Parts
  readonly #options: CallOptions
  readonly #server: CallServer
  #isDone = false

  constructor(
    request: Request,
    id: CallId,
    route: CallRoute,
    parts: Parts,
    options: CallOptions,
    server: CallServer,
  ) {
    this.arrivedUs = parts.clock.elapsedUs()
    this.#request = request
    this.#headers = request.headers
    this.#route = route
    this.#parts = parts
    this.#options = options
    this.#server = server
    this.id = id
    this.dialect = route.dialect
    this.header = (name) => this.#headers.get(name)
    this.credential = credentialOf(this.header)
    if (route.key !== undefined) this.key = route.key
    this.departure = options.active.begin()
    this.ended = () => this.#end()
    request.signal.addEventListener('abort', this)
  }

  readCall(key: ApiKey): Promise<Call> {
    const limits = this.#options.limits
    return this.#route.form === true
      ? readFormBody(this.#request, limits).then(({ body, files }) => this.#read(body, files, key))
      : readJsonBody(this.#request, limits).then((body) => this.#read(body, noFiles, key))
  }

  #read(body: JsonObject, files: readonly FormFile[], key: ApiKey): Call | Promise<Call> {
    this.#server.timeout(this.#request, 0)
    return mayNameFiles(body)
      ? this.#readWithFiles(body, files, key)
      : this.dialect.readCall(body, this.#route.place, files)
  }

  async #readWithFiles(body: JsonObject, files: readonly FormFile[], key: ApiKey): Promise<Call> {
    const call = await withFilesResolved(body, key, this.#parts, (resolved) =>
      this.dialect.readCall(resolved, this.#route.place, files),
    )
    this.heldBy = call.heldBy
    return call
  }

  #end(): void {
    this.#isDone = true // to remove the listener would take longer
    this.#options.active.end(this.departure)
    // The server's idle limit rules again.
    this.#server.timeout(this.#request, idleSeconds)
  }

  /** The connection was closed from the other end. */
  handleEvent(): void {
    if (!this.#isDone) this.departure.leave(callerLeft())
  }
}

const noFiles: readonly FormFile[] = []
