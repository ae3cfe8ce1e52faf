import { isObject, type JsonObject } from '../json.ts'
import type { Stored } from '../stored.ts'
import { anthropicMessages } from './anthropic-messages.ts'
import { anthropicWords } from './anthropic.ts'
import { type Door, Problem, type Request, type World } from './dialect.ts'
import { doorsOf, keep, stepsOf } from './kept.ts'

const start = '/v1/messages/batches/'
const door = doorsOf(anthropicWords, 'application/x-jsonl')

/**
 * Batches of messages as Anthropic keeps them, in memory and for the key that made them. Each look at one finds it
 * one step further; a request for a model that it does not know is an error among the results.
 * Source: https://platform.claude.com/docs/en/api/messages/batches (read 2026-11-22).
 */
export const anthropicBatches: readonly Door[] = [
  door('POST', '/v1/messages/batches', create),
  door('GET', '/v1/messages/batches/**', show),
  door('POST', '/v1/messages/batches/**', cancel),
  door('DELETE', '/v1/messages/batches/**', remove),
]

interface BatchRequest {
  readonly custom_id: string
  readonly params: JsonObject
}

function create({ body, key }: Request, world: World): JsonObject {
  const requests = isObject(body) ? body.requests : undefined
  if (!Array.isArray(requests) || requests.length === 0)
    throw new Problem(400, 'requests: List should have at least 1 item after validation, not 0')
  return keep(
    world,
    key,
    {
      id: world.id('msgbatch_', 24),
      type: 'message_batch',
      processing_status: 'in_progress',
      request_counts: counts(requests.length, 0, 0, 0),
      created_at: new Date(world.nowMs).toISOString(),
      ended_at: null,
      results_url: null,
    },
    Buffer.from(JSON.stringify(requests)),
  )
}

function show(request: Request, world: World): JsonObject | Uint8Array {
  const [id, what] = stepsOf(request, start)
  const { object, content } = find(request, world, id)
  if (what === 'results') {
    if (object.processing_status === 'ended') return content ?? new Uint8Array()
    throw new Problem(404, `Results of ${id} are not available yet.`)
  }
  const { looks = 0 } = object
  if (object.processing_status === 'canceling') return end(request, world, object, [])
  if (object.processing_status !== 'in_progress') return object
  if (looks === 0) return keep(world, request.key, { ...object, looks: 1 })
  const requests = JSON.parse(Buffer.from(content ?? []).toString('utf8')) as BatchRequest[]
  return end(request, world, object, requests)
}

function end(
  request: Request,
  world: World,
  batch: JsonObject,
  requests: readonly BatchRequest[],
): JsonObject {
  const results = requests.map(({ custom_id, params }) => ({
    custom_id,
    result: resultOf(params, request, world),
  }))
  const good = results.filter(({ result }) => result.type === 'succeeded').length
  const text = results.map((result) => `${JSON.stringify(result)}\n`).join('')
  return keep(
    world,
    request.key,
    {
      ...batch,
      processing_status: 'ended',
      request_counts: counts(0, good, results.length - good, 0),
      ended_at: new Date(world.nowMs).toISOString(),
      results_url: `${request.path}/results`,
    },
    Buffer.from(text),
  )
}

function resultOf(params: JsonObject, request: Request, world: World): JsonObject {
  try {
    const asked = { ...request, path: anthropicMessages.path, body: params, files: [] }
    return { type: 'succeeded', message: anthropicMessages.answer(asked, world).whole() }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { type: 'errored', error: anthropicMessages.refuse(error, world.requestId) }
  }
}

function cancel(request: Request, world: World): JsonObject {
  const [id] = stepsOf(request, start)
  const { object } = find(request, world, id)
  if (object.processing_status !== 'in_progress') return object
  return keep(world, request.key, { ...object, processing_status: 'canceling' })
}

function remove(request: Request, world: World): JsonObject {
  const [id] = stepsOf(request, start)
  const { object } = find(request, world, id)
  if (object.processing_status !== 'ended')
    throw new Problem(400, `Message Batch ${id} has to end before it can be deleted.`)
  world.objects.delete(id)
  return { id, type: 'message_batch_deleted' }
}

function counts(processing: number, succeeded: number, errored: number, canceled: number) {
  return { processing, succeeded, errored, canceled, expired: 0 }
}

/** Somebody else's is not there. */
function find({ key }: Request, { objects }: World, id: string): Stored {
  const stored = objects.get(id)
  if (stored && stored.key === key && stored.object.type === 'message_batch') return stored
  throw new Problem(404, `Message Batch ${id} not found.`)
}
