import type { Call } from '../../core/call.ts'
import { operationUnsupported } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'
import type { Door, Sign } from '../../providers/provider.ts'
import type { ExchangeLimits } from '../upstream/upstream.ts'
import type { Parts } from './parts.ts'
import type { LiveProvider, Task, Timeouts } from './snapshot.ts'
import type { Trip } from './trip.ts'

/**
 * The door by which a provider is asked: one that speaks the caller's dialect where there is one, so
 * that nothing is translated, else its first. An address of one's own has only the first.
 * @throws operation_unsupported
 */
export function doorFor({ id, facts, baseUrlOverridden }: LiveProvider, call: Call): Door {
  const doors = facts.doors[call.operation] ?? []
  const usable = baseUrlOverridden ? doors.filter(({ baseUrl }) => baseUrl === undefined) : doors
  const door = usable.find(({ dialect }) => dialect.id === call.dialect) ?? usable[0]
  if (!door) throw operationUnsupported(id, call.operation)
  return door
}

/** Where a door stands: 'https://api.acme.example/v1'. */
export function addressOf(
  provider: LiveProvider,
  door: Door,
  { simulator }: Parts,
): string | Promise<string> {
  if (provider.facts.kind === 'simulator' && !provider.baseUrlOverridden) return simulator()
  return door.baseUrl ?? provider.baseUrl
}

/** Only what tables and configuration name goes out; the caller's credential never does. */
export function headersFor(
  { header }: Trip,
  { facts, headers: configured }: LiveProvider,
  door: Door,
  credential: Secret | null,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'user-agent': 'freehold',
    ...facts.headers,
  }
  for (const name of facts.passHeaders ?? []) {
    const value = header(name)
    if (value !== null && sendable.test(value)) headers[name] = value
  }
  for (const [name, value] of configured) headers[name] = value.reveal()
  sign(headers, door.sign ?? facts.sign, credential)
  return headers
}

/** What every server takes in a header. With more than that, one caller could make a provider look broken. */
const sendable = /^[ -~]{1,1000}$/

function sign(headers: Record<string, string>, by: Sign, credential: Secret | null): void {
  if (credential === null) return
  switch (by.kind) {
    case 'bearer':
      headers['authorization'] = `Bearer ${credential.reveal()}`
      return
    case 'header':
      headers[by.name] = credential.reveal()
      return
    case 'none':
  }
}

const connectMs = 2_000
const totalMs = 600_000
const streamMs = 30_000

/**
 * The clocks of an exchange. Those that are configured hold for every call, the task's before the
 * provider's. Unset, a whole answer has only the limits of connecting and of the whole, because
 * vendors send headers with the finished answer.
 */
export function limitsFor(
  stream: boolean,
  provider: LiveProvider,
  task: Task | null,
): ExchangeLimits {
  const set = (name: keyof Timeouts): number | undefined =>
    task?.timeouts[name] ?? provider.timeouts[name]
  return {
    connect: set('connect') ?? connectMs,
    headers: set('headers'),
    firstContent: set('first_content') ?? (stream ? streamMs : undefined),
    idle: set('idle') ?? (stream ? streamMs : undefined),
    total: set('total') ?? totalMs,
  }
}
