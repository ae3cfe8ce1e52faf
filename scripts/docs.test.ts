import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Glob } from 'bun'
import { referenceFolder, referencePages } from './docs.ts'
import { adaptationsOf } from './docs/providers.ts'
import { missingErrors } from './docs/errors.ts'
import { unsaidRoutes } from './docs/http.ts'
import { table } from './docs/markdown.ts'
import { familiesOf } from './docs/metrics.ts'
import { openaiChat } from '../src/dialects/openai-chat/index.ts'

const pages = await referencePages()

test.each([...pages])('%s is what the code says; if not: npm run docs', (name, text) => {
  expect(readFileSync(join(referenceFolder, name), 'utf8')).toBe(text)
})

test('no page of the reference is written by hand', () => {
  expect(readdirSync(referenceFolder).toSorted()).toEqual([...pages.keys()].toSorted())
})

test('every error has its line', () => {
  expect(missingErrors()).toEqual([])
})

test('every path has its words', () => {
  expect(unsaidRoutes()).toEqual([])
})

test('every header of our own is on the page about HTTP, and no other', () => {
  const page = pages.get('http.md')!
  const code = [...new Glob('src/{server,gateway,dialects}/**/*.ts').scanSync()]
    .filter((file) => !file.includes('.test.'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const inCode = headersIn(code).filter((name) => name !== 'x-freehold-')
  // Spelt from 'customer', 'feature' and 'session' in the code.
  const attribution = ['x-freehold-customer', 'x-freehold-feature', 'x-freehold-session']
  expect(headersIn(page)).toEqual([...new Set([...inCode, ...attribution])].toSorted())
})

test('every setting, down to the last group, is on the page about the configuration', () => {
  const page = pages.get('configuration.md')!
  const schema = readFileSync(join(import.meta.dir, '..', 'freehold.schema.json'), 'utf8')
  const names = namesIn(JSON.parse(schema))
  expect(names.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([])
})

test('what is adapted is said in words', () => {
  const words = adaptationsOf(
    {
      parameters: [
        { name: 'seed', does: { kind: 'drop' } },
        { name: 'user', does: { kind: 'drop' } },
        { name: 'a', does: { kind: 'rename', to: 'b' }, models: /^x/ },
        { name: 'temperature', does: { kind: 'clamp', min: 0, max: 1 } },
        { name: 'temperature', does: { kind: 'clamp', min: 1, max: 1 } },
        { name: 'tool_choice', does: { kind: 'map', values: { required: 'any' } } },
        { name: 'thinking', does: { kind: 'default', value: false, when: 'whole' } },
        { name: 'top_k', does: { kind: 'drop' }, where: { name: 'n', is: [undefined, 1] } },
      ],
      developerRole: 'system',
      plainText: true,
      usage: { cachedApart: true, reasoningApart: false },
    },
    { dialect: openaiChat },
  )
  expect(words).toEqual([
    '`seed` and `user` are left out',
    '`a` is sent as `b` (models `/^x/`)',
    '`temperature` is kept within 0 to 1',
    '`temperature` is always 1',
    'of `tool_choice`, `required` becomes `"any"`',
    '`thinking` is added as `false` to calls that are not streamed when the caller leaves it out',
    '`top_k` is left out where `n` is left out or `1`',
    'the role `developer` is sent as `system`',
    'content that is a list of texts is joined to one text',
    'its count of prompt tokens leaves cached ones out, which are added',
  ])
})

test("Prometheus' text is read by families", () => {
  expect(
    familiesOf('# HELP a_total Things.\n# TYPE a_total counter\na_total{x="1",y="2"} 3\n'),
  ).toEqual([{ name: 'a_total', type: 'counter', help: 'Things.', labels: ['x', 'y'] }])
})

test('a cell cannot break its table', () => {
  expect(table(['a'], [['one | two\nthree']])).toBe('| a |\n| --- |\n| one \\| two three |')
})

function headersIn(text: string): readonly string[] {
  const names = text.matchAll(/x-freehold-[a-z-]*/g)
  return [...new Set([...names].map(([name]) => name))].toSorted()
}

/** Names of all properties of a JSON Schema. */
function namesIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties } = schema as { properties?: Record<string, unknown> }
  const own = typeof properties === 'object' ? Object.keys(properties) : []
  return [...own, ...Object.values(schema).flatMap(namesIn)]
}
