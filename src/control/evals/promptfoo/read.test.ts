import { describe, expect, test } from 'bun:test'
import { issueText } from '../fault.ts'
import { gradeAnswer } from '../grade.ts'
import { anAnswer, faultsOf, suiteOf, toolsOf } from '../scene.suite.ts'
import { embeddingsOf, modelOf } from './providers.ts'
import { assertionOf } from './tests.ts'

/** What one assertion makes of an answer. */
async function passes(assertion: string, text: string, parts: object = {}) {
  const suite = await suiteOf(
    `prompts: [x]\ntests: [{ vars: { word: red }, assert: [${assertion}] }]`,
    { embeddings: 'acme/embed', files: { 's.json': '{"required": ["a"]}' } },
  )
  const embed = async () => ({
    vectors: [
      [1, 0],
      [0.6, 0.8],
    ],
    cost: null,
  })
  const { passed } = await gradeAnswer(
    suite.cases[0]!,
    anAnswer({ text, ...parts }),
    toolsOf({ embed }),
  )
  return [passed, suite.cases[0]!.ungradable]
}

describe("promptfoo's assertions", () => {
  test.each([
    ["{ type: equals, value: '{{word}}' }", 'red', true],
    ['{ type: equals, value: { a: 1 } }', '{"a": 1}', true],
    ['{ type: not-equals, value: red }', 'red', false],
    ['{ type: contains, value: Red }', 'red', false],
    ['{ type: icontains, value: Red }', 'a red one', true],
    ["{ type: contains-any, value: 'a, red' }", 'red', true],
    ['{ type: contains-all, value: [red, blue] }', 'red', false],
    ['{ type: icontains-all, value: [RED, Blue] }', 'red blue', true],
    ['{ type: icontains-any, value: [RED] }', 'blue', false],
    ['{ type: starts-with, value: re }', 'red', true],
    ["{ type: regex, value: '^r.d$' }", 'red', true],
    ['{ type: not-regex, value: x }', 'red', true],
    ['{ type: is-json }', '{}', true],
    ['{ type: is-json }', 'so: {}', false],
    ['{ type: contains-json }', 'so: {}', true],
    ['{ type: is-json, value: { required: [a] } }', '{"b": 1}', false],
    ["{ type: is-json, value: 'file://s.json' }", '{"a": 1}', true],
    ['{ type: levenshtein, value: bed, threshold: 1 }', 'red', true],
    ['{ type: levenshtein, value: abcdefgh }', 'red', false],
    ['{ type: latency, threshold: 50 }', 'red', false],
    ['{ type: is-refusal }', 'I cannot help with that.', true],
    ['{ type: not-is-refusal }', 'Sure.', true],
    ['{ type: similar, value: x }', 'red', false],
    ['{ type: similar, value: x, threshold: 0.5 }', 'red', true],
    ['{ type: not-similar, value: x, threshold: 0.5 }', 'red', false],
    ['{ type: finish-reason, value: stop }', 'red', true],
    ['{ type: word-count, value: 2 }', 'two words', true],
    ['{ type: word-count, value: { max: 1 } }', 'two words', false],
    [
      '{ type: assert-set, threshold: 0.5, assert: [{ type: contains, value: x }, { type: contains, value: r }] }',
      'red',
      true,
    ],
    [
      '{ type: assert-set, assert: [{ type: contains, value: x }, { type: contains, value: r }] }',
      'red',
      false,
    ],
  ])('%s of %j: %p', async (assertion, text, passed) => {
    expect(await passes(assertion, text)).toEqual([passed, null])
  })

  test('a bound on an unknown cost gives no verdict', async () => {
    expect(await passes('{ type: cost, threshold: 1 }', 'x', { cost: null })).toEqual([null, null])
  })

  test('what is not supported is named with its line, and its case is not asked', async () => {
    const suite = await suiteOf(`
prompts: [x]
tests:
  - assert:
      - { type: contains, value: y }
      - { type: rouge-n, value: z }
  - assert: [{ type: javascript, value: 'output.length > 3' }]
  - assert: [{ type: icontain, value: y }]
  - options: { transform: 'output.trim()' }
    assert: [{ type: contains, value: y }]
  - vars: { a: 1 }
  - assert: [{ type: similar, value: y }]
scenarios: []
`)
    expect(suite.cases.map(({ ungradable }) => ungradable?.slice(0, 62))).toEqual([
      'The assertion rouge-n is not supported here.',
      'The assertion javascript stands in the file as text, and code ',
      'The assertion icontain is not supported here. Did you mean ico',
      'options.transform of a test is not supported here.',
      'The test asserts nothing, so no answer to it could be right or',
      'The assertion similar needs a model of embeddings. Name one: -',
    ])
    expect(suite.notes.map(issueText)).toContainEqual(
      'suite.yaml:6:9: The assertion rouge-n is not supported here.',
    )
    expect(suite.notes.map(issueText)).toContainEqual(
      "suite.yaml:13:1: scenarios of promptfoo's is not read here, and left out.",
    )
  })
})

describe("promptfoo's files", () => {
  test('are read with prompts, defaults, variables that are lists, and files', async () => {
    const suite = await suiteOf(
      `
description: Greetings
prompts:
  - 'Greet {{name}} in {{language}}.'
  - { label: chat, raw: 'file://chat.json' }
  - file://two.txt
providers: ['openai:chat:acme-1', { id: 'anthropic:messages:acme-2', config: { temperature: 0 } }]
defaultTest:
  vars: { language: English }
  options: { prefix: '> ' }
  assert: [{ type: not-contains, value: '{{' }]
tests:
  - vars: { name: [Ada, Bob] }
    metadata: { session: s1 }
    assert: [{ type: contains, value: '{{name}}', metric: greeting }]
  - file://more.csv
evaluateOptions: { repeat: 3 }
`,
      {
        files: {
          'chat.json':
            '[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "{{name}}?"}]',
          'two.txt': 'Hi {{name}}\n---\nHey {{name}}\n',
          'more.csv': 'name,__expected,__description\nEve,icontains: eve,third\n',
        },
      },
    )
    expect(suite).toMatchObject({
      name: 'Greetings',
      format: 'promptfoo',
      metric: 'pass',
      repeats: 3,
      models: ['openai/acme-1', 'anthropic/acme-2'],
    })
    expect(suite.cases.length).toBe(3 * 4)
    expect(suite.cases.map(({ id }) => id).slice(0, 5)).toEqual([
      'prompt 1/1.1',
      'chat/1.1',
      'prompt 3/1.1',
      'prompt 4/1.1',
      'prompt 1/1.2',
    ])
    const chat = suite.cases.find(({ id }) => id === 'chat/2')!
    expect(chat).toMatchObject({ description: 'third', variant: 'chat', cluster: 'test 2' })
    expect(chat.messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: '> Eve?' },
    ])
    expect(chat.checks.map(({ name }) => name)).toEqual(['not-contains', 'icontains'])
    expect(suite.cases[0]!.cluster).toBe('s1')
    expect(suite.cases[0]!.checks[1]!.metric).toBe('greeting')
    // The providers are configured differently, so that no configuration is theirs together.
    expect(suite.cases[0]!.params).toEqual({})
    expect(suite.notes.map(({ sentence }) => sentence)).toContainEqual(
      expect.stringContaining('configured differently') as string,
    )
  })

  test('templates of assertions are followed', async () => {
    const { cases } = await suiteOf(
      `prompts: [x]\nassertionTemplates: { polite: { type: contains, value: please } }\ntests: [{ assert: [{ $ref: '#/assertionTemplates/polite' }] }]`,
    )
    const { passed } = await gradeAnswer(cases[0]!, anAnswer({ text: 'please' }), toolsOf())
    expect(passed).toBe(true)
  })

  test('what cannot be read at all is told with its line', async () => {
    const faults = await faultsOf(
      "prompts: ['file://make.py', '{{x}}']\ntests:\n  - vars: { y: 1 }\n    assert: [{ value: 1 }]\n",
    )
    expect(faults).toEqual([
      'suite.yaml:1:11: make.py is no file of prompts that is read here: there are .txt, .md, .json, .jsonl and .yaml, each by its name. Prompts made by code are not run.',
      'suite.yaml:3:5: There is no variable {{x}}. The case has y.',
    ])
  })

  test.each([
    ['openai:gpt-4o', 'openai/gpt-4o'],
    ['openai:chat:ft:gpt-4o:acme::1', 'openai/ft:gpt-4o:acme::1'],
    ['anthropic:messages:claude', 'anthropic/claude'],
    ['openrouter:meta-llama/llama-3', 'openrouter/meta-llama/llama-3'],
    ['sim:small', 'sim/small'],
    ['openai:embedding:text-embedding-3-small', null],
    ['python:provider.py', null],
    ['openai:', null],
  ])('%s is %p', (id, model) => {
    expect(modelOf(id)).toBe(model)
  })

  test('an assertion may name the model of embeddings', () => {
    expect(embeddingsOf('openai:embedding:text-embedding-3-small')).toBe(
      'openai/text-embedding-3-small',
    )
    expect([embeddingsOf('openai:gpt-4o'), embeddingsOf(undefined)]).toEqual([null, null])
  })

  test.each([
    ['Paris', { type: 'equals', value: 'Paris' }],
    ['contains: Paris', { type: 'contains', value: 'Paris' }],
    ['not-icontains:x', { type: 'not-icontains', value: 'x' }],
    ['similar(0.8): hello there', { type: 'similar', value: 'hello there', threshold: 0.8 }],
    ['is-json', { type: 'is-json' }],
    ['note: this is text', { type: 'equals', value: 'note: this is text' }],
    ['fn: output.length', { type: 'javascript', value: 'output.length' }],
  ])('%j in a column of expectations', (text, assertion) => {
    expect(assertionOf(text)).toEqual(assertion)
  })
})
