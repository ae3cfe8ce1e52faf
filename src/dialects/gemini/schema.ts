import type { Extra } from '../../core/call.ts'
import { isObject } from '../fields.ts'

/**
 * Two kinds of schema are in use: JSON Schema, with limits, and the older subset of OpenAPI 3.0.
 * @see https://ai.google.dev/api/caching#Schema and #FunctionDeclaration (read 2026-11-21)
 */

/** Where schemas stand within a schema. */
const maps = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
])
const lists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const singles = new Set([
  'items',
  'additionalProperties',
  'not',
  'if',
  'then',
  'else',
  'contains',
  'propertyNames',
])

/** The schema with all that stand directly in it changed. */
function mapInner(schema: Extra, change: (inner: Extra) => Extra): Record<string, unknown> {
  const one = (value: unknown): unknown => (isObject(value) ? change(value) : value)
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => {
      if (maps.has(name) && isObject(value))
        return [
          name,
          Object.fromEntries(Object.entries(value).map(([key, each]) => [key, one(each)])),
        ]
      if (lists.has(name) && Array.isArray(value)) return [name, value.map(one)]
      return [name, singles.has(name) ? one(value) : value]
    }),
  )
}

/** Numbers that the subset writes as texts: 64 bits wide in the vendor's own types. */
const counts = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
])

/** The subset as JSON Schema. What is JSON Schema already stays as it is. */
export function toJsonSchema(subset: Extra): Extra {
  const { type, nullable, format, propertyOrdering, ...rest } = mapInner(
    inOneSpelling(subset),
    toJsonSchema,
  )
  void propertyOrdering // no other vendor has a word for it
  const isNullable = nullable === true
  const schema: Record<string, unknown> = { ...typed(type, isNullable) }
  for (const [name, value] of Object.entries(rest)) {
    schema[name] = counts.has(name) && typeof value === 'string' ? Number(value) : value
  }
  if (format !== undefined && format !== 'enum') schema['format'] = format
  const { enum: values, anyOf } = schema
  if (isNullable && Array.isArray(values)) schema['enum'] = [...(values as unknown[]), null]
  if (isNullable && Array.isArray(anyOf))
    schema['anyOf'] = [...(anyOf as unknown[]), { type: 'null' }]
  return schema
}

function inOneSpelling(schema: Extra): Extra {
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [
      name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}

function typed(type: unknown, nullable: boolean): Extra {
  if (typeof type !== 'string' || type === 'TYPE_UNSPECIFIED')
    return type === undefined ? {} : { type }
  const name = type.toLowerCase()
  return { type: nullable && name !== 'null' ? [name, 'null'] : name }
}

type Note = (word: string) => void

/**
 * JSON Schema as Gemini takes it: a `$ref` stands alone there, and leads into `$defs`.
 * @param note  told of each keyword that had to go
 */
export function fitJsonSchema(schema: Extra, note: Note): Extra {
  const root = withDefs(schema)
  const walk = (inner: Extra, within: readonly string[]): Extra => {
    const { $ref: ref, ...beside } = inner
    const siblings = Object.keys(beside).filter((name) => !name.startsWith('$'))
    if (typeof ref !== 'string' || siblings.length === 0)
      return mapInner(inner, (each) => walk(each, within))
    const found = within.includes(ref) ? null : definitionOf(root, ref)
    if (found) return walk({ ...found, ...beside }, [...within, ref])
    for (const name of siblings) note(`-${name}`)
    return { $ref: ref }
  }
  return walk(root, [])
}

/** Draft 7 keeps its definitions under another name. */
function withDefs(schema: Extra): Extra {
  if (!isObject(schema['definitions'])) return schema
  const { definitions, ...rest } = schema
  const renamed = (inner: Extra): Extra => {
    const made = mapInner(inner, renamed)
    if (typeof made['$ref'] === 'string')
      made['$ref'] = made['$ref'].replace(/^#\/definitions\//, '#/$defs/')
    return made
  }
  return renamed({ ...rest, $defs: { ...definitions, ...asObject(rest['$defs']) } })
}

function definitionOf(root: Extra, ref: string): Extra | null {
  const name = /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1]
  const found = name === undefined ? undefined : asObject(root['$defs'])[name]
  return isObject(found) ? found : null
}

/** All that the subset has a word for. */
const subsetKeywords = new Set([
  'title',
  'description',
  'enum',
  'minItems',
  'maxItems',
  'properties',
  'required',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'example',
  'anyOf',
  'propertyOrdering',
  'default',
  'items',
  'minimum',
  'maximum',
])
const subsetFormats = new Set(['enum', 'date-time', 'float', 'double', 'int32', 'int64'])
/** These say nothing that a model could heed. */
const silent = new Set(['$schema', '$id', '$defs', '$anchor', '$comment'])

/**
 * The subset, for models that take nothing else. References are written out; one that leads back into
 * itself becomes any object.
 * @param note  told of each keyword that had to go
 */
export function toSubset(schema: Extra, note: Note): Extra {
  const root = withDefs(schema)
  const walk = (inner: Extra, within: readonly string[]): Extra => {
    const { $ref: ref, ...beside } = inner
    if (typeof ref === 'string') {
      const found = within.includes(ref) ? null : definitionOf(root, ref)
      if (found) return walk({ ...found, ...beside }, [...within, ref])
      note('-$ref')
      return { type: 'OBJECT', ...described(beside) }
    }
    return reduce(
      mapInner(beside, (each) => walk(each, within)),
      note,
    )
  }
  return walk(root, [])
}

function described({ description }: Extra): Extra {
  return typeof description === 'string' ? { description } : {}
}

function reduce(schema: Extra, note: Note): Extra {
  const { type, format, const: constant, oneOf, allOf, enum: values, ...rest } = schema
  const made: Record<string, unknown> = {}
  for (const merged of Array.isArray(allOf) ? allOf.filter(isObject) : [])
    Object.assign(made, merged)
  const types = (Array.isArray(type) ? (type as unknown[]) : [type]).filter(
    (each) => typeof each === 'string',
  )
  const [first, ...others] = types.filter((each) => each !== 'null')
  if (types.includes('null')) made['nullable'] = true
  if (first !== undefined && others.length === 0) made['type'] = first.toUpperCase()
  if (others.length > 0)
    made['anyOf'] = [first!, ...others].map((each) => ({ type: each.toUpperCase() }))
  if (Array.isArray(oneOf)) made['anyOf'] = oneOf
  const named = constant === undefined ? values : [constant]
  if (Array.isArray(named)) {
    const texts = named.filter((value) => typeof value === 'string')
    if (named.includes(null)) made['nullable'] = true
    if (texts.length === 0) note('-enum')
    else Object.assign(made, { type: 'STRING', format: 'enum', enum: texts })
  } else if (typeof format === 'string') {
    if (subsetFormats.has(format)) made['format'] = format
    else note('-format')
  }
  for (const [name, value] of Object.entries(rest)) {
    if (subsetKeywords.has(name)) made[name] = value
    else if (!silent.has(name)) note(`-${name}`)
  }
  return made
}

function asObject(value: unknown): Extra {
  return isObject(value) ? value : {}
}
