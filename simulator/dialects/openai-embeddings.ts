import { embed } from '../embedding.ts'
import { isList, type Json } from '../json.ts'
import { countTokens } from '../tokens.ts'
import { Problem, type Door, type Said } from './dialect.ts'
import { missing, number, openaiWords, readBody, readModel, text, wrongValue } from './openai.ts'

const dimensionsUsual = 256
const dimensionsMax = 4096
const inputsMax = 2048

/**
 * POST /v1/embeddings, as OpenAI answers.
 * Source: https://platform.openai.com/docs/api-reference/embeddings (read 2026-11-21).
 */
export const openaiEmbeddings: Door = {
  method: 'POST',
  path: '/v1/embeddings',
  ...openaiWords,
  answer(request, world): Said {
    const body = readBody(request, world)
    const { model, profile } = readModel(body, true)
    const inputs = readInputs(body.input)
    const dimensions = number(body, 'dimensions', 'integer', 1, dimensionsMax) ?? dimensionsUsual
    const format = text(body, 'encoding_format') ?? 'float'
    if (format !== 'float' && format !== 'base64') {
      throw wrongValue('encoding_format', format, ['float', 'base64'])
    }
    for (const { tokens } of inputs) checkLength(tokens, contextTokens)
    const total = inputs.reduce((sum, { tokens }) => sum + tokens, 0)
    const usage = { prompt_tokens: total, total_tokens: total }
    return {
      headers: { 'openai-version': '2020-10-01' },
      stream: false,
      whole: () => ({
        object: 'list',
        data: inputs.map((input, index) => {
          const vector = embed(input.text, dimensions, world.seed)
          const embedding: Json = format === 'float' ? [...vector] : base64(vector)
          return { object: 'embedding', index, embedding }
        }),
        model,
        usage,
      }),
      events: null,
      contentEvents: 0,
      tokens: {
        input: total,
        cacheRead: 0,
        cacheWrite5m: 0,
        cacheWrite1h: 0,
        output: 0,
        reasoning: 0,
      },
      pace: { firstMs: profile.firstMs, tokenMs: 0 },
      usage: () => usage,
      text: '',
    }
  },
}

const contextTokens = 8_192

interface Input {
  readonly text: string
  readonly tokens: number
}

/** A text, texts, a list of token numbers, or lists of them. */
function readInputs(input: Json | undefined): readonly Input[] {
  if (input === undefined || input === null) throw missing('input')
  if (!isList(input)) return [readInput(input)]
  if (input.length === 0 || input.length > inputsMax) throw invalid()
  return input.every((item) => typeof item === 'number') ? [readInput(input)] : input.map(readInput)
}

function readInput(input: Json): Input {
  if (typeof input === 'string' && input !== '') return { text: input, tokens: countTokens(input) }
  if (isList(input) && input.length > 0 && input.every(isToken)) {
    return { text: input.join(' '), tokens: input.length }
  }
  throw invalid()
}

function isToken(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function invalid(): Problem {
  return new Problem(
    400,
    "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
  )
}

function checkLength(tokens: number, most: number): void {
  if (tokens <= most) return
  throw new Problem(
    400,
    `This model's maximum context length is ${most} tokens, however you requested ${tokens} tokens (${tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
  )
}

/** 32-bit floats, little end first, as the vendor packs them. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
