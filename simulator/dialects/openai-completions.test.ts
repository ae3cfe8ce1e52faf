import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Simulator, startSimulator } from '../server.ts'

let simulator: Simulator

beforeAll(() => {
  simulator = startSimulator({ speed: 0, seed: 3 })
})
afterAll(() => simulator.stop())

interface Answer {
  readonly choices: readonly {
    readonly text: string
    readonly index: number
    readonly finish_reason: string
    readonly logprobs: { readonly tokens: string[]; readonly text_offset: number[] } | null
  }[]
  readonly usage: Readonly<Record<string, number>>
}

function ask(body: object): Promise<Response> {
  return fetch(`${simulator.url}/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'echo', ...body }),
  })
}

test('every prompt gets its texts, numbered one behind another', async () => {
  const answer = (await (await ask({ prompt: ['one', 'two'], n: 2 })).json()) as Answer
  expect(answer.choices.map(({ index, text }) => [index, text])).toEqual([
    [0, 'one'],
    [1, 'one'],
    [2, 'two'],
    [3, 'two'],
  ])
  const { prompt_tokens: input, completion_tokens: output, total_tokens: total } = answer.usage
  expect(total).toBe(input! + output!)
})

test('16 tokens are all there are unless more are asked for', async () => {
  const prompt = 'a b c d e f g h i j k l m n o p q r s t'
  const [short] = ((await (await ask({ prompt })).json()) as Answer).choices
  expect([short!.text, short!.finish_reason]).toEqual(['a b c d e f g h i j k l m n o p', 'length'])
  const [long] = ((await (await ask({ prompt, max_tokens: 50 })).json()) as Answer).choices
  expect([long!.text, long!.finish_reason]).toEqual([prompt, 'stop'])
})

test('the prompt comes first when it is asked to, and likely tokens stand in columns', async () => {
  const body = { prompt: 'so it is', echo: true, logprobs: 1 }
  const [choice] = ((await (await ask(body)).json()) as Answer).choices
  expect(choice!.text).toBe('so it isso it is')
  const { tokens, text_offset: offsets } = choice!.logprobs!
  expect(tokens.join('')).toBe(choice!.text)
  expect(offsets.slice(0, 3)).toEqual([0, 2, 5])
})

test('a stream says the same as the whole, and its usage at the end when asked', async () => {
  const body = { prompt: 'one two', stream: true, stream_options: { include_usage: true } }
  const lines = (await (await ask(body)).text()).split('\n').filter((line) => line !== '')
  expect(lines.at(-1)).toBe('data: [DONE]')
  const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)) as Answer)
  expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe('one two')
  expect(chunks.at(-1)!.usage['total_tokens']).toBeGreaterThan(3)
})

test.each([{}, { prompt: [] }, { prompt: 'x', n: 3, best_of: 2 }, { prompt: 'x', logprobs: 9 }])(
  '%j is refused',
  async (body) => {
    expect((await ask(body)).status).toBe(400)
  },
)
