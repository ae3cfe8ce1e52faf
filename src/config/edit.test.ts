import { expect, test } from 'bun:test'
import { assert, constantFrom, property, uniqueArray } from 'fast-check'
import { swapTaskModel, taskTextOf } from './edit.ts'

/** The text with what was swapped between ⟨ and ⟩, before and after. */
test.each([
  ['tasks:\n  a: ⟨x/y⟩   # kept\n  b: z/w\n', ['n/m'], 'n/m'],
  ['tasks:\n  a: ⟨"x/y"⟩\n', ['n/m'], '"n/m"'],
  ["tasks: { b: z/w, a: ⟨'x/y'⟩ }\n", ["n/m'"], "'n/m'''"],
  ['tasks:\n  a: ⟨x/y⟩ # kept\n', ['n/m', 'o/p'], '{ models: [n/m, o/p] }'],
  ['tasks:\n  a: { policy: fixed, models: ⟨[x/y, z/w]⟩ } # kept\n', ['n/m'], '[n/m]'],
  ['tasks:\n  a:\n    models: [⟨x/y⟩, z/w]\n', ['n/m', 'z/w'], 'n/m'],
  ['tasks:\n  a:\n    models: ⟨{ x/y: 90, z/w: 10 }⟩\n    policy: weighted\n', ['n/m'], '[n/m]'],
  [
    'tasks:\n  a:\n    models: { x/y: 90, ⟨z/w⟩: 10 }\n    policy: weighted\n',
    ['x/y', 'n/m'],
    'n/m',
  ],
  [
    'tasks:\n  a:\n    models:\n      - x/y # one\n      ⟨- z/w # two\n      ⟩# three\n    data: any\n',
    ['x/y'],
    '',
  ],
  [
    'tasks:\n  a:\n    models:\n      x/y: 1\n⟨      z/w: 2 # gone\n⟩    policy: weighted\n',
    ['x/y'],
    '',
  ],
  [
    'tasks:\n  a:\n    models:\n      ⟨- x/y⟩ # kept\n    data: any\n',
    ['n/m', 'o/p'],
    '[n/m, o/p]',
  ],
  ['tasks:\r\n  a: ⟨x/y⟩\r\n  b: z/w\r\n', ['ollama/llama3:8b'], 'ollama/llama3:8b'],
  ['\ufefftasks: {a: ⟨x/y⟩}', ['n/a,b'], '"n/a,b"'],
  ['{"tasks": {"a": ⟨"x/y"⟩}, "port": 1}', ['n/m', 'o/p'], '{ "models": ["n/m", "o/p"] }'],
  ['{"tasks": {"a": {"models": ⟨["x/y"]⟩}}}', ['n/m', 'o/p'], '["n/m", "o/p"]'],
  ['x: &x z/w\ntasks:\n  a: ⟨*x⟩\n  b: *x\n', ['n/m'], 'n/m'],
  ['tasks:\n  a: ⟨"${MODEL}"⟩\n', ['n/m'], '"n/m"'],
] as const)('only the models change in %j', (marked, models, swapped) => {
  const before = marked.replace(/[⟨⟩]/g, '')
  const after = marked.replace(/⟨[^]*⟩/, () => swapped)
  expect(swapTaskModel(before, 'a', models)).toBe(after)
})

test.each([
  ['tasks:\n  fast: x/y\n', 'fsat', ['n/m'], 'Did you mean fast?'],
  ['tasks:\n  fast: x/y\n', 'other', ['n/m'], 'The tasks are: fast.'],
  ['keys: []\n', 'a', ['n/m'], 'It has no tasks.'],
  ['tasks:\n  a: x/y\n', 'a', [], 'a needs a model: write provider/model.'],
  ['tasks:\n  a: x/y\n', 'a', ['m'], '"m" is no model: write provider/model.'],
  ['tasks:\n  a: x/y\n', 'a', ['n/m\nevil: 1'], 'is no model'],
  ['tasks: [\n', 'a', ['n/m'], 'not valid YAML, so it was not edited: line 2.'],
  ['tasks:\n  a: &m x/y\n  b: *m\n', 'a', ['n/m'], 'Edit the file by hand.'],
  ['x: &x { models: [x/y] }\ntasks:\n  a: *x\n  b: *x\n', 'a', ['n/m'], 'Edit the file by hand.'],
  ['tasks:\n  a: &t { models: [x/y] }\n  b: *t\n', 'a', ['n/m'], 'Edit the file by hand.'],
  ['tasks:\n  a: &t\n    models: [x/y]\n  b: *t\n', 'a', ['n/m', 'k/l'], 'Edit the file by hand.'],
  ['x: &x { a: x/y }\ntasks:\n  <<: *x\n', 'a', ['n/m'], 'Edit the file by hand.'],
  ['tasks:\n  a:\n', 'a', ['n/m'], 'Edit the file by hand.'],
  ['tasks:\n  a: { data: any }\n', 'a', ['n/m'], 'Edit the file by hand.'],
] as const)('%j is not edited', (text, task, models, sentence) => {
  expect(() => swapTaskModel(text, task, models)).toThrow(sentence)
  expect(() => swapTaskModel(text, task, models)).toThrow(RangeError)
})

const file = `# first
tasks:
  one: x/y        # a comment: with a colon
  two:
    models: [x/y, z/w]
    timeouts: { connect: 2s }
  three:
    models:
      - x/y
      - z/w       # two
      # three
      - u/v
  four: { policy: weighted, models: { x/y: 1, z/w: 2, u/v: 3 } }
# last`

test('swapping back and forth gives the same meaning, and every comment stays', () => {
  const models = uniqueArray(constantFrom('a/b', 'c/d:1', 'e/f{', "g/h'", 'i/"j'), {
    minLength: 1,
    maxLength: 5,
  })
  assert(
    property(constantFrom('one', 'two', 'three', 'four'), models, models, (task, first, second) => {
      const once = swapTaskModel(file, task, first)
      const twice = swapTaskModel(once, task, second)
      expect(swapTaskModel(twice, task, second)).toBe(twice)
      for (const comment of ['# first', '# a comment: with a colon', '# last'])
        expect(twice).toContain(comment)
    }),
  )
})

test.each([
  ['one', 3, '  one: x/y'],
  ['two', 4, '  two:\n    models: [x/y, z/w]\n    timeouts: { connect: 2s }'],
  [
    'three',
    7,
    '  three:\n    models:\n      - x/y\n      - z/w       # two\n      # three\n      - u/v',
  ],
  ['four', 13, '  four: { policy: weighted, models: { x/y: 1, z/w: 2, u/v: 3 } }'],
])('the text of the task %s is its own lines', (task, line, text) => {
  expect(taskTextOf(file, task)).toEqual({ line, text })
})

test('of a file in one line only the task is told: keys stand beside it', () => {
  const text = '{"keys": [{"secret": "hidden"}], "tasks": {"b": "z/w", "a": "x/y"}, "port": 1}'
  expect(taskTextOf(text, 'a')).toEqual({ line: 1, text: '"a": "x/y"' })
  expect(() => taskTextOf(text, 'c')).toThrow('has no task c')
})
