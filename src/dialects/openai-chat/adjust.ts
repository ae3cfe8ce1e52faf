import type { Extra } from '../../core/call.ts'
import { unsupportedContent } from '../../core/errors.ts'
import { type CallIds, eachOf, withFitId } from '../call-ids.ts'
import type { Quirks, Target } from '../dialect.ts'
import { isObject, present } from '../fields.ts'
import { noteOnce, type Parameters } from '../parameters.ts'
import { type Change, pastTurnChanges } from './past-turns.ts'
import type { WireMessage } from './wire.ts'

/**
 * What a provider wants otherwise in a call of this dialect, beyond its top-level parameters.
 * @throws GatewayError unsupported_content for what the provider is known to refuse
 */
export function adjustCall(
  parameters: Parameters,
  messages: readonly WireMessage[],
  target: Target,
): void {
  refuse(parameters, messages, target)
  const adjusted = adjustMessages(messages, target, parameters.adapted)
  if (adjusted !== messages) parameters.set('messages', adjusted)
  adjustSchemas(parameters, target.quirks)
  if (target.quirks.schemaInJsonObject === true) putInJsonObject(parameters)
}

function refuse(
  parameters: Parameters,
  messages: readonly WireMessage[],
  { quirks: { refuses }, model }: Target,
): void {
  if (refuses === undefined) return
  for (const refused of refuses) {
    switch (refused) {
      case 'schema':
        if (formatOf(parameters) === 'json_schema')
          throw unsupportedContent('a JSON Schema as response format', model)
        break
      case 'json':
        if (formatOf(parameters) === 'json_object')
          throw unsupportedContent('JSON as response format', model)
        break
      case 'tool result':
        if (messages.some(({ role }) => role === 'tool'))
          throw unsupportedContent('the result of a tool', model)
        break
      case 'image address':
        if (messages.some(({ content }) => holdsAddress(content)))
          throw unsupportedContent('an image by its address, only its bytes', model)
    }
  }
}

function formatOf(parameters: Parameters): unknown {
  const format = parameters.get('response_format')
  return isObject(format) ? format['type'] : undefined
}

function holdsAddress(content: unknown): boolean {
  if (!Array.isArray(content)) return false
  return content.filter(isObject).some((part) => {
    const image = part['image_url']
    const url = isObject(image) ? image['url'] : image
    return typeof url === 'string' && /^https?:/i.test(url)
  })
}

/** The same list when nothing in it has to change for this provider. */
function adjustMessages(
  messages: readonly WireMessage[],
  target: Target,
  adapted: string[],
): readonly WireMessage[] {
  const changes = changesFor(target, adapted)
  if (changes.length === 0) return messages
  let adjusted: WireMessage[] | null = null
  let place = -1
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index]!
    let made = message
    if (message.role === 'assistant') place += 1
    for (const change of changes) made = change(made, place)
    if (made === message) continue
    adjusted ??= [...messages]
    adjusted[index] = made
  }
  return adjusted ?? messages
}

function changesFor(target: Target, adapted: string[]): Change[] {
  const { quirks, model } = target
  const { developerRole, plainText, thoughts, callIds } = quirks
  // First, because a turn without calls is known by its text, and texts may be joined.
  const changes: Change[] = pastTurnChanges(target, adapted)
  if (developerRole !== undefined) changes.push(renameDeveloper(developerRole, adapted))
  if (plainText === true) changes.push(joinTexts(adapted))
  if (thoughts?.refused && thoughts.models?.test(model) !== false)
    changes.push(leaveOut(thoughts.refused, adapted))
  // Last, because a turn is known by the ids that its maker gave.
  if (callIds !== undefined) changes.push(fitCallIds(callIds))
  return changes
}

function renameDeveloper(role: string, adapted: string[]): Change {
  return (message) => {
    if (message.role !== 'developer') return message
    noteOnce(adapted, `developer>${role}`)
    return { ...message, role }
  }
}

function joinTexts(adapted: string[]): Change {
  return (message) => {
    if (!isTextOnly(message.content)) return message
    noteOnce(adapted, 'content>text')
    return { ...message, content: message.content.map(({ text }) => text).join('\n') }
  }
}

/** A part that carries more than its text, such as a mark for the cache, has to stay a part. */
function isTextOnly(content: unknown): content is readonly { readonly text: string }[] {
  return (
    Array.isArray(content) &&
    content.every(
      (part: unknown) =>
        isObject(part) &&
        part['type'] === 'text' &&
        typeof part['text'] === 'string' &&
        Object.keys(part).length === 2,
    )
  )
}

function leaveOut(fields: readonly string[], adapted: string[]): Change {
  return (message) => {
    if (message.role !== 'assistant') return message
    const found = fields.filter((field) => Object.hasOwn(message, field))
    if (found.length === 0) return message
    const made = { ...message }
    for (const field of found) {
      delete made[field]
      noteOnce(adapted, `-${field}`)
    }
    return made
  }
}

function fitCallIds(callIds: CallIds): Change {
  return (message) => {
    const fitted = withFitId(message, 'tool_call_id', callIds)
    const calls = fitted['tool_calls']
    if (!Array.isArray(calls)) return fitted
    const made = eachOf(calls, (call: unknown) =>
      isObject(call) ? withFitId(call, 'id', callIds) : call,
    )
    return made === calls ? fitted : { ...fitted, tool_calls: made }
  }
}

function putInJsonObject(parameters: Parameters): void {
  const format = parameters.get('response_format')
  const named = isObject(format) ? format['json_schema'] : null
  if (!isObject(named) || !present(named['schema'])) return
  parameters.set('response_format', { type: 'json_object', schema: named['schema'] })
  parameters.adapted.push('response_format="json_object"')
}

function adjustSchemas(parameters: Parameters, { schemaWithout }: Quirks): void {
  if (schemaWithout === undefined) return
  const clean = (schema: Extra): Extra => {
    const found = schemaWithout.filter((keyword) => Object.hasOwn(schema, keyword))
    if (found.length === 0) return schema
    const made = { ...schema }
    for (const keyword of found) {
      delete made[keyword]
      noteOnce(parameters.adapted, `-${keyword}`)
    }
    return made
  }
  const tools = parameters.get('tools')
  if (Array.isArray(tools)) {
    const made = tools.map((tool) => within(tool, ['function', 'parameters'], clean))
    if (made.some((tool, index) => tool !== tools[index])) parameters.set('tools', made)
  }
  const format = parameters.get('response_format')
  const made = within(format, ['json_schema', 'schema'], clean)
  if (made !== format) parameters.set('response_format', made)
}

/** The value with the object at this path changed; the same value when nothing did. */
function within(
  value: unknown,
  [name, ...rest]: readonly string[],
  change: (inner: Extra) => Extra,
): unknown {
  if (!isObject(value)) return value
  if (name === undefined) return change(value)
  const made = within(value[name], rest, change)
  return made === value[name] ? value : { ...value, [name]: made }
}
