import { describe, expect, test } from 'bun:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { providerFailed } from '../../core/errors.ts'
import { deltasOf } from '../../core/fold.ts'
import type { ChatReply } from '../../core/reply.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import type { Dialect } from '../dialect.ts'
import { aStamp, callOf, foldStream } from '../meaning.suite.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { SseParser } from '../sse.ts'
import { openaiResponses } from './index.ts'

/** What callers get, held to the schema that OpenAI's own answers fit. */
const folder = '../shared/data/fixtures'
const schemaFile = join(folder, 'schema', 'openai-calibrated.json')
const isHere = existsSync(schemaFile)

interface Exchange {
  readonly id: string
  readonly status: number
  readonly stream: boolean
  readonly res: { readonly body: unknown }
}

const readers: Readonly<Record<string, Dialect>> = {
  'openai-chat': openaiChat,
  'anthropic-messages': anthropicMessages,
}

/** A call with whatever an answer repeats of it. */
const call = callOf(openaiResponses, {
  model: 'task',
  input: [{ role: 'user', content: [{ type: 'input_text', text: 'What is it like outside?' }] }],
  instructions: 'Be brief.',
  tools: [
    {
      type: 'function',
      name: 'weather',
      description: null,
      parameters: { type: 'object', properties: {} },
      strict: true,
    },
  ],
  tool_choice: { type: 'function', name: 'weather' },
  text: { format: { type: 'json_schema', name: 'sky', schema: { type: 'object' } } },
  reasoning: { effort: 'low', summary: 'auto' },
  metadata: { team: 'maps', 'x-freehold-customer': 'acme' },
  include: ['reasoning.encrypted_content'],
  max_output_tokens: 500,
  temperature: 0.5,
})
const plainCall = callOf(openaiResponses, { model: 'task', input: 'What is it like outside?' })

describe('answers in the format of Responses', () => {
  if (!isHere) test.skip(`are not checked: ${schemaFile} is missing`, () => {})

  test.if(isHere)('fit its schema, whoever gave them, whole and as events', () => {
    const validator = new Validator()
    let checked = 0
    for (const reply of recordedReplies()) {
      for (const each of [call, plainCall]) {
        const whole = JSON.parse(openaiResponses.writeReply(reply, each, aStamp)) as object
        validator.check('Response', whole)
        const writer = openaiResponses.startWriting!(each, aStamp)
        const stream = `${String(writer.write(deltasOf(reply)))}${String(writer.end())}`
        for (const event of eventsOf(stream)) validator.checkEvent(event)
        checked += 1
      }
    }
    expect(checked).toBeGreaterThan(1_000)
    expect(validator.misfits).toEqual([])
  })

  test.if(isHere)('fit it when they fail, at any point', () => {
    const validator = new Validator()
    const fault = providerFailed('acme', 'it broke off its answer')
    for (const reply of recordedReplies().slice(0, 50)) {
      const deltas = deltasOf(reply)
      for (let upTo = 0; upTo < Math.min(deltas.length, 6); upTo += 1) {
        const writer = openaiResponses.startWriting!(call, aStamp)
        const stream = `${String(writer.write(deltas.slice(0, upTo)))}${writer.fail!(fault, 'request')}`
        const events = eventsOf(stream)
        expect(events.slice(-2).map(({ type }) => type)).toEqual(['error', 'response.failed'])
        for (const event of events) validator.checkEvent(event)
      }
    }
    expect(validator.misfits).toEqual([])
  })
})

interface Event {
  readonly type: string
  readonly sequence_number: number
}

function eventsOf(stream: string): readonly Event[] {
  const events = new SseParser()
    .feed(Buffer.from(stream))
    .flatMap(({ event }) =>
      event ? { ...(JSON.parse(event.data) as Event), called: event.event } : [],
    )
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, at) => at))
  for (const { called, type } of events) expect(called).toBe(type)
  return events
}

class Validator {
  readonly misfits: string[] = []
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false })
  readonly #events = new Map<string, string>()

  constructor() {
    const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as {
      components: { schemas: Record<string, Shape> }
    }
    this.#ajv.addSchema({ ...schema, $id: 'oai' })
    const { schemas } = schema.components
    for (const { $ref } of schemas['ResponseStreamEvent']!.anyOf!) {
      const name = $ref.split('/').at(-1)!
      for (const type of schemas[name]!.properties!['type']!.enum!) this.#events.set(type, name)
    }
  }

  check(name: string, value: object): void {
    const validate = this.#ajv.getSchema(`oai#/components/schemas/${name}`)!
    if (validate(value) === true) return
    this.misfits.push(
      `${name}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 600)}`,
    )
  }

  checkEvent(event: Event): void {
    const name = this.#events.get(event.type)
    if (name === undefined) this.misfits.push(`no event is called ${event.type}`)
    else this.check(name, event)
  }
}

interface Shape {
  readonly anyOf?: readonly { readonly $ref: string }[]
  readonly properties?: Readonly<Record<string, { readonly enum?: readonly string[] }>>
}

function recordedReplies(): readonly ChatReply[] {
  const traffic = join(folder, 'vendor-traffic')
  return readdirSync(traffic).flatMap((file) => {
    const dialect = readers[file.split('.')[0]!]
    if (!dialect) return []
    const lines = readFileSync(join(traffic, file), 'utf8').split('\n')
    return lines.flatMap((line) =>
      line === '' ? [] : replyOf(JSON.parse(line) as Exchange, dialect),
    )
  })
}

/** Nothing of what is an error, or another API. */
function replyOf({ status, stream, res }: Exchange, dialect: Dialect): ChatReply[] {
  if (status >= 400) return []
  try {
    const text = typeof res.body === 'string' ? res.body : JSON.stringify(res.body)
    const reply = stream ? foldStream(Buffer.from(text), dialect) : dialect.readReply(text, {})
    return reply.operation === 'chat' ? [reply] : []
  } catch {
    return []
  }
}
