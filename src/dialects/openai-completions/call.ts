import { askForUsage, editing } from '../edit.ts'
import { type Call, type Chat, noExtra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Target, WrittenCall } from '../dialect.ts'
import { Fields, present, wrong } from '../fields.ts'
import { readCount, readFlag, readModel, readObject, readText } from '../read-call.ts'

export const id = 'openai-completions'

export function readCall(body: JsonObject): Call {
  const { value } = body
  const model = readModel(body)
  const prompts = countPrompts(value['prompt'])
  const n = readCount(value['n'], 'n', 1) ?? 1
  const streamOptions = readObject(value['stream_options'], 'stream_options')
  return {
    operation: 'chat',
    dialect: id,
    model,
    stream: readFlag(value['stream'], 'stream'),
    maxTokens: readCount(value['max_tokens'], 'max_tokens', 1),
    n: prompts * n,
    nMade: prompts * Math.max(n, readCount(value['best_of'], 'best_of', 1) ?? 1),
    usageAsked: readFlag(streamOptions?.['include_usage'], 'stream_options.include_usage'),
    user: readText(value['user'], 'user'),
    metadata: readObject(value['metadata'], 'metadata'),
    hasMedia: false,
    inputTokensMax: Buffer.byteLength(body.text),
    body,
    reworded: ['prompt>messages'],
    meaning: () => readChat(body),
  }
}

/** A text, a list of texts, the tokens of a text, or a list of those. */
function countPrompts(prompt: unknown): number {
  if (typeof prompt === 'string') return 1
  if (!Array.isArray(prompt) || prompt.length === 0) {
    throw wrong('prompt', 'a text, a list of texts, or the tokens of one', prompt)
  }
  const list = prompt as readonly unknown[]
  if (isTokens(list)) return 1
  list.forEach((item, index) => {
    const isPrompt = typeof item === 'string' || (Array.isArray(item) && isTokens(item))
    if (!isPrompt) throw wrong(`prompt[${index}]`, 'a text or a list of tokens', item)
  })
  return list.length
}

function isTokens(list: readonly unknown[]): boolean {
  return list.length > 0 && list.every((item) => Number.isSafeInteger(item))
}

/**
 * As a conversation of one message, for providers that only chat. What goes before and behind the
 * place to fill, and the prompt in the answer, have no words there.
 */
function readChat(body: JsonObject): Chat {
  const wire = new Fields(body.value, '')
  const stop = wire.raw('stop')
  const logprobs = wire.count('logprobs')
  const chat = {
    operation: 'chat',
    messages: [
      {
        role: 'user',
        parts: [{ type: 'text', text: onlyText(wire.raw('prompt')), extra: noExtra }],
        name: null,
        extra: noExtra,
      },
    ],
    tools: [],
    toolChoice: null,
    parallelTools: null,
    format: null,
    maxTokens: wire.count('max_tokens'),
    n: wire.count('n'),
    stop: typeof stop === 'string' ? [stop] : wire.texts('stop'),
    temperature: wire.number('temperature'),
    topP: wire.number('top_p'),
    topK: wire.count('top_k'),
    seed: wire.number('seed'),
    presencePenalty: wire.number('presence_penalty'),
    frequencyPenalty: wire.number('frequency_penalty'),
    logitBias: wire.object('logit_bias') as Readonly<Record<string, number>> | null,
    logprobs: logprobs === null ? null : true,
    topLogprobs: logprobs,
    reasoning: null,
    user: wire.text('user'),
    metadata: wire.object('metadata'),
    serviceTier: null,
    native: nativeIn(wire),
  } satisfies Omit<Chat, 'extra'>
  wire.skip('model', 'stream', 'stream_options')
  return { ...chat, extra: wire.rest() }
}

function onlyText(prompt: unknown): string {
  const prompts = typeof prompt === 'string' ? [prompt] : (prompt as readonly unknown[])
  const [only] = prompts
  if (prompts.length === 1 && typeof only === 'string') return only
  const what =
    typeof only === 'string' || (Array.isArray(only) && prompts.length > 1)
      ? 'several prompts in one call'
      : 'a prompt of token numbers'
  throw unsupportedContent(what, 'A model that chats')
}

/** What a chat has no word for, where it was asked for at all. */
function nativeIn(wire: Fields): string[] {
  const { suffix, echo, best_of: bestOf } = wire.pick('suffix', 'echo', 'best_of')
  return [
    ...(present(suffix) && suffix !== '' ? ['suffix'] : []),
    ...(present(echo) && echo !== false ? ['echo'] : []),
    ...(present(bestOf) && bestOf !== 1 ? ['best_of'] : []),
  ]
}

/**
 * The text as it came, but for the model's name, the usage of streams, nulls and the provider's table.
 * A conversation is never sent by this way: its turns would be lost in one text.
 * @throws GatewayError unsupported_content for a call of another dialect
 */
export function writeCall(call: Call, target: Target): WrittenCall {
  if (call.dialect !== id) throw unsupportedContent('a conversation, only a prompt', target.model)
  const { body } = call
  const parameters = editing(call, target)
  askForUsage(call, parameters, target.quirks)
  parameters.apply(target.quirks.parameters, target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}
