import { invalidRequest } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { isObject, wrong } from './fields.ts'

/** What the gateway itself must know of a request, read the same way in each of the callers' dialects. */

/** Longer than any model's name; an error message that quotes it stays readable. */
const modelLengthMax = 256

/** @throws GatewayError invalid_request */
export function readModel(body: JsonObject): string {
  return checkModel(body.value['model'], 'model')
}

/** A name wherever it stood, in the body or in the path. @throws GatewayError invalid_request */
export function checkModel(model: unknown, path: string): string {
  if (typeof model !== 'string' || model === '') {
    throw wrong(path, 'the name of a task or a model', model)
  }
  if (model.length > modelLengthMax) {
    throw invalidRequest(
      `'${path}' is longer than ${modelLengthMax} characters. GET /v1/models lists the names there are.`,
    ).at(path)
  }
  return model
}

/** Null and absent are false. @throws GatewayError invalid_request */
export function readFlag(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw wrong(path, 'true or false', value)
  return value
}

/** @throws GatewayError invalid_request unless absent, null or a whole number of at least `least` */
export function readCount(value: unknown, path: string, least: number): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw wrong(path, `a whole number of ${least} or more`, value)
  }
  return value
}

/** @throws GatewayError invalid_request unless absent, null or a string */
export function readText(value: unknown, path: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw wrong(path, 'a string', value)
  return value
}

/** @throws GatewayError invalid_request unless absent, null or an object */
export function readObject(value: unknown, path: string): Readonly<Record<string, unknown>> | null {
  if (value === undefined || value === null) return null
  if (!isObject(value)) throw wrong(path, 'an object', value)
  return value
}

/**
 * A list of at least one message with a role each; the rest is the dialect's to check.
 * @param media  handed on to `check`
 * @throws GatewayError invalid_request
 */
export function checkEach(
  messages: unknown,
  check: (message: Readonly<Record<string, unknown>>, index: number, media: MediaTally) => void,
  media: MediaTally,
): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw wrong('messages', 'a list of at least one message', messages)
  }
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index] as unknown
    if (!isObject(message)) throw wrong(`messages[${index}]`, 'an object', message)
    const { role } = message
    if (typeof role !== 'string') throw wrong(`messages[${index}].role`, 'a string', role)
    check(message, index, media)
  }
}

/**
 * A picture costs tokens by its size in pixels, not in bytes, and its size is not known here: this is
 * what the largest that vendors take whole comes to (Anthropic 1.15 megapixels: 1,600; OpenAI high
 * detail: 1,445; Gemini 2048 px in tiles: 2,322). Some small models charge more.
 */
const imageTokensMax = 2_400

/** Finds media in a body: how many there are, and how many bytes of base64 they take. */
export class MediaTally {
  count = 0
  bytes = 0

  /** @param data  a data URL or base64; null when it is an address or an id */
  add(data: string | null): void {
    this.count += 1
    this.bytes += data?.length ?? 0
  }

  /**
   * More tokens than the request can have: a token is at least a byte.
   * @returns tokens
   */
  tokensMax(body: JsonObject): number {
    return Buffer.byteLength(body.text) - this.bytes + this.count * imageTokensMax
  }
}
