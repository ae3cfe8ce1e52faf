import { expect } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimulatorOptions } from '../../simulator/server.ts'
import { startTown, type Town } from './town.ts'

/** What the stories of bad input have in common: a town, what stands in it, and what a refusal is. */

export const callerKey = 'web-secret-0123456789'
const vendorKeys = { acme: 'acme-key-0123456789', birch: 'birch-key-0123456789' }

/** `acme` speaks OpenAI's dialects, `birch` Anthropic's. */
export function badInputTown(more = '', server = 'body_timeout: 1s'): Promise<Town> {
  const vendors: Record<string, SimulatorOptions> = {
    acme: { key: vendorKeys.acme },
    birch: { key: vendorKeys.birch },
  }
  return startTown({
    vendors,
    config: `
server: { ${server} }
payloads: full
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: ${vendorKeys.acme} }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: ${vendorKeys.birch} }
tasks:
  hello: acme/small
keys:
  - { id: web, secret: ${callerKey} }
${more}`,
  })
}

const fixtures = join(import.meta.dir, '..', '..', '..', 'shared', 'data', 'fixtures', 'bad-input')

export const haveFixtures = existsSync(fixtures)

/** A file of ../shared/data/fixtures/bad-input; null when the folder is not here. */
export function fixture<Content>(name: string): Content | null {
  return haveFixtures ? (JSON.parse(readFileSync(join(fixtures, name), 'utf8')) as Content) : null
}

export const noFixtures =
  '../shared/data/fixtures/bad-input is not here: its cases are skipped, the own ones run'

export type Path = '/v1/chat/completions' | '/v1/embeddings' | '/v1/messages'

export function post(
  town: Town,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(town.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${callerKey}`,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  })
}

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** Reads an answer that has to be an error object in the dialect of its path, with the request's id. */
export async function refusalOf(response: Response): Promise<Refusal> {
  return readRefusal(response.url, response.status, await response.text(), response.headers)
}

export function readRefusal(
  url: string,
  status: number,
  text: string,
  headers: { get(name: string): string | null },
): Refusal {
  const id = headers.get('x-request-id')
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers.get('content-type')).toBe('application/json')
  if (status >= 500) throw new Error(`${status} ${text}`)
  expect(status).toBeGreaterThanOrEqual(400)
  if (/:(?:\w+Content|\w+Contents|countTokens)$/.test(new URL(url).pathname))
    return readGoogleRefusal(status, text, id)
  const body = JSON.parse(text) as {
    type?: string
    request_id?: string
    error: { message: string; type: string; code: string; request_id?: string }
  }
  if (new URL(url).pathname.startsWith('/model/')) return readAmazonRefusal(status, text, headers)
  if (new URL(url).pathname.startsWith('/v2/')) return readCohereRefusal(status, text, id!)
  const isAnthropic = new URL(url).pathname.startsWith('/v1/messages')
  expect(isAnthropic ? body.request_id : body.error.request_id).toBe(id!)
  if (isAnthropic) expect(body.type).toBe('error')
  const { message, type, code } = body.error
  expect(message.length).toBeGreaterThan(20) // a sentence, not a word
  expect(type).toMatch(/^[a-z_]+$/)
  expect(code).toMatch(/^[a-z_]+$/)
  return { status, code, message }
}

/** In a list where a stream would have been one. */
function readGoogleRefusal(status: number, text: string, id: string | null): Refusal {
  const [body] = [JSON.parse(text) as GoogleRefusal | GoogleRefusal[]].flat()
  const { message, details } = body!.error
  expect(body!.error.code).toBe(status)
  expect(body!.error.status).toMatch(/^[A-Z_]+$/)
  expect(message.length).toBeGreaterThan(20)
  expect(details.find(({ requestId }) => requestId !== undefined)?.requestId).toBe(id!)
  const reason = details.find(({ domain }) => domain === 'freehold')?.reason
  expect(reason).toMatch(/^[A-Z_]+$/)
  return { status, code: reason!.toLowerCase(), message }
}

interface GoogleRefusal {
  readonly error: {
    readonly code: number
    readonly message: string
    readonly status: string
    readonly details: readonly { domain?: string; reason?: string; requestId?: string }[]
  }
}

function readAmazonRefusal(
  status: number,
  text: string,
  headers: { get(name: string): string | null },
): Refusal {
  const { message, code } = JSON.parse(text) as { message: string; code: string }
  expect(message.length).toBeGreaterThan(20)
  expect(headers.get('x-amzn-errortype')).toMatch(/exception$/i)
  return { status, code, message }
}

function readCohereRefusal(status: number, text: string, requestId: string): Refusal {
  const { id, message, code } = JSON.parse(text) as { id: string; message: string; code: string }
  expect(id).toBe(requestId)
  expect(message.length).toBeGreaterThan(20)
  expect(code).toMatch(/^[a-z_]+$/)
  return { status, code, message }
}

/** How many requests the vendors have seen so far. */
export function askedSoFar(town: Town): number {
  return Object.values(town.vendors).reduce(
    (sum, vendor) => sum + (vendor.history().at(-1)?.id ?? 0),
    0,
  )
}

/** The gateway lives, and a good call of each dialect is answered by each vendor. */
export async function expectUnharmed(town: Town): Promise<void> {
  for (const vendor of ['acme', 'birch']) {
    const answer = await echo(town, { path: '/v1/chat/completions', vendor, text: 'still here?' })
    expect(answer).toBe('still here?')
  }
  expect(town.log()).not.toContain('internal_error')
}

export interface EchoWish {
  readonly path: '/v1/chat/completions' | '/v1/messages'
  readonly vendor: string
  readonly text: string
  readonly stream?: boolean
}

/** What comes back of a text through the echo model, as a client puts it together. */
export async function echo(
  town: Town,
  { path, vendor, text, stream = false }: EchoWish,
): Promise<string> {
  const response = await post(
    town,
    path,
    JSON.stringify({
      model: `${vendor}/echo`,
      max_tokens: 10_000,
      messages: [{ role: 'user', content: text }],
      ...(stream ? { stream } : {}),
    }),
  )
  const body = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${body}`)
  if (!stream) return wholeText(JSON.parse(body) as WholeAnswer)
  return body
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => pieceText(JSON.parse(line.slice(6)) as Piece))
    .join('')
}

interface WholeAnswer {
  readonly choices?: readonly { readonly message: { readonly content: string } }[]
  readonly content?: readonly { readonly text: string }[]
}

function wholeText({ choices, content }: WholeAnswer): string {
  return choices ? choices[0]!.message.content : content!.map(({ text }) => text).join('')
}

interface Piece {
  readonly error?: unknown
  readonly choices?: readonly { readonly delta: { readonly content?: string } }[]
  readonly delta?: { readonly text?: string }
}

function pieceText({ error, choices, delta }: Piece): string {
  if (error !== undefined) throw new Error(JSON.stringify(error))
  return choices?.[0]?.delta.content ?? delta?.text ?? ''
}
