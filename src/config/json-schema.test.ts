import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { example } from './example.suite.ts'
import { jsonSchema } from './json-schema.ts'

type Json = Record<string, unknown>

test('the committed freehold.schema.json is what the settings say; to write it: bun scripts/schema.ts', async () => {
  const file = join(import.meta.dir, '..', '..', 'freehold.schema.json')
  expect(await Bun.file(file).json()).toEqual(jsonSchema())
})

test('every setting has a description', () => {
  const bare: string[] = []
  walk(jsonSchema(), '', (settings, path) => {
    for (const [name, setting] of Object.entries(settings)) {
      if (typeof (setting as Json)['description'] !== 'string') bare.push(`${path}.${name}`)
    }
  })
  expect(bare).toEqual([])
})

const check = z.fromJSONSchema(jsonSchema())

test('an editor finds nothing wrong with the example', () => {
  expect(check.safeParse(parse(example)).error).toBeUndefined()
})

test.each([
  'server: { port: "${PORT}", drain: "${DRAIN}", body_limit: "${LIMIT}" }',
  'server: { port: 4000, workers: 1 }',
  'payloads: "${PAYLOADS}"',
  'prices: { a/b: { input: "${PRICE}", output: 0.6, cache_read: "0.015" } }',
  'keys: [{ id: a, secret: "${KEY}", budget: { limit: "${LIMIT}", per: day }, rate: { requests: "${RATE}" } }]',
  'providers: { deepseek: }',
  'customers:',
])('an editor takes %s', (text) => {
  expect(check.safeParse(parse(text)).error).toBeUndefined()
})

test.each([
  'serer: {}',
  'server: { port: "x" }',
  'server: { drain: 30 }',
  'tasks: { a: { model: x/y } }',
  'tasks: { a: { models: [x/y], policy: luck } }',
  'keys: [{ id: a }]',
  'prices: { a/b: { input: -1 } }',
  'providers: { "a b": {} }',
])('an editor marks %s', (text) => {
  expect(check.safeParse(parse(text)).success).toBe(false)
})

function walk(part: unknown, path: string, see: (settings: Json, path: string) => void): void {
  if (typeof part !== 'object' || part === null) return
  const { properties } = part as { properties?: Json }
  if (properties) see(properties, path)
  for (const [name, inner] of Object.entries(part)) walk(inner, `${path}.${name}`, see)
}
