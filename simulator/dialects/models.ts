import type { Json } from '../json.ts'
import { mediaModels } from '../media-models.ts'
import { profiles } from '../profiles.ts'
import { anthropicWords } from './anthropic.ts'
import { Problem, type Door, type Request } from './dialect.ts'
import { said } from './kept.ts'
import { openaiWords } from './openai.ts'

/** When the models were made, for both shapes. */
const madeAt = Date.UTC(2026, 0, 15)
const ids = [...Object.keys(profiles), ...Object.keys(mediaModels)]

/** GET /v1/models: Anthropic's shape when `anthropic-version` is sent, else OpenAI's. */
export const models: Door = {
  method: 'GET',
  path: '/v1/models',
  ...openaiWords,
  answer: (request) => said(isAnthropic(request) ? anthropicList() : openaiList()),
}

/** GET /v1/models/{id} */
export const model: Door = {
  method: 'GET',
  path: '/v1/models/*',
  ...openaiWords,
  answer(request) {
    const id = decodeURIComponent(request.path.slice('/v1/models/'.length))
    if (ids.includes(id)) return said(isAnthropic(request) ? anthropicModel(id) : openaiModel(id))
    throw new Problem(404, `The model '${id}' does not exist`, {
      param: 'model',
      code: 'model_not_found',
    })
  },
}

/** The door speaks as the client does. */
export function inWordsOf(door: Door, request: Request): Door {
  return door.path.startsWith('/v1/models') && isAnthropic(request)
    ? { ...door, ...anthropicWords }
    : door
}

function isAnthropic(request: Request): boolean {
  return request.headers['anthropic-version'] !== undefined
}

function openaiList(): Json {
  return { object: 'list', data: ids.map(openaiModel) }
}

function openaiModel(id: string): Json {
  return { id, object: 'model', created: madeAt / 1000, owned_by: 'simulator' }
}

function anthropicList(): Json {
  return {
    data: ids.map(anthropicModel),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  }
}

function anthropicModel(id: string): Json {
  const name = `${id[0]?.toUpperCase()}${id.slice(1)}`
  return { type: 'model', id, display_name: name, created_at: new Date(madeAt).toISOString() }
}
