import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Answered } from '../../../core/caller.ts'
import { usd } from '../../../core/money.ts'
import { gradeAnswer } from '../grade.ts'
import { anAnswer, faultsOf, suiteOf, toolsOf } from '../scene.suite.ts'
import { graderKinds } from './index.ts'

/** One case with one grader, both as they stand in a file. */
async function graded(
  grader: string,
  expected: unknown,
  answer: Partial<Answered> | string,
  params: object = {},
) {
  const text = JSON.stringify({ prompt: 'Say it.', params, cases: [{ expected }] }).slice(0, -1)
  const suite = await suiteOf(`${text}, graders: [${grader}]}`)
  const said = anAnswer(typeof answer === 'string' ? { text: answer } : answer)
  const { score, checks } = await gradeAnswer(suite.cases[0]!, said, toolsOf())
  return { score, why: checks[0]!.why, details: checks[0]!.details }
}

const weather = {
  tools: [
    {
      type: 'function',
      function: {
        name: 'weather',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
        },
      },
    },
  ],
}
const call = (name: string, args: unknown) => ({
  name,
  arguments: typeof args === 'string' ? args : JSON.stringify(args),
})
const calls = (...toolCalls: Answered['toolCalls']) => ({
  text: null,
  toolCalls,
  finish: 'tool_calls',
})

describe('grades', () => {
  const rows: [string, unknown, Partial<Answered> | string, number | null][] = [
    ['exact', 'Paris', ' Paris\n', 1],
    ['exact', 'Paris', 'paris', 0],
    ['exact: { ignore_case: true, ignore_punctuation: true }', 'Paris', '"paris."', 1],
    ['exact: { ignore_space: true }', 'a  b', 'a\nb', 1],
    ['exact', 'Caf\u00e9', 'Cafe\u0301', 1],
    ['exact', { a: [1, null] }, '{"a": [1, null]}', 1],
    ['exact', { a: [1, null] }, '{"a": [1]}', 0],
    ['exact', undefined, 'anything', null],
    ['contains', 'yes', 'oh yes', 1],
    ['contains: [a, b]', undefined, 'b then a', 1],
    ['contains: { any: [x, y] }', undefined, 'only y', 1],
    ['contains: { all: [x, y] }', undefined, 'only y', 0],
    ['contains: { value: YES, ignore_case: true }', undefined, 'yes', 1],
    ['{ type: contains, value: secret, not: true }', undefined, 'nothing of it', 1],
    ['starts_with: Dear', undefined, '  Dear all', 1],
    ['{ type: regex, value: "^\\\\d{3}$" }', undefined, '391', 1],
    ['{ type: regex, value: "paris", flags: i }', undefined, 'PARIS', 1],
    ['numeric', 391, '17 * 23 = 391.', 1],
    ['numeric', '391 apples', 'It is 391', 1],
    ['numeric: { tolerance: 0.01 }', 3.14, 'about 3.149', 1],
    ['numeric: { relative: 0.01 }', 1000, '1,009', 1],
    ['numeric: { relative: 0.01 }', 1000, '1,011', 0],
    ['numeric', 0.12, 'It is 12 %.', 1],
    ['numeric', '12 %', '0.12', 1],
    ['numeric', 12, 'no idea', 0],
    ['numeric', 'none', '12', null],
    ['json_schema: { schema: { type: object, required: [a] } }', undefined, '{"a": null}', 1],
    ['json_schema: { schema: { type: object, required: [a] } }', undefined, '{"b": 1}', 0],
    ['json_schema', undefined, 'Sure: {"a": 1}', 0],
    ['json_schema: { search: true }', undefined, 'Sure:\n```json\n{"a": 1}\n```', 1],
    ['json_diff', { a: 1, b: 2 }, '{"a": 1, "b": 3}', 0.5],
    ['json_diff: { ignore: [b] }', { a: 1, b: 2 }, '{"a": 1, "b": 3}', 1],
    [
      'json_diff: { ignore: ["l[*].id"], unordered: true }',
      {
        l: [
          { id: 1, n: 'x' },
          { id: 2, n: 'y' },
        ],
      },
      '{"l": [{"n": "y"}, {"n": "x"}]}',
      1,
    ],
    ['json_diff', 'no json', '{}', null],
    ['json_diff', { a: 1 }, 'no json', 0],
    [
      'tool_calls',
      [{ name: 'weather', arguments: { city: 'Oslo' } }],
      calls(call('weather', { city: 'Oslo' })),
      1,
    ],
    [
      'tool_calls',
      [{ name: 'weather', arguments: { city: 'Oslo' } }],
      calls(call('weather', { city: 'Bergen' })),
      0,
    ],
    [
      'tool_calls: { arguments: ignore }',
      [{ name: 'weather' }],
      calls(call('weather', 'broken{')),
      1,
    ],
    [
      'tool_calls: { arguments: subset }',
      [{ name: 'weather', arguments: { city: 'Oslo' } }],
      calls(call('weather', { city: 'Oslo', days: 3 })),
      1,
    ],
    [
      'tool_calls',
      [{ name: 'weather', schema: { required: ['city'] } }],
      calls(call('weather', { city: 'any' })),
      1,
    ],
    ['tool_calls', [{ name: 'a' }, { name: 'b' }], calls(call('b', {}), call('a', {})), 1],
    [
      'tool_calls: { order: same }',
      [{ name: 'a' }, { name: 'b' }],
      calls(call('b', {}), call('a', {})),
      0,
    ],
    ['tool_calls', [{ name: 'a' }], calls(call('a', {}), call('b', {})), 0.5],
    ['tool_calls: { more: true }', [{ name: 'a' }], calls(call('a', {}), call('b', {})), 1],
    ['tool_calls', [], 'no tool', 1],
    [
      'tool_calls',
      [{ type: 'function', function: { name: 'a', arguments: '{"x":1}' } }],
      calls(call('a', { x: 1 })),
      1,
    ],
    ['levenshtein', 'kitten', 'sitting', 1 - 3 / 7],
    ['levenshtein: { max_distance: 3 }', 'kitten', 'sitting', 1],
    ['length: { max: 3, unit: words }', undefined, 'one two three', 1],
    ['length: { max: 2 }', undefined, '😀😀', 1],
    ['length: { min: 6, unit: tokens }', undefined, 'x', 0],
    ['length: { min: 1, unit: tokens }', undefined, { text: 'x', outputTokens: null }, null],
    ['finish', undefined, { text: 'x', finish: 'length' }, 0],
    ['cost: { max_usd: 0.01 }', undefined, { cost: usd('0.01') }, 1],
    ['cost: { max_usd: 0.01 }', undefined, { cost: usd('0.010000000001') }, 0],
    ['cost: { max_usd: 0.01 }', undefined, { cost: null }, null],
    ['latency: { max_ms: 100 }', undefined, { latencyMs: 100.1 }, 0],
    ['refusal', undefined, { text: 'x', finish: 'content_filter' }, 1],
    ['refusal: { expect: answer }', undefined, 'Of course.', 1],
  ]
  const titled = rows.map((row, index) => [`${index}: ${row[0]}`, ...row] as const)
  test.each(titled)('%s', async (_, grader, expected, answer, score) => {
    const made = await graded(grader, expected, answer)
    if (score === null) expect(made.score).toBeNull()
    else expect(made.score).toBeCloseTo(score, 12)
    expect(made.why).toMatch(/[.:]|…|"$/)
  })

  test('calls of tools that are offered, with arguments that fit', async () => {
    const of = async (toolCalls: Answered['toolCalls']) =>
      (await graded('valid_tool_calls', undefined, calls(...toolCalls), weather)).score
    expect(await of([call('weather', { city: 'Oslo' })])).toBe(1)
    expect(await of([call('weather', { town: 'Oslo' })])).toBe(0)
    expect(await of([call('wether', { city: 'Oslo' })])).toBe(0)
    expect(await of([])).toBe(0)
    expect((await graded('valid_tool_calls', undefined, calls())).score).toBeNull()
  })

  test('a schema with keywords that are not checked is refused before anything is asked', async () => {
    const faults = await faultsOf(
      'prompt: x\ncases: [{ a: 1 }]\ngraders: [{ type: json_schema, schema: { properties: { pattern: {}, a: { pattern: ^x } } } }]',
    )
    expect(faults).toEqual([
      'suite.yaml:3:40: The schema uses pattern, which is not checked here. Say that part with a regex or code grader.',
    ])
  })
})

describe('refusals are told in several languages, and answers are not taken for one', () => {
  test.each([
    'I’m sorry, but I can’t help with that.',
    'I cannot assist with this request.',
    'As an AI language model, I don’t have access to it.',
    'Es tut mir leid, aber ich kann dabei nicht helfen.',
    'Ich kann Ihnen dabei leider nicht helfen.',
    'Je suis désolé, mais je ne peux pas vous aider.',
    'Lo siento, pero no puedo ayudar con eso.',
    'Desculpe, mas não posso ajudar com isso.',
    'Mi dispiace, ma non posso aiutarti.',
    '抱歉，我无法提供这些信息。',
    '申し訳ありませんが、そのご依頼にはお答えできません。',
    '죄송하지만 도와드릴 수 없습니다.',
    'Извините, но я не могу помочь с этим.',
  ])('%s', async (text) => {
    expect((await graded('refusal', undefined, text)).score).toBe(1)
  })

  test.each([
    'I cannot recommend this place enough.',
    'Sorry for the delay. The answer is 42.',
    'He said that he could not help with that.',
    'Das kann man nicht sagen, ohne zu rechnen: 7.',
    'You can’t give a whole number here; 3.5 is right.',
  ])('%s', async (text) => {
    expect((await graded('refusal', undefined, text)).score).toBe(0)
  })
})

test('similarity is the cosine, and costs what the embeddings cost', async () => {
  const suite = await suiteOf(
    'prompt: x\ncases: [{ expected: red }]\ngraders: [{ type: similarity, model: acme/embed }]',
  )
  const embed = async (model: string, texts: readonly string[]) => {
    expect([model, texts]).toEqual(['acme/embed', ['crimson', 'red']])
    return {
      vectors: [
        [3, 4],
        [4, 3],
      ],
      cost: usd('0.5'),
    }
  }
  const { score, passed, cost } = await gradeAnswer(
    suite.cases[0]!,
    anAnswer({ text: 'crimson' }),
    toolsOf({ embed }),
  )
  expect([score, passed, cost]).toEqual([0.96, true, usd('0.5')])
})

test('whatever is expected and answered, a score is between 0 and 1 or none', async () => {
  const graders = [
    'exact',
    'contains',
    'starts_with',
    'numeric',
    'json_diff: { unordered: true, search: true }',
    'json_schema: { search: true }',
    'tool_calls',
    'valid_tool_calls',
    'levenshtein',
    'length: { max: 9, unit: words }',
    'refusal',
    'finish',
    'latency: { max_ms: 9 }',
  ]
  const { cases } = await suiteOf(`prompt: x\ncases: [{ a: 1 }]\ngraders: [${graders.join(', ')}]`)
  const text = fc.oneof(fc.string(), fc.json(), fc.double().map(String))
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.jsonValue(), text),
      text,
      fc.array(fc.record({ name: fc.string(), arguments: text }), { maxLength: 3 }),
      async (expected, answer, called) => {
        const { checks } = await gradeAnswer(
          { ...cases[0]!, expected },
          anAnswer({ text: answer, toolCalls: called }),
          toolsOf(),
        )
        for (const { score, why } of checks) {
          if (score !== null) expect(score).toBeWithin(0, 1.000_000_001)
          expect(why.length).toBeGreaterThan(3)
        }
      },
    ),
  )
})

test('every grader says what it is', () => {
  for (const { says, threshold } of graderKinds.values()) {
    expect(says).toMatch(/^[a-z][^.]*$/)
    expect(threshold).toBeGreaterThan(0)
  }
})
