import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from 'yaml'
import { type Place, SuiteFault } from '../fault.ts'

/** A value of a file, and where it stands there. */
export class Spot {
  readonly value: unknown
  readonly place: Place
  readonly #source: Source | null
  readonly #node: Node | null

  private constructor(value: unknown, place: Place, source: Source | null, node: Node | null) {
    this.value = value
    this.place = place
    this.#source = source
    this.#node = node
  }

  /** @throws SuiteFault for text that is no YAML, of which JSON is a part */
  static parse(file: string, text: string): Spot {
    const lines = new LineCounter()
    const document = parseDocument(text, {
      lineCounter: lines,
      merge: true,
      prettyErrors: false,
      logLevel: 'error',
    })
    const source: Source = { file, document, lines }
    const [first] = document.errors
    if (first !== undefined) {
      const sentence = `This is not YAML: ${first.message.replace(/[.:]?$/, '.')}`
      throw new SuiteFault([{ place: placeAt(source, first.pos[0]), sentence }])
    }
    const start: Place = { file, line: 1, column: 1 }
    try {
      return new Spot(document.toJS() as unknown, start, source, document.contents)
    } catch (error) {
      throw new SuiteFault([
        { place: start, sentence: `Its aliases cannot be followed: ${(error as Error).message}` },
      ])
    }
  }

  /** A value that has no places of its own within: a line of JSON, a row of a table. */
  static at(value: unknown, place: Place): Spot {
    return new Spot(value, place, null, null)
  }

  get isMap(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value)
  }

  /** Undefined where there is no such member; a member of null is there. */
  get(name: string): Spot | undefined {
    if (!this.isMap || !Object.hasOwn(this.value as object, name)) return undefined
    const value = (this.value as Record<string, unknown>)[name]
    const pair = this.#pair(name)
    const node = pair?.value ?? null
    return new Spot(value, this.#placeOf(node ?? pair?.key ?? null), this.#source, node)
  }

  /** Where a member's name stands. */
  placeOfName(name: string): Place {
    return this.#placeOf(this.#pair(name)?.key ?? null)
  }

  get names(): readonly string[] {
    return this.isMap ? Object.keys(this.value as object) : []
  }

  /** Empty for what is no list. */
  get items(): readonly Spot[] {
    if (!Array.isArray(this.value)) return []
    const node = this.#resolved()
    const nodes = isSeq<Node>(node) ? node.items : []
    return this.value.map((value: unknown, index) => {
      const item = nodes[index] ?? null
      return new Spot(value, this.#placeOf(item), this.#source, item)
    })
  }

  #pair(name: string): { key: Node; value: Node | null } | undefined {
    const node = this.#resolved()
    if (!isMap<Node, Node | null>(node)) return undefined
    return node.items.find(({ key }) => isScalar(key) && String(key.value) === name) as
      | { key: Node; value: Node | null }
      | undefined
  }

  #resolved(): Node | null {
    if (this.#source === null || !isAlias(this.#node)) return this.#node
    return this.#node.resolve(this.#source.document) ?? null
  }

  #placeOf(node: Node | null): Place {
    const offset = node?.range?.[0]
    return this.#source === null || offset === undefined
      ? this.place
      : placeAt(this.#source, offset)
  }
}

interface Source {
  readonly file: string
  readonly document: Document.Parsed<ParsedNode>
  readonly lines: LineCounter
}

function placeAt({ file, lines }: Source, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { file, line: Math.max(1, line), column: Math.max(1, col) }
}
