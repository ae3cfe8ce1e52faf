import type { Call, Chat, Extra, Format, Message, Tool, ToolChoice } from '../../core/call.ts'
import { noExtra } from '../../core/call.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Place } from '../dialect.ts'
import { Fields, isObject, present, wrong } from '../fields.ts'
import { either, inCamelCase, readNamed } from '../gemini-place.ts'
import { exactCalls } from '../long-numbers.ts'
import { MediaTally, readCount, readObject } from '../read-call.ts'
import { ContentReader } from './contents.ts'
import { id } from './parts.ts'
import { toJsonSchema } from './schema.ts'
import { readThinking } from './thinking.ts'

export function readCall(body: JsonObject, place?: Place): Call {
  const { value } = body
  const model = readNamed(body, place)
  const media = new MediaTally()
  checkContents(value['contents'], 'contents', media)
  const config = readObject(either(value, 'generationConfig'), 'generationConfig') ?? {}
  return {
    operation: 'chat',
    dialect: id,
    model,
    stream: place?.stream ?? false,
    maxTokens: readCount(either(config, 'maxOutputTokens'), 'generationConfig.maxOutputTokens', 1),
    n: readCount(either(config, 'candidateCount'), 'generationConfig.candidateCount', 1) ?? 1,
    usageAsked: true,
    user: null,
    metadata: readObject(value['labels'], 'labels'),
    hasMedia: media.count > 0,
    inputTokensMax: media.tokensMax(body),
    body,
    meaning: () => readChat(exactCalls(body, 'contents', 'args'), ''),
  }
}

/** Looks only at what the vendor insists on; the rest is its to judge. */
export function checkContents(contents: unknown, path: string, media: MediaTally): void {
  if (!Array.isArray(contents) || contents.length === 0)
    throw wrong(path, 'a list of at least one content', contents)
  for (let index = 0; index < contents.length; index += 1) {
    const content = contents[index] as unknown
    const at = `${path}[${index}]`
    if (!isObject(content)) throw wrong(at, 'an object', content)
    const { role, parts } = content
    if (present(role) && typeof role !== 'string') throw wrong(`${at}.role`, 'a string', role)
    if (present(parts)) checkParts(parts, `${at}.parts`, media)
  }
}

function checkParts(parts: unknown, path: string, media: MediaTally): void {
  if (!Array.isArray(parts)) throw wrong(path, 'a list of parts', parts)
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] as unknown
    if (!isObject(part)) throw wrong(`${path}[${index}]`, 'an object', part)
    const inline = either(part, 'inlineData')
    if (isObject(inline)) media.add(typeof inline['data'] === 'string' ? inline['data'] : null)
    if (isObject(either(part, 'fileData'))) media.add(null)
    const response = either(part, 'functionResponse')
    if (isObject(response) && present(response['parts']))
      checkParts(response['parts'], `${path}[${index}].functionResponse.parts`, media)
  }
}

/** What no other dialect has a word for. */
const nativeParameters = ['safetySettings', 'labels', 'modelArmorConfig']

/** @param path  where the request stands in the caller's body */
export function readChat(value: Extra, path: string): Chat {
  const wire = new Fields(inCamelCase(value), path)
  const native = new Set(Object.keys(wire.pick(...nativeParameters)))
  const reader = new ContentReader(native)
  const messages = [
    ...readCached(wire),
    ...reader.readSystem(wire),
    ...wire.items('contents').flatMap((content) => reader.readContent(content)),
  ]
  const calling = wire.fields('toolConfig')
  if (calling)
    for (const name of Object.keys(calling.value)) {
      if (name !== 'functionCallingConfig') native.add(`toolConfig.${name}`)
    }
  const { choice, allowed } = readCalling(calling?.fields('functionCallingConfig') ?? null)
  const tools = wire
    .items('tools')
    .flatMap((tool) => readTools(tool, native))
    .filter(({ name, foreign }) => foreign !== null || (allowed?.includes(name) ?? true))
  const config = wire.fields('generationConfig') ?? new Fields({}, 'generationConfig')
  const chat = {
    operation: 'chat',
    messages,
    tools,
    toolChoice: choice,
    parallelTools: null,
    format: readFormat(config),
    maxTokens: config.count('maxOutputTokens'),
    n: config.count('candidateCount'),
    stop: config.texts('stopSequences'),
    temperature: config.number('temperature'),
    topP: config.number('topP'),
    topK: config.number('topK'),
    seed: config.number('seed'),
    presencePenalty: config.number('presencePenalty'),
    frequencyPenalty: config.number('frequencyPenalty'),
    logitBias: null,
    logprobs: config.flag('responseLogprobs'),
    topLogprobs: config.count('logprobs'),
    reasoning: readThinking(config.fields('thinkingConfig')),
    user: null,
    metadata: null,
    serviceTier: null,
  } satisfies Omit<Chat, 'extra' | 'native'>
  const modalities = config.texts('responseModalities').filter((name) => name !== 'TEXT')
  if (modalities.length > 0) native.add('responseModalities')
  for (const name of Object.keys(config.rest())) native.add(name)
  wire.skip('model', 'generationConfig')
  return { ...chat, native: [...native], extra: wire.rest() }
}

/** What is kept there is part of what was said, so no other vendor can answer. */
function readCached(wire: Fields): Message[] {
  const name = wire.text('cachedContent')
  if (name === null) return []
  const value = { type: 'cachedContent', cachedContent: name }
  const part = { type: 'foreign', dialect: id, value } as const
  return [{ role: 'system', parts: [part], name: null, extra: noExtra }]
}

/** One entry holds any number of functions, and tools that the vendor runs. */
function readTools(wire: Fields, native: Set<string>): Tool[] {
  const functions = wire.items('functionDeclarations').map((each) => readFunction(each, native))
  const foreign = Object.entries(wire.rest()).map(([name, value]): Tool => ({
    name,
    description: null,
    schema: null,
    strict: null,
    extra: noExtra,
    foreign: { type: 'foreign', dialect: id, value: { [name]: value } },
  }))
  return [...functions, ...foreign]
}

function readFunction(wire: Fields, native: Set<string>): Tool {
  const subset = wire.object('parameters')
  const tool = {
    name: wire.needText('name'),
    description: wire.text('description'),
    schema: wire.object('parametersJsonSchema') ?? (subset === null ? null : toJsonSchema(subset)),
    strict: null,
    extra: noExtra,
    foreign: null,
  }
  for (const name of Object.keys(wire.rest())) native.add(`functionDeclarations.${name}`)
  return tool
}

function readCalling(wire: Fields | null): {
  choice: ToolChoice | null
  allowed: readonly string[] | null
} {
  const names = wire?.texts('allowedFunctionNames') ?? []
  const allowed = names.length > 0 ? names : null
  switch (wire?.text('mode')?.toUpperCase()) {
    case undefined:
    case 'MODE_UNSPECIFIED':
      return { choice: null, allowed }
    case 'AUTO':
    case 'VALIDATED': // arguments fit their schema, which elsewhere is each tool's own matter
      return { choice: { kind: 'auto' }, allowed }
    case 'ANY':
      return {
        choice: names.length === 1 ? { kind: 'tool', name: names[0]! } : { kind: 'required' },
        allowed: names.length === 1 ? null : allowed,
      }
    case 'NONE':
      return { choice: { kind: 'none' }, allowed: null }
    default:
      throw wire!.wrong('mode', 'AUTO, ANY, NONE or VALIDATED')
  }
}

function readFormat(config: Fields): Format | null {
  const type = config.text('responseMimeType')
  const subset = config.object('responseSchema')
  const schema = config.object('responseJsonSchema') ?? (subset && toJsonSchema(subset))
  if (schema) return { kind: 'schema', name: null, description: null, schema, strict: null }
  switch (type) {
    case null:
      return null
    case 'application/json':
      return { kind: 'json' }
    default:
      return { kind: 'text' }
  }
}
