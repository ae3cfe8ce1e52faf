import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'bun:test'
import { misfit } from './misfit.ts'

const city = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 20 },
    people: { type: ['integer', 'null'], minimum: 0 },
    kind: { enum: ['capital', 'port'] },
    near: { type: 'array', items: { $ref: '#' }, maxItems: 2 },
  },
  required: ['name', 'people'],
  additionalProperties: false,
}

describe('a value is told from its schema', () => {
  const right: [unknown, unknown][] = [
    [{ name: 'Oslo', people: null }, city],
    [{ name: 'Oslo', people: 7, kind: 'port', near: [{ name: 'Bergen', people: 3 }] }, city],
    [5, { anyOf: [{ type: 'string' }, { type: 'number', multipleOf: 0.1 }] }],
    [0.3, { multipleOf: 0.1 }],
    ['😀😀', { maxLength: 2 }],
    [[1, 'a'], { prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false }],
    [{ a: 1 }, { $ref: '#/$defs/a', $defs: { a: { required: ['a'] } } }],
    [{ a: 1 }, { $ref: 'https://elsewhere.example/schema' }],
    [1, true],
    ['anything', { pattern: '^(a+)+$', format: 'email' }],
  ]
  test.each(right)('%j fits %j', (value, schema) => {
    expect(misfit(value, schema)).toBeNull()
  })

  const wrong: [unknown, unknown, string][] = [
    [{ people: 1 }, city, 'the value lacks "name"'],
    [{ name: 'Oslo', people: 1.5 }, city, 'people has to be integer or null, not 1.5'],
    [{ name: 'Oslo', people: -1 }, city, 'people breaks minimum: 0'],
    [{ name: '', people: 1 }, city, 'name breaks minLength: 1'],
    [
      { name: 'Oslo', people: 1, kind: 'town' },
      city,
      'kind has to be one of ["capital","port"], not "town"',
    ],
    [{ name: 'Oslo', people: 1, sea: true }, city, 'the value has "sea", which must not be there'],
    [{ name: 'Oslo', people: 1, near: [{ name: 'A' }] }, city, 'near[0] lacks "people"'],
    [{ name: 'Oslo', people: 1, near: [1, 2, 3] }, city, 'near breaks maxItems: 2'],
    [[1, 1], { uniqueItems: true }, 'the value holds an item twice'],
    ['a', { const: 'b' }, 'the value has to be "b"'],
    [1, { anyOf: [{ type: 'string' }, { type: 'null' }] }, 'the value fits none of the 2 forms'],
    [1, { oneOf: [{ type: 'integer' }, { minimum: 0 }] }, 'the value fits more than one'],
    [1, { not: { type: 'integer' } }, 'the value has a form that is ruled out'],
    [1, { allOf: [{ type: 'integer' }, { minimum: 5 }] }, 'the value breaks minimum: 5'],
    [[1, 2], { prefixItems: [{}], items: false }, '[1] must not be there'],
  ]
  test.each(wrong)('%j does not fit %j', (value, schema, why) => {
    expect(misfit(value, schema)).toContain(why)
  })

  test('one that refers to itself in a circle comes to an end', () => {
    expect(misfit(1, { $ref: '#' })).toBeNull()
    const wide = { anyOf: [{ $ref: '#' }, { $ref: '#' }, { type: 'string' }] }
    expect(() => misfit(1, wide)).not.toThrow()
  })
})

const published = '../shared/data/fixtures/schema/openai-calibrated.json'
test.skipIf(!existsSync(published))(
  'the published schema of a chat completion takes one, and no other object (skipped without ../shared)',
  () => {
    const whole = JSON.parse(readFileSync(published, 'utf8')) as Record<string, unknown>
    const schema = { ...whole, $ref: '#/components/schemas/CreateChatCompletionResponse' }
    const answer = {
      id: 'a',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi.', refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
    }
    expect(misfit(answer, schema)).toBeNull()
    expect(misfit({ ...answer, object: 'list' }, schema)).not.toBeNull()
    expect(misfit({ ...answer, choices: [{}] }, schema)).toContain('choices[0]')
  },
)
