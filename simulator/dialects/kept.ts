import type { Json, JsonObject } from '../json.ts'
import type { Door, Request, Said, World } from './dialect.ts'

/** What vendors keep in memory for a key and answer for later: files, batches, jobs. */
type Answer = (request: Request, world: World) => JsonObject | Uint8Array

type Words = Omit<Door, 'method' | 'path' | 'answer'>

/** Makes the doors of a vendor. @param mediaType  of an answer that is bytes */
export function doorsOf(words: Words, mediaType: string) {
  return (method: Door['method'], path: string, answer: Answer): Door => ({
    method,
    path,
    ...words,
    answer: (request, world) => said(answer(request, world), mediaType),
  })
}

/** An answer that is there at once. @param mediaType  of one that is bytes */
export function said(answer: Json | Uint8Array, mediaType = 'application/octet-stream'): Said {
  const isBytes = answer instanceof Uint8Array
  return {
    headers: {},
    stream: false,
    whole: () => (isBytes ? null : answer),
    ...(isBytes ? { bytes: { mediaType, chunks: [answer] } } : {}),
    events: null,
    contentEvents: 0,
    tokens: null,
    pace: { firstMs: 0, tokenMs: 0 },
    usage: () => null,
    text: '',
  }
}

/** @param content  null: what is kept of it stays */
export function keep(
  { objects }: World,
  key: string,
  object: JsonObject,
  content: Uint8Array | null = null,
): JsonObject {
  const id = String(object.id)
  objects.set(id, { key, object, content: content ?? objects.get(id)?.content ?? null })
  return object
}

/** The id, and what stands behind it. */
export function stepsOf({ path }: Request, start: string): [id: string, what: string | undefined] {
  const [id = '', what] = path.slice(start.length).split('/')
  return [decodeURIComponent(id), what]
}
