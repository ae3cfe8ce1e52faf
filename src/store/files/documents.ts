import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Small JSON documents, a file for each: whole or not there, whatever happens in between. All of them
 * are in memory as well, so that to look for one waits for nothing.
 */
export class Documents<Value> {
  readonly #folder: string
  readonly #values = new Map<string, Value>()
  /** Writes of one document come one after another. */
  readonly #writing = new Map<string, Promise<void>>()

  /** @param folder  is made when it is not there */
  static async open<Value>(folder: string): Promise<Documents<Value>> {
    const documents = new Documents<Value>(folder)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(folder)) {
      if (name.endsWith(half)) await rm(join(folder, name), { force: true })
      if (!name.endsWith(whole)) continue
      const value = await readDocument<Value>(join(folder, name))
      if (value !== null) documents.#values.set(name.slice(0, -whole.length), value)
    }
    return documents
  }

  private constructor(folder: string) {
    this.#folder = folder
  }

  get(id: string): Value | null {
    return this.#values.get(id) ?? null
  }

  all(): readonly Value[] {
    return [...this.#values.values()]
  }

  /** Seen by `get` at once; on the disk, through a power cut too, when it resolves. */
  put(id: string, value: Value): Promise<void> {
    this.#values.set(id, value)
    return this.#inTurn(id, () => this.#write(id, value))
  }

  remove(id: string): Promise<void> {
    this.#values.delete(id)
    return this.#inTurn(id, () => rm(join(this.#folder, id + whole), { force: true }))
  }

  async #inTurn(id: string, step: () => Promise<void>): Promise<void> {
    const turn = (this.#writing.get(id) ?? Promise.resolve()).catch(() => {}).then(step)
    this.#writing.set(id, turn)
    try {
      await turn
    } finally {
      if (this.#writing.get(id) === turn) this.#writing.delete(id)
    }
  }

  async #write(id: string, value: Value): Promise<void> {
    const path = join(this.#folder, id + half)
    const file = await open(path, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify(value))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(path, join(this.#folder, id + whole))
  }
}

const whole = '.json'
const half = '.half'

/** Null for one that is damaged: it is left where it is, for whoever wants to look. */
async function readDocument<Value>(path: string): Promise<Value | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
