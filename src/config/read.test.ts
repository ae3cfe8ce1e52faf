import { expect, test } from 'bun:test'
import { assert, constantFrom, array, property, string } from 'fast-check'
import { readTree } from './read.ts'

test('every value is the text that was written', () => {
  const { tree } = readTree('a: 0.10\nb: no\nc: 0x10\nd: 2026-11-21\ne: "1e3"\nf: 1_000\n', {})
  expect(tree).toEqual({ a: '0.10', b: 'no', c: '0x10', d: '2026-11-21', e: '1e3', f: '1_000' })
})

test('an empty value is null, an empty text is not', () => {
  expect(readTree('a:\nb: ~\nc: null\nd: ""\ne: "null"\n', {}).tree).toEqual({
    a: null,
    b: null,
    c: null,
    d: '',
    e: 'null',
  })
})

test('an empty file, a comment and a byte order mark are nothing', () => {
  for (const text of ['', '\n', '# nothing\n', '\ufeff', '---\n']) {
    expect(readTree(text, {})).toMatchObject({ tree: null, findings: [] })
  }
  expect(readTree('\ufeffa: 1', {}).tree).toEqual({ a: '1' })
})

test('JSON is read, tabs and all', () => {
  const text = JSON.stringify({ a: [1, 'x', null], b: { c: 0.1 } }, null, '\t')
  expect(readTree(text, {})).toMatchObject({
    tree: { a: ['1', 'x', null], b: { c: '0.1' } },
    findings: [],
  })
})

test('aliases and merge keys are followed; what stands in the settings themselves goes before', () => {
  const text = 'x: &x { a: 1, b: 2 }\ny: &y { b: 3, c: 4 }\nz: { b: 5, <<: [*x, *y] }\nw: *x\n'
  const { tree, findings } = readTree(text, {})
  expect(findings).toEqual([])
  expect(tree).toMatchObject({ z: { a: '1', b: '5', c: '4' }, w: { a: '1', b: '2' } })
})

test('what a merge brings keeps its place in the file', () => {
  const { places } = readTree('x: &x\n  a: { b: 1 }\nz:\n  <<: *x\n  c: 1\n', {})
  const at = places.issue({ path: ['z', 'a', 'b'], sentence: '', at: 'value' })
  expect(at).toMatchObject({ line: 2, column: 11, path: 'z.a.b' })
})

test.each([
  [
    'a: 1\nb: 2\na: 3\n',
    3,
    1,
    'a',
    'a stands here a second time; the first is in line 1. Keep one.',
  ],
  [
    'a:\n  b: 1\n  "b": 2\n',
    3,
    3,
    'a.b',
    'b stands here a second time; the first is in line 2. Keep one.',
  ],
  ['a:\n\tb: 1\n', 2, 1, '', 'This line is indented with a tab. YAML takes spaces only.'],
  [
    'a: 1\n---\nb: 2\n',
    2,
    1,
    '',
    'A second document begins here. A configuration is one: take out the line ---.',
  ],
  ['a: *x\n', 1, 4, 'a', 'No &x stands before this *x.'],
  ['a: &x [*x]\n', 1, 8, 'a[0]', '*x stands within &x itself.'],
  ['a: &x { <<: *x }\n', 1, 13, 'a', '*x stands within &x itself.'],
  [
    'a: !!js/function x\n',
    1,
    18,
    'a',
    'Tags such as !!js/function mean nothing here. Take it out.',
  ],
  ['a: @x\n', 1, 4, '', 'A value cannot begin with this sign: put it in quotes.'],
  [
    'a: b: c\n',
    1,
    4,
    '',
    'Two colons stand in this line: put the value in quotes, or begin a new line.',
  ],
  ['? [a]\n: b\n', 1, 3, '', 'A name has to stand here, before the colon.'],
  ['a: { <<: 1 }\n', 1, 10, 'a', 'Behind << stands an alias of settings, or a list of them.'],
  ['__proto__: { a: 1 }\n', 1, 1, '', 'Nothing here may be called __proto__.'],
  [
    'a: x\nb: "1 ${NOPE}"\n',
    2,
    7,
    'b',
    'The environment has no NOPE. Set it, or take this setting out.',
  ],
] as const)('%j is refused at %d:%d', (text, line, column, path, sentence) => {
  const { places, findings } = readTree(text, {})
  expect(findings.map((finding) => places.issue(finding))).toContainEqual({
    line,
    column,
    path,
    sentence,
  })
})

test('names of every object are plain names', () => {
  const { tree, findings } = readTree(
    'constructor: 1\ntoString: 2\n__proto__: { polluted: 1 }\n',
    {},
  )
  expect(findings).toHaveLength(1)
  expect(Object.entries(tree as object)).toEqual([
    ['constructor', '1'],
    ['toString', '2'],
  ])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

const bomb = ['a: &a0 [x,x,x,x,x,x,x,x,x]']
for (let level = 1; level < 10; level += 1) {
  bomb.push(`b${level}: &a${level} [${`*a${level - 1},`.repeat(9)}]`)
}

test.each([
  ['aliases of aliases', bomb.join('\n')],
  ['a million levels', '['.repeat(900_000)],
  ['a million mappings', '{a: '.repeat(200_000)],
  ['a million anchors', '&a '.repeat(300_000)],
  ['100,000 names', Array.from({ length: 90_000 }, (_, at) => `k${at}: 1`).join('\n')],
  ['one name 100,000 times', 'a: 1\n'.repeat(100_000)],
  ['more than 1 MB', 'a: 1\n'.repeat(300_000)],
  [
    'levels through aliases',
    Array.from({ length: 500 }, (_, at) => `k${at}: &k${at} [${at ? `*k${at - 1}` : ''}]`).join(
      '\n',
    ),
  ],
])('%s are an answer within seconds', (_, text) => {
  const from = performance.now()
  const { findings } = readTree(text, {})
  expect(performance.now() - from).toBeLessThan(10_000)
  expect(findings.length).toBeLessThanOrEqual(50)
})

test('whatever the text, reading it never throws', () => {
  const pieces = [
    ...'-:?&*!|>%@`[]{},#\'"\\ \n\t$'.split(''),
    '${A}',
    '<<',
    'a',
    '1',
    '---',
    '...',
    '\r\n',
    '  ',
    ': ',
    '- ',
    '&a ',
    '*a',
    '\u0000',
    '\ud800',
  ]
  assert(
    property(
      array(constantFrom(...pieces), { maxLength: 40 }),
      (parts) => void readTree(parts.join(''), {}),
    ),
    { numRuns: 5000 },
  )
  assert(property(string({ unit: 'binary', maxLength: 200 }), (text) => void readTree(text, {})))
})
