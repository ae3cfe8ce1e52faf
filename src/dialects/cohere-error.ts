import type { GatewayError } from '../core/errors.ts'
import type { ProviderWords } from './dialect.ts'
import { isObject } from './fields.ts'
import { plainWords } from './plain-words.ts'

/** Errors as Cohere writes them, for all of its operations: a sentence, and an id to ask after it. */

/** An answer under status 200 with a sentence where the message of a chat would be an object. */
export function tellsCohereError(wire: Readonly<Record<string, unknown>>): boolean {
  return typeof wire['message'] === 'string' || typeof wire['error'] === 'string'
}

/** Its gateway writes the sentence as `error` or `data`, and sometimes a page. */
export function readCohereError(text: string): ProviderWords {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = null
  }
  const wire = isObject(body) ? body : {}
  const inner = isObject(wire['error']) ? wire['error'] : wire
  const message = [inner['message'], wire['error'], wire['data'], wire['detail']].find(
    (word) => typeof word === 'string' && word !== '',
  )
  const { code, type } = inner
  return {
    code: typeof code === 'string' ? code : null,
    type: typeof type === 'string' ? type : null,
    message: typeof message === 'string' ? message : plainWords(text),
    param: null,
  }
}

/** The code stands beside Cohere's own fields, for programs that look for it. */
export function writeCohereError({ message, code }: GatewayError, requestId: string): string {
  return JSON.stringify({ id: requestId, message, code })
}
