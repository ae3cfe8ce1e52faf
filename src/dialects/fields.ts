import { invalidRequest } from '../core/errors.ts'
import { type Extra, noExtra } from '../core/call.ts'

/** A JSON object whose fields are read with their path, so that a wrong one can be named. */
export class Fields {
  readonly value: Readonly<Record<string, unknown>>
  readonly path: string
  readonly #known = new Set<string>()

  /** @throws GatewayError invalid_request when `value` is no object */
  constructor(value: unknown, path: string) {
    if (!isObject(value)) throw wrong(path, 'an object', value)
    this.value = value
    this.path = path
  }

  /** Absent and null are the same: the caller did not say. */
  raw(name: string): unknown {
    this.#known.add(name)
    return Object.hasOwn(this.value, name) ? (this.value[name] ?? undefined) : undefined
  }

  text(name: string): string | null {
    return this.#typed(name, 'a string', isText)
  }

  needText(name: string): string {
    return this.text(name) ?? this.#missing(name, 'a string')
  }

  number(name: string): number | null {
    return this.#typed(name, 'a number', isNumber)
  }

  count(name: string): number | null {
    return this.#typed(name, 'a whole number of 0 or more', isCount)
  }

  flag(name: string): boolean | null {
    return this.#typed(name, 'true or false', isFlag)
  }

  object(name: string): Readonly<Record<string, unknown>> | null {
    return this.#typed(name, 'an object', isObject)
  }

  fields(name: string): Fields | null {
    const value = this.object(name)
    return value === null ? null : new Fields(value, this.at(name))
  }

  list(name: string): readonly unknown[] | null {
    return this.#typed(name, 'a list', Array.isArray)
  }

  needList(name: string): readonly unknown[] {
    return this.list(name) ?? this.#missing(name, 'a list')
  }

  /** A list of strings; empty when nothing was said. */
  texts(name: string): readonly string[] {
    const list = this.list(name)
    if (list === null) return nothing
    if (!list.every(isText)) throw this.wrong(name, 'a list of strings')
    return list
  }

  /** Each item of a list of objects. */
  items(name: string): readonly Fields[] {
    const list = this.list(name)
    if (list === null) return nothing
    const at = this.at(name)
    return list.map((item, index) => new Fields(item, `${at}[${index}]`))
  }

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  wrong(name: string, wanted: string): Error {
    return wrong(this.at(name), wanted, this.value[name])
  }

  /** Marks fields as known that are read in another way, or that say nothing. */
  skip(...names: readonly string[]): this {
    for (const name of names) this.#known.add(name)
    return this
  }

  /** The fields that nobody has asked for so far, nulls left out. */
  rest(): Extra {
    let rest: Record<string, unknown> | null = null
    for (const name of Object.keys(this.value)) {
      if (this.#known.has(name)) continue
      const value = this.value[name]
      if (value !== null) define((rest ??= {}), name, value)
    }
    return rest ?? noExtra
  }

  /** What is there of these fields; from now on they are known. */
  pick(...names: readonly string[]): Extra {
    const picked: Record<string, unknown> = {}
    for (const name of names) {
      const value = this.raw(name)
      if (value !== undefined) picked[name] = value
    }
    return picked
  }

  #typed<Type>(name: string, wanted: string, fits: (value: unknown) => boolean): Type | null {
    const value = this.raw(name)
    if (value === undefined) return null
    if (!fits(value)) throw wrong(this.at(name), wanted, value)
    return value as Type
  }

  #missing(name: string, wanted: string): never {
    throw wrong(this.at(name), wanted, undefined)
  }
}

/** invalid_request naming the field, what it has to be and what it was. */
export function wrong(path: string, wanted: string, value: unknown): Error {
  const where = path === '' ? 'The request body' : `'${path}'`
  return invalidRequest(`${where} has to be ${wanted}, not ${describe(value)}.`).at(path || null)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Absent fields of a wire object are undefined or null; both mean that nothing was said. */
export function present(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** Sets a property of any name, `__proto__` too, as data. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') {
    target[name] = value
    return
  }
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** The object without the members whose value is null or undefined. */
export function compact(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const name of Object.keys(object)) {
    const value = object[name]
    if (present(value)) define(made, name, value)
  }
  return made
}

const nothing: readonly never[] = []

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function describe(value: unknown): string {
  if (value === undefined) return 'absent'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return value.length > 40 ? 'a string' : JSON.stringify(value)
  return String(value)
}
