import type { Price } from '../../catalog/model.ts'
import type { Call } from '../../core/call.ts'
import { estimateTokens, noUsage, type UnitKind, type Usage } from '../../core/usage.ts'
import { isWav, secondsOf } from './sound.ts'

/**
 * What calls for pictures and sound use, where no provider has counted it: at most, before they are
 * sent, and about, after. Each is sold by the unit or by tokens; the card of the model says which.
 */
export type MediaCall = Call & { readonly operation: 'image' | 'speech' | 'transcribe' }

export function isMedia(call: Call): call is MediaCall {
  return (
    call.operation === 'image' || call.operation === 'speech' || call.operation === 'transcribe'
  )
}

/** Tokens of one picture: OpenAI's gpt-image-1 makes a square one of high quality of 4,160. */
const pictureTokens = 4_160
/** Of the largest: gpt-image-2 is said to take 12,329 for 3584 x 2048, and each partial one 100 more. */
const pictureTokensMax = 16_384
/** OpenAI makes a second of sound of 20 tokens, and takes one in as 10. */
const spokenTokensPerSecond = 20
const heardTokensPerSecond = 10
/** A Latin letter takes about a fifteenth of a second, a Chinese character two ninths; none takes half. */
const charactersPerSecond = 15
const wideCharactersPerSecond = 4.5
const charactersPerSecondMin = 2
/** 32 kbit/s, between a telephone and a studio, where a file does not tell its length. */
const soundBytesPerSecond = 4_000
/** The fewest bytes of a second: Opus goes down to 6 kbit/s, what is not compressed to 8 kHz of 8 bits. */
const soundBytesPerSecondMin = 750
const wavBytesPerSecondMin = 8_000
/** A transcript has no limit of its own, and nobody speaks more than this many tokens in a second. */
const saidTokensPerSecondMax = 10

/** What the call may use at most, in each way in which a model with this card can be sold. */
export function mostOf(call: MediaCall, price: Price): readonly Usage[] {
  const ways: Usage[] = []
  const text = call.inputTokensMax
  switch (call.operation) {
    case 'image':
      ways.push({ ...noUsage, input: text, imageOut: call.n * pictureTokensMax })
      if (price.images !== undefined) ways.push({ ...noUsage, images: call.n })
      break
    case 'speech': {
      const characters = charactersOf(call)
      const seconds = Math.ceil(characters / charactersPerSecondMin)
      ways.push({ ...noUsage, input: text, audioOut: seconds * spokenTokensPerSecond })
      if (price.characters !== undefined) ways.push({ ...noUsage, characters })
      break
    }
    case 'transcribe': {
      const seconds = secondsMax(fileOf(call))
      const output = seconds * saidTokensPerSecondMax
      ways.push({ ...noUsage, input: text, audioIn: seconds * heardTokensPerSecond, output })
      if (price.seconds !== undefined) ways.push({ ...noUsage, seconds })
    }
  }
  return ways
}

/**
 * What the call is likely to have used.
 * @param said  the text of the answer, so far as it came
 * @param price  the model's card; null: not known
 */
export function estimateMedia(call: MediaCall, said: string, price: Price | null): Usage {
  switch (call.operation) {
    case 'image':
      return soldBy('images', price)
        ? { ...noUsage, images: call.n }
        : { ...noUsage, input: promptTokens(call, 'prompt'), imageOut: call.n * pictureTokens }
    case 'speech':
      if (soldBy('characters', price)) return { ...noUsage, characters: charactersOf(call) }
      return {
        ...noUsage,
        input: promptTokens(call, 'input'),
        audioOut: Math.ceil(spokenSeconds(textIn(call, 'input')) * spokenTokensPerSecond),
      }
    case 'transcribe': {
      const file = fileOf(call)
      const seconds = Math.ceil(secondsOf(file) ?? file.length / soundBytesPerSecond)
      return soldBy('seconds', price)
        ? { ...noUsage, seconds }
        : {
            ...noUsage,
            input: promptTokens(call, 'prompt'),
            audioIn: seconds * heardTokensPerSecond,
            output: estimateTokens(said),
          }
    }
  }
}

/** A model without any price is taken to be sold by the unit: those are what a call surely is. */
function soldBy(unit: UnitKind, price: Price | null): boolean {
  return price === null || price[unit] !== undefined || !sellsTokens(price)
}

function sellsTokens({ input, output, audioIn, audioOut, imageOut }: Price): boolean {
  return [input, output, audioIn, audioOut, imageOut].some((each) => each !== undefined)
}

function textIn({ body }: Call, name: string): string {
  const text = body.value[name]
  return typeof text === 'string' ? text : ''
}

function promptTokens(call: Call, name: string): number {
  return estimateTokens(textIn(call, name))
}

/** As those who sell by them count: a character outside the basic plane is one. */
function charactersOf(call: Call): number {
  let count = 0
  for (const _ of textIn(call, 'input')) count += 1
  return count
}

function spokenSeconds(text: string): number {
  let wide = 0
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) >= 0x2e80) wide += 1
  }
  return wide / wideCharactersPerSecond + (text.length - wide) / charactersPerSecond
}

function fileOf({ files = [] }: Call): Uint8Array {
  return files.find(({ field }) => field === 'file')?.bytes ?? new Uint8Array()
}

/** A head may promise more than the bytes could hold, and be believed. */
function secondsMax(file: Uint8Array): number {
  const least = isWav(file) ? wavBytesPerSecondMin : soundBytesPerSecondMin
  return Math.ceil(Math.max(secondsOf(file) ?? 0, file.length / least))
}
