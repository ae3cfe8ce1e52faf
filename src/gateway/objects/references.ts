import type { Call } from '../../core/call.ts'
import { invalidRequest } from '../../core/errors.ts'
import { type JsonObject, readJsonObject } from '../../core/json.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { ApiKey } from '../pipeline/snapshot.ts'
import { outwardId, placeOfId } from './ids.ts'
import { Owned } from './owned.ts'

/**
 * Files that a call names by their ids as callers see them: the provider is told its own ids, and
 * nobody else can be asked, because nobody else has the files. Ids as the provider writes them go out as
 * they are, unless another key uploaded the file through this gateway.
 * @throws object_not_found, invalid_request for files at more than one provider
 */
export async function withFilesResolved(
  came: JsonObject,
  key: ApiKey,
  parts: Pick<Parts, 'shelf' | 'clock' | 'snapshot'>,
  readCall: (body: JsonObject) => Call,
): Promise<Call> {
  if (!mayNameFiles(came)) return readCall(came)
  // Letters that are written as numbers hide a name from the search below, and from nobody who reads JSON.
  const body = disguised(came.text) ? readJsonObject(JSON.stringify(came.value)) : came
  const names = new Set([...body.text.matchAll(reference)].map(([, , id]) => id!))
  if (names.size === 0) return readCall(came)
  const owned = new Owned(parts)
  const providers = new Set<string>()
  for (const name of names) {
    const place = placeOfId('file', name)
    if (place === null) {
      await owned.demandNotOthers('file', name, key, parts.snapshot().providers.keys())
      continue
    }
    if (place.provider === null) {
      throw invalidRequest(
        `${name} is kept by the gateway, for a batch, and no model can read it. Upload it to the provider that shall.`,
      )
    }
    await owned.find('file', name, key)
    providers.add(place.provider)
  }
  const [provider, ...others] = providers
  if (provider === undefined) return readCall(came)
  if (others.length > 0) {
    throw invalidRequest(
      `The files of this call lie at ${[...providers].join(' and ')}, and one provider has to have all of them.`,
    )
  }
  const text = body.text.replaceAll(reference, (whole, before: string, id: string) => {
    const place = placeOfId('file', id)
    return place === null ? whole : `${before}${JSON.stringify(place.id)}`
  })
  return { ...readCall(readJsonObject(text)), heldBy: provider }
}

/** A call that names none, which is nearly every one, pays for a look or two through its text. */
export function mayNameFiles({ text }: JsonObject): boolean {
  return text.includes(field) || disguised(text)
}

const field = '"file_id"'

/** Whether letters, digits, '-' or '_' are written as their numbers, which no library does. */
function disguised(text: string): boolean {
  return text.includes('\\u00') && /\\u00(?:2[de]|3[\da]|[46][1-9a-f]|[57][\da]|5f|7e)/i.test(text)
}

/** In JSON a quotation that is no part of a text has no backslash before it. */
const reference = /((?<!\\)"file_id"\s*:\s*)"([^"\\]{1,1000})"/g

/**
 * An answer to a call with files, where it quotes them by the provider's own ids: they become what
 * callers know. A stream is relayed in whole events, so that no id is cut in two.
 */
export function withFilesOutward<Body extends string | Uint8Array | ReadableStream<Uint8Array>>(
  body: Body,
  provider: string,
): Body | string | ReadableStream<Uint8Array> {
  if (typeof body === 'string') return outwardIn(body, provider)
  if (body instanceof Uint8Array) return body
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await reader.read()
      if (done) return controller.close()
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      const text = bytes.includes(field) ? outwardIn(bytes.toString('utf8'), provider) : null
      controller.enqueue(text === null ? value : Buffer.from(text))
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

function outwardIn(text: string, provider: string): string {
  return text.replaceAll(theirs, (_, before: string, id: string) => {
    return `${before}${JSON.stringify(outwardId('file', { provider, id }))}`
  })
}

const theirs = /((?<!\\)"file_id"\s*:\s*)"([^"\\~]+)"/g
