import type { z } from 'zod'
import { pathText, type Finding, type Path } from './issue.ts'
import type { Places, Reading, Tree, TreeMap } from './read.ts'
import { configSchema, type Config } from './schema/index.ts'

/** A file whose settings are known and of the right kind, as far as they are. */
export interface Draft {
  /** Without the entries in which something is wrong. */
  readonly config: Config
  /** The place in the file of each key that is left. */
  readonly keyPlaces: readonly number[]
  readonly broken: Broken
  readonly findings: readonly Finding[]
}

/** Entries that are left out because something in them is wrong: nobody complains that they are gone. */
export interface Broken {
  has(section: 'providers' | 'tasks', name: string): boolean
}

/**
 * Checks each setting by itself. Entries that are wrong are found, left out, and the rest is looked at
 * all the same, so that one reading tells everything.
 */
export function validate({ tree, places, findings }: Reading): Draft {
  const all = [...findings]
  const left = new Leftovers(tree)
  left.drop(findings)
  if (tree !== null && !isMap(tree)) {
    const sentence = 'The file has to begin with settings, such as providers: or tasks:.'
    all.push({ path: [], sentence, at: 'value' })
  }
  for (;;) {
    const { success, data, error } = configSchema.safeParse(left.tree())
    const keyPlaces = left.keyPlaces()
    if (success) return { config: data, keyPlaces, broken: left, findings: all }
    const found = error.issues.flatMap((issue) =>
      findingsOf(asWritten(issue, keyPlaces), places, tree),
    )
    // What is missing because it was left out was told already.
    all.push(...found.filter(({ path }) => !left.isDropped(path)))
    left.drop(found)
  }
}

/** An empty one says nothing: the defaults hold. */
const sections = new Set(
  'server alarms ledger retention files batches media providers tasks keys customers features economics prices'.split(
    ' ',
  ),
)
/** Sections of which an entry may be empty: 'deepseek:' is 'deepseek: {}'. */
export const mayBeEmpty: ReadonlySet<string> = new Set(['providers', 'customers', 'features'])

class Leftovers implements Broken {
  #settings: Record<string, Tree> = Object.create(null) as Record<string, Tree>
  readonly #dropped = new Set<string>()

  constructor(tree: Tree) {
    if (!isMap(tree)) return
    for (const [name, setting] of Object.entries(tree)) {
      if (setting !== null || !sections.has(name)) {
        this.#settings[name] = withoutEmpty(name, setting)
      }
    }
  }

  has(section: string, name: string): boolean {
    return this.isDropped([section, name])
  }

  /**
   * Leaves out what holds each of these: its entry in a section, or the setting. Nothing refers to
   * keys, so of those only the setting goes.
   */
  drop(findings: readonly Finding[]): void {
    const wider = findings.map(({ path }) => {
      const inKey = path[0] === 'keys' && path.length > 2 && !this.isDropped(path.slice(0, 3))
      return keyOf(path.slice(0, inKey ? 3 : 2))
    })
    // Whatever was found, less is left: else this would never end.
    const isStuck = wider.length > 0 && wider.every((place) => this.#dropped.has(place))
    if (isStuck) this.#settings = {}
    for (const place of wider) this.#dropped.add(place)
  }

  isDropped(path: Path): boolean {
    return path.some((_, end) => this.#dropped.has(keyOf(path.slice(0, end + 1))))
  }

  tree(): TreeMap {
    const left = Object.create(null) as Record<string, Tree>
    for (const [name, setting] of Object.entries(this.#settings)) {
      if (this.#dropped.has(keyOf([name]))) continue
      if (Array.isArray(setting)) {
        const items = (setting as readonly Tree[]).map((item, at) => this.#left(item, [name, at]))
        left[name] = items.filter((_, at) => !this.isDropped([name, at]))
      } else left[name] = this.#left(setting, [name])
    }
    return left
  }

  keyPlaces(): readonly number[] {
    const keys = this.#settings['keys']
    if (!Array.isArray(keys)) return []
    return [...keys.keys()].filter((at) => !this.isDropped(['keys', at]))
  }

  #left(setting: Tree, path: Path): Tree {
    if (!isMap(setting)) return setting
    const kept = Object.entries(setting).filter(([name]) => !this.isDropped([...path, name]))
    return asMap([...kept, ...this.#standIns(path)])
  }

  /** For what a key cannot do without, so that the rest of it is looked at. Nobody can call with it. */
  #standIns(path: Path): readonly (readonly [string, Tree])[] {
    const [section, at] = path
    if (section !== 'keys' || path.length !== 2) return []
    return ['id', 'secret']
      .filter((name) => this.#dropped.has(keyOf([...path, name])))
      .map((name) => [name, `stand-in-for-${name}-${at}`])
  }
}

/** An issue of what is left, with the place in the file of the key that it is about. */
function asWritten(issue: z.core.$ZodIssue, keyPlaces: readonly number[]): z.core.$ZodIssue {
  const [section, at, ...rest] = issue.path
  if (section !== 'keys' || typeof at !== 'number') return issue
  return { ...issue, path: [section, keyPlaces[at] ?? at, ...rest] }
}

function withoutEmpty(name: string, setting: Tree): Tree {
  if (!mayBeEmpty.has(name) || !isMap(setting)) return setting
  return asMap(Object.entries(setting).map(([entry, value]) => [entry, value ?? asMap([])]))
}

function asMap(entries: readonly (readonly [string, Tree])[]): TreeMap {
  const map = Object.create(null) as Record<string, Tree>
  for (const [name, value] of entries) map[name] = value
  return map
}

function findingsOf(issue: z.core.$ZodIssue, places: Places, tree: Tree): readonly Finding[] {
  const path = issue.path as Path
  if (issue.code === 'unrecognized_keys') {
    const lines = issue.message.split('\n')
    return issue.keys.map((name, index) => ({
      path: [...path, name],
      sentence: lines[index] ?? issue.message,
      at: 'name' as const,
    }))
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message
    return [{ path, sentence: `${JSON.stringify(path.at(-1))} ${message}`, at: 'name' }]
  }
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find((issues) => !issues.some(isOfAnotherKind))
    if (meant !== undefined) {
      return meant.flatMap((inner) =>
        findingsOf({ ...inner, path: [...path, ...inner.path] }, places, tree),
      )
    }
  }
  return [{ path, sentence: sentenceOf(issue, path, places, tree), at: 'value' }]
}

/** This alternative of a union is for another kind of value: a list, not a text. */
function isOfAnotherKind({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && path.length === 0
}

function sentenceOf(issue: z.core.$ZodIssue, path: Path, places: Places, tree: Tree): string {
  const sentence = `${pathText(path) || 'The file'} ${issue.message}`
  const shown = issue.code === 'custom' && issue.params?.['shown'] === true
  if (!shown) return sentence
  if (places.get(path)?.fromEnvironment === true) {
    return sentence.replace(/\.$/, ', and what the environment gives is none.')
  }
  const written = valueAt(tree, path)
  return typeof written === 'string'
    ? sentence.replace(/\.$/, `, not ${JSON.stringify(written.slice(0, 60))}.`)
    : sentence
}

function valueAt(tree: Tree, path: Path): Tree | undefined {
  let value: Tree | undefined = tree
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string | number, Tree>>)[step]
  }
  return value
}

function isMap(tree: Tree): tree is TreeMap {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree)
}

function keyOf(path: Path): string {
  return path.join('\0')
}
