import { Departure } from '../core/departure.ts'
import { asGatewayError, callerLeft, shuttingDown } from '../core/errors.ts'
import type { CallId } from '../core/ids.ts'
import type { Dialect, Place } from '../dialects/dialect.ts'
import { credentialOf } from '../gateway/pipeline/authenticate.ts'
import { withFilesOutward, withFilesResolved } from '../gateway/objects/references.ts'
import { handle } from '../gateway/pipeline/handle.ts'
import type { Parts } from '../gateway/pipeline/parts.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
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

export interface CallOptions {
  readonly limits: BodyLimits
  readonly active: ActiveCalls
  /** Own clocks rule while a call runs; the server's idle limit rules again from its end. */
  readonly setIdleLimit: (request: Request, seconds: number) => void
  readonly onFault: (error: unknown, id: CallId) => void
}

export interface CallRoute {
  readonly dialect: Dialect
  /** Whose call it is, where that is known already. */
  readonly key?: ApiKey
  readonly form?: boolean
  readonly place: Place | undefined
}

/** Seconds that a kept-alive connection may be idle between calls. */
export const idleSeconds = 60

/** POST /v1/...: pick the dialect, hand to the pipeline. */
export async function answerCall(
  request: Request,
  id: CallId,
  { dialect, key, form = false, place }: CallRoute,
  parts: Parts,
  { limits, active, setIdleLimit, onFault }: CallOptions,
): Promise<Response> {
  const arrivedUs = parts.clock.elapsedUs()
  if (active.stopping) return errorResponse(shuttingDown(), dialect, id)
  const departure = active.begin()
  let isDone = false
  request.signal.addEventListener('abort', () => {
    if (!isDone) departure.leave(callerLeft())
  })
  const done = (): void => {
    isDone = true // to remove the listener would take longer
    active.end(departure)
    setIdleLimit(request, idleSeconds)
  }
  const header = (name: string): string | null => request.headers.get(name)
  let heldBy: string | undefined
  try {
    const { headers, body } = await handle(
      {
        id,
        dialect,
        credential: credentialOf(header),
        ...(key === undefined ? {} : { key }),
        header,
        readCall: async (key) => {
          const { body, files } = form
            ? await readFormBody(request, limits)
            : { body: await readJsonBody(request, limits), files: [] }
          setIdleLimit(request, 0)
          const call = await withFilesResolved(body, key, parts, (resolved) =>
            dialect.readCall(resolved, place, files),
          )
          heldBy = call.heldBy
          return call
        },
        departure,
        arrivedUs,
        ended: done,
      },
      parts,
    )
    headers['x-request-id'] = id
    headers['request-id'] = id
    return new Response(heldBy === undefined ? body : withFilesOutward(body, heldBy), { headers })
  } catch (thrown) {
    done()
    const error = asGatewayError(thrown)
    if (error.code === 'internal_error') onFault(error.cause, id)
    return errorResponse(error, dialect, id, parting(request))
  }
}
