import type { Call, Extra } from '../../core/call.ts'
import { Fold } from '../../core/fold.ts'
import type { ChatReply, Ending, Finish, Reply, ReplyPart } from '../../core/reply.ts'
import { completionTokens, type Measured, promptTokens, type Usage } from '../../core/usage.ts'
import { ProviderFault, type Quirks, type Stamp } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { parseAround } from '../long-numbers.ts'
import { writeLogprobs } from './logprobs.ts'
import { id, writeToolCall } from './parts.ts'
import { GeminiStreamReader } from './read-stream.ts'
import { endings } from './endings.ts'
import type { WireAnswer, WireModality, WirePart, WireUsage } from './wire.ts'

/** A whole answer is a stream of one event, and the stream that nobody asked for a list of them. */
export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = parseAround(text, 'args')
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  const chunks = Array.isArray(wire) ? (wire as unknown[]) : [wire]
  const reader = new GeminiStreamReader(quirks)
  const fold = new Fold()
  for (const chunk of chunks) {
    if (!isObject(chunk)) throw new ProviderFault('the answer is not a JSON object')
    for (const delta of reader.take(chunk)) fold.take(delta)
  }
  const reply = fold.reply()
  if (reply.choices.length === 0)
    throw new ProviderFault(`the answer holds no candidates: ${text.slice(0, 200)}`)
  return reply
}

export function writeReply(reply: Reply, _call: Call, stamp: Stamp): string {
  const chat = reply as ChatReply
  const answer: WireAnswer = {
    candidates: chat.choices.map(({ index, parts, ending, logprobs }) => ({
      content: { role: 'model', parts: parts.flatMap(writePart) },
      ...(ending === null ? {} : { finishReason: writeEnding(ending) }),
      index,
      ...(logprobs === null ? {} : { logprobsResult: writeLogprobs(logprobs) }),
    })),
    ...(chat.measured ? { usageMetadata: writeUsage(chat.measured) } : {}),
    modelVersion: chat.model ?? stamp.model,
    responseId: chat.id ?? stamp.callId,
  }
  return JSON.stringify(answer)
}

export function writePart(part: ReplyPart): (WirePart | Extra)[] {
  switch (part.type) {
    case 'text':
      return [
        part.signature === undefined
          ? { text: part.text }
          : { text: part.text, thoughtSignature: part.signature },
      ]
    case 'refusal':
      return [{ text: part.text }]
    case 'reasoning':
      // Without words it is one that its maker sealed; words in front of it sum it up.
      if (part.sealed !== null) {
        const words = part.text === '' ? [] : [{ text: part.text, thought: true }]
        return [...words, { thought: true, thoughtSignature: part.sealed }]
      }
      return [
        {
          text: part.text,
          thought: true,
          ...(part.signature === null ? {} : { thoughtSignature: part.signature }),
        },
      ]
    case 'toolCall':
      return [writeToolCall(part)]
    case 'foreign':
      return part.dialect === id ? [part.value] : []
  }
}

const words = {
  stop: 'STOP',
  tools: 'STOP',
  length: 'MAX_TOKENS',
  filter: 'SAFETY',
  refusal: 'SAFETY',
  pause: 'OTHER',
  error: 'OTHER',
} satisfies Record<Finish, string>

/** A word of this dialect stays as it was. */
export function writeEnding({ finish, word }: Ending): string {
  if (word !== null && Object.hasOwn(endings, word) && words[finish] === words[endings[word]!])
    return word
  return words[finish]
}

export function writeUsage({ usage }: Measured): WireUsage {
  const prompt = promptTokens(usage)
  const { cacheRead, reasoning } = usage
  const all = completionTokens(usage)
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: all - reasoning,
    totalTokenCount: prompt + all,
    ...(cacheRead > 0 ? { cachedContentTokenCount: cacheRead } : {}),
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    promptTokensDetails: modalities(prompt, usage.audioIn, usage.imageIn),
    ...(usage.audioOut + usage.imageOut > 0
      ? { candidatesTokensDetails: modalities(all - reasoning, usage.audioOut, usage.imageOut) }
      : {}),
  }
}

function modalities(all: number, audio: Usage['audioIn'], image: Usage['imageIn']): WireModality[] {
  const counts: WireModality[] = []
  const text = all - audio - image
  if (text > 0) counts.push({ modality: 'TEXT', tokenCount: text })
  if (audio > 0) counts.push({ modality: 'AUDIO', tokenCount: audio })
  if (image > 0) counts.push({ modality: 'IMAGE', tokenCount: image })
  return counts
}
