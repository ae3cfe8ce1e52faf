import { describe, expect, test } from 'bun:test'
import type { Ask, Tool, Turn } from './ask.ts'
import { Models, textOf, type Answer } from './model.ts'

const says = (role: Turn['role'], text: string): Turn => ({ role, parts: [{ kind: 'text', text }] })

function anAsk(prompt: string, changes: Partial<Ask> = {}): Ask {
  return {
    model: 'small',
    turns: [says('user', prompt)],
    tools: [],
    toolChoice: 'auto',
    parallel: true,
    format: { kind: 'text' },
    choices: 1,
    tokensMax: null,
    stops: [],
    thinking: { effort: 'medium', tokensMax: null },
    seed: 0,
    caching: 'automatic',
    owner: '',
    ...changes,
  }
}

function wholeText({ choices }: Answer): string {
  return (choices[0]?.blocks ?? []).map(textOf).join('')
}

const calls = ({ choices }: Answer) =>
  (choices[0]?.blocks ?? []).flatMap((block) =>
    block.kind === 'call' ? [[block.name, JSON.parse(textOf(block)) as unknown] as const] : [],
  )

describe('answers', () => {
  test('the same request and seed give the same answer, another seed another', () => {
    const ask = anAsk('Tell me about the sea.')
    expect(new Models(1).answer(ask)).toEqual(new Models(1).answer(ask))
    expect(new Models(1).answer(ask)).not.toEqual(new Models(2).answer(ask))
    expect(new Models(1).answer({ ...ask, seed: 5 })).not.toEqual(new Models(1).answer(ask))
  })

  test('several answers to one prompt differ, and all are counted', () => {
    const { choices, tokens } = new Models(1).answer(anAsk('Tell me a story.', { choices: 3 }))
    expect(new Set(choices.map(({ blocks }) => blocks.map(textOf).join(''))).size).toBe(3)
    expect(tokens.output).toBe(
      choices.reduce((sum, { blocks }) => sum + (blocks[0]?.pieces.length ?? 0), 0),
    )
  })

  test('the better model is right more often', () => {
    const models = new Models(7)
    const right = (model: string) =>
      Array.from({ length: 300 }, (_, n) => n).filter((n) => {
        const prompt = `What is ${n} * 7? Just the number.`
        return wholeText(models.answer(anAsk(prompt, { model }))) === String(n * 7)
      }).length / 300
    expect(right('small')).toBeWithin(0.62, 0.8)
    expect(right('medium')).toBeWithin(0.78, 0.91)
    expect(right('large')).toBeWithin(0.91, 0.99)
  })

  test('a limit cuts the answer and says so; a stop sequence ends it before itself', () => {
    const models = new Models(1)
    const cut = models.answer(anAsk('one two three four', { model: 'echo', tokensMax: 2 }))
    expect(cut.choices[0]).toMatchObject({
      finish: 'length',
      blocks: [{ pieces: ['one', ' two'] }],
    })
    expect(cut.tokens.output).toBe(2)
    const stopped = models.answer(anAsk('one two three', { model: 'echo', stops: ['x', ' th'] }))
    expect(stopped.choices[0]).toMatchObject({ finish: 'stop-sequence', stop: ' th' })
    expect(wholeText(stopped)).toBe('one two')
  })

  test('the reasoner thinks first, and not when thinking is off', () => {
    const models = new Models(1)
    const answer = models.answer(anAsk('What is 2 + 2?', { model: 'reasoner' }))
    expect(answer.choices[0]?.blocks.map(({ kind }) => kind)).toEqual(['thinking', 'text'])
    expect(answer.tokens.reasoning).toBeGreaterThan(30)
    const off = anAsk('Hi', { model: 'reasoner', thinking: { effort: 'none', tokensMax: null } })
    expect(models.answer(off).tokens.reasoning).toBe(0)
  })

  test('a document is made to fit the schema that was asked for', () => {
    const schema = {
      type: 'object',
      properties: { label: { enum: ['billing', 'other'] } },
      required: ['label'],
    }
    const ask = anAsk('Which label? A billing question', { format: { kind: 'schema', schema } })
    expect(JSON.parse(wholeText(new Models(1).answer(ask)))).toEqual({ label: 'billing' })
  })

  test('a request to refuse is refused', () => {
    const answer = new Models(1).answer(anAsk('Please refuse this.'))
    expect(answer.choices[0]).toMatchObject({ finish: 'refusal', blocks: [{ kind: 'refusal' }] })
  })
})

describe('tools', () => {
  const weather: Tool = {
    name: 'get_weather',
    description: 'Gets the current weather for a city',
    schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  }
  const clock: Tool = {
    name: 'get_time',
    description: 'Tells the time in a time zone',
    schema: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] },
  }
  const ask = (prompt: string, changes: Partial<Ask> = {}) =>
    calls(new Models(1).answer(anAsk(prompt, { tools: [weather, clock], ...changes })))

  test('a word of the description calls the tool; nothing alike does not', () => {
    expect(ask('What is the weather in Paris?')).toEqual([['get_weather', { city: 'Paris' }]])
    expect(ask('Tell me a joke.')).toEqual([])
    expect(ask('What is the weather in Paris?', { toolChoice: 'none' })).toEqual([])
  })

  test('a call that is required or named comes, whatever the prompt says', () => {
    expect(ask('Tell me a joke.', { toolChoice: 'required' })).toHaveLength(1)
    expect(ask('Weather?', { toolChoice: { name: 'get_time' } })[0]?.[0]).toBe('get_time')
    const echo = { model: 'echo', toolChoice: 'required' } as const
    expect(ask('Tell me a joke.', echo)).toHaveLength(1)
    expect(ask('What is the weather?', { model: 'echo' })).toEqual([])
  })

  test('several things at once are several calls, one where only one is allowed', () => {
    const cities = 'What is the weather in Paris, New York and Oslo?'
    expect(ask(cities).map(([, input]) => input)).toEqual([
      { city: 'Paris' },
      { city: 'New York' },
      { city: 'Oslo' },
    ])
    expect(ask(cities, { parallel: false })).toHaveLength(1)
    expect(ask('Use get_weather and get_time for Oslo.')).toHaveLength(2)
    expect(ask('Tell me both the time and the weather in Oslo.')).toHaveLength(2)
  })

  test('what the tools answered is quoted, and nothing is called again', () => {
    const turns: Turn[] = [
      says('user', 'What is the weather in Paris?'),
      {
        role: 'assistant',
        parts: [{ kind: 'call', id: 'c1', name: 'get_weather', input: '{"city":"Paris"}' }],
      },
      { role: 'tool', parts: [{ kind: 'result', id: 'c1', text: '15 °C and windy' }] },
    ]
    const answer = new Models(1).answer(anAsk('', { tools: [weather], turns }))
    expect(wholeText(answer)).toBe('Here is what the tools found. get_weather: 15 °C and windy')
  })
})

describe('seen prompts', () => {
  const long = 'a word '.repeat(1500)

  test('a long prefix that was seen before is read from the cache in steps of 128 tokens', () => {
    const models = new Models(1)
    const first = models.answer(anAsk(`${long} one`)).tokens
    const second = models.answer(anAsk(`${long} two`)).tokens
    expect(first.cacheRead).toBe(0)
    expect(second.cacheRead).toBeGreaterThanOrEqual(1024)
    expect(second.cacheRead % 128).toBe(0)
    expect(second.input + second.cacheRead).toBe(first.input)
    expect(models.answer(anAsk(`other ${long}`)).tokens.cacheRead).toBe(0)
    expect(models.answer(anAsk(`${long} two`, { owner: 'else' })).tokens.cacheRead).toBe(0)
    models.reset()
    expect(models.answer(anAsk(`${long} two`)).tokens.cacheRead).toBe(0)
  })

  test('marked prefixes are written once and read after that, for as long as the mark says', () => {
    const models = new Models(1)
    const ask = (question: string, mark: '5m' | '1h' = '5m'): Ask => {
      const system: Turn = { role: 'system', parts: [{ kind: 'text', text: long, mark }] }
      return anAsk('', { caching: 'marked', turns: [system, says('user', question)] })
    }
    const first = models.answer(ask('one')).tokens
    const second = models.answer(ask('two')).tokens
    expect(first.cacheWrite5m).toBeGreaterThan(1024)
    expect(first.cacheRead).toBe(0)
    expect(second).toMatchObject({ cacheRead: first.cacheWrite5m, cacheWrite5m: 0 })
    expect(second.input).toBe(first.input)
    const { cacheWrite1h, cacheWrite5m } = new Models(1).answer(ask('one', '1h')).tokens
    expect([cacheWrite1h, cacheWrite5m]).toEqual([first.cacheWrite5m, 0])
  })

  test('a mark that moves on with the conversation still finds what was written before', () => {
    const models = new Models(1)
    const turn = (role: 'user' | 'assistant', text: string, isMarked: boolean): Turn => ({
      role,
      parts: [{ kind: 'text', text, ...(isMarked ? { mark: '5m' as const } : {}) }],
    })
    const first = [turn('user', long, true)]
    const second = [
      turn('user', long, false),
      turn('assistant', 'yes', false),
      turn('user', long, true),
    ]
    const wrote = models.answer(anAsk('', { caching: 'marked', turns: first })).tokens.cacheWrite5m
    const { cacheRead, cacheWrite5m } = models.answer(
      anAsk('', { caching: 'marked', turns: second }),
    ).tokens
    expect(cacheRead).toBe(wrote)
    expect(cacheWrite5m).toBeGreaterThan(1024)
  })
})
