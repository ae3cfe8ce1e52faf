import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Scalar } from 'yaml'
import { expand, type Environment } from './environment.ts'
import { secretNames } from './hidden.ts'
import { pathText, type ConfigIssue, type Finding, type Path } from './issue.ts'

/**
 * What stands in the file, before anybody asks what it means. Every value is the text as it was
 * written: '0.10' is no number that has lost its zero, and 'no' is no boolean. Null is an empty one.
 */
export type Tree = string | null | readonly Tree[] | TreeMap
/** Without prototype, so that a task may be called 'constructor'. */
export type TreeMap = { readonly [name: string]: Tree }

export interface Reading {
  readonly tree: Tree
  readonly places: Places
  readonly findings: readonly Finding[]
}

/** Bytes of UTF-16; a hundred times what the largest file seen needs. */
const textMax = 1_000_000
const findingsMax = 50
const depthMax = 30
/** Values that aliases may add: a file of ten lines can ask for ten billion. */
const repeatedMax = 100_000

/**
 * Reads YAML 1.2, and so JSON too. Aliases and merge keys are followed; tags mean nothing here.
 * Names of the environment are put in, in values and never in names. It never throws.
 */
export function readTree(text: string, env: Environment): Reading {
  const places = new Places(text.startsWith('\ufeff') ? text.slice(1) : text)
  if (text.length > textMax) {
    const sentence =
      'The file is larger than 1 MB. A configuration is a few kB: is this the right file?'
    return { tree: null, places, findings: [{ path: [], sentence, at: 0 }] }
  }
  try {
    return new Walk(places, env).read()
  } catch (error) {
    const sentence = `The file cannot be read as YAML: ${(error as Error).message}`
    return { tree: null, places, findings: [{ path: [], sentence, at: 0 }] }
  }
}

/** Where each setting stands, by its path. */
export class Places {
  readonly text: string
  readonly #places = new Map<string, Place>()

  constructor(text: string) {
    this.text = text
  }

  /** @param keep  whether a place that is known already stays as it is */
  set(path: Path, place: Place, keep = false): void {
    const key = keyOf(path)
    if (!keep || !this.#places.has(key)) this.#places.set(key, place)
  }

  get(path: Path): Place | undefined {
    return this.#places.get(keyOf(path))
  }

  /** Where that is: a finding at a setting that is missing points at what it belongs to. */
  issue({ path, sentence, at }: Finding): ConfigIssue {
    return { ...this.position(this.offset(path, at)), path: pathText(path), sentence }
  }

  offset(path: Path, at: Finding['at']): number {
    if (typeof at === 'number') return at
    const place = this.get(path)
    if (place !== undefined) return place[at]
    return path.length === 0 ? 0 : this.offset(path.slice(0, -1), 'name')
  }

  position(offset: number): { readonly line: number; readonly column: number } {
    const before = this.text.slice(0, offset)
    const start = before.lastIndexOf('\n') + 1
    return { line: before.split('\n').length, column: offset - start + 1 }
  }
}

/** Offsets into the text, of the name (or of the value, where it has none) and of the value. */
interface Place {
  readonly name: number
  readonly value: number
  /** The value came out of the environment, so no message repeats it. */
  readonly fromEnvironment: boolean
}

function keyOf(path: Path): string {
  return path.join('\0')
}

class TooMuch extends Error {}

class Walk {
  readonly #places: Places
  readonly #env: Environment
  readonly #findings: Finding[] = []
  readonly #anchors = new Map<string, Node>()
  /** Nodes that the walk is in: an alias to one of them would never end. */
  readonly #open = new Set<Node>()
  #repeating = 0
  #repeated = 0
  /** Within '<<', what stands in the file itself keeps its place. */
  #merging = 0

  constructor(places: Places, env: Environment) {
    this.#places = places
    this.#env = env
  }

  read(): Reading {
    const document = parseDocument(this.#places.text, {
      schema: 'failsafe',
      version: '1.2',
      // Looks at each pair of names, which takes too long for a large file. The walk looks once at each.
      uniqueKeys: false,
      // Copies out a piece of the text for each of perhaps 300,000 errors.
      prettyErrors: false,
    })
    for (const { code, message, pos } of document.errors.slice(0, findingsMax)) {
      this.#wrong(
        pos[0],
        [],
        sentences[code] ?? `This is not YAML: ${withoutText(message).replace(/[.:]?$/, '.')}`,
      )
    }
    let tree: Tree = null
    try {
      if (this.#findings.length === 0 && document.contents !== null) {
        tree = this.#walk(document.contents as Node, [], 0)
      }
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error
    }
    return { tree, places: this.#places, findings: this.#findings }
  }

  #walk(node: Node | null, path: Path, nameAt: number): Tree {
    if (node === null) {
      this.#place(path, nameAt, nameAt)
      return null
    }
    const at = node.range?.[0] ?? nameAt
    if (path.length > depthMax)
      this.#giveUp(at, path, `Nothing here is nested ${depthMax} levels deep.`)
    if (this.#repeating > 0 && (this.#repeated += 1) > repeatedMax) {
      this.#giveUp(at, path, `Aliases repeat more than ${repeatedMax} values.`)
    }
    if (isAlias(node)) return this.#follow(node.source, at, path, nameAt)
    if (node.tag !== undefined && !plainTags.has(node.tag)) {
      const tag = node.tag.replace('tag:yaml.org,2002:', '!!')
      const sentence = isSecret(path)
        ? 'A value that begins with ! has to stand in quotes.'
        : `Tags such as ${tag} mean nothing here. Take it out.`
      this.#wrong(at, path, sentence)
    }
    const { anchor } = node as { anchor?: string }
    if (anchor !== undefined) this.#anchors.set(anchor, node)
    if (isScalar(node)) return this.#scalar(node, at, path, nameAt)
    this.#place(path, nameAt, at)
    this.#open.add(node)
    const tree = isSeq<Node>(node)
      ? node.items.map((item, index) => this.#walk(item, [...path, index], item.range?.[0] ?? at))
      : this.#map(node, path)
    this.#open.delete(node)
    return tree
  }

  #scalar(node: Scalar, at: number, path: Path, nameAt: number): string | null {
    const text = node.source ?? String(node.value)
    const expanded = expand(text, this.#env)
    const isEmpty = node.type === 'PLAIN' && text === ''
    this.#place(path, nameAt, isEmpty ? nameAt : at, 'used' in expanded && expanded.used)
    if ('sentence' in expanded) {
      const wanted = this.#places.text.indexOf(expanded.wanted, at)
      const inside = wanted !== -1 && wanted < (node.range?.[1] ?? 0)
      const isName = /^\$\{\w+\}$/.test(expanded.wanted)
      const sentence =
        isName || !isSecret(path)
          ? expanded.sentence
          : 'Something in it begins with ${ and names no variable of the environment. Write $${ for the signs themselves.'
      this.#wrong(inside ? wanted : at, path, sentence)
      return text
    }
    return node.type === 'PLAIN' && nulls.has(text) ? null : expanded.text
  }

  #map(node: Node, path: Path): TreeMap {
    const map = Object.create(null) as Record<string, Tree>
    if (!isMap(node)) return map
    const own = new Set<string>()
    const merges: (Node | null)[] = []
    for (const { key, value } of node.items) {
      const name = key as Node | null
      const nameAt = name?.range?.[0] ?? node.range?.[0] ?? 0
      if (!isScalar(name) || typeof name.source !== 'string' || name.source === '') {
        this.#wrong(nameAt, path, 'A name has to stand here, before the colon.')
      } else if (name.source === '<<' && name.type === 'PLAIN') {
        merges.push(value as Node | null)
      } else if (name.source === '__proto__') {
        this.#wrong(nameAt, path, 'Nothing here may be called __proto__.')
      } else if (isFused(name.source, value, path)) {
        this.#wrong(nameAt, path, 'A colon and a blank have to stand between a name and its value.')
      } else if (own.has(name.source)) {
        const first = this.#places.get([...path, name.source])
        const line = this.#places.position(first?.name ?? 0).line
        const sentence = `${name.source} stands here a second time; the first is in line ${line}. Keep one.`
        this.#wrong(nameAt, [...path, name.source], sentence)
      } else {
        own.add(name.source)
        map[name.source] = this.#walk(value as Node | null, [...path, name.source], nameAt)
      }
    }
    for (const merge of merges) this.#merge(map, merge, path)
    return map
  }

  /** What '<<' brings: settings that do not stand here themselves; of several, the first rules. */
  #merge(map: Record<string, Tree>, from: Node | null, path: Path): void {
    this.#merging += 1
    for (const source of isSeq<Node>(from) ? from.items : [from]) {
      const at = source?.range?.[0] ?? from?.range?.[0] ?? 0
      const brought = this.#walk(source, path, at)
      if (typeof brought === 'object' && brought !== null && !Array.isArray(brought)) {
        for (const [name, value] of Object.entries(brought)) if (!(name in map)) map[name] = value
      } else {
        this.#wrong(at, path, 'Behind << stands an alias of settings, or a list of them.')
      }
    }
    this.#merging -= 1
  }

  #follow(name: string, at: number, path: Path, nameAt: number): Tree {
    const target = this.#anchors.get(name)
    if (target === undefined) {
      const sentence = isSecret(path)
        ? 'A value that begins with * has to stand in quotes: it names nothing that stands before it.'
        : `No &${name} stands before this *${name}.`
      this.#wrong(at, path, sentence)
      return null
    }
    if (this.#open.has(target)) {
      this.#wrong(at, path, `*${name} stands within &${name} itself.`)
      return null
    }
    this.#repeating += 1
    const tree = this.#walk(target, path, nameAt)
    this.#repeating -= 1
    return tree
  }

  #place(path: Path, name: number, value: number, fromEnvironment = false): void {
    this.#places.set(path, { name, value, fromEnvironment }, this.#merging > 0)
  }

  #wrong(offset: number, path: Path, sentence: string): void {
    if (this.#findings.length < findingsMax) this.#findings.push({ path, sentence, at: offset })
  }

  #giveUp(offset: number, path: Path, sentence: string): never {
    this.#wrong(offset, path, sentence)
    throw new TooMuch()
  }
}

/** What the parser says, without the text that it quotes: there may be a key in it. */
function withoutText(message: string): string {
  return message.replace(/^(.*\b(?:token in YAML \w+|YAML token|extra characters)):[^]*$/, '$1')
}

function isSecret(path: Path): boolean {
  return path.some((step) => typeof step === 'string' && secretNames.has(step))
}

/** 'secret:abc', 'api_key=abc': a name and a key in one, which nobody may be told of as a name. */
function isFused(name: string, value: unknown, path: Path): boolean {
  const isAlone = value === null || (isScalar(value) && value.source === '')
  if (!isAlone || path[0] === 'customers' || path[0] === 'features') return false
  if (path.at(-1) === 'headers') return /[^\w-]/.test(name)
  return /^(?:api_keys?|secret|webhook)[^\w./-]/.test(name)
}

const nulls = new Set(['', '~', 'null', 'Null', 'NULL'])
const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
)

/** What the parser's codes mean to someone who edits a file. For the rest its own words serve. */
const sentences: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'An alias is written *name, and & or * alone mean nothing: put the value in quotes.',
  BAD_INDENT:
    'This line is not indented like the lines that it belongs to, or a bracket before it is open.',
  BAD_SCALAR_START: 'A value cannot begin with this sign: put it in quotes.',
  BLOCK_AS_IMPLICIT_KEY:
    'Two colons stand in this line: put the value in quotes, or begin a new line.',
  MULTILINE_IMPLICIT_KEY:
    'This line has no colon, or a value runs on where a setting should begin.',
  MULTIPLE_DOCS: 'A second document begins here. A configuration is one: take out the line ---.',
  RESOURCE_EXHAUSTION: `Nothing here is nested ${depthMax} levels deep.`,
  TAB_AS_INDENT: 'This line is indented with a tab. YAML takes spaces only.',
}
