import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../core/errors.ts'
import { anthropicCount } from './anthropic-messages/count.ts'
import { cohereChat } from './cohere-chat/index.ts'
import { cohereEmbed } from './cohere-embed/index.ts'
import { ProviderFault } from './dialect.ts'
import { aTarget, callOf } from './meaning.suite.ts'
import { openaiCompletions } from './openai-completions/index.ts'
import { mistralModerations, openaiModerations } from './openai-moderations/index.ts'
import { cohereRerank, jinaRerank } from './rerank/index.ts'

/** Whatever a stranger or a provider sends, it is read, or refused in words. */

const dialects = [
  anthropicCount,
  cohereChat,
  cohereEmbed,
  cohereRerank,
  jinaRerank,
  mistralModerations,
  openaiCompletions,
  openaiModerations,
]

/** Values of any shape, under the names that these dialects know more often than under others. */
const names = [
  'model',
  'messages',
  'message',
  'role',
  'content',
  'type',
  'text',
  'texts',
  'thinking',
  'documents',
  'document',
  'query',
  'results',
  'index',
  'relevance_score',
  'usage',
  'meta',
  'billed_units',
  'input_tokens',
  'input',
  'prompt',
  'choices',
  'logprobs',
  'tokens',
  'finish_reason',
  'tool_calls',
  'function',
  'arguments',
  'tool_choice',
  'response_format',
  'tools',
  'delta',
  'error',
  'embeddings',
  'float',
  'citations',
  'categories',
  'stream',
]
const words = [
  'user',
  'assistant',
  'tool',
  'system',
  'text',
  'thinking',
  'document',
  'image_url',
  'message-start',
  'message-end',
  'content-delta',
  'tool-call-start',
  'tool-call-delta',
  'tool-plan-delta',
  'citation-start',
  'COMPLETE',
  'm',
]
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 60, '', ...words),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, '__proto__'), tie('json'), { maxKeys: 6 }),
  ),
}))
const object = fc.dictionary(fc.constantFrom(...names), json, { maxKeys: 8 })

describe.each(dialects.map((dialect) => [dialect.id, dialect] as const))('%s', (_, dialect) => {
  test('reads any request or refuses it', () => {
    fc.assert(
      fc.property(object, (body) => {
        try {
          const call = callOf(dialect, { ...body, model: 'task' })
          call.meaning()
          dialect.writeCall(call, aTarget('m'))
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('reads any answer or says that it is none', () => {
    fc.assert(
      fc.property(json, (wire) => {
        const text = JSON.stringify(wire)
        try {
          dialect.readReply(text, {})
        } catch (error) {
          expect(error).toBeInstanceOf(ProviderFault)
        }
        expect(dialect.readError(text).message).toBeString()
      }),
      { numRuns: 500 },
    )
  })
})

test.each([openaiCompletions, cohereChat].map((dialect) => [dialect.id, dialect] as const))(
  '%s reads any events of a stream',
  (_, dialect) => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 5 }), (events) => {
        const reader = dialect.startReading!({})
        for (const event of events) {
          try {
            reader.read({ event: 'message', data: JSON.stringify(event), id: null })
          } catch (error) {
            expect(error).toBeInstanceOf(ProviderFault)
          }
        }
      }),
      { numRuns: 500 },
    )
  },
)
