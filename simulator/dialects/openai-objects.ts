import { isObject, type Json, type JsonObject } from '../json.ts'
import type { Stored } from '../stored.ts'
import { Problem, type Door, type Request, type World } from './dialect.ts'
import { doorsOf, keep, stepsOf } from './kept.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiWords, readBody } from './openai.ts'

const door = doorsOf(openaiWords, 'application/octet-stream')

/**
 * Files, batches and fine-tuning jobs as OpenAI keeps them, in memory and for the key that made them.
 * Nothing is trained: each look at a batch or a job finds it one step further.
 * Source: https://platform.openai.com/docs/api-reference/files, /batch, /fine-tuning (read 2026-11-22).
 */

export const openaiObjects: readonly Door[] = [
  door('POST', '/v1/files', createFile),
  door('GET', '/v1/files', (request, world) => list(request, world, 'file')),
  door('GET', '/v1/files/**', showFile),
  door('DELETE', '/v1/files/**', deleteFile),
  door('POST', '/v1/batches', createBatch),
  door('GET', '/v1/batches', (request, world) => list(request, world, 'batch')),
  door('GET', '/v1/batches/**', showBatch),
  door('POST', '/v1/batches/**', cancelBatch),
  door('POST', '/v1/fine_tuning/jobs', createJob),
  door('GET', '/v1/fine_tuning/jobs', (request, world) => list(request, world, 'fine_tuning.job')),
  door('GET', '/v1/fine_tuning/jobs/**', showJob),
  door('POST', '/v1/fine_tuning/jobs/**', changeJob),
]

function createFile({ body, files, key }: Request, world: World): JsonObject {
  const [file] = files
  const purpose = isObject(body) ? body.purpose : undefined
  if (!file || file.field !== 'file') throw missing('file')
  if (typeof purpose !== 'string') throw missing('purpose')
  return keep(world, key, newFile(world, file.name, purpose, file.bytes.length), file.bytes)
}

function newFile(world: World, filename: string, purpose: string, bytes: number): JsonObject {
  return {
    id: world.id('file-', 22),
    object: 'file',
    bytes,
    created_at: seconds(world),
    filename,
    purpose,
    status: 'processed',
    status_details: null,
    expires_at: null,
  }
}

function showFile(request: Request, world: World): JsonObject | Uint8Array {
  const [id, what] = stepsOf(request, '/v1/files/')
  const file = find(request, world, id, 'file')
  if (what === undefined) return file.object
  if (what === 'content' && file.content) return file.content
  throw new Problem(404, `Invalid URL (GET ${request.path})`)
}

function deleteFile(request: Request, world: World): JsonObject {
  const [id] = stepsOf(request, '/v1/files/')
  find(request, world, id, 'file')
  world.objects.delete(id)
  return { id, object: 'file', deleted: true }
}

function createBatch(request: Request, world: World): JsonObject {
  const body = readBody(request, world)
  const { input_file_id: input, endpoint, completion_window: window, metadata = null } = body
  if (typeof input !== 'string') throw missing('input_file_id')
  if (typeof endpoint !== 'string') throw missing('endpoint')
  if (window !== '24h')
    throw new Problem(400, "Invalid value: 'completion_window' has to be '24h'.")
  find(request, world, input, 'file')
  return keep(world, request.key, {
    id: world.id('batch_', 24),
    object: 'batch',
    endpoint,
    errors: null,
    input_file_id: input,
    completion_window: window,
    status: 'validating',
    output_file_id: null,
    error_file_id: null,
    created_at: seconds(world),
    request_counts: { total: 0, completed: 0, failed: 0 },
    metadata,
  })
}

function showBatch(request: Request, world: World): JsonObject {
  const [id] = stepsOf(request, '/v1/batches/')
  const { object } = find(request, world, id, 'batch')
  if (object.status === 'validating')
    return keep(world, request.key, { ...object, status: 'in_progress' })
  if (object.status === 'cancelling')
    return keep(world, request.key, { ...object, status: 'cancelled' })
  return object.status === 'in_progress' ? finishBatch(request, world, object) : object
}

/** Each line is answered with the model that it names: chats as they are asked live, all else by a stand-in. */
function finishBatch(request: Request, world: World, batch: JsonObject): JsonObject {
  const { content } = find(request, world, String(batch.input_file_id), 'file')
  const lines = Buffer.from(content ?? [])
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BatchLine)
  const answers = lines.map((line) => ({
    id: world.id('batch_req_', 24),
    custom_id: line.custom_id,
    response: { request_id: world.id('req_', 24), ...answerOf(line, request, world) },
    error: null,
  }))
  const bytes = Buffer.from(`${answers.map((answer) => JSON.stringify(answer)).join('\n')}\n`)
  const file = newFile(world, `${String(batch.id)}_output.jsonl`, 'batch_output', bytes.length)
  keep(world, request.key, file, bytes)
  const { length: total } = lines
  return keep(world, request.key, {
    ...batch,
    status: 'completed',
    output_file_id: file.id,
    completed_at: seconds(world),
    request_counts: { total, completed: total, failed: 0 },
  })
}

interface BatchLine {
  readonly custom_id: string
  readonly url: string
  readonly body: { readonly model: string }
}

function answerOf(
  { url, body }: BatchLine,
  request: Request,
  world: World,
): { readonly status_code: number; readonly body: Json } {
  const standIn = { object: 'chat.completion', model: body.model, choices: [], asked: url }
  if (url !== openaiChat.path) return { status_code: 200, body: standIn }
  try {
    const asked = { ...request, path: url, body, files: [] }
    return { status_code: 200, body: openaiChat.answer(asked, world).whole() }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { status_code: error.status, body: openaiChat.refuse(error, world.requestId) }
  }
}

function cancelBatch(request: Request, world: World): JsonObject {
  const [id] = stepsOf(request, '/v1/batches/')
  const { object } = find(request, world, id, 'batch')
  return keep(world, request.key, { ...object, status: 'cancelling' })
}

function createJob(request: Request, world: World): JsonObject {
  const body = readBody(request, world)
  const { model, training_file: training, validation_file: validation = null } = body
  if (typeof model !== 'string') throw missing('model')
  if (model.includes('/')) {
    throw new Problem(400, `Model ${model} is not available for fine-tuning.`, {
      code: 'model_not_available',
      param: 'model',
    })
  }
  if (typeof training !== 'string') throw missing('training_file')
  find(request, world, training, 'file')
  if (typeof validation === 'string') find(request, world, validation, 'file')
  return keep(world, request.key, {
    id: world.id('ftjob-', 24),
    object: 'fine_tuning.job',
    created_at: seconds(world),
    finished_at: null,
    model,
    fine_tuned_model: null,
    organization_id: 'org-sim',
    status: 'validating_files',
    training_file: training,
    validation_file: validation,
    result_files: [],
    trained_tokens: null,
    hyperparameters: { n_epochs: 'auto' },
    method: body.method ?? { type: 'supervised' },
    seed: body.seed ?? 1,
    error: null,
    metadata: body.metadata ?? null,
  })
}

function showJob(request: Request, world: World): JsonObject {
  const [id, what] = stepsOf(request, '/v1/fine_tuning/jobs/')
  const { object } = find(request, world, id, 'fine_tuning.job')
  if (what === 'events') return eventsOf(object)
  if (what === 'checkpoints') return checkpointsOf(object)
  if (object.status === 'validating_files')
    return keep(world, request.key, { ...object, status: 'running' })
  if (object.status !== 'running') return object
  const metrics = Buffer.from('step,train_loss\n1,0.5\n')
  const file = newFile(world, 'step_metrics.csv', 'fine-tune-results', metrics.length)
  keep(world, request.key, file, metrics)
  return keep(world, request.key, {
    ...object,
    status: 'succeeded',
    fine_tuned_model: `ft:${String(object.model)}:sim::${id.slice(-8)}`,
    finished_at: seconds(world),
    trained_tokens: 1_000,
    result_files: [file.id ?? null],
  })
}

function changeJob(request: Request, world: World): JsonObject {
  const [id, verb] = stepsOf(request, '/v1/fine_tuning/jobs/')
  const { object } = find(request, world, id, 'fine_tuning.job')
  const states: Readonly<Record<string, string>> = {
    cancel: 'cancelled',
    pause: 'paused',
    resume: 'running',
  }
  const status = states[verb ?? '']
  if (status === undefined) throw new Problem(404, `Invalid URL (POST ${request.path})`)
  return keep(world, request.key, { ...object, status })
}

function eventsOf({ id, created_at }: JsonObject): JsonObject {
  const event = {
    object: 'fine_tuning.job.event',
    id: `ftevent-${String(id)}`,
    created_at,
    level: 'info',
    message: 'Created fine-tuning job',
    type: 'message',
    data: {},
  }
  return { object: 'list', data: [event], has_more: false }
}

function checkpointsOf({ id, created_at, model }: JsonObject): JsonObject {
  const checkpoint = {
    object: 'fine_tuning.job.checkpoint',
    id: `ftckpt-${String(id)}`,
    created_at,
    fine_tuned_model_checkpoint: `ft:${String(model)}:sim::step-1`,
    step_number: 1,
    metrics: { step: 1, train_loss: 0.5 },
    fine_tuning_job_id: id,
  }
  return { object: 'list', data: [checkpoint], has_more: false }
}

function list(request: Request, world: World, kind: string): JsonObject {
  const data: Json[] = [...world.objects.values()]
    .filter(({ key, object }) => key === request.key && object.object === kind)
    .map(({ object }) => object)
  return { object: 'list', data, has_more: false }
}

/** Somebody else's is not there. */
function find({ key }: Request, { objects }: World, id: string, kind: string): Stored {
  const stored = objects.get(id)
  if (stored && stored.key === key && stored.object.object === kind) return stored
  throw new Problem(404, `No such ${kind} object: ${id}`, { param: 'id' })
}

function missing(param: string): Problem {
  return new Problem(400, `Missing required parameter: '${param}'.`, {
    param,
    code: 'missing_required_parameter',
  })
}

function seconds({ nowMs }: World): number {
  return Math.floor(nowMs / 1_000)
}
