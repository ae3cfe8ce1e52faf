import { describe, expect, test } from 'bun:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deltasOf } from '../../core/fold.ts'
import type { ChatReply } from '../../core/reply.ts'
import { aCall, aStamp, foldStream } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { SseParser } from '../sse.ts'
import { openaiCompletions } from './index.ts'

/** What callers get, held to the schema that OpenAI's own answers fit. */
const folder = '../shared/data/fixtures'
const schemaFile = join(folder, 'schema', 'openai-calibrated.json')
const isHere = existsSync(schemaFile)

const readers = { 'openai-completions': openaiCompletions, 'openai-chat': openaiChat } as const

interface Exchange {
  readonly status: number
  readonly stream: boolean
  readonly res: { readonly body: unknown }
}

describe('what is written for callers', () => {
  if (!isHere) test.skip(`is not held to a schema: ${schemaFile} is missing`, () => {})

  test.if(isHere)('fits the schema, whole and chunk by chunk, whoever answered', () => {
    const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as object
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ ...schema, $id: 'oai' })
    const fits = ajv.getSchema('oai#/components/schemas/CreateCompletionResponse')!
    const misfits: string[] = []
    const check = (text: string): void => {
      if (fits(JSON.parse(text)) !== true)
        misfits.push(`${ajv.errorsText(fits.errors)} in ${text.slice(0, 300)}`)
    }
    const call = { ...aCall(openaiCompletions), usageAsked: true }
    let checked = 0
    for (const reply of recordedTexts()) {
      check(openaiCompletions.writeReply(reply, call, aStamp))
      const writer = openaiCompletions.startWriting!(call, aStamp)
      const stream = `${String(writer.write(deltasOf(reply)))}${String(writer.end())}`
      const events = new SseParser().feed(Buffer.from(stream)).flatMap(({ event }) => event ?? [])
      expect(events.at(-1)!.data).toBe('[DONE]')
      for (const { data } of events.slice(0, -1)) check(withoutNulls(data))
      checked += 1
    }
    expect(checked).toBeGreaterThan(300)
    expect(misfits.slice(0, 5)).toEqual([])
  })
})

/** OpenAI's own chunks are null where an answer has yet to say something, which its schema does not know. */
function withoutNulls(chunk: string): string {
  return chunk
    .replaceAll('"finish_reason":null', '"finish_reason":"stop"')
    .replace(',"usage":null', '')
}

/** Answers that are texts alone and ended as texts do: what a prompt can get. */
function recordedTexts(): ChatReply[] {
  const traffic = join(folder, 'vendor-traffic')
  return readdirSync(traffic).flatMap((file) => {
    const reader = readers[file.split('.')[0] as keyof typeof readers]
    if (!reader) return []
    const lines = readFileSync(join(traffic, file), 'utf8').trim().split('\n')
    return lines.flatMap((line) => {
      const { status, stream, res } = JSON.parse(line) as Exchange
      if (status >= 400) return []
      try {
        const text = typeof res.body === 'string' ? res.body : JSON.stringify(res.body)
        const reply = stream
          ? foldStream(Buffer.from(text), reader)
          : (reader.readReply(text, {}) as ChatReply)
        return isText(reply) ? [reply] : []
      } catch {
        return [] // errors under status 200
      }
    })
  })
}

function isText({ choices }: ChatReply): boolean {
  return choices.every(
    ({ parts, ending }) =>
      ['stop', 'length', 'filter'].includes(ending?.finish ?? '') &&
      parts.every(({ type }) => type === 'text'),
  )
}
