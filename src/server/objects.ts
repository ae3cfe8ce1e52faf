import { callerLeft } from '../core/errors.ts'
import type { CallId } from '../core/ids.ts'
import type { ObjectAnswer, ObjectCall } from '../gateway/objects/object-call.ts'
import type { Objects } from '../gateway/objects/objects.ts'
import type { ApiKey } from '../gateway/pipeline/snapshot.ts'
import { type ActiveCalls, idleSeconds } from './public.ts'
import { type BodyLimits, decoded, queryOf, readFormBody, readJsonBody } from './request.ts'
import { jsonResponse } from './respond.ts'

/** What a path of /v1/files, /v1/batches or /v1/fine_tuning does. */
export type AnswerObject = (objects: Objects, call: ObjectCall) => Promise<ObjectAnswer>

export interface ObjectOptions {
  readonly objects: Objects
  readonly limits: BodyLimits
  /** Of the forms that files come in. */
  readonly uploads: BodyLimits
  readonly active: ActiveCalls
  readonly setIdleLimit: (request: Request, seconds: number) => void
}

/** Answers a request about objects for a key that has passed its route's role. @throws GatewayError */
export async function answerObject(
  request: Request,
  id: CallId,
  key: ApiKey,
  rest: string,
  answer: AnswerObject,
  { objects, limits, uploads, active, setIdleLimit }: ObjectOptions,
): Promise<Response> {
  const departure = active.begin()
  const leave = (): void => departure.leave(callerLeft())
  request.signal.addEventListener('abort', leave)
  const done = (): void => {
    request.signal.removeEventListener('abort', leave)
    active.end(departure)
    setIdleLimit(request, idleSeconds)
  }
  setIdleLimit(request, 0)
  try {
    const answered = await answer(objects, {
      key,
      id: decoded(rest),
      query: queryOf(request.url),
      header: (name) => request.headers.get(name),
      readBody: () => readJsonBody(request, limits),
      readForm: () => readFormBody(request, uploads),
      departure,
    })
    if (answered.kind === 'json') {
      done()
      return jsonResponse(answered.value, id)
    }
    return new Response(untilDone(answered.body, done), {
      headers: {
        'content-type': answered.mediaType,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-request-id': id,
      },
    })
  } catch (error) {
    done()
    throw departure.reason ?? error
  }
}

/** Passes a body on, and says when that is over. */
export function untilDone(
  body: ReadableStream<Uint8Array>,
  done: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done: ended } = await reader.read()
        if (!ended) return controller.enqueue(value)
        done()
        controller.close()
      } catch (error) {
        done()
        controller.error(error)
      }
    },
    async cancel() {
      done()
      await reader.cancel()
    },
  })
}
