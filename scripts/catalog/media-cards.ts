import type { ModelRow } from '../../src/catalog/file.ts'
import type { Price } from '../../src/catalog/model.ts'
import { decimal } from '../../src/core/money.ts'
import type { Kind } from '../../src/core/usage.ts'
import type { Card } from './cards.ts'

/**
 * Models of pictures and sound. The tables have their prices, but write characters and minutes into the
 * fields of tokens (Portkey has whisper-1 at 6,000 dollars "per million"), or leave out which side a
 * picture is on. Where nothing but a price by size and quality is known, the card is empty.
 */
const genai = { source: 'github.com/pydantic/genai-prices@47df840', readOn: '2026-08-21' }
const portkey = { source: 'github.com/Portkey-AI/models@f654307', readOn: '2026-08-21' }

type Prices = Readonly<Partial<Record<Kind, string>>>

const picture: Partial<ModelRow> = {
  operations: ['image'],
  inputs: ['text', 'image'],
  outputs: ['image'],
}
const voice: Partial<ModelRow> = { operations: ['speech'], outputs: ['audio'] }
const ears: Partial<ModelRow> = { operations: ['transcribe'], inputs: ['audio'] }

function card(
  provider: string,
  id: string,
  row: Partial<ModelRow>,
  prices?: Prices,
  about: { readonly source: string; readonly readOn: string } = genai,
  currency?: 'CNY',
): Card {
  if (prices === undefined) return { provider, id, row, segments: [] }
  const price: Price = Object.fromEntries(
    Object.entries(prices).map(([kind, text]) => [kind, decimal(text)]),
  )
  return { provider, id, row, segments: [{ price, ...(currency && { currency }), ...about }] }
}

const openai: readonly Card[] = [
  card('openai', 'gpt-image-1', picture, {
    input: '5',
    cacheRead: '1.25',
    imageIn: '10',
    imageOut: '40',
  }),
  card('openai', 'gpt-image-1-mini', picture, {
    input: '2',
    cacheRead: '0.2',
    imageIn: '2.5',
    imageOut: '8',
  }),
  card('openai', 'gpt-image-1.5', picture, {
    input: '5',
    cacheRead: '1.25',
    output: '10',
    imageIn: '8',
    imageOut: '32',
  }),
  card('openai', 'gpt-image-2', picture, {
    input: '5',
    cacheRead: '1.25',
    imageIn: '8',
    imageOut: '30',
  }),
  // The tables have the price of its text alone.
  card('openai', 'chatgpt-image-latest', picture),
  card('openai', 'tts-1', { ...voice, aliases: ['tts-1-1106'] }, { characters: '15' }, portkey),
  card(
    'openai',
    'tts-1-hd',
    { ...voice, aliases: ['tts-1-hd-1106'] },
    { characters: '30' },
    portkey,
  ),
  card(
    'openai',
    'gpt-4o-mini-tts',
    { ...voice, aliases: ['gpt-4o-mini-tts-2025-03-20', 'gpt-4o-mini-tts-2025-12-15'] },
    { input: '0.6', audioOut: '12' },
  ),
  card('openai', 'gpt-4o-transcribe', ears, { input: '2.5', output: '10', audioIn: '6' }),
  card(
    'openai',
    'gpt-4o-mini-transcribe',
    {
      ...ears,
      aliases: ['gpt-4o-mini-transcribe-2025-03-20', 'gpt-4o-mini-transcribe-2025-12-15'],
    },
    { input: '1.25', output: '5', audioIn: '3' },
  ),
  card(
    'openai',
    'gpt-4o-transcribe-diarize',
    ears,
    { input: '2.5', output: '10', audioIn: '6' },
    portkey,
  ),
  // 0.006 dollars a minute.
  card('openai', 'whisper-1', ears, { seconds: '100' }, portkey),
]

const bigmodel = 'https://docs.bigmodel.cn/cn/guide/models'

const others: readonly Card[] = [
  card('groq', 'whisper-large-v3', { ...ears, openWeights: true }),
  card('groq', 'whisper-large-v3-turbo', { ...ears, openWeights: true }),
  card('groq', 'canopylabs/orpheus-v1-english', { ...voice, openWeights: true }),
  card('groq', 'canopylabs/orpheus-arabic-saudi', { ...voice, openWeights: true }),
  card('xai', 'grok-imagine-image', picture),
  card('xai', 'grok-imagine-image-quality', picture),
  card(
    'zhipu',
    'cogview-4',
    { ...picture, inputs: ['text'], openWeights: true },
    { images: '60000' },
    { source: `${bigmodel}/image-generation/cogview-4`, readOn: '2026-11-22' },
    'CNY',
  ),
  // 0.06 yuan a minute.
  card(
    'zhipu',
    'glm-asr-2512',
    ears,
    { seconds: '1000' },
    { source: `${bigmodel}/sound-and-video/glm-asr`, readOn: '2026-11-22' },
    'CNY',
  ),
]

const free = {
  input: '0',
  output: '0',
  imageOut: '0',
  audioIn: '0',
  images: '0',
  characters: '0',
  seconds: '0',
}
const freehold = { source: "Freehold's simulator", readOn: '2026-11-21' }
const own = { author: 'freehold', openWeights: false }

const simulator: readonly Card[] = [
  card('sim', 'painter', { ...own, ...picture }, free, freehold),
  card('sim', 'sketch', { ...own, ...picture }, free, freehold),
  card('sim', 'voice', { ...own, ...voice }, free, freehold),
  card('sim', 'clerk', { ...own, ...ears }, free, freehold),
  card('sim', 'scribe', { ...own, ...ears }, free, freehold),
]

export const mediaCards: readonly Card[] = [...openai, ...others, ...simulator]
