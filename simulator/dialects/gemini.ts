import type { Ask, Format, Part, Tool, ToolChoice, Turn } from '../ask.ts'
import { embed } from '../embedding.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import {
  sign,
  textOf,
  transcript,
  type Answer,
  type Block,
  type Choice,
  type Finish,
  type Tokens,
} from '../model.ts'
import { countPrompt } from '../prefixes.ts'
import { findProfile } from '../profiles.ts'
import { countTokens } from '../tokens.ts'
import { Problem, type Door, type Event, type Request, type Said, type World } from './dialect.ts'
import { geminiWords } from './gemini-words.ts'
import { vectorsSaid } from './vectors-said.ts'

/**
 * POST .../models/MODEL:ACTION, as Google's API for developers answers; a stream is always one of events.
 * Source: https://ai.google.dev/api and recorded exchanges (read 2026-11-22).
 */
export const gemini: Door = {
  method: 'POST',
  path: '/v1/models/**',
  ...geminiWords,
  answer(request, world) {
    const { model, action } = askedAt(request.path)
    const body = inOneSpelling(request.body as Json)
    if (!isObject(body))
      throw new Problem(400, 'Invalid JSON payload received. Expected an object.')
    switch (action) {
      case 'generateContent':
      case 'streamGenerateContent': {
        const ask = readAsk(model, body, request)
        return say(ask, world.answer(ask), action === 'streamGenerateContent', world)
      }
      case 'countTokens': {
        const inner = body.generateContentRequest
        const ask = readAsk(model, isObject(inner) ? inner : body, request)
        const tokens = countPrompt(ask)
        return vectorsSaid(tokens, 20, () => ({
          totalTokens: tokens,
          promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }],
        }))
      }
      case 'embedContent':
        return sayVectors(model, [body], world, ([embedding]) => ({ embedding: embedding! }))
      case 'batchEmbedContents': {
        const requests = isList(body.requests) ? body.requests.filter(isObject) : []
        return sayVectors(model, requests, world, (embeddings) => ({ embeddings: [...embeddings] }))
      }
      default:
        throw new Problem(404, `Method not found: ${action}.`)
    }
  },
}

/** The same under the version that most clients name. */
export const geminiBeta: Door = { ...gemini, path: '/v1beta/models/**' }

/** The model that the path of a request names; null for other paths. */
export function modelInPath(path: string): string | null {
  return /^\/v1(?:beta)?\/models\/./.test(path) && path.includes(':') ? askedAt(path).model : null
}

function askedAt(path: string): { model: string; action: string } {
  const named = path.slice(path.indexOf('/models/') + '/models/'.length)
  const at = named.lastIndexOf(':')
  return { model: decodeURIComponent(named.slice(0, at)), action: named.slice(at + 1) }
}

// What is asked.

/** What stands in these is somebody's own. */
const kept = new Set([
  'args',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
])

/** The vendor reads `inline_data` as `inlineData`. */
function inOneSpelling(value: Json): Json {
  if (isList(value)) return value.map(inOneSpelling)
  if (!isObject(value)) return value
  const entries = Object.entries(value).map(([name, inner]) => {
    const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    return [camel, inner === undefined || kept.has(camel) ? inner : inOneSpelling(inner)]
  })
  return Object.fromEntries(entries) as JsonObject
}

/** Types of the older schemas are in capitals. */
function inSmallLetters(schema: Json): Json {
  if (isList(schema)) return schema.map(inSmallLetters)
  if (!isObject(schema)) return schema
  const entries = Object.entries(schema).map(([name, inner]) => [
    name,
    name === 'type' && typeof inner === 'string'
      ? inner.toLowerCase()
      : inSmallLetters(inner ?? null),
  ])
  return Object.fromEntries(entries) as JsonObject
}

/** The vendor refuses every other field. */
const bodyFields = new Set([
  'cachedContent',
  'contents',
  'generationConfig',
  'model',
  'safetySettings',
  'systemInstruction',
  'toolConfig',
  'tools',
])

function readAsk(model: string, body: JsonObject, request: Request): Ask {
  checkModel(model, false)
  for (const name of Object.keys(body)) {
    if (!bodyFields.has(name))
      throw new Problem(
        400,
        `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
      )
  }
  if (!isList(body.contents) || body.contents.length === 0)
    throw new Problem(400, '* GenerateContentRequest.contents: contents is not specified')
  const config = isObject(body.generationConfig) ? body.generationConfig : {}
  const tools = readTools(body.tools)
  const turns = body.contents.flatMap((content, index) =>
    readContent(content, `contents[${index}]`, request.key),
  )
  checkCalls(turns)
  return {
    model,
    turns: [...readSystem(body.systemInstruction, request.key), ...turns],
    tools,
    toolChoice: readChoice(body.toolConfig, tools),
    parallel: true,
    format: readFormat(config),
    choices: typeof config.candidateCount === 'number' ? config.candidateCount : 1,
    tokensMax: typeof config.maxOutputTokens === 'number' ? config.maxOutputTokens : null,
    stops: isList(config.stopSequences) ? config.stopSequences.map(String) : [],
    thinking: readThinking(config.thinkingConfig),
    seed: typeof config.seed === 'number' ? config.seed : 0,
    caching: 'automatic',
    owner: request.key,
  }
}

function checkModel(model: string, vectors: boolean): void {
  const profile = findProfile(model)
  if (profile && (profile.says === 'vectors') === vectors) return
  const what = vectors ? 'embedContent' : 'generateContent'
  throw new Problem(
    404,
    `models/${model} is not found for API version v1beta, or is not supported for ${what}. Call ModelService.ListModels to see the list of available models and their supported methods.`,
  )
}

function readSystem(instruction: Json | undefined, owner: string): readonly Turn[] {
  if (!isObject(instruction)) return []
  return [{ role: 'system', parts: readParts(instruction.parts, 'systemInstruction', owner) }]
}

function readContent(content: Json, at: string, owner: string): readonly Turn[] {
  if (!isObject(content)) throw new Problem(400, `Invalid value at '${at}'`)
  const { role = 'user' } = content
  if (role !== 'user' && role !== 'model')
    throw new Problem(400, 'Please use a valid role: user, model.')
  const parts = readParts(content.parts, at, owner)
  if (parts.length === 0)
    throw new Problem(
      400,
      `* GenerateContentRequest.${at}.parts: contents.parts must not be empty.`,
    )
  if (role === 'model') return [{ role: 'assistant', parts }]
  const results = parts.filter((part) => part.kind === 'result')
  const others = parts.filter((part) => part.kind !== 'result')
  const said: Turn[] = others.length > 0 ? [{ role: 'user', parts: others }] : []
  return results.length > 0 ? [{ role: 'tool', parts: results }, ...said] : said
}

function readParts(parts: Json | undefined, at: string, owner: string): readonly Part[] {
  if (!isList(parts)) return []
  return parts.map((part, index) => readPart(part, `${at}.parts[${index}]`, owner))
}

function readPart(part: Json, at: string, owner: string): Part {
  if (!isObject(part)) throw new Problem(400, `Invalid value at '${at}'`)
  const { text, inlineData: inline, fileData: file, functionCall: call } = part
  const { functionResponse: result, thoughtSignature: signature } = part
  if (isObject(call)) {
    const input = JSON.stringify(isObject(call.args) ? call.args : {})
    checkSignature(signature, input, owner)
    return { kind: 'call', id: String(call.id ?? call.name), name: String(call.name), input }
  }
  if (isObject(result)) {
    if (typeof result.name !== 'string')
      throw new Problem(400, `* ${at}.function_response.name: Name cannot be empty.`)
    if (!isObject(result.response))
      throw new Problem(400, `* ${at}.function_response.response: must be an object.`)
    const { output } = result.response
    const said = typeof output === 'string' ? output : JSON.stringify(result.response)
    return { kind: 'result', id: String(result.id ?? result.name), text: said }
  }
  if (typeof text === 'string') return { kind: part.thought === true ? 'thinking' : 'text', text }
  const given = isObject(inline) ? inline : isObject(file) ? file : null
  if (given === null)
    throw new Problem(
      400,
      `* ${at}.data: required oneof field 'data' must have one initialized field`,
    )
  const media = String(given.mimeType ?? 'unknown')
  const source = String(given.data ?? given.fileUri ?? '')
  return media.startsWith('image/')
    ? { kind: 'image', media, source }
    : { kind: 'other', type: media, source }
}

/** A signature must come back as it was given, to the same simulator, with the same key. */
function checkSignature(signature: Json | undefined, input: string, owner: string): void {
  if (signature === undefined || signature === 'skip_thought_signature_validator') return
  if (signature !== sign(input, owner)) throw new Problem(400, 'Corrupted thought signature.')
}

/** Every call has its result in the next turn. */
function checkCalls(turns: readonly Turn[]): void {
  for (const [index, { parts }] of turns.entries()) {
    const calls = parts.filter((part) => part.kind === 'call').length
    if (calls === 0) continue
    const next = turns[index + 1]
    const results = (next?.parts ?? []).filter((part) => part.kind === 'result').length
    if (results !== calls) {
      throw new Problem(
        400,
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      )
    }
  }
}

function readTools(tools: Json | undefined): readonly Tool[] {
  const entries = isList(tools) ? tools.filter(isObject) : []
  return entries.flatMap(({ functionDeclarations: declared }) =>
    (isList(declared) ? declared.filter(isObject) : []).map((each) => ({
      name: String(each.name),
      description: String(each.description ?? ''),
      schema: each.parametersJsonSchema ?? inSmallLetters(each.parameters ?? {}),
    })),
  )
}

function readChoice(config: Json | undefined, tools: readonly Tool[]): ToolChoice {
  const calling = isObject(config) ? config.functionCallingConfig : undefined
  if (!isObject(calling)) return 'auto'
  const allowed = isList(calling.allowedFunctionNames) ? calling.allowedFunctionNames : []
  const unknown = allowed.find((name) => !tools.some((tool) => tool.name === name))
  if (unknown !== undefined)
    throw new Problem(400, `allowed_function_names: ${String(unknown)} is not declared.`)
  switch (calling.mode) {
    case 'ANY':
      return allowed.length === 1 ? { name: String(allowed[0]) } : 'required'
    case 'NONE':
      return 'none'
    default:
      return 'auto'
  }
}

function readFormat(config: JsonObject): Format {
  if (config.responseMimeType !== 'application/json') return { kind: 'text' }
  const { responseJsonSchema, responseSchema: older } = config
  const schema = responseJsonSchema ?? (older && inSmallLetters(older))
  return schema === undefined ? { kind: 'json' } : { kind: 'schema', schema }
}

function readThinking(config: Json | undefined): Ask['thinking'] {
  if (!isObject(config)) return { effort: 'medium', tokensMax: null }
  const { thinkingBudget: budget, thinkingLevel: level } = config
  if (budget !== undefined && level !== undefined) {
    throw new Problem(400, 'You can only set only one of thinking budget and thinking level.')
  }
  if (budget === 0) return { effort: 'none', tokensMax: null }
  const word = String(level ?? 'medium').toLowerCase()
  const effort = word === 'minimal' ? 'none' : word === 'low' || word === 'high' ? word : 'medium'
  return { effort, tokensMax: typeof budget === 'number' && budget > 0 ? budget : null }
}

// What is answered.

const finishes = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  calls: 'STOP',
  refusal: 'SAFETY',
} satisfies Record<Finish, string>

function say(ask: Ask, answer: Answer, stream: boolean, world: World): Said {
  const { choices, tokens } = answer
  const stamp = { modelVersion: ask.model, responseId: world.id('', 22) }
  const said = choices.map((choice) => ({
    ...choice,
    blocks: choice.finish === 'refusal' ? [] : choice.blocks,
  }))
  return {
    headers: { 'server-timing': 'gfet4t7; dur=1' },
    stream,
    whole: () => ({
      candidates: said.map((choice, index) => ({
        content: { role: 'model', parts: partsOf(choice, ask.owner, world) },
        finishReason: finishes[choice.finish],
        index,
      })),
      usageMetadata: usageOf(tokens, tokens.output),
      ...stamp,
    }),
    events: () => events(said, tokens, stamp, ask.owner, world),
    contentEvents: said.reduce((sum, choice) => sum + contentEventsOf(choice), 0),
    tokens,
    pace: answer.pace,
    usage: (output) => usageOf(tokens, output),
    text: said.map(({ blocks }) => transcript(blocks)).join('\n'),
  }
}

function partsOf({ blocks }: Choice, owner: string, world: World): JsonObject[] {
  return blocks.map((block) =>
    block.kind === 'call' ? callPart(block, owner, world) : textPart(block, textOf(block)),
  )
}

function textPart(block: Block, text: string): JsonObject {
  return block.kind === 'thinking' ? { text, thought: true } : { text }
}

/** Arguments that were cut off are no JSON any more; the vendor then sends none. */
function callPart(block: Block & { kind: 'call' }, owner: string, world: World): JsonObject {
  const args = parsed(textOf(block))
  return {
    functionCall: { id: world.id('', 8), name: block.name, args },
    thoughtSignature: sign(JSON.stringify(args), owner),
  }
}

function contentEventsOf({ blocks }: Choice): number {
  return blocks.reduce((sum, { kind, pieces }) => sum + (kind === 'call' ? 1 : pieces.length), 0)
}

/** Counts come with every event, as far as they have grown; the last one says why it ended. */
function* events(
  choices: readonly Choice[],
  tokens: Tokens,
  stamp: JsonObject,
  owner: string,
  world: World,
): Generator<Event> {
  let sent = 0
  const event = (candidate: JsonObject, mark: Event['mark'], weight: number): Event => {
    sent += weight
    const data = { candidates: [candidate], usageMetadata: usageOf(tokens, sent), ...stamp }
    return { name: null, data, mark, tokens: weight }
  }
  const content = (part: JsonObject, index: number): JsonObject => ({
    content: { role: 'model', parts: [part] },
    index,
  })
  for (const [index, { blocks, finish }] of choices.entries()) {
    for (const block of blocks) {
      if (block.kind === 'call') {
        const weight = countTokens(block.name) + block.pieces.length * block.weight
        yield event(content(callPart(block, owner, world), index), 'content', weight)
        continue
      }
      for (const piece of block.pieces)
        yield event(content(textPart(block, piece), index), 'content', block.weight)
    }
    const last = { ...content({ text: '' }, index), finishReason: finishes[finish] }
    yield event(last, 'finish', index === choices.length - 1 ? tokens.output - sent : 0)
  }
}

/** Gemini's count: thoughts stand beside the candidates, and what was cached in the prompt. */
function usageOf(tokens: Tokens, output: number): JsonObject {
  const prompt = tokens.input + tokens.cacheRead
  const thoughts = Math.min(tokens.reasoning, output)
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: output - thoughts,
    totalTokenCount: prompt + output,
    cachedContentTokenCount: tokens.cacheRead > 0 ? tokens.cacheRead : undefined,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    thoughtsTokenCount: thoughts > 0 ? thoughts : undefined,
  }
}

function sayVectors(
  model: string,
  requests: readonly JsonObject[],
  world: World,
  answer: (embeddings: readonly JsonObject[]) => JsonObject,
): Said {
  checkModel(model, true)
  const texts = requests.map(({ content }) => {
    const parts = isObject(content) && isList(content.parts) ? content.parts.filter(isObject) : []
    if (parts.length === 0)
      throw new Problem(400, '* EmbedContentRequest.content: content is not specified')
    return parts.map(({ text }) => String(text)).join('')
  })
  const dimensions = requests.map(({ outputDimensionality: each }) =>
    typeof each === 'number' ? each : 256,
  )
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0)
  return vectorsSaid(tokens, findProfile(model)?.firstMs ?? 0, () => ({
    ...answer(
      texts.map((text, index) => ({ values: [...embed(text, dimensions[index]!, world.seed)] })),
    ),
    usageMetadata: {
      promptTokenCount: tokens,
      promptTokenDetails: [{ modality: 'TEXT', tokenCount: tokens }],
    },
  }))
}

function parsed(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
