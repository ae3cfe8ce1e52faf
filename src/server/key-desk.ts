import { usdAmount } from '../config/units.ts'
import { type Clock, isoText } from '../core/clock.ts'
import { format } from '../core/money.ts'
import type { Keyring } from '../gateway/pipeline/keyring.ts'
import type { ApiKey, Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { KeyRow, Settings } from '../store/ports.ts'
import type { KeyJson } from './contract/keys.ts'
import type { KeyWish } from './control.ts'

export interface KeyDeskOptions {
  readonly settings: Settings
  readonly keyring: Keyring
  readonly snapshot: () => Snapshot
  readonly clock: Clock
  /** Gives budgets that are new what was spent before, while the keys of old are still in force. */
  readonly restore?: (keys: readonly ApiKey[]) => Promise<void>
  /** Told of all the store's keys when one was made or revoked, before whoever did it is answered. */
  readonly onChange?: (rows: readonly KeyRow[]) => Promise<void>
}

/** Characters of a key that are shown to tell it from others. */
const hintLength = 7

/** The keys of the file and those of the store, made, revoked and put on the gateway's ring. */
export class KeyDesk {
  readonly #options: KeyDeskOptions
  #rows: readonly KeyRow[] = []
  /** One change after the other: what was read first must not be put on the ring last. */
  #changing: Promise<void> = Promise.resolve()

  constructor(options: KeyDeskOptions) {
    this.#options = options
  }

  /** Reads the store's keys and puts all that are live on the ring. */
  async load(): Promise<void> {
    this.#rows = await this.#options.settings.keys()
    this.refresh()
  }

  /** Puts the keys of the configuration in force on the ring, beside the store's. */
  refresh(): void {
    const { keyring, snapshot } = this.#options
    fillKeyring(keyring, this.#rows, snapshot())
  }

  /** All keys of the store that ever were. */
  get rows(): readonly KeyRow[] {
    return this.#rows
  }

  /** True when somebody can administer this gateway. */
  get hasAdmin(): boolean {
    return this.#options.keyring.all().some(({ role }) => role === 'admin')
  }

  /**
   * Makes a key of the store. Its secret is given this once.
   * @throws RangeError with a sentence when the wish cannot be
   */
  async create(wish: KeyWish): Promise<{ readonly key: KeyRow; readonly secret: string }> {
    const { settings, keyring, clock } = this.#options
    if (!/^[A-Za-z0-9_.:@-]{1,100}$/.test(wish.id)) {
      throw new RangeError("A key's name has 1 to 100 letters, digits or any of _ . : @ -")
    }
    if (this.#inUse(wish.id)) throw new RangeError(`There is a live key ${wish.id} already.`)
    const budget = budgetWished(wish.budget)
    const secret = newSecret()
    const key: KeyRow = {
      id: wish.id,
      hash: keyring.hash(secret),
      hint: secret.slice(0, hintLength),
      role: wish.role,
      env: wish.env,
      tasks: wish.tasks,
      budget,
      createdAt: clock.now(),
      revokedAt: null,
    }
    await settings.addKey(key)
    await this.#changed()
    return { key, secret }
  }

  /** @returns false when no live key of the store has this id */
  async revoke(id: string): Promise<boolean> {
    const revoked = await this.#options.settings.revokeKey(id, this.#options.clock.now())
    await this.#changed()
    return revoked
  }

  /**
   * Changes what a live key of the store may spend. What it has spent stays spent.
   * @returns false when there is none of this id
   * @throws RangeError with a sentence
   */
  async setBudget(id: string, wished: KeyWish['budget']): Promise<boolean> {
    if (this.#options.snapshot().keys.some((key) => key.id === id))
      throw new RangeError(`The key ${id} stands in the configuration: change its budget there.`)
    const changed = await this.#options.settings.setKeyBudget(id, budgetWished(wished))
    await this.#changed()
    return changed
  }

  list(): readonly KeyJson[] {
    const file = this.#options
      .snapshot()
      .keys.map(({ id, role, env, tasks, bounds: { budget } }): KeyJson => ({
        id,
        role,
        env,
        tasks: tasks === null ? null : [...tasks],
        budget: budget === null ? null : { limit: format(budget.limit), per: budget.per },
        source: 'file',
        hint: null,
        created_at: null,
        revoked_at: null,
      }))
    const stored = this.#rows.map((row): KeyJson => ({
      id: row.id,
      role: row.role,
      env: row.env,
      tasks: row.tasks,
      budget: row.budget,
      source: 'store',
      hint: row.hint,
      created_at: isoText(row.createdAt),
      revoked_at: row.revokedAt === null ? null : isoText(row.revokedAt),
    }))
    return [...file, ...stored]
  }

  #changed(): Promise<void> {
    const changing = this.#changing.then(() => this.#change())
    this.#changing = changing.catch(() => {})
    return changing
  }

  async #change(): Promise<void> {
    const { settings, snapshot, restore, onChange } = this.#options
    const rows = await settings.keys()
    try {
      await restore?.([...rows.filter(isLive).map(apiKeyOf), ...snapshot().keys])
    } finally {
      // A key that was revoked opens nothing any more, whatever becomes of the budgets.
      this.#rows = rows
      this.refresh()
      await onChange?.(rows)
    }
  }

  #inUse(id: string): boolean {
    return (
      this.#options.snapshot().keys.some((key) => key.id === id) ||
      this.#rows.some((row) => row.id === id && isLive(row))
    )
  }
}

/** Puts the live keys of the store on the ring, and those of the file before them. */
export function fillKeyring(
  keyring: Keyring,
  rows: readonly KeyRow[],
  { keys }: Pick<Snapshot, 'keys'>,
): void {
  const ring = new Map<string, ApiKey>()
  for (const row of rows) if (isLive(row)) ring.set(row.hash, apiKeyOf(row))
  for (const key of keys) ring.set(keyring.hash(key.secret.reveal()), key)
  keyring.replace(ring)
}

function isLive({ revokedAt }: KeyRow): boolean {
  return revokedAt === null
}

/** 256 random bits. */
function newSecret(): string {
  return `fh_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')}`
}

/** @throws RangeError with a sentence */
function budgetWished(wished: KeyWish['budget']): KeyRow['budget'] {
  if (wished === null) return null
  if (usdAmount(withUnit(wished.limit)) === null)
    throw new RangeError(`${JSON.stringify(wished.limit)} is no amount. Write it as '50 USD'.`)
  return { ...wished, limit: withUnit(wished.limit) }
}

function withUnit(limit: string): string {
  return limit.trim().endsWith('USD') ? limit.trim() : `${limit.trim()} USD`
}

function apiKeyOf({ id, role, env, tasks, budget }: KeyRow): ApiKey {
  const limit = budget === null ? null : usdAmount(budget.limit)
  return {
    id,
    role,
    env,
    tasks: tasks === null ? null : new Set(tasks),
    bounds: {
      budget: budget === null || limit === null ? null : { limit, per: budget.per },
      rate: null,
    },
  }
}
