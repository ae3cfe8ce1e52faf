import { type Chat, type Extra, type Format, noExtra, type Tool } from '../../core/call.ts'
import type { ChatReply, Choice, ReplyPart } from '../../core/reply.ts'
import type { Emulates } from '../../dialects/dialect.ts'
import { type Step, told } from './step.ts'
import { misfit } from '../../core/misfit.ts'

type Way = NonNullable<Emulates['schema']>['by']
type SchemaFormat = Extract<Format, { kind: 'schema' }>

/** An answer that fits a JSON Schema, of models that do not know the like. */
export function schemaStep(chat: Chat, by: Way): Step | null {
  const { format } = chat
  if (format?.kind !== 'schema') return null
  // A model that thinks may not be forced to call a tool.
  return by === 'tool' && !thinks(chat) ? byTool(format) : byPrompt(format, by === 'json')
}

function thinks({ reasoning }: Chat): boolean {
  return reasoning !== null && reasoning.enabled !== false && reasoning.effort !== 'none'
}

const toolName = 'give_answer'

/** The arguments of a tool are always an object: what is none is put into one. */
function byTool({ schema, description }: SchemaFormat): Step {
  const isBare = schema['type'] === 'object'
  const { $defs, definitions, ...bare } = schema
  const wrapped = {
    type: 'object',
    properties: { answer: bare },
    required: ['answer'],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  }
  const tool: Tool = {
    name: toolName,
    description: description ?? 'Gives the answer. Call it once, with all of the answer.',
    schema: isBare ? schema : wrapped,
    strict: null,
    extra: noExtra,
    foreign: null,
  }
  const answerIn = ({ parts }: Choice): Found | null => {
    const call = parts.find((part) => part.type === 'toolCall' && part.name === toolName)
    if (call?.type !== 'toolCall') return null
    const found = parsed(call.arguments)
    if (isBare || found === null) return found
    const value = (found.value as Extra | null)?.['answer']
    return value === undefined ? null : { value, text: JSON.stringify(value) }
  }
  return {
    word: 'response_format~tool',
    ask: (chat) => ({
      ...chat,
      format: null,
      tools: [...chat.tools, tool],
      // With tools of its own the call may want one of these first.
      toolChoice: chat.tools.length > 0 ? { kind: 'required' } : { kind: 'tool', name: toolName },
    }),
    check: (reply) => faultIn(reply, schema, answerIn, callsOther),
    give: (reply) => given(reply, answerIn, callsOther),
  }
}

function byPrompt({ schema, name }: SchemaFormat, jsonMode: boolean): Step {
  const instruction = [
    `Answer with one JSON value${name === null ? '' : ` (${name})`} and nothing else: no words around it, no marks of code.`,
    `It has to fit this JSON Schema: ${JSON.stringify(schema)}`,
  ].join(' ')
  const answerIn = (choice: Choice): Found | null => parsed(bareJson(textOf(choice)))
  return {
    word: 'response_format~prompt',
    ask: (chat) =>
      told(
        {
          ...chat,
          // The JSON mode of vendors gives objects alone.
          format: jsonMode && schema['type'] === 'object' ? { kind: 'json' } : null,
        },
        instruction,
      ),
    check: (reply) => faultIn(reply, schema, answerIn, isCall),
    give: (reply) => given(reply, answerIn, isCall),
  }
}

/** Only an answer that came to its end by itself is looked at: others are not what the schema is of. */
function faultIn(
  { choices: [choice] }: ChatReply,
  schema: Extra,
  answerIn: (choice: Choice) => Found | null,
  isOthers: (part: ReplyPart) => boolean,
): string | null {
  const finish = choice?.ending?.finish
  if (choice === undefined || choice.parts.some(isOthers)) return null
  if (finish !== 'stop' && finish !== 'tools') return null
  if (choice.parts.some(({ type }) => type === 'refusal')) return null
  const found = answerIn(choice)
  return found === null ? 'it is no JSON' : misfit(found.value, schema)
}

function isCall({ type }: ReplyPart): boolean {
  return type === 'toolCall'
}

/** A call of one of the caller's own tools. */
function callsOther(part: ReplyPart): boolean {
  return part.type === 'toolCall' && part.name !== toolName
}

/**
 * The answer as text, in the place of the text or call that it came in. Where a tool of the caller's is
 * called beside it, that call comes first: what stays is all that the caller knows of.
 */
function given(
  reply: ChatReply,
  answerIn: (choice: Choice) => Found | null,
  isOthers: (part: ReplyPart) => boolean,
): ChatReply {
  return {
    ...reply,
    choices: reply.choices.map((choice) => {
      if (choice.parts.some(isOthers)) {
        return { ...choice, parts: choice.parts.filter((part) => !isCall(part) || isOthers(part)) }
      }
      const found = answerIn(choice)
      if (found === null) return choice
      const kept: ReplyPart[] = choice.parts.filter(({ type }) => type === 'reasoning')
      const { ending } = choice
      const part: ReplyPart = { type: 'text', text: found.text, extra: noExtra }
      return {
        ...choice,
        parts: [...kept, part],
        ending:
          ending?.finish === 'tools'
            ? { finish: 'stop', word: ending.word, stopSequence: null }
            : ending,
      }
    }),
  }
}

function textOf({ parts }: Choice): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

/** Models put JSON between marks of code, whatever they are told. */
function bareJson(text: string): string {
  return /^\s*```(?:json)?\s*\n?([\s\S]*?)\n?```\s*$/i.exec(text)?.[1] ?? text
}

/** A value, and the text of it as the model wrote it. */
interface Found {
  readonly value: unknown
  readonly text: string
}

function parsed(text: string): Found | null {
  try {
    return { value: JSON.parse(text) as unknown, text: text.trim() }
  } catch {
    return null
  }
}
