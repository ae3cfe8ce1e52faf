import { type Extra, noExtra } from '../../core/call.ts'
import type { ImageReply, MadeImage } from '../../core/media.ts'
import type { ChatReply, Reply } from '../../core/reply.ts'
import { ProviderFault } from '../dialect.ts'
import { compact, isObject } from '../fields.ts'
import { readImageUsage } from '../media-usage.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { sseText } from '../sse.ts'

export function readReply(text: string): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  const images = Array.isArray(wire['data']) ? wire['data'].filter(isObject).map(readImage) : []
  const made = images.filter(isMade)
  if (made.length === 0) {
    if (!tellsError(wire)) throw new ProviderFault('the answer holds no pictures')
    const words = readOpenaiError(text)
    throw new ProviderFault(words.message, words)
  }
  const { data: _data, model, created, usage, ...extra } = wire
  return {
    operation: 'image',
    model: typeof model === 'string' ? model : null,
    createdS: typeof created === 'number' ? created : null,
    images,
    measured: readImageUsage(usage, made.length),
    extra,
  }
}

function readImage(item: Extra): MadeImage {
  const { url, b64_json: base64, revised_prompt: revised, ...extra } = item
  return {
    url: typeof url === 'string' && url !== '' ? url : null,
    base64: typeof base64 === 'string' && base64 !== '' ? base64 : null,
    revisedPrompt: typeof revised === 'string' ? revised : null,
    extra,
  }
}

/** Ark puts the error of a picture that it refused to make in its place. */
function isMade({ url, base64 }: MadeImage): boolean {
  return url !== null || base64 !== null
}

export function writeReply(reply: Reply): string {
  if (reply.operation === 'chat') return writeStreamed(reply)
  const { createdS, images, measured, extra } = reply as ImageReply
  return JSON.stringify({
    ...extra,
    ...compact({ created: createdS }),
    data: images.map(writeImage),
    ...compact({ usage: measured?.raw }),
  })
}

function writeImage({ url, base64, revisedPrompt, extra }: MadeImage): Extra {
  return { ...extra, ...compact({ url, b64_json: base64, revised_prompt: revisedPrompt }) }
}

/** What a stream amounted to, as it is kept: what its events said beside the pictures. */
function writeStreamed({ choices, measured }: ChatReply): string {
  const events = choices.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'foreign' ? [part.value] : [])),
  )
  return JSON.stringify({ data: events, ...compact({ usage: measured?.raw }) })
}

/** Each picture as the event that would have ended its making. */
export function writeEvents(reply: Reply): string {
  const { createdS, images, measured } = reply as ImageReply
  return images
    .filter(isMade)
    .map((image, index) => {
      const type = 'image_generation.completed'
      const isLast = index === images.length - 1
      const usage = isLast ? (measured?.raw ?? undefined) : undefined
      return sseText(
        JSON.stringify({ type, ...writeImage(image), ...compact({ created_at: createdS, usage }) }),
        type,
      )
    })
    .join('')
}

/** Megabytes that say nothing in a log. */
export function keptAnswer(answer: string): string {
  return answer.replaceAll(
    /("b64_json"\s*:\s*)"([A-Za-z0-9+/=\\]*)"/g,
    (_, name: string, base64: string) => `${name}"[${base64.length} characters of base64]"`,
  )
}

export function withoutBytes({ b64_json: base64, ...rest }: Extra): Extra {
  if (typeof base64 !== 'string') return Object.keys(rest).length > 0 ? rest : noExtra
  return { ...rest, b64_json: `[${base64.length} characters of base64]` }
}
