import { methodUnknown, pathUnknown } from '../core/errors.ts'
import { anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import type { Dialect, Place } from '../dialects/dialect.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings/index.ts'
import type { KeyRole } from '../gateway/pipeline/snapshot.ts'
import { createKey, listAlarms, listCalls, revokeKey, showCall, showCosts, swap } from './admin.ts'
import type { Asked } from './asked.ts'
import { listModels, showModel } from './models.ts'
import { decoded, queryOf } from './request.ts'

interface Path {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** One `*` stands for anything but nothing. */
  readonly path: string
}

export type Route = Path &
  (
    | {
        readonly role: 'call'
        readonly dialect: Dialect
        /** What the path itself asks for, where `*` is the model's name. */
        readonly stream?: boolean
        /** The body is a form with files. */
        readonly form?: boolean
      }
    /** Without a key, and so telling nothing but yes or no. */
    | { readonly role: 'open'; readonly tells: 'alive' | 'ready' | 'front' }
    | { readonly role: KeyRole; readonly answer: (asked: Asked) => unknown }
    | { readonly role: KeyRole; readonly tells: 'metrics' }
  )

/**
 * Every path there is, and who may take it. What is not here is a 404; a test walks it with every
 * role. A `call` is let in by the pipeline, which wants a key of any role.
 */
export const routes: readonly Route[] = [
  { method: 'POST', path: '/v1/chat/completions', role: 'call', dialect: openaiChat },
  { method: 'POST', path: '/v1/embeddings', role: 'call', dialect: openaiEmbeddings },
  { method: 'POST', path: '/v1/messages', role: 'call', dialect: anthropicMessages },
  { method: 'GET', path: '/v1/models', role: 'caller', answer: listModels },
  { method: 'GET', path: '/v1/models/*', role: 'caller', answer: showModel },
  { method: 'GET', path: '/api/calls', role: 'viewer', answer: listCalls },
  { method: 'GET', path: '/api/calls/*', role: 'viewer', answer: showCall },
  { method: 'GET', path: '/api/costs', role: 'viewer', answer: showCosts },
  { method: 'GET', path: '/api/alarms', role: 'viewer', answer: listAlarms },
  {
    method: 'GET',
    path: '/api/models',
    role: 'viewer',
    answer: ({ control }) => ({ models: control.models() }),
  },
  {
    method: 'GET',
    path: '/api/status',
    role: 'viewer',
    answer: ({ control, activeCalls }) => control.status(activeCalls),
  },
  {
    method: 'GET',
    path: '/api/keys',
    role: 'viewer',
    answer: async ({ control }) => ({ keys: await control.keys() }),
  },
  { method: 'POST', path: '/api/keys', role: 'admin', answer: createKey },
  { method: 'DELETE', path: '/api/keys/*', role: 'admin', answer: revokeKey },
  { method: 'POST', path: '/api/swap', role: 'admin', answer: swap },
  {
    method: 'POST',
    path: '/api/reload',
    role: 'admin',
    answer: async ({ control }) => ({ refused: await control.reload() }),
  },
  { method: 'GET', path: '/metrics', role: 'viewer', tells: 'metrics' },
  { method: 'GET', path: '/healthz', role: 'open', tells: 'alive' },
  { method: 'GET', path: '/readyz', role: 'open', tells: 'ready' },
  { method: 'GET', path: '/', role: 'open', tells: 'front' },
]

const exact = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]))
const open = routes.filter(({ path }) => path.includes('*'))

/**
 * Route of a path, and what stands in the place of its `*`. The path is compared as it was sent: nothing is decoded or folded, so there
 * is one way to say each path.
 * @throws path_unknown, method_not_allowed
 */
export function findRoute(method: string, path: string): { route: Route; rest: string } {
  const asked = method === 'HEAD' ? 'GET' : method
  const whole = exact.get(`${asked} ${path}`)
  if (whole) return { route: whole, rest: '' }
  for (const route of open) {
    const rest = route.method === asked ? restOf(route.path, path) : null
    if (rest !== null) return { route, rest }
  }
  const others = routes.filter((route) => fits(route.path, path)).map((route) => route.method)
  if (others.length > 0)
    throw methodUnknown(method.slice(0, 20), path.slice(0, 100), others.join(', '))
  throw pathUnknown(method.slice(0, 20), path.slice(0, 100))
}

/** Errors of a path that is not there are in the dialect that its neighbours speak. */
export function dialectOf(path: string, header: (name: string) => string | null): Dialect {
  if (path.startsWith('/v1/messages')) return anthropicMessages
  if (path.startsWith('/v1/models') && header('anthropic-version') !== null)
    return anthropicMessages
  return openaiChat
}

/** What the path of a call said besides its route. */
export function placeOf(
  { stream = false }: { readonly stream?: boolean },
  rest: string,
  url: string,
): Place {
  return { model: decoded(rest), stream, query: queryOf(url) }
}

function fits(pattern: string, path: string): boolean {
  return pattern.includes('*') ? restOf(pattern, path) !== null : pattern === path
}

/** What stands in the place of the `*`; null when the path is another. */
function restOf(pattern: string, path: string): string | null {
  const at = pattern.indexOf('*')
  const behind = pattern.length - at - 1
  const fitting =
    path.length >= pattern.length &&
    path.startsWith(pattern.slice(0, at)) &&
    path.endsWith(pattern.slice(at + 1))
  return fitting ? path.slice(at, path.length - behind) : null
}
