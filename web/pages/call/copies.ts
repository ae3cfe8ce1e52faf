import type { WholeCallJson } from '../../../src/server/contract/calls.ts'
import { wordsOf } from './talk.ts'

/** Where a wire format is asked. `MODEL` stands for the model in paths that name it. */
const paths: Readonly<Record<string, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-completions': '/v1/completions',
  'openai-responses': '/v1/responses',
  'openai-embeddings': '/v1/embeddings',
  'openai-images': '/v1/images/generations',
  'openai-speech': '/v1/audio/speech',
  'openai-moderations': '/v1/moderations',
  'anthropic-messages': '/v1/messages',
  'cohere-chat': '/v2/chat',
  'cohere-embed': '/v2/embed',
  'cohere-rerank': '/v2/rerank',
  'jina-rerank': '/v1/rerank',
  gemini: '/v1beta/models/MODEL:generateContent',
  'bedrock-converse': '/model/MODEL/converse',
}

/** The same call once more, from a shell. The key is read there, and stands nowhere here. */
export function curlOf(call: WholeCallJson): string {
  const [first] = call.attempts
  const path = (paths[first?.dialect ?? ''] ?? '/v1/chat/completions').replace(
    'MODEL',
    encodeURIComponent(call.model_asked),
  )
  const headers = [
    ['content-type', 'application/json'],
    ['x-freehold-customer', first?.customer],
    ['x-freehold-feature', first?.feature],
    ['x-freehold-session', first?.session],
  ].flatMap(([name, value]) => (value === null || value === undefined ? [] : [`${name}: ${value}`]))
  return [
    `curl ${quoted(location.origin + path)} \\`,
    '  -H "Authorization: Bearer $FREEHOLD_KEY" \\',
    ...headers.map((header) => `  -H ${quoted(header)} \\`),
    `  -d ${quoted(JSON.stringify(call.request))}`,
  ].join('\n')
}

/** A line for the cases of an evaluation: what was asked, and as expected what people said or else what was answered. */
export function evalCaseOf(call: WholeCallJson): string {
  const request = (
    typeof call.request === 'object' && call.request !== null ? call.request : {}
  ) as Readonly<Record<string, unknown>>
  const {
    messages,
    model: _,
    stream: __,
    stream_options: ___,
    metadata: ____,
    user: _____,
    ...params
  } = request
  const correction = call.feedback.findLast((each) => each.correction !== null)?.correction
  const said = Object.values(call.answers).map(wordsOf).at(-1)
  const expected = correction ?? said
  return JSON.stringify({
    id: call.id,
    messages: Array.isArray(messages)
      ? messages
      : [{ role: 'user', content: JSON.stringify(call.request) }],
    ...(Object.keys(params).length === 0 ? {} : { params }),
    ...(expected === undefined || expected === '' ? {} : { expected }),
  })
}

/** For a POSIX shell: within single quotes nothing means anything but the quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
