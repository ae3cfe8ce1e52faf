import { isUtf8 } from 'node:buffer'
import type { FormFile } from '../core/call.ts'
import {
  ambiguousHttp,
  bodyTimeout,
  bodyTooLarge,
  encodingUnsupported,
  GatewayError,
  invalidJson,
  invalidRequest,
} from '../core/errors.ts'
import { JsonFault, type JsonObject, readJsonObject, readScanned, scanJson } from '../core/json.ts'
import { readMultipart } from './multipart.ts'

export interface BodyLimits {
  readonly bytesMax: number
  readonly timeoutMs: number
}

/**
 * The path without host and query. Bun has resolved its dots; nothing else is decoded or folded, so
 * that route and role are found by the same words.
 */
export function pathOf(url: string): string {
  const from = url[0] === '/' ? 0 : url.indexOf('/', 8)
  if (from === -1) return '/'
  const query = url.indexOf('?', from)
  return query === -1 ? url.slice(from) : url.slice(from, query)
}

export function queryOf(url: string): URLSearchParams {
  const query = url.indexOf('?')
  return new URLSearchParams(query === -1 ? '' : url.slice(query + 1))
}

/** A name at the end of a path: its slashes may come escaped. What is no escape is as it is. */
export function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** What two servers could read in two ways is read by none. The rest Bun has refused already. */
export function ambiguity({ method, headers }: Request): GatewayError | null {
  if (headers.get('host')?.includes(',')) return ambiguousHttp('more than one Host')
  const length = headers.get('content-length')
  if (length?.includes(',')) return ambiguousHttp('more than one Content-Length')
  // Bun takes what stands behind the last chunk for the next request.
  if (headers.has('trailer')) {
    return invalidRequest('Trailers are not read here. Send the request without a Trailer header.')
  }
  if (bodiless.has(method) && ((length ?? '0') !== '0' || headers.has('transfer-encoding'))) {
    return invalidRequest(`${method} takes no body here. Send the request without one.`)
  }
  return null
}

/** Their handlers read no body, so a broken one would be noticed only after the answer. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE'])

/** Bodies that are refused are still taken off the line up to here: who is cut off never reads why. */
const unreadBytesMax = 256_000_000

/** The header that ends the connection with a refusal, when what is still to come has no near end. */
export function parting({ headers }: Request): Record<string, string> {
  const length = headers.get('content-length')
  const endless =
    length === null ? headers.has('transfer-encoding') : Number(length) > unreadBytesMax
  return endless ? { connection: 'close' } : {}
}

/**
 * The JSON object that a request carries.
 * @throws body_too_large, body_timeout, encoding_unsupported, invalid_json
 */
export function readJsonBody(request: Request, limits: BodyLimits): Promise<JsonObject> {
  return readBody(request, limits, jsonIn)
}

function jsonIn(bytes: Uint8Array): JsonObject | Promise<JsonObject> {
  if (!isUtf8(bytes)) throw invalidJson('it is not valid UTF-8.')
  const text = utf8.decode(bytes) // a byte order mark in front is dropped
  if (text.trim() === '') throw invalidJson('it is empty.')
  if (bytes.length > largeBytes) return jsonInLarge(bytes, text)
  try {
    return readJsonObject(text)
  } catch (error) {
    throw asInvalid(error)
  }
}

async function jsonInLarge(bytes: Uint8Array, text: string): Promise<JsonObject> {
  await othersTurn()
  if (escapesIn(bytes) > escapesMax)
    throw invalidJson(`it has more than ${escapesMax} backslashes. Send texts as UTF-8.`)
  await othersTurn()
  try {
    const scanned = scanJson(text)
    await othersTurn()
    const json = readScanned(text, scanned)
    await othersTurn()
    return json
  } catch (error) {
    throw asInvalid(error)
  }
}

function asInvalid(error: unknown): unknown {
  return error instanceof JsonFault ? invalidJson(error.message) : error
}

/**
 * A form: its texts as one JSON object, a field `name[]` as a list under `name`; its files apart.
 * @throws body_too_large, body_timeout, encoding_unsupported, invalid_request
 */
export function readFormBody(request: Request, limits: BodyLimits): Promise<FormBody> {
  const mediaType = request.headers.get('content-type') ?? ''
  return readBody(request, limits, (bytes) => formIn(bytes, mediaType))
}

export interface FormBody {
  readonly body: JsonObject
  readonly files: readonly FormFile[]
}

function formIn(bytes: Uint8Array, mediaType: string): FormBody {
  const { texts, files } = readMultipart(bytes, mediaType)
  const fields = new Map<string, string | string[]>()
  for (const [name, text] of texts) {
    const plain = name.replace(/\[\]$/, '')
    if (plain === name) fields.set(name, text)
    else fields.set(plain, [...(fields.get(plain) ?? []), text])
  }
  // Written by hand, because an object has no member of its own called `__proto__`.
  const members = [...fields].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  )
  return { body: readJsonObject(`{${members.join(',')}}`), files }
}

/** One that judges as well takes a multiple of the time for a large body. */
const utf8 = new TextDecoder()

/** From here on the steps of reading a body are not taken in one go: others would wait for all of them. */
const largeBytes = 2_000_000

/**
 * Each costs the parser many times what a plain character does: a body of the usual limit that is made of
 * them would hold everybody. JSON within JSON has one in five characters.
 */
const escapesMax = 7_000_000
const backslash = 0x5c

function escapesIn(bytes: Uint8Array): number {
  let count = 0
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === backslash) count += 1
  return count
}

function othersTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setImmediate(resolve)
  return promise
}

/** What is read out of a body, once it is there. */
function readBody<Value>(
  request: Request,
  { bytesMax, timeoutMs }: BodyLimits,
  read: (bytes: Uint8Array) => Value | Promise<Value>,
): Promise<Value> {
  const { headers } = request
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    return Promise.reject(encodingUnsupported(encoding.slice(0, 40)))
  }
  const length = headers.get('content-length')
  if (length !== null && Number(length) > bytesMax) {
    return Promise.reject(bodyTooLarge(sizeText(bytesMax)))
  }
  // A length that was announced was checked; a body in chunks is counted as it comes.
  const coming = length === null ? readChunks(request, bytesMax) : request.bytes()
  return inTime(coming, timeoutMs, read)
}

function inTime<Value>(
  coming: Promise<Uint8Array>,
  timeoutMs: number,
  read: (bytes: Uint8Array) => Value | Promise<Value>,
): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    reject(bodyTimeout(timeoutMs / 1_000))
  }, timeoutMs)
  coming.then(
    (bytes) => {
      if (isLate) return // it was refused already
      clearTimeout(timer)
      try {
        resolve(read(bytes))
      } catch (error) {
        reject(error)
      }
    },
    (error: unknown) => {
      clearTimeout(timer)
      reject(brokenOff(error))
    },
  )
  return promise
}

function brokenOff(error: unknown): unknown {
  if (error instanceof GatewayError) return error
  return invalidJson('it broke off before its end.').because(error)
}

async function readChunks(request: Request, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body ?? []) {
    length += chunk.length
    if (length > bytesMax) throw bodyTooLarge(sizeText(bytesMax))
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function sizeText(bytes: number): string {
  return bytes >= 1_000_000 ? `${bytes / 1_000_000} MB` : `${bytes / 1_000} kB`
}
