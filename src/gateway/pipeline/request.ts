import type { Call } from '../../core/call.ts'
import { operationUnsupported } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import type { WrittenCall } from '../../dialects/dialect.ts'
import type { Door, Sign, Unsigned } from '../../providers/provider.ts'
import type { ExchangeLimits } from '../upstream/upstream.ts'
import type { Parts } from './parts.ts'
import type { LiveProvider, Task, Timeouts } from './snapshot.ts'
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
  { simulator }: Parts,
): string | Promise<string> {
  const isSimulated = provider.facts.kind === 'simulator' && !provider.baseUrlOverridden
  if (!isSimulated) return urlAt(door.baseUrl ?? provider.baseUrl, door, model, stream)
  return simulator().then((base) => urlAt(base, door, model, stream))
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

/** Only what tables and configuration name goes out; the caller's credential never does. */
export function headersFor(
  { header }: Trip,
  { facts, headers: configured }: LiveProvider,
  door: Door,
  { encoded }: WrittenCall,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': encoded?.mediaType ?? 'application/json',
    accept: door.dialect.accept ?? 'application/json, text/event-stream',
    'user-agent': 'freehold',
    ...facts.headers,
  }
  for (const name of facts.passHeaders ?? []) {
    const value = header(name)
    if (value !== null && sendable.test(value)) headers[name] = value
  }
  for (const [name, value] of configured) headers[name] = value.reveal()
  return headers
}

/** What every server takes in a header. With more than that, one caller could make a provider look broken. */
const sendable = /^[ -~]{1,1000}$/

/** The headers with what proves who asks. */
export function signed(
  request: Unsigned,
  by: Sign,
  credential: Secret | null,
): Readonly<Record<string, string>> {
  const { headers } = request
  if (credential === null) return headers
  switch (by.kind) {
    case 'bearer':
      return { ...headers, authorization: `Bearer ${credential.reveal()}` }
    case 'header':
      return { ...headers, [by.name]: credential.reveal() }
    case 'request':
      return { ...headers, ...by.sign(request, credential) }
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
  const ofModel = model === null ? undefined : modelTimeouts.get(model)
  const set = (name: keyof Timeouts): number | undefined =>
    task?.timeouts[name] ?? ofModel?.[name] ?? timeouts[name]
  return {
    connect: set('connect') ?? connectMs,
    headers: set('headers'),
    firstContent: set('first_content') ?? (stream ? streamMs : undefined),
    idle: set('idle') ?? (stream ? streamMs : undefined),
    total: set('total') ?? totalMs,
  }
}
