import type { Extra } from './extra.ts'

/**
 * What is wrong with a value under a JSON Schema: one sentence with the place of it, for the model that
 * made the value; null when nothing is.
 *
 * Read are the keywords with which structured outputs are described: types, values, members, items,
 * bounds, combinations, and references within the schema. `pattern` and `format` are not: a caller's
 * expression would run where calls are served, and may take for ever. Other keywords say nothing here.
 */
export function misfit(value: unknown, schema: unknown): string | null {
  return new Check(schema).at(value, schema, '', 0)
}

/** A schema that refers to itself in a circle is not followed for ever: what is behind counts as fitting. */
const stepsMax = 100_000
const depthMax = 200
/** So much of a value is repeated in a sentence. */
const shownMax = 60

class Check {
  readonly #root: unknown
  #steps = 0

  constructor(root: unknown) {
    this.#root = root
  }

  at(value: unknown, schema: unknown, place: string, depth: number): string | null {
    this.#steps += 1
    if (this.#steps > stepsMax || depth > depthMax) return null
    if (schema === false) return `${named(place)} must not be there`
    if (!isObject(schema)) return null
    const inner = (one: unknown): string | null => this.at(value, one, place, depth + 1)
    if (typeof schema['$ref'] === 'string') {
      const wrong = inner(this.#resolve(schema['$ref']))
      if (wrong !== null) return wrong
    }
    return (
      typeFault(value, schema, place) ??
      valueFault(value, schema, place) ??
      this.#combined(schema, place, inner) ??
      (isObject(value) ? this.#members(value, schema, place, depth) : null) ??
      (Array.isArray(value) ? this.#items(value, schema, place, depth) : null)
    )
  }

  #combined(schema: Extra, place: string, inner: (one: unknown) => string | null): string | null {
    for (const one of listOf(schema['allOf'])) {
      const wrong = inner(one)
      if (wrong !== null) return wrong
    }
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      const choices = listOf(schema[keyword])
      if (choices.length === 0) continue
      const faults = choices.map(inner)
      const fitting = faults.filter((wrong) => wrong === null).length
      if (fitting === 0)
        return faults.length === 1
          ? faults[0]!
          : `${named(place)} fits none of the ${faults.length} forms it may have (${faults[0]})`
      if (keyword === 'oneOf' && fitting > 1)
        return `${named(place)} fits more than one of the forms of which it may have one`
    }
    if ('not' in schema && inner(schema['not']) === null)
      return `${named(place)} has a form that is ruled out`
    return null
  }

  #members(value: Extra, schema: Extra, place: string, depth: number): string | null {
    for (const name of listOf(schema['required'])) {
      if (typeof name === 'string' && !Object.hasOwn(value, name))
        return `${named(place)} lacks ${JSON.stringify(name)}`
    }
    const known = isObject(schema['properties']) ? schema['properties'] : {}
    const others =
      schema['additionalProperties'] ?? (isObject(schema['patternProperties']) ? true : undefined)
    for (const [name, member] of Object.entries(value)) {
      const own = Object.hasOwn(known, name) ? known[name] : others
      if (own === false)
        return `${named(place)} has ${JSON.stringify(name)}, which must not be there`
      const wrong = own === undefined ? null : this.at(member, own, `${place}.${name}`, depth + 1)
      if (wrong !== null) return wrong
    }
    return null
  }

  #items(value: readonly unknown[], schema: Extra, place: string, depth: number): string | null {
    const first = listOf(schema['prefixItems'])
    for (const [index, item] of value.entries()) {
      const own = index < first.length ? first[index] : schema['items']
      const wrong = own === undefined ? null : this.at(item, own, `${place}[${index}]`, depth + 1)
      if (wrong !== null) return wrong
    }
    return null
  }

  /** '#/$defs/city'. What is not found says nothing. */
  #resolve(reference: string): unknown {
    if (!reference.startsWith('#')) return true
    let found: unknown = this.#root
    for (const step of reference.slice(1).split('/').slice(1)) {
      const name = unescaped(step)
      if (!(isObject(found) || Array.isArray(found)) || !Object.hasOwn(found, name)) return true
      found = (found as Record<string, unknown>)[name]
    }
    return found
  }
}

function typeFault(value: unknown, { type }: Extra, place: string): string | null {
  const types = typeof type === 'string' ? [type] : listOf(type)
  if (types.length === 0 || types.some((one) => isOf(value, one))) return null
  return `${named(place)} has to be ${types.join(' or ')}, not ${shown(value)}`
}

function isOf(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function valueFault(value: unknown, schema: Extra, place: string): string | null {
  const same = (one: unknown): boolean => Bun.deepEquals(one, value)
  const { enum: allowed } = schema
  if (Array.isArray(allowed) && !allowed.some(same)) {
    return `${named(place)} has to be one of ${shown(allowed)}, not ${shown(value)}`
  }
  if ('const' in schema && !same(schema['const']))
    return `${named(place)} has to be ${shown(schema['const'])}`
  for (const [keyword, holds] of bounds) {
    const bound = schema[keyword]
    if (typeof bound !== 'number' || holds(value, bound)) continue
    return `${named(place)} breaks ${keyword}: ${bound}`
  }
  if (schema['uniqueItems'] === true && Array.isArray(value)) {
    const texts = new Set(value.map((item) => JSON.stringify(item)))
    if (texts.size < value.length) return `${named(place)} holds an item twice`
  }
  return null
}

const number =
  (holds: (value: number, bound: number) => boolean) => (value: unknown, bound: number) =>
    typeof value !== 'number' || holds(value, bound)
const length =
  (holds: (count: number, bound: number) => boolean) => (value: unknown, bound: number) =>
    typeof value !== 'string' || holds([...value].length, bound)
const count =
  (holds: (count: number, bound: number) => boolean) => (value: unknown, bound: number) =>
    !Array.isArray(value) || holds(value.length, bound)
const members =
  (holds: (count: number, bound: number) => boolean) => (value: unknown, bound: number) =>
    !isObject(value) || holds(Object.keys(value).length, bound)
const atLeast = (value: number, bound: number): boolean => value >= bound
const atMost = (value: number, bound: number): boolean => value <= bound

const bounds: readonly (readonly [string, (value: unknown, bound: number) => boolean])[] = [
  ['minimum', number(atLeast)],
  ['maximum', number(atMost)],
  ['exclusiveMinimum', number((value, bound) => value > bound)],
  ['exclusiveMaximum', number((value, bound) => value < bound)],
  ['multipleOf', number(isMultiple)],
  ['minLength', length(atLeast)],
  ['maxLength', length(atMost)],
  ['minItems', count(atLeast)],
  ['maxItems', count(atMost)],
  ['minProperties', members(atLeast)],
  ['maxProperties', members(atMost)],
]

/** 0.3 is a multiple of 0.1, though no binary fraction says so. */
function isMultiple(value: number, of: number): boolean {
  if (of === 0) return true
  const times = value / of
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times))
}

function named(place: string): string {
  return place === '' ? 'the value' : place.replace(/^\./, '')
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

function unescaped(step: string): string {
  const plain = step.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is Extra {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
