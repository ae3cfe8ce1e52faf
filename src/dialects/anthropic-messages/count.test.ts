import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import type { Call } from '../../core/call.ts'
import { ProviderFault } from '../dialect.ts'
import { aStamp, aTarget, callOf, chatOf } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { anthropicCount as dialect } from './count.ts'

const messages = [{ role: 'user', content: 'How long is this?' }]

describe('a question for a count', () => {
  test('keeps its text but for the model and the metadata, for which there is no place', () => {
    const body = { model: 'task', messages, system: 'x', metadata: { 'x-freehold-feature': 'f' } }
    const { text, adapted } = dialect.writeCall(callOf(dialect, body), aTarget('claude'))
    expect(JSON.parse(text)).toEqual({ model: 'claude', messages, system: 'x' })
    expect(adapted).toEqual([])
    const named = callOf(dialect, { model: 'task', messages, metadata: { user_id: 'u' } })
    expect(dialect.writeCall(named, aTarget('claude')).adapted).toEqual(['-metadata'])
  })

  test('means the conversation that would be sent', () => {
    const call = callOf(dialect, { model: 'task', messages, system: 'Be brief.' })
    const meaning = call.meaning()
    if (meaning.operation !== 'count') throw new Error('not a count')
    expect(meaning.chat.messages.map(({ role }) => role)).toEqual(['system', 'user'])
    expect(call).toMatchObject({ operation: 'count', stream: false, maxTokens: 0 })
  })

  test('of another dialect is what is counted of a message, and no more', () => {
    const chat = callOf(openaiChat, {
      model: 'task',
      messages: [{ role: 'system', content: 'Be brief.' }, ...messages],
      max_tokens: 50,
      temperature: 1,
      stop: 'x',
      tools: [{ type: 'function', function: { name: 'look' } }],
    })
    const call: Call = {
      ...chat,
      operation: 'count',
      meaning: () => ({ operation: 'count', chat: chatOf(chat) }),
    }
    const { text, adapted } = dialect.writeCall(call, aTarget('claude'))
    expect(JSON.parse(text)).toEqual({
      model: 'claude',
      system: 'Be brief.',
      messages,
      tools: [{ name: 'look', input_schema: { type: 'object', properties: {} } }],
    })
    expect(adapted).toEqual([])
  })

  test.each([
    [{ messages: [] }, /'messages'/],
    [{ messages: [{ role: 'user', content: 7 }] }, /'messages\[0\]\.content'/],
  ])('of %j is refused as a message would be', (body, words) => {
    expect(() => callOf(dialect, { model: 'task', ...body })).toThrow(words)
  })
})

describe('a count', () => {
  test('is a number, and told as one', () => {
    const reply = dialect.readReply('{"input_tokens":0}', {})
    expect(reply).toEqual({ operation: 'count', inputTokens: 0, model: null, measured: null })
    const call = callOf(dialect, { model: 'task', messages })
    expect(dialect.writeReply(reply, call, aStamp)).toBe('{"input_tokens":0}')
  })

  test.each([
    '',
    '{}',
    '{"input_tokens":-1}',
    '{"input_tokens":"5"}',
    '{"input_tokens":1.5}',
    '[]',
  ])('that is %p is none', (text) => {
    expect(() => dialect.readReply(text, {})).toThrow(ProviderFault)
  })
})

const file = '../shared/data/fixtures/vendor-traffic/count-tokens.anthropic.ndjson'
const openai = '../shared/data/fixtures/vendor-traffic/count-tokens.openai.ndjson'

interface Recorded {
  readonly status: number
  readonly req: { readonly url: string; readonly body: Record<string, unknown> }
  readonly res: { readonly body: { readonly input_tokens: number } }
}

function recorded(path: string): Recorded[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded)
}

describe('recorded counts', () => {
  if (!existsSync(file))
    test.skip(`are not here: ${file} is missing, so they are skipped`, () => {})

  test.if(existsSync(file))('are asked and answered with nothing lost', () => {
    expect(recorded(file).length).toBe(6)
    for (const { status, req, res } of recorded(file)) {
      const call = callOf(dialect, req.body)
      expect(JSON.parse(dialect.writeCall(call, aTarget(call.model)).text)).toEqual(req.body)
      const text = JSON.stringify(res.body)
      if (status >= 400) {
        expect(dialect.readError(text).type).toBe('not_found_error')
        continue
      }
      const reply = dialect.readReply(text, {})
      expect(JSON.parse(dialect.writeReply(reply, call, aStamp))).toEqual(res.body)
    }
  })

  test.if(existsSync(openai))(
    'of OpenAI answer with the same word; their questions are for its Responses, which count nothing here',
    () => {
      const counts = recorded(openai).filter(({ req }) => req.url.endsWith('/input_tokens'))
      expect(counts.length).toBe(2)
      for (const { res } of counts) {
        expect(dialect.readReply(JSON.stringify(res.body), {})).toMatchObject({
          inputTokens: res.body.input_tokens,
        })
      }
      const others = recorded(openai).filter(({ req }) => !req.url.endsWith('/input_tokens'))
      expect(others.every(({ req }) => req.url.endsWith('/responses/compact'))).toBe(true)
    },
  )
})
