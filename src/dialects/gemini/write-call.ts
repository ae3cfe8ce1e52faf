import type { Call, Chat, Extra, Format, Tool, ToolChoice } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { fitMarks, nativeWords, noMarks } from '../cache-marks.ts'
import type { ParameterRule, Target, WrittenCall } from '../dialect.ts'
import { compact, isObject } from '../fields.ts'
import { either, inCamelCase, nameOf } from '../gemini-place.ts'
import { editedMember } from '../long-numbers.ts'
import { Parameters, withoutOwnNames } from '../parameters.ts'
import { restoreTurns } from '../turns.ts'
import { id } from './parts.ts'
import { echoSignatures, restoreContents, turnsWant } from './past-turns.ts'
import { fitJsonSchema, toSubset } from './schema.ts'
import { writeThinking } from './thinking.ts'
import { TurnWriter } from './turns.ts'

export function writeCall(call: Call, target: Target): WrittenCall {
  return call.dialect === id ? editCall(call, target) : translateCall(call, target)
}

/** The text as it came, but for nulls, names that are the gateway's own, and the provider's table. */
function editCall({ body, metadata }: Call, target: Target): WrittenCall {
  const { value } = body
  const parameters = new Parameters(value)
  parameters.removeNulls()
  if ('model' in value) parameters.set('model', nameOf(target.model))
  const labels = withoutOwnNames(metadata)
  if (labels === undefined) parameters.remove('labels')
  else if (labels !== metadata) parameters.set('labels', labels)
  const note = (word: string): void => {
    if (!parameters.adapted.includes(word)) parameters.adapted.push(word)
  }
  const signed = editedMember<readonly unknown[]>(body, 'contents', (contents) =>
    echoSignatures(restoreContents(contents, target, note), target, note),
  )
  if (signed !== value['contents']) parameters.set('contents', signed)
  editConfig(parameters, value, target)
  return { text: parameters.edit(body), adapted: parameters.adapted }
}

function editConfig(parameters: Parameters, value: Extra, target: Target): void {
  const rules = rulesFor(target)
  if (rules.length === 0) return
  const sent = either(value, 'generationConfig')
  const config = new Parameters(isObject(sent) ? (inCamelCase(sent) as Extra) : {})
  config.apply(rules, target)
  if (config.adapted.length === 0) return
  parameters.remove('generation_config')
  parameters.set('generationConfig', config.whole())
  parameters.adapted.push(...config.adapted)
}

/** The provider's rules speak of what stands in `generationConfig`. */
function rulesFor({ quirks, answerMax }: Target): readonly ParameterRule[] {
  const rules = quirks.parameters ?? []
  if (answerMax === undefined) return rules
  return [...rules, { name: 'maxOutputTokens', does: { kind: 'clamp', max: answerMax } }]
}

function translateCall(call: Call, target: Target): WrittenCall {
  const chat = call.meaning()
  if (chat.operation !== 'chat') throw unsupportedContent(chat.operation, target.model)
  const restored: string[] = []
  const messages = restoreTurns(
    chat.messages,
    target,
    turnsWant(call, target),
    { thoughts: 'reasoning_content', calls: 'thoughtSignature' },
    restored,
  )
  const { request, adapted } = writeChat({ ...chat, messages }, target)
  return { text: JSON.stringify(request), adapted: [...adapted, ...restored] }
}

/** The whole request anew, for chats and for counting them. */
export function writeChat(
  chat: Chat,
  target: Target,
): { readonly request: Extra; readonly adapted: readonly string[] } {
  const { quirks } = target
  const { words } = fitMarks(chat, noMarks, quirks.cachesUnasked === true)
  const adapted = [...nativeWords(chat, quirks), ...words]
  const note = (word: string): void => {
    if (!adapted.includes(word)) adapted.push(word)
  }
  for (const name of lostIn(chat)) note(`-${name}`)
  const writer = new TurnWriter(target, note)
  const { system, contents } = writer.write(chat.messages)
  const { google, extra } = readExtraBody(chat.extra)
  const config = new Parameters(
    compact({
      candidateCount: chat.n,
      stopSequences: chat.stop.length > 0 ? chat.stop : null,
      maxOutputTokens: chat.maxTokens,
      temperature: chat.temperature,
      topP: chat.topP,
      topK: chat.topK,
      seed: chat.seed,
      presencePenalty: chat.presencePenalty,
      frequencyPenalty: chat.frequencyPenalty,
      responseLogprobs: chat.logprobs,
      logprobs: chat.topLogprobs,
      ...writeFormat(chat.format, target, note),
      thinkingConfig: google['thinkingConfig'] ?? writeThinking(chat.reasoning, target.model, note),
    }),
  )
  config.apply(rulesFor(target), target)
  for (const word of config.adapted) note(word)
  const generationConfig = config.whole()
  const request = {
    ...extra,
    ...compact({
      systemInstruction: system.length > 0 ? { parts: system } : null,
      contents: echoSignatures(contents, target, note),
      tools: chat.tools.length > 0 ? writeTools(chat.tools, target, note) : null,
      toolConfig: chat.tools.length > 0 ? writeChoice(chat.toolChoice) : null,
      generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : null,
      cachedContent: google['cachedContent'],
    }),
  }
  return { request, adapted }
}

/** What OpenAI's dialect says and this one cannot; the end user is nobody's here. */
function lostIn(chat: Chat): string[] {
  const unsaid: Extra = {
    logit_bias: chat.logitBias,
    parallel_tool_calls: chat.parallelTools === false ? false : null,
    strict: chat.tools.some(({ strict }) => strict === true) ? true : null,
    user: chat.user,
    metadata: withoutOwnNames(chat.metadata) ?? null,
    service_tier: chat.serviceTier,
  }
  return Object.keys(unsaid).filter((name) => unsaid[name] !== null)
}

/** What callers of OpenAI's dialect tell Gemini, in the place that Google's compatible door has for it. */
function readExtraBody({ extra_body: body, ...extra }: Extra): { google: Extra; extra: Extra } {
  const google = isObject(body) ? inCamelCase(body['google']) : null
  return { google: isObject(google) ? google : {}, extra }
}

type Note = (word: string) => void

function writeFormat(format: Format | null, target: Target, note: Note): Extra {
  switch (format?.kind) {
    case undefined:
    case 'text':
      return {}
    case 'json':
      return { responseMimeType: 'application/json' }
    case 'schema': {
      const responseMimeType = 'application/json'
      return takesSubset(target)
        ? { responseMimeType, responseSchema: toSubset(format.schema, note) }
        : { responseMimeType, responseJsonSchema: fitJsonSchema(format.schema, note) }
    }
  }
}

function takesSubset({ quirks: { schemaSubset }, model }: Target): boolean {
  return schemaSubset?.test(model) === true
}

function writeTools(tools: readonly Tool[], target: Target, note: Note): Extra[] {
  const functionDeclarations = tools.map((tool) => {
    if (tool.foreign)
      throw unsupportedContent(`the tool ${tool.name}, which its vendor runs`, target.model)
    for (const name of Object.keys(tool.extra)) note(`-${name}`)
    const { name, description, schema } = tool
    if (schema === null) return compact({ name, description })
    return takesSubset(target)
      ? compact({ name, description, parameters: toSubset(schema, note) })
      : compact({ name, description, parametersJsonSchema: fitJsonSchema(schema, note) })
  })
  return [{ functionDeclarations }]
}

function writeChoice(choice: ToolChoice | null): Extra | null {
  switch (choice?.kind) {
    case undefined:
      return null
    case 'auto':
      return { functionCallingConfig: { mode: 'AUTO' } }
    case 'none':
      return { functionCallingConfig: { mode: 'NONE' } }
    case 'required':
      return { functionCallingConfig: { mode: 'ANY' } }
    case 'tool':
      return { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [choice!.name] } }
  }
}
