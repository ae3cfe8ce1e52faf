import { type Measured, noUsage, type Usage } from '../core/usage.ts'
import { Counter, Share } from './counter.ts'
import { isObject } from './fields.ts'
import { measured as told } from './usage.ts'

/** Usage of pictures and sound, as OpenAI and those who claim its dialects count it. */

/**
 * Pictures are counted in tokens by those who sell them so, and else by their number: never in both,
 * because each kind is priced. Ark sells by the picture and tells of tokens that nobody pays for.
 * @param made  pictures that the answer holds
 * @see https://platform.openai.com/docs/api-reference/images/object (read 2026-11-22)
 * @see https://www.volcengine.com/docs/82379/1541523 (read 2026-11-22)
 */
export function readImageUsage(raw: unknown, made: number): Measured {
  const counter = new Counter()
  const wire = isObject(raw) ? raw : {}
  const input = counter.first(wire['input_tokens'])
  const output = counter.first(wire['output_tokens'])
  const number = counter.first(wire['generated_images'])
  if (number !== null || (input === null && output === null)) {
    return measured({ ...noUsage, images: number ?? made }, raw, counter)
  }
  const fromInput = new Share(input ?? 0, counter)
  const fromOutput = new Share(output ?? 0, counter)
  const usage: Usage = {
    ...noUsage,
    imageIn: fromInput.take(detail(counter, wire['input_tokens_details'], 'image_tokens')),
    input: fromInput.left,
    output: fromOutput.take(detail(counter, wire['output_tokens_details'], 'text_tokens')),
    imageOut: fromOutput.left,
  }
  return measured(usage, raw, counter)
}

/** Text that was read and sound that was made, which only streams tell of. Null: no counts. */
export function readSpeechUsage(raw: unknown): Measured | null {
  if (!isObject(raw)) return null
  const counter = new Counter()
  const input = counter.first(raw['input_tokens'])
  const output = counter.first(raw['output_tokens'])
  if (input === null && output === null) return null
  return measured({ ...noUsage, input: input ?? 0, audioOut: output ?? 0 }, raw, counter)
}

/**
 * Sound that was heard, in tokens or in seconds, whichever it is sold by. Begun seconds count whole.
 * @param raw  the usage object, which Mistral fills with both: it sells by the time
 * @param durationS  what the answer says of the sound's length, where there is no usage
 * @see https://platform.openai.com/docs/api-reference/audio/json-object (read 2026-11-22)
 */
export function readTranscriptionUsage(raw: unknown, durationS: unknown): Measured | null {
  const counter = new Counter()
  const wire = isObject(raw) ? raw : {}
  const seconds = counter.first(
    begun(wire['seconds']),
    begun(wire['prompt_audio_seconds']),
    isObject(raw) ? undefined : begun(durationS),
  )
  if (seconds !== null) {
    return measured({ ...noUsage, seconds }, isObject(raw) ? raw : { duration: durationS }, counter)
  }
  const input = counter.first(wire['input_tokens'], wire['prompt_tokens'])
  const output = counter.first(wire['output_tokens'], wire['completion_tokens'])
  if (input === null && output === null) return null
  const fromInput = new Share(input ?? 0, counter)
  // OpenAI writes the name in the singular here, and nowhere else.
  const details = wire['input_token_details'] ?? wire['input_tokens_details']
  const text = detail(counter, details, 'text_tokens')
  const usage: Usage = {
    ...noUsage,
    input: fromInput.take(text),
    audioIn: fromInput.left,
    output: output ?? 0,
  }
  return measured(usage, wire, counter)
}

/** Nothing is the provider's own word for it where there is no usage object. */
function measured(usage: Usage, raw: unknown, counter: Counter): Measured {
  return isObject(raw) ? told(usage, raw, counter) : { ...told(usage, {}, counter), raw: null }
}

function detail(counter: Counter, details: unknown, name: string): number {
  return isObject(details) ? (counter.first(details[name]) ?? 0) : 0
}

function begun(seconds: unknown): unknown {
  return typeof seconds === 'number' ? Math.ceil(seconds) : seconds
}
