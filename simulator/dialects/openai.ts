import { isObject, type Json, type JsonObject } from '../json.ts'
import { findProfile, type Profile } from '../profiles.ts'
import { Problem, type Door, type Event, type Request, type World } from './dialect.ts'

/**
 * What all paths of OpenAI's share: errors, and how parameters are checked.
 * Source: https://platform.openai.com/docs/guides/error-codes and recorded answers (read 2026-11-21).
 */

const types: Readonly<Record<number, string>> = {
  429: 'requests',
  500: 'server_error',
  502: 'server_error',
  503: 'service_unavailable_error',
  504: 'server_error',
  529: 'overloaded_error',
}

export const openaiWords = {
  requestIdHeader: 'x-request-id',
  refuse: (problem: Problem): Json => errorBody(problem),
  fail: (problem: Problem): Event => ({
    name: null,
    data: errorBody(problem),
    mark: 'other',
    tokens: 0,
  }),
} satisfies Pick<Door, 'requestIdHeader' | 'refuse' | 'fail'>

function errorBody({ status, message, code, param, type }: Problem): JsonObject {
  const word = type ?? types[status] ?? 'invalid_request_error'
  return { error: { message, type: word, param, code } }
}

/** @throws Problem when the body is no JSON object, or has a null where nulls are refused */
export function readBody(request: Request, world: World): JsonObject {
  if (!isObject(request.body)) {
    throw new Problem(
      400,
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    )
  }
  const { body } = request
  const empty = Object.keys(body).find((key) => body[key] === null)
  if (world.strictNulls && empty !== undefined) {
    throw new Problem(
      400,
      `[{'type': 'none_forbidden', 'loc': ('body', '${empty}'), 'msg': 'Input should not be null', 'input': None}]`,
      { type: 'BadRequestError', param: empty },
    )
  }
  return body
}

/** @throws Problem when the model is missing, unknown or made for something else */
export function readModel(body: JsonObject, vectors: boolean): { model: string; profile: Profile } {
  const model = text(body, 'model')
  if (model === null || model === '') throw new Problem(400, 'you must provide a model parameter')
  const profile = findProfile(model)
  if (!profile) {
    throw new Problem(
      404,
      `The model \`${model}\` does not exist or you do not have access to it.`,
      {
        code: 'model_not_found',
      },
    )
  }
  if (model.startsWith('fault/') || (profile.says === 'vectors') === vectors)
    return { model, profile }
  throw vectors
    ? new Problem(403, 'You are not allowed to generate embeddings from this model')
    : new Problem(
        404,
        'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?',
        { param: 'model' },
      )
}

/** @throws Problem when it is no text */
export function text(body: JsonObject, name: string): string | null {
  const value = body[name] ?? null
  if (value === null || typeof value === 'string') return value
  throw wrongType(name, 'a string', value)
}

/** @throws Problem when it is neither true nor false */
export function flag(body: JsonObject, name: string): boolean | null {
  const value = body[name] ?? null
  if (value === null || typeof value === 'boolean') return value
  throw wrongType(name, 'a boolean', value)
}

/** @throws Problem when it is no number between `low` and `high`, or has a fraction and may not */
export function number(
  body: JsonObject,
  name: string,
  kind: 'integer' | 'decimal',
  low: number,
  high: number,
): number | null {
  const value = body[name] ?? null
  if (value === null) return null
  const article = kind === 'integer' ? 'an integer' : 'a decimal'
  if (typeof value !== 'number') throw wrongType(name, article, value)
  if (kind === 'integer' && !Number.isInteger(value)) throw wrongType(name, article, value)
  if (value < low) {
    throw new Problem(
      400,
      `Invalid '${name}': ${kind} below minimum value. Expected a value >= ${low}, but got ${value} instead.`,
      { param: name, code: `${kind}_below_min_value` },
    )
  }
  if (value <= high) return value
  throw new Problem(
    400,
    `Invalid '${name}': ${kind} above maximum value. Expected a value <= ${high}, but got ${value} instead.`,
    { param: name, code: `${kind}_above_max_value` },
  )
}

export function noModel(name: string): Problem {
  return new Problem(404, `The model '${name}' does not exist or cannot do this.`, {
    param: 'model',
    code: 'model_not_found',
  })
}

export function missing(name: string): Problem {
  return new Problem(400, `Missing required parameter: '${name}'.`, {
    param: name,
    code: 'missing_required_parameter',
  })
}

export function checkId(id: string, name: string, most: number): void {
  if (id.length <= most) return
  throw new Problem(
    400,
    `Invalid '${name}': string too long. Expected a string with maximum length ${most}, but got a string with length ${id.length} instead.`,
    { param: name, code: 'string_above_max_length' },
  )
}

export function wrongType(name: string, expected: string, got: unknown): Problem {
  return new Problem(
    400,
    `Invalid type for '${name}': expected ${expected}, but got ${nameOf(got)} instead.`,
    { param: name, code: 'invalid_type' },
  )
}

export function wrongValue(name: string, value: string, allowed: readonly string[]): Problem {
  const all = allowed.map((word) => `'${word}'`)
  const list = `${all.slice(0, -1).join(', ')}, and ${all.at(-1)}`
  return new Problem(400, `Invalid value: '${value}'. Supported values are: ${list}.`, {
    param: name,
    code: 'invalid_value',
  })
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal'
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}
