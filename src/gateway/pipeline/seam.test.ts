import { describe, expect, test } from 'bun:test'
import { providerTimeout } from '../../core/errors.ts'
import type { Delta } from '../../core/reply.ts'
import { type Measured, noUsage } from '../../core/usage.ts'
import { gemini } from '../../dialects/gemini/index.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import type { Attempt } from './attempt.ts'
import { Seam } from './seam.ts'
import type { Trip } from './trip.ts'

const event = 'data: {"id":"a","choices":[]}\n\n'

describe('the mark of a seam', () => {
  test('is a comment and a field, once, on the first event that says something', () => {
    const seam = seamOf()
    expect(seam.mark('')).toBe('')
    const [comment, data] = String(seam.mark(event + event)).split('\n\n')
    const mark = { by: 'birch/small', from: 'acme/large', after: 'provider_timeout' }
    expect(comment).toBe(`: x-freehold-resumed ${JSON.stringify(mark)}`)
    expect(JSON.parse(data!.slice('data: '.length))).toEqual({
      x_freehold_resumed: mark,
      id: 'a',
      choices: [],
    })
    expect(seam.mark(event)).toBe(event)
  })

  test("a model's name makes no event of its own", () => {
    const marked = String(seamOf({ model: 'x\n\ndata: {"error":1}\u2028' }).mark(event))
    expect(marked.split('\n').filter((line) => line.startsWith('data:')).length).toBe(1)
  })

  test('is left out where clients have no room for it', () => {
    expect(seamOf({ dialect: gemini }).mark(event)).toBe(event)
  })
})

describe('what is shown behind a seam', () => {
  test('is no second beginning, and none of the thoughts', () => {
    const deltas: Delta[] = [
      { type: 'start', id: 'other', model: 'other', createdS: 1 },
      { type: 'reasoning', choice: 0, text: 'hm' },
      { type: 'seal', choice: 0, signature: 'x', sealed: null },
      { type: 'text', choice: 0, text: ' and so on' },
      { type: 'finish', choice: 0, ending: { finish: 'stop', word: 'stop', stopSequence: null } },
    ]
    expect(
      seamOf()
        .behind(deltas)
        .map(({ type }) => type),
    ).toEqual(['text', 'finish'])
  })

  test('does not repeat white space that was shown, however it comes', () => {
    const seam = seamOf({ space: ' ' })
    const said = [' ', '\n and', ' so on'].flatMap((text) =>
      seam.behind([{ type: 'text', choice: 0, text }]),
    )
    expect(said.map((delta) => (delta.type === 'text' ? delta.text : ''))).toEqual([
      'and',
      ' so on',
    ])
  })

  test('counts what was used before it, and says that some of it is an estimate', () => {
    const before = measured(10, 4, 'estimate')
    const [delta] = seamOf({ before }).behind([
      { type: 'usage', measured: measured(20, 6, 'provider'), alone: true },
    ])
    expect(delta).toMatchObject({
      measured: { usage: { input: 30, output: 10 }, source: 'estimate', raw: null },
    })
  })
})

function measured(input: number, output: number, source: Measured['source']): Measured {
  return {
    usage: { ...noUsage, input, output },
    source,
    raw: {},
    reportedUsd: null,
    clamped: false,
  }
}

interface Scene {
  readonly dialect?: Trip['dialect']
  readonly model?: string
  readonly space?: string
  readonly before?: Measured | null
}

function seamOf({ dialect = openaiChat, model = 'small', space = '', before = null }: Scene = {}) {
  const at = (provider: string, name: string) =>
    ({ stop: { provider: { id: provider }, model: name } }) as unknown as Attempt
  const trip = { dialect, call: { stream: true, body: { value: {} } } } as unknown as Trip
  return new Seam(trip, {
    before: at('acme', 'large'),
    after: at('birch', model),
    measured: before,
    space,
    error: providerTimeout('acme', 'the next part of the answer', '20 s'),
  })
}
