import type { Instant } from '../../core/clock.ts'
import { objectNotFound } from '../../core/errors.ts'
import type { Parts } from '../pipeline/parts.ts'
import type { ApiKey } from '../pipeline/snapshot.ts'
import { kindWords, type ObjectKind, outwardId, placeOfId } from './ids.ts'

/** An object at a provider, as it is noted on the shelf. */
export interface Held {
  readonly outward: string
  readonly owner: string | null
  readonly provider: string
  /** What it is called there. */
  readonly id: string
  /** Of the key that it was made with; null when there was none. */
  readonly credential: string | null
  /** As its owner saw it last. */
  readonly object: Readonly<Record<string, unknown>>
  readonly at: Instant
}

/** Notes are small and the vendors' objects have no end, so they are kept for ten years. */
const keptUs = 10 * 366 * 86_400 * 1_000_000

/** Of one key. A listing looks at no more. */
const listedMax = 10_000

/**
 * Whose object is whose. The key that made an object may use it, for everybody else but admins it is
 * not there. What only the id tells (where it lies) needs no note, so that an admin reaches all.
 */
export class Owned {
  readonly #parts: Pick<Parts, 'shelf' | 'clock'>

  constructor(parts: Pick<Parts, 'shelf' | 'clock'>) {
    this.#parts = parts
  }

  note(kind: ObjectKind, { outward, owner, at, ...value }: Held): void {
    const { shelf } = this.#parts
    shelf.put(
      {
        kind: shelfKinds[kind],
        id: outward,
        owner,
        value: JSON.stringify(value),
        at,
        expiresAt: (at + keptUs) as Instant,
      },
      'absent',
    )
  }

  /** The same for one that may be noted already, and then stays as it is. */
  async noteOnce(kind: ObjectKind, held: Held): Promise<void> {
    const item = await this.#parts.shelf.get(shelfKinds[kind], held.outward)
    if (item === null) this.note(kind, held)
  }

  /** @throws object_not_found */
  async find(kind: ObjectKind, outward: string, key: ApiKey): Promise<Held> {
    const place = placeOfId(kind, outward)
    const item = place && (await this.#parts.shelf.get(shelfKinds[kind], outward))
    if (item && mayUse(key, item.owner)) return heldIn(item)
    if (!item && place?.provider && key.role === 'admin') {
      const { provider, id } = place
      const at = this.#parts.clock.now()
      return { outward, owner: null, provider, id, credential: null, object: {}, at }
    }
    throw objectNotFound(kindWords[kind], JSON.stringify(outward.slice(0, 100)))
  }

  /** For an id as a provider writes it. @throws object_not_found when it is noted there for somebody else */
  async demandNotOthers(
    kind: ObjectKind,
    id: string,
    key: ApiKey,
    providers: Iterable<string>,
  ): Promise<void> {
    const noted = await Promise.all(
      [...providers].map((provider) =>
        this.#parts.shelf.get(shelfKinds[kind], outwardId(kind, { provider, id })),
      ),
    )
    if (noted.some((item) => item !== null && !mayUse(key, item.owner)))
      throw objectNotFound(kindWords[kind], JSON.stringify(id.slice(0, 100)))
  }

  /** Newest first: a key's own, an admin's all. */
  async list(kind: ObjectKind, key: ApiKey): Promise<readonly Held[]> {
    const items = await this.#parts.shelf.list({
      kind: shelfKinds[kind],
      ...(key.role === 'admin' ? {} : { owner: key.id }),
      limit: listedMax,
    })
    return items.map(heldIn)
  }

  forget(kind: ObjectKind, outward: string): void {
    this.#parts.shelf.remove(shelfKinds[kind], outward)
  }
}

export function mayUse(key: ApiKey, owner: string | null): boolean {
  return key.role === 'admin' || key.id === owner
}

const shelfKinds = { file: 'file', batch: 'batch', job: 'fine-tuning job' } satisfies Record<
  ObjectKind,
  string
>

function heldIn(item: {
  readonly id: string
  readonly owner: string | null
  readonly value: string
  readonly at: Instant
}): Held {
  const value = JSON.parse(item.value) as Omit<Held, 'outward' | 'owner' | 'at'>
  return { ...value, outward: item.id, owner: item.owner, at: item.at }
}
