import type { Json, JsonObject } from '../json.ts'
import { findMediaModel } from '../media-models.ts'
import { noTokens } from '../model.ts'
import { countTokens } from '../tokens.ts'
import { lengthOf, mp3, tone, wav } from '../wave.ts'
import { type Door, type Event, Problem, type Request, type Said } from './dialect.ts'
import { missing, noModel, openaiWords, readBody, text, wrongValue } from './openai.ts'

/** What vendors write into the media type of each format. */
const soundTypes = { mp3: 'audio/mpeg', wav: 'audio/wav', pcm: 'audio/pcm' } as const
const charactersPerSecond = 15
/** Bytes that leave at once. */
const chunkBytes = 4_096

/**
 * POST /v1/audio/speech, whole or as events.
 * Source: https://platform.openai.com/docs/api-reference/audio/createSpeech (read 2026-11-22).
 */
export const openaiSpeech: Door = {
  method: 'POST',
  path: '/v1/audio/speech',
  ...openaiWords,
  answer(request, world): Said {
    const body = readBody(request, world)
    const name = text(body, 'model') ?? ''
    if (!findMediaModel(name, 'sound')) throw noModel(name)
    const input = text(body, 'input')
    if (input === null || input === '') throw missing('input')
    if (text(body, 'voice') === null) throw missing('voice')
    const format = text(body, 'response_format') ?? 'mp3'
    if (!Object.hasOwn(soundTypes, format)) {
      throw wrongValue('response_format', format, Object.keys(soundTypes))
    }
    const seconds = input.length / charactersPerSecond
    const sound = format === 'mp3' ? mp3(seconds) : tone(seconds)
    const bytes = format === 'wav' ? wav(sound) : sound
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
      bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
    )
    const tokens = { ...noTokens, input: countTokens(input), output: Math.ceil(seconds * 20) }
    const usage = {
      input_tokens: tokens.input,
      output_tokens: tokens.output,
      total_tokens: tokens.input + tokens.output,
    }
    return {
      headers: {},
      stream: text(body, 'stream_format') === 'sse',
      whole: () => null,
      bytes: { mediaType: soundTypes[format as keyof typeof soundTypes], chunks },
      events: () => soundEvents(chunks, usage),
      contentEvents: chunks.length,
      tokens,
      pace: { firstMs: 40, tokenMs: 0 },
      usage: () => usage,
      text: '',
    }
  },
}

function* soundEvents(chunks: readonly Uint8Array[], usage: Json): Generator<Event> {
  for (const chunk of chunks) {
    const audio = Buffer.from(chunk).toString('base64')
    yield { name: null, data: { type: 'speech.audio.delta', audio }, mark: 'content', tokens: 0 }
  }
  yield { name: null, data: { type: 'speech.audio.done', usage }, mark: 'finish', tokens: 0 }
}

const textFormats = ['json', 'verbose_json', 'text', 'srt', 'vtt'] as const

/** POST /v1/audio/transcriptions: https://platform.openai.com/docs/api-reference/audio (read 2026-11-22). */
export const openaiTranscriptions: Door = {
  method: 'POST',
  path: '/v1/audio/transcriptions',
  ...openaiWords,
  answer: (request, world) => transcribe(request, readBody(request, world), 'I heard'),
}

export const openaiTranslations: Door = {
  method: 'POST',
  path: '/v1/audio/translations',
  ...openaiWords,
  answer: (request, world) => transcribe(request, readBody(request, world), 'In English, I heard'),
}

function transcribe(request: Request, body: JsonObject, opening: string): Said {
  const name = text(body, 'model') ?? ''
  const model = findMediaModel(name, 'transcripts')
  if (!model) throw noModel(name)
  const file = request.files.find(({ field }) => field === 'file')
  if (!file) throw missing('file')
  const seconds = lengthOf(file.bytes)
  if (seconds === null) {
    throw new Problem(400, 'The audio file could not be decoded or its format is not supported.', {
      param: 'file',
      code: 'invalid_value',
    })
  }
  const format = text(body, 'response_format') ?? 'json'
  if (!textFormats.some((each) => each === format)) {
    throw wrongValue('response_format', format, textFormats)
  }
  const hash = new Bun.CryptoHasher('sha256').update(file.bytes).digest('hex')
  const said = `${opening} ${seconds.toFixed(2)} s of ${file.mediaType} in ${file.name}: ${hash}`
  const audio = Math.ceil(seconds * 10)
  const prompt = countTokens(text(body, 'prompt') ?? '')
  const output = countTokens(said)
  const usage =
    model.soldBy === 'unit'
      ? { type: 'duration', seconds: Math.ceil(seconds) }
      : {
          type: 'tokens',
          total_tokens: audio + prompt + output,
          input_tokens: audio + prompt,
          input_token_details: { text_tokens: prompt, audio_tokens: audio },
          output_tokens: output,
        }
  return {
    headers: {},
    stream: body.stream === 'true',
    whole: () =>
      format === 'verbose_json'
        ? {
            task: 'transcribe',
            language: 'english',
            duration: seconds,
            text: said,
            segments: [],
            usage,
          }
        : { text: said, usage },
    ...plainly(format, said, seconds),
    events: () => textEvents(said, usage),
    contentEvents: said.split(' ').length,
    tokens: { ...noTokens, input: audio + prompt, output },
    pace: { firstMs: 100, tokenMs: 2 },
    usage: () => usage,
    text: said,
  }
}

/** The formats that are no JSON, with the media types that OpenAI gives them. */
function plainly(format: string, said: string, seconds: number): Pick<Said, 'bytes'> {
  const end = `00:00:${seconds.toFixed(3).padStart(6, '0')}`
  const texts: Readonly<Record<string, readonly [string, string]>> = {
    text: ['text/plain; charset=utf-8', `${said}\n`],
    srt: ['text/plain; charset=utf-8', `1\n00:00:00,000 --> ${end.replace('.', ',')}\n${said}\n\n`],
    vtt: ['text/vtt; charset=utf-8', `WEBVTT\n\n00:00:00.000 --> ${end}\n${said}\n\n`],
  }
  const plain = texts[format]
  return plain ? { bytes: { mediaType: plain[0], chunks: [Buffer.from(plain[1])] } } : {}
}

function* textEvents(said: string, usage: Json): Generator<Event> {
  for (const delta of said.split(/(?= )/)) {
    yield { name: null, data: { type: 'transcript.text.delta', delta }, mark: 'content', tokens: 1 }
  }
  const done = { type: 'transcript.text.done', text: said, usage }
  yield { name: null, data: done, mark: 'finish', tokens: 0 }
}
