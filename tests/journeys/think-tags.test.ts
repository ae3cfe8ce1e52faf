import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { callers, eventsIn, type Json } from './bad-answers/callers.ts'
import { type RawVendor, startVendor } from './bad-answers/vendor.ts'
import { startTown, type Town } from './town.ts'

/** A model that writes its thoughts into the content, between tags, told to callers of each dialect. */
let town: Town
let vendor: RawVendor

const content = '<think>\n7 × 13.\n</think>\n\nNo.'
const answer = {
  id: 'a1',
  object: 'chat.completion',
  created: 1_795_262_400,
  model: 'glm-z1-air',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 14, total_tokens: 26 },
}
const wholeText = JSON.stringify(answer, null, 1)
const streamText = [...content]
  .map((delta) => ({ index: 0, delta: { content: delta }, finish_reason: null as string | null }))
  .concat({ index: 0, delta: { content: '' }, finish_reason: 'stop' })
  .map((choice) => ({ ...answer, object: 'chat.completion.chunk', choices: [choice] }))
  .map((chunk) => `data:${JSON.stringify(chunk)}\n\n`)
  .concat('data: [DONE]\n\n')
  .join('')

beforeAll(async () => {
  vendor = startVendor(({ body }) => {
    const isStream = /"stream":\s*true/.test(body)
    const text = isStream ? streamText : wholeText
    const type = isStream ? 'text/event-stream' : 'application/json'
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nconnection: close\r\n`
    return Buffer.from(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  })
  town = await startTown({
    config: `
providers:
  zhipu: { base_url: '${vendor.url}', api_key: vendor-key-0123456789 }
`,
  })
})
afterAll(async () => {
  await town.close()
  vendor.stop()
})

async function ask(from: keyof typeof callers, stream: boolean): Promise<string> {
  const { path, body } = callers[from]
  const model = 'zhipu/glm-z1-air'
  const response = await fetch(town.url + path(model, stream), {
    method: 'POST',
    headers: { authorization: `Bearer ${town.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body(model, 'Is 91 prime?', stream)),
  })
  expect(response.status).toBe(200)
  return response.text()
}

describe('thoughts between tags', () => {
  test("stay where they are for callers of the vendor's own dialect, to the byte", async () => {
    expect(await ask('openai-chat', false)).toBe(wholeText)
    expect(await ask('openai-chat', true)).toBe(streamText)
  })

  test('are thoughts to callers of Messages', async () => {
    const whole = JSON.parse(await ask('anthropic-messages', false)) as Json
    expect(whole.content).toMatchObject([
      { type: 'thinking', thinking: '7 × 13.\n' },
      { type: 'text', text: 'No.' },
    ])
    const deltas = eventsIn(await ask('anthropic-messages', true)).flatMap(
      ({ delta }) => delta ?? [],
    )
    const of = (name: string): string => deltas.map((delta) => delta[name] ?? '').join('')
    expect([of('thinking'), of('text')]).toEqual(['7 × 13.\n', 'No.'])
  })

  test('are thoughts to callers of Gemini', async () => {
    const parts = [
      ...JSON.parse(await ask('gemini', false)).candidates[0].content.parts,
      ...eventsIn(await ask('gemini', true)).flatMap(
        ({ candidates }) => candidates?.[0]?.content?.parts ?? [],
      ),
    ] as Json[]
    const said = (thought: boolean): string =>
      parts
        .filter((part) => (part.thought === true) === thought)
        .map(({ text }) => text)
        .join('')
    expect([said(true), said(false)]).toEqual(['7 × 13.\n7 × 13.\n', 'No.No.'])
  })

  test('are thoughts to callers of Responses', async () => {
    const { output } = JSON.parse(await ask('openai-responses', false)) as Json
    expect(output.map(({ type }: Json) => type)).toEqual(['reasoning', 'message'])
    expect(output[1].content[0].text).toBe('No.')
    const last = eventsIn(await ask('openai-responses', true)).at(-1)
    expect(last.response.output.map(({ type }: Json) => type)).toEqual(['reasoning', 'message'])
  })
})
