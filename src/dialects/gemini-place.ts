import type { JsonObject } from '../core/json.ts'
import type { PathOf, Place } from './dialect.ts'
import { readModel } from './read-call.ts'

/** Where Gemini's paths name the model, and how both spellings of a field are one. */

/** A model that names its own collection: 'tunedModels/mine'. */
const collection = /^(?:models|tunedModels)\//

/** '/models/gemini-2.5-flash:generateContent'; slashes within a name stay. */
export function pathTo(action: string, streamed = action): PathOf {
  return (model, stream) => {
    const name = nameOf(model).split('/').map(encodeURIComponent).join('/')
    return `/${name}:${stream ? streamed : action}`
  }
}

/** 'models/gemini-2.5-flash' */
export function nameOf(model: string): string {
  return collection.test(model) ? model : `models/${model}`
}

/**
 * The model that the path names, else the body, with or without its collection.
 * @throws GatewayError invalid_request
 */
export function readNamed(body: JsonObject, place: Place | undefined): string {
  const named = place === undefined ? body : { ...body, value: { model: place.model } }
  return readModel(named).replace(/^models\//, '')
}

/** What a request's object says under this name, in either spelling. */
export function either(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return value[name] ?? value[snake(name)]
}

/** The names are the few that are looked for in the code. */
const snakes = new Map<string, string>()

function snake(name: string): string {
  let made = snakes.get(name)
  if (made === undefined) {
    made = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    snakes.set(name, made)
  }
  return made
}

/** Fields whose inside is somebody's data: its names are kept as they are. */
const opaque = new Set([
  'args',
  'labels',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
  'responseSchema',
])

/** Google's servers take `inline_data` for `inlineData`; from here on there is one spelling. */
export function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase)
  if (typeof value !== 'object' || value === null) return value
  const made: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(value)) {
    const camel = name.includes('_')
      ? name.replaceAll(/(?<=[a-z\d])_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      : name
    if (camel === '__proto__') continue
    made[camel] = opaque.has(camel) ? inner : inCamelCase(inner)
  }
  return made
}
