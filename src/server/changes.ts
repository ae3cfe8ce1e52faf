import { type Clock, type Instant, isoText } from '../core/clock.ts'
import { asGatewayError } from '../core/errors.ts'
import { newCallId } from '../core/ids.ts'
import type { Shelf } from '../store/ports.ts'
import type { Asked } from './asked.ts'
import { summaryOf } from './change-words.ts'
import type { ChangeJson, ChangesJson } from './contract/settings.ts'
import type { ChangeBook } from './control.ts'
import { countOf } from './query.ts'

/** Who changed what, and when: every admin's write through /api leaves a line, whether it was done or refused. */

const kind = 'change'
const keptUs = 10 * 366 * 86_400_000_000

export class Changes implements ChangeBook {
  readonly #shelf: Pick<Shelf, 'put' | 'list'>
  readonly #clock: Clock

  constructor(shelf: Pick<Shelf, 'put' | 'list'>, clock: Clock) {
    this.#shelf = shelf
    this.#clock = clock
  }

  async add(change: Omit<ChangeJson, 'id' | 'at'>): Promise<void> {
    const at = this.#clock.now()
    const id = newCallId()
    const value = JSON.stringify({ id, at: isoText(at), ...change } satisfies ChangeJson)
    const expiresAt = (at + keptUs) as Instant
    this.#shelf.put({ kind, id, owner: null, value, at, expiresAt }, 'absent')
    // A question is answered after everything that was put before it.
    await this.#shelf.list({ kind, limit: 1 })
  }

  async list(limit: number, after: string | null): Promise<ChangesJson> {
    const items = await this.#shelf.list({ kind, limit, ...(after === null ? {} : { after }) })
    return {
      changes: items.map(({ value }) => JSON.parse(value) as ChangeJson),
      next: items.length < limit ? null : items.at(-1)!.id,
    }
  }
}

export function listChanges({ control, query }: Asked): Promise<ChangesJson> {
  return control.changes.list(countOf(query, 'limit', 50, 500), query.get('before'))
}

interface Answered {
  readonly method: string
  readonly path: string
  readonly role: string
  readonly answer: (asked: Asked) => unknown
}

/** Data that comes in by these is no setting, and checking a text changes nothing. */
const unlisted: ReadonlySet<string> = new Set(['/api/feedback', '/api/config/check'])

/** The answer of a route, after the line about it, where it changes something. */
export async function withItsChange(route: Answered, asked: Asked): Promise<unknown> {
  const { method, path, role } = route
  if (method === 'GET' || role !== 'admin' || unlisted.has(path)) return route.answer(asked)
  let body: Readonly<Record<string, unknown>> = {}
  const readBody: Asked['readBody'] = async () => {
    const json = await asked.readBody()
    body = json.value
    return json
  }
  const note = (refused: string | null): Promise<void> => {
    const summary = summaryOf(`${method} ${path}`, body, asked.rest)
    const key = asked.key.id
    return asked.control.changes.add({ key, method, route: path, summary, refused })
  }
  let value: unknown
  try {
    value = await route.answer({ ...asked, readBody })
  } catch (error) {
    await note(asGatewayError(error).code).catch(() => {})
    throw error
  }
  await note(isInVain(value) ? 'not_found' : null)
  return value
}

/** Who asks for a change of what is not there is told so, and has changed nothing. */
function isInVain(value: unknown): boolean {
  const { revoked, changed, decided } = (value ?? {}) as Readonly<Record<string, unknown>>
  return revoked === false || changed === false || decided === null
}
