import { editJson, type JsonObject, readJsonObject } from '../core/json.ts'
import type { Dialect } from './dialect.ts'

/** A dialect at a path that names the model, as Azure's do: what the body says of it does not count. */
export function byDeployment(dialect: Dialect): Dialect {
  return {
    ...dialect,
    readCall: (body, place, files) =>
      dialect.readCall(place === undefined ? body : named(body, place.model), place, files),
  }
}

function named(body: JsonObject, model: string): JsonObject {
  if (body.value['model'] === model) return body
  return readJsonObject(editJson(body, new Map([['model', JSON.stringify(model)]])))
}
