import type { Call } from '../../core/call.ts'
import type { Instant } from '../../core/clock.ts'
import { operationUnsupported } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import type { WrittenCall } from '../../dialects/dialect.ts'
import type { Door, Sign, Unsigned } from '../../providers/provider.ts'
import type { ExchangeLimits } from '../upstream/upstream.ts'
import type { Parts } from './parts.ts'
import type { LiveProvider, Task } from './snapshot.ts'
import type { Trip } from './trip.ts'

/**
 * The door by which a provider is asked: one that speaks the caller's dialect where there is one, so
 * that nothing is translated, else its first. An address of one's own has only the first.
 * @throws operation_unsupported
 */
export function doorFor(
  { id, facts, baseUrlOverridden }: LiveProvider,
  call: Call,
  model: string,
): Door {
  let first: Door | null = null
  for (const door of facts.doors[call.operation] ?? []) {
    if (door.models?.test(model) === false) continue
    if (baseUrlOverridden && door.baseUrl !== undefined) continue
    if (door.dialect.id === call.dialect) return door
    first ??= door
  }
  if (first === null) throw operationUnsupported(id, call.operation)
  return first
}

/** What is asked: 'https://api.acme.example/v1/chat/completions'. A query of the base URL stays at the end. */
export function urlOf(
  provider: LiveProvider,
  door: Door,
  model: string,
  stream: boolean,
  parts: Parts,
): string | Promise<string> {
  const isSimulated = provider.facts.kind === 'simulator' && !provider.baseUrlOverridden
  if (isSimulated) return urlAtSimulator(door, model, stream, parts)
  const of = door.path ?? door.dialect.path
  if (typeof of !== 'string') return urlAt(door.baseUrl ?? provider.baseUrl, door, model, stream)
  const way = wayTo(provider, door)
  return (way.url ??= urlAt(door.baseUrl ?? provider.baseUrl, door, model, stream))
}

async function urlAtSimulator(
  door: Door,
  model: string,
  stream: boolean,
  { simulator }: Parts,
): Promise<string> {
  return urlAt(await simulator(), door, model, stream)
}

/** @param base  where a door stands: 'https://api.acme.example/v1' */
function urlAt(base: string, door: Door, model: string, stream: boolean): string {
  const of = door.path ?? door.dialect.path
  const path = typeof of === 'string' ? of : of(model, stream, base)
  const query = base.indexOf('?')
  if (query === -1) return base + path
  const joint = path.includes('?') ? '&' : '?'
  return `${base.slice(0, query)}${path}${joint}${base.slice(query + 1)}`
}

type Headers = Readonly<Record<string, string>>

/** What is the same for all calls that go to one door of a provider, made for the first of them. */
interface Way {
  /** Null where it depends on the model. */
  url: string | null
  /** What goes out with JSON, signed, where nothing of the caller's is passed on. */
  readonly headers: Map<Secret | null, Headers>
}

const ways = new WeakMap<LiveProvider, Map<Door, Way>>()

function wayTo(provider: LiveProvider, door: Door): Way {
  let doors = ways.get(provider)
  if (doors === undefined) ways.set(provider, (doors = new Map()))
  let way = doors.get(door)
  if (way === undefined) doors.set(door, (way = { url: null, headers: new Map() }))
  return way
}

/**
 * The headers of a request, with what proves who asks. Only what tables and configuration name goes out; the
 * caller's credential never does.
 */
export function headersFor(
  { header }: Pick<Trip, 'header'>,
  provider: LiveProvider,
  door: Door,
  { text, encoded }: WrittenCall,
  url: string,
  credential: Secret | null,
  at: Instant,
): Headers {
  const by = door.sign ?? provider.facts.sign
  const passed = passedOn(provider, header)
  if (encoded === undefined && passed === null && by.kind !== 'request') {
    const { headers } = wayTo(provider, door)
    let usual = headers.get(credential)
    if (usual === undefined) {
      usual = signedBy(by, headersOf(provider, door, json, null), credential)
      headers.set(credential, usual)
    }
    return usual
  }
  const headers = headersOf(provider, door, encoded?.mediaType ?? json, passed)
  return signed({ url, headers, body: encoded?.bytes ?? text, at }, by, credential)
}

const json = 'application/json'

function headersOf(
  { facts, headers: configured }: LiveProvider,
  door: Door,
  mediaType: string,
  passed: Headers | null,
): Headers {
  const headers: Record<string, string> = {
    'content-type': mediaType,
    accept: door.dialect.accept ?? 'application/json, text/event-stream',
    'user-agent': 'freehold',
    ...facts.headers,
    ...passed,
  }
  for (const [name, value] of configured) headers[name] = value.reveal()
  return headers
}

/** What of the caller's headers goes on; null: nothing. */
function passedOn({ facts }: LiveProvider, header: Trip['header']): Headers | null {
  if (facts.passHeaders === undefined) return null
  let passed: Record<string, string> | null = null
  for (const name of facts.passHeaders) {
    const value = header(name)
    if (value !== null && sendable.test(value)) (passed ??= {})[name] = value
  }
  return passed
}

/** What every server takes in a header. With more than that, one caller could make a provider look broken. */
const sendable = /^[ -~]{1,1000}$/

/** The headers with what proves who asks. */
export function signed(request: Unsigned, by: Sign, credential: Secret | null): Headers {
  if (by.kind !== 'request') return signedBy(by, request.headers, credential)
  if (credential === null) return request.headers
  return { ...request.headers, ...by.sign(request, credential) }
}

function signedBy(
  by: Exclude<Sign, { kind: 'request' }>,
  headers: Headers,
  credential: Secret | null,
): Headers {
  if (credential === null) return headers
  switch (by.kind) {
    case 'bearer':
      return { ...headers, authorization: `Bearer ${credential.reveal()}` }
    case 'header':
      return { ...headers, [by.name]: credential.reveal() }
    case 'none':
      return headers
  }
}

const connectMs = 2_000
const totalMs = 600_000
const streamMs = 30_000

/**
 * The clocks of an exchange. Those that are configured hold for every call, the task's before the
 * model's, and that before the provider's. Unset, a whole answer has only the limits of connecting and of the whole, because
 * vendors send headers with the finished answer.
 */
export function limitsFor(
  stream: boolean,
  { timeouts, modelTimeouts }: Pick<LiveProvider, 'timeouts' | 'modelTimeouts'>,
  model: string | null,
  task: Pick<Task, 'timeouts'> | null,
): ExchangeLimits {
  const first = task?.timeouts
  const second = model === null ? undefined : modelTimeouts.get(model)
  return {
    connect: first?.connect ?? second?.connect ?? timeouts.connect ?? connectMs,
    headers: first?.headers ?? second?.headers ?? timeouts.headers,
    firstContent:
      first?.first_content ??
      second?.first_content ??
      timeouts.first_content ??
      (stream ? streamMs : undefined),
    idle: first?.idle ?? second?.idle ?? timeouts.idle ?? (stream ? streamMs : undefined),
    total: first?.total ?? second?.total ?? timeouts.total ?? totalMs,
  }
}
