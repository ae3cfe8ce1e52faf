import { expect, test } from 'bun:test'
import { anthropicMessages } from './anthropic-messages/index.ts'
import { bedrockConverse } from './bedrock-converse/index.ts'
import { cohereChat } from './cohere-chat/index.ts'
import type { Dialect } from './dialect.ts'
import { gemini } from './gemini/index.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiResponses } from './openai-responses/index.ts'
import { plainWords } from './plain-words.ts'

const page =
  '<html><head><title>502 Bad Gateway</title><style>p{color:red}</style></head><body><h1>No luck</h1><hr></body></html>'

test('a page is told by its words', () => {
  expect(plainWords(page)).toBe('502 Bad Gateway No luck')
  expect(plainWords('upstream request timeout')).toBe('upstream request timeout')
  expect(plainWords(' \n<br>')).toBe('it said nothing')
  expect(plainWords('x'.repeat(10_000))).toHaveLength(300)
})

const dialects: readonly Dialect[] = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  gemini,
  cohereChat,
  bedrockConverse,
]

test.each(dialects.map((dialect) => [dialect.id, dialect] as const))(
  'a proxy in front of a vendor of %s shows callers no page of its own',
  (_, dialect) => {
    const { message } = dialect.readError(page, new Headers())
    expect(message).not.toContain('<')
    expect(message).toContain('502 Bad Gateway')
  },
)
