import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { SuiteFault } from './fault.ts'
import { gradeAnswer } from './grade.ts'
import { anAnswer, faultsOf, suiteOf, toolsOf } from './scene.suite.ts'

const sums = `
name: sums
task: calc
models: [acme/large, acme/small]
system: You add.
prompt: 'What is {{a}} + {{b}}?'
params: { temperature: 0, max_tokens: 20 }
repeats: 2
margin: 0.05
cases:
  - { a: 1, b: 2, expected: 3, session: anna }
  - { id: second, vars: { a: 2, b: 2 }, expected: 4, description: two and two }
graders:
  - numeric
  - { type: length, max: 100, weight: 0, name: short }
`

describe('a file of evaluations', () => {
  test('is read with its cases, prompts filled', async () => {
    const suite = await suiteOf(sums)
    expect(suite).toMatchObject({
      name: 'sums',
      format: 'freehold',
      task: 'calc',
      models: ['acme/large', 'acme/small'],
      repeats: 2,
      margin: 0.05,
      metric: 'score',
      notes: [],
    })
    expect(suite.cases.map(({ id, cluster, expected }) => [id, cluster, expected])).toEqual([
      ['1', 'anna', 3],
      ['second', 'case second', 4],
    ])
    expect(suite.cases[1]!.messages).toEqual([
      { role: 'system', content: 'You add.' },
      { role: 'user', content: 'What is 2 + 2?' },
    ])
    expect(suite.cases[0]!.params).toEqual({ temperature: 0, max_tokens: 20 })
    expect(suite.cases[0]!.place).toEqual({ file: 'suite.yaml', line: 11, column: 5 })
  })

  test('takes cases from JSON lines, CSV, JSON and YAML, and says from which line', async () => {
    const suite = await suiteOf(
      `
prompt: '{{q}}'
group: customer
cases: ['file://a.jsonl', 'file://b.csv', 'file://c.json', 'file://d.yaml']
graders: [exact]
`,
      {
        files: {
          'a.jsonl':
            '\uFEFF{"q": "one", "expected": null, "customer": 7}\n\n{"id": "x", "q": {"deep": [1]}}\n',
          'b.csv': 'id,q,expected,customer\nb1,"two, three",yes,acme\nb2,four,,\n',
          'c.json':
            '[{"id": "c1", "q": "five", "messages": [{"role": "user", "content": "own {{q}}"}]}]',
          'd.yaml': '- { id: d1, q: six }\n',
        },
      },
    )
    const seen = suite.cases.map(({ id, cluster, expected, messages, place }) => ({
      id,
      cluster,
      expected,
      said: messages.at(-1)!.content,
      at: `${place.file}:${place.line}`,
    }))
    expect(seen).toEqual([
      { id: '1', cluster: '7', expected: null, said: 'one', at: 'a.jsonl:1' },
      { id: 'x', cluster: 'case x', expected: undefined, said: '{"deep":[1]}', at: 'a.jsonl:3' },
      { id: 'b1', cluster: 'acme', expected: 'yes', said: 'two, three', at: 'b.csv:2' },
      { id: 'b2', cluster: 'case b2', expected: undefined, said: 'four', at: 'b.csv:3' },
      { id: 'c1', cluster: 'case c1', expected: undefined, said: 'own five', at: 'c.json:1' },
      { id: 'd1', cluster: 'case d1', expected: undefined, said: 'six', at: 'd.yaml:1' },
    ])
  })

  test('may give a case graders of its own, with its variables in them', async () => {
    const { cases } = await suiteOf(`
prompt: '{{q}}'
cases:
  - { q: x, word: red, graders: [{ type: contains, value: '{{word}}' }] }
  - { q: y, word: blue }
graders: [{ contains: 'not {{word}}' }]
`)
    const score = async (index: number, text: string) =>
      (await gradeAnswer(cases[index]!, anAnswer({ text }), toolsOf())).score
    expect([await score(0, 'red'), await score(1, 'blue'), await score(1, 'not blue')]).toEqual([
      1, 0, 1,
    ])
  })
})

describe('what is wrong is told with line and column, all of it at once', () => {
  const wrong: [string, string, string[]][] = [
    [
      'names that are nearly right',
      'prompt: x\ncases: [{ a: 1 }]\nrepeat: 3\ngraders:\n  - numerc\n  - { type: contains, valu: 3 }\n',
      [
        'suite.yaml:3:1: An evaluation has no setting "repeat". Did you mean repeats?',
        'suite.yaml:5:5: There is no grader "numerc". Did you mean numeric?',
        'suite.yaml:6:23: The grader contains has no setting "valu". Did you mean value?',
      ],
    ],
    [
      'no cases',
      'prompt: x\ngraders: [exact]\n',
      ['suite.yaml:1:1: There are no cases. List them'],
    ],
    [
      'an empty list of cases',
      'prompt: x\ngraders: [exact]\ncases: []\n',
      ['suite.yaml:3:8: There are no cases.'],
    ],
    ['no graders', 'prompt: x\ncases: [{ a: 1 }]\n', ['suite.yaml:1:1: There are no graders']],
    [
      'no prompt',
      'cases: [{ a: 1 }]\ngraders: [exact]\n',
      ['suite.yaml:1:1: It is not said what to ask.'],
    ],
    [
      'a variable that is not there',
      'prompt: "{{b}}"\ncases:\n  - { a: 1 }\ngraders: [exact]\n',
      ['suite.yaml:3:5: There is no variable {{b}}. The case has a.'],
    ],
    [
      'a broken line and a broken row',
      'prompt: "{{a}}"\ncases: ["file://a.jsonl", "file://b.csv", "file://c.jsonl", "file://d.txt"]\ngraders: [exact]\n',
      [
        'a.jsonl:2:1: This line is no JSON object.',
        'b.csv:3:1: This row has 3 fields, and there are 2 columns.',
        'suite.yaml:2:43: c.jsonl cannot be read: there is no such file.',
        'suite.yaml:2:61: d.txt is none of .jsonl, .csv, .json and .yaml',
      ],
    ],
    [
      'one id twice',
      'prompt: "{{a}}"\ncases: [{ id: x, a: 1 },\n  { id: x, a: 2 }]\ngraders: [exact]\n',
      ['suite.yaml:3:3: The id "x" stands in line 2 of suite.yaml already.'],
    ],
    [
      'values of the wrong kind',
      'prompt: "{{a}}"\nmargin: 2\nrepeats: 1.5\nmetric: mean\ncases: [{ a: 1 }]\ngraders: [{ type: numeric, tolerance: wide, weight: -1 }, { type: regex, value: "(" }]\n',
      [
        'suite.yaml:6:81: This is no regular expression:',
        'suite.yaml:6:53: weight has to be a number from 0, not -1.',
        'suite.yaml:6:39: tolerance has to be a number from 0, not "wide".',
        'suite.yaml:2:9: margin has to be a number from 0.001 to 0.5, not 2.',
        'suite.yaml:3:10: repeats has to be a whole number from 1 to 100, not 1.5.',
        'suite.yaml:4:9: metric has to be score or pass, not "mean".',
      ],
    ],
    ['no YAML', 'cases: [\n', ['suite.yaml:2:1: This is not YAML:']],
    ['no map', '- 1\n', ['suite.yaml:1:1: This is no map of settings.']],
    [
      'code within the file',
      'prompt: x\ncases: [{ a: 1 }]\ngraders: [{ type: code, file: "output.length > 3" }]\n',
      ['suite.yaml:3:31: file has to be a file of TypeScript or JavaScript'],
    ],
  ]
  test.each(wrong)('%s', async (_, text, sentences) => {
    const faults = await faultsOf(text, {
      files: { 'a.jsonl': '{"a": 1}\n{"a":\n', 'b.csv': 'a,b\n1,2\n1,2,3\n' },
    })
    expect(faults.length).toBe(sentences.length)
    for (const sentence of sentences)
      expect(faults).toContainEqual(expect.stringContaining(sentence) as string)
  })
})

describe('a score', () => {
  const graded = async (graders: string, text: string, threshold = '') => {
    const suite = await suiteOf(
      `prompt: x\n${threshold}\ncases: [{ expected: '12' }]\ngraders: [${graders}]`,
    )
    const { score, passed } = await gradeAnswer(suite.cases[0]!, anAnswer({ text }), toolsOf())
    return [score, passed]
  }

  test('is the weighted mean of the graders', async () => {
    expect(await graded('{ type: exact, weight: 3 }, { type: contains, value: 1 }', '13')).toEqual([
      0.25,
      false,
    ])
    expect(await graded('exact, { type: length, max: 1, weight: 0 }', '12')).toEqual([1, false])
    expect(await graded('{ type: length, max: 2, weight: 0 }', '12')).toEqual([1, true])
  })

  test('passes from a threshold on, of the case or of a grader', async () => {
    expect(await graded('exact, { contains: 1 }', '13', 'threshold: 0.5')).toEqual([0.5, true])
    expect(await graded('{ type: levenshtein, threshold: 0.5 }', '13')).toEqual([0.5, true])
    expect(await graded('{ type: levenshtein, threshold: 0.6 }', '13')).toEqual([0.5, false])
  })

  test('is none, not 0, as soon as one grader that counts gives no verdict', async () => {
    expect(await graded('exact, { cost: { max_usd: 1 } }', '12')).toEqual([null, null])
    expect(await graded('exact, { type: cost, max_usd: 1, weight: 0 }', '12')).toEqual([1, null])
  })

  test('turned round is whether it does not pass, and no verdict stays none', async () => {
    expect(await graded('{ type: levenshtein, threshold: 0.9, not: true }', '13')).toEqual([
      1,
      true,
    ])
    expect(await graded('{ type: cost, max_usd: 1, not: true }', '12')).toEqual([null, null])
  })
})

test('whatever stands in a file, it is read or refused with sentences that name a place', async () => {
  const foreign = `
prompts: ['{{a}}', { label: x, raw: 'y {{a}}' }]
providers: [openai:gpt-4o, { id: sim:small, config: { temperature: 0 } }]
defaultTest: { options: { prefix: z } }
tests:
  - vars: { a: [1, 2] }
    assert: [{ type: contains, value: '{{a}}', weight: 2 }, { type: assert-set, assert: [{ type: is-json }] }]
`
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ':',
    '- ',
    '\n',
    ' ',
    "'",
    '"',
    '{{',
    '&x',
    '*x',
    'null',
    '7',
    '<<: ',
    'file://a',
    '!!set ',
    '~',
  ]
  const edit = fc.record({
    text: fc.constantFrom(sums, foreign),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.integer({ min: 0, max: 20 }),
    piece: fc.constantFrom('', ...pieces),
  })
  await fc.assert(
    fc.asyncProperty(edit, fc.constantFrom(...pieces), async ({ text, at, drop, piece }, more) => {
      const place = Math.floor(at * text.length)
      const edited = text.slice(0, place) + piece + more + text.slice(place + drop)
      try {
        const suite = await suiteOf(edited)
        for (const each of suite.cases.slice(0, 4))
          await gradeAnswer(each, anAnswer({ text: '3' }), toolsOf())
      } catch (error) {
        expect(error).toBeInstanceOf(SuiteFault)
        for (const sentence of (error as SuiteFault).sentences)
          expect(sentence).toMatch(/^\S+:\d+:\d+: \S/)
      }
    }),
    { numRuns: 300 },
  )
})
