import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { chance } from './chance.ts'
import { isList, isObject, type Json, type JsonObject } from './json.ts'
import { fit } from './schema.ts'

const hints = (prompt = 'Book a table in Paris for 4 on 2026-05-01', seed = 1) => ({
  prompt,
  subject: null,
  random: chance(seed),
})

test('a document fits any schema of the kinds that are read', () => {
  fc.assert(
    fc.property(schemas, fc.string(), fc.integer(), (schema, prompt, seed) => {
      const made = fit(schema, hints(prompt, seed))
      expect(complaints(schema, made, schema)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('what the prompt says is used where it is plausible', () => {
  const schema = {
    type: 'object',
    required: ['city', 'guests', 'date', 'kind', 'query'],
    properties: {
      city: { type: 'string' },
      guests: { type: 'integer', minimum: 1, maximum: 12 },
      date: { type: 'string', format: 'date' },
      kind: { enum: ['desk', 'table', 'room'] },
      query: { type: 'string' },
    },
  }
  expect(fit(schema, hints())).toEqual({
    city: 'Paris',
    guests: 4,
    date: '2026-05-01',
    kind: 'table',
    query: 'Book a table in Paris for 4 on 2026-05-01',
  })
})

test('a schema that contains itself ends', () => {
  const tree = {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        required: ['name', 'children'],
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
          parent: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        },
      },
    },
  }
  const made = fit(tree, hints())
  expect(made).toMatchObject({ name: 'Paris' })
  expect(complaints(tree, made, tree)).toEqual([])
})

test('a schema that has no end is cut off rather than followed', () => {
  const endless = {
    type: 'object',
    required: ['a', 'b'],
    properties: { a: { $ref: '#' }, b: { $ref: '#' } },
  }
  const started = performance.now()
  fit(endless, hints())
  fit({ $ref: '#' }, hints())
  fit({ allOf: [{ $ref: '#' }] }, hints())
  expect(performance.now() - started).toBeLessThan(500)
})

// A schema of bounded depth, of the kinds that are read.

const text = fc.tuple(fc.nat(12), fc.nat(12)).map(([a, b]) => ({
  type: 'string',
  minLength: Math.min(a, b),
  maxLength: Math.max(a, b),
}))
const formatted = fc
  .constantFrom('date', 'date-time', 'email', 'uri', 'uuid', 'ipv4')
  .map((format) => ({ type: 'string', format }))
const number = fc
  .tuple(fc.constantFrom('integer', 'number'), fc.integer({ min: -1000, max: 1000 }), fc.nat(500))
  .chain(([type, low, span]) =>
    fc.constantFrom<JsonObject>(
      { type },
      { type, minimum: low, maximum: low + span },
      { type, exclusiveMinimum: low, exclusiveMaximum: low + span + 2 },
      { type, minimum: low, exclusiveMaximum: low + 0.5 + span },
      { type, maximum: low },
      { type, exclusiveMinimum: low },
      { type, multipleOf: 5, minimum: low, maximum: low + span + 5 },
      { type: 'number', multipleOf: 0.01, minimum: low, maximum: low + span },
    ),
  )
const simple = fc.oneof(
  text,
  formatted,
  number,
  fc.constant({ type: 'boolean' }),
  fc.constant({ type: ['string', 'null'] }),
  fc.constant({}),
  fc
    .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { minLength: 1 })
    .map((values) => ({ enum: values as Json[] })),
  fc.string().map((value) => ({ const: value })),
)
const { schema: schemas } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    simple,
    fc
      .tuple(
        fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), tie('schema'), { maxKeys: 4 }),
        fc.boolean(),
      )
      .map(([properties, closed]) => ({
        type: 'object',
        properties,
        required: Object.keys(properties).filter((_, index) => index % 2 === 0),
        ...(closed ? { additionalProperties: false } : { minProperties: 2 }),
      })),
    fc.tuple(tie('schema'), fc.nat(3), fc.nat(3)).map(([items, a, b]) => ({
      type: 'array',
      items,
      minItems: Math.min(a, b),
      maxItems: Math.max(a, b),
    })),
    fc.constant({
      type: 'array',
      items: { type: 'integer', minimum: 0, maximum: 9 },
      uniqueItems: true,
      minItems: 5,
      maxItems: 6,
    }),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    number.map((bounded) => ({ allOf: [{ type: 'number' }, bounded] })),
  ),
}))

/** What a document lacks to fit the schema: a second opinion, with code of its own. */
function complaints(root: Json, value: Json, schema: Json, at = '$'): string[] {
  if (schema === true || !isObject(schema)) return schema === false ? [`${at}: nothing fits`] : []
  if (schema.$ref !== undefined) {
    const target = String(schema.$ref)
      .split('/')
      .slice(1)
      .reduce((here: Json, step) => (isObject(here) ? (here[step] ?? null) : null), root)
    return complaints(root, value, target, at)
  }
  const found: string[] = []
  const must = (fits: boolean, rule: string) => {
    if (!fits) found.push(`${at}: ${rule} ${JSON.stringify(schema)} got ${JSON.stringify(value)}`)
  }
  const { type } = schema
  if (type !== undefined) {
    must(
      (isList(type) ? type : [type]).some((word) => isOf(value, String(word))),
      'type',
    )
  }
  if (isList(schema.enum)) must(schema.enum.includes(value), 'enum')
  if (schema.const !== undefined) must(schema.const === value, 'const')
  if (isList(schema.anyOf)) {
    must(
      schema.anyOf.some((part) => complaints(root, value, part).length === 0),
      'anyOf',
    )
  }
  if (isList(schema.allOf)) {
    for (const part of schema.allOf) found.push(...complaints(root, value, part, at))
  }
  if (typeof value === 'number') {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
    if (typeof minimum === 'number') must(value >= minimum, 'minimum')
    if (typeof maximum === 'number') must(value <= maximum, 'maximum')
    if (typeof exclusiveMinimum === 'number') must(value > exclusiveMinimum, 'exclusiveMinimum')
    if (typeof exclusiveMaximum === 'number') must(value < exclusiveMaximum, 'exclusiveMaximum')
    if (typeof multipleOf === 'number') {
      const times = value / multipleOf
      must(Math.abs(times - Math.round(times)) < 1e-6, 'multipleOf')
    }
  }
  if (typeof value === 'string') {
    const { length } = [...value]
    if (typeof schema.minLength === 'number') must(length >= schema.minLength, 'minLength')
    if (typeof schema.maxLength === 'number') must(length <= schema.maxLength, 'maxLength')
  }
  if (isList(value)) {
    if (typeof schema.minItems === 'number') must(value.length >= schema.minItems, 'minItems')
    if (typeof schema.maxItems === 'number') must(value.length <= schema.maxItems, 'maxItems')
    if (schema.uniqueItems) must(new Set(value).size === value.length, 'uniqueItems')
    for (const [index, item] of value.entries()) {
      found.push(...complaints(root, item, schema.items ?? true, `${at}[${index}]`))
    }
  }
  if (isObject(value)) {
    const properties = isObject(schema.properties) ? schema.properties : {}
    for (const name of isList(schema.required) ? schema.required : []) {
      must(Object.hasOwn(value, String(name)), `required ${String(name)}`)
    }
    if (typeof schema.minProperties === 'number') {
      must(Object.keys(value).length >= schema.minProperties, 'minProperties')
    }
    for (const [name, member = null] of Object.entries(value)) {
      const rule = Object.hasOwn(properties, name)
        ? (properties[name] ?? true)
        : (schema.additionalProperties ?? true)
      found.push(...complaints(root, member, rule, `${at}.${name}`))
    }
  }
  return found
}

function isOf(value: Json, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return isList(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
