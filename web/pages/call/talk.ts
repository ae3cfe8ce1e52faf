/** What was asked and answered, in whatever wire format, as turns of plain text. Nothing of it is believed to have a shape. */
export interface Turn {
  readonly role: string
  readonly parts: readonly TalkPart[]
}

export interface TalkPart {
  readonly kind: 'text' | 'reasoning' | 'tool call' | 'tool result' | 'media' | 'other'
  /** The tool's name, or what kind of media. */
  readonly name: string | null
  readonly text: string
}

type Loose = Readonly<Record<string, unknown>>

export function turnsOfRequest(request: unknown): readonly Turn[] {
  if (!isObject(request))
    return request === null ? [] : [{ role: 'request', parts: partsOf(request) }]
  const {
    system,
    systemInstruction,
    instructions,
    messages,
    contents,
    input,
    prompt,
    query,
    documents,
  } = request
  const head = [system, systemInstruction, instructions].flatMap((each) =>
    each === undefined || each === null ? [] : [{ role: 'system', parts: partsOf(each) }],
  )
  const talk = [messages, contents, input].find((each) => Array.isArray(each)) as
    | readonly unknown[]
    | undefined
  if (talk !== undefined) return [...head, ...talk.map(turnOf)]
  const single = [input, prompt, query, documents].flatMap((each) =>
    each === undefined || each === null ? [] : [{ role: 'user', parts: partsOf(each) }],
  )
  return [...head, ...single]
}

export function turnsOfAnswer(answer: unknown): readonly Turn[] {
  if (!isObject(answer))
    return answer === undefined || answer === null
      ? []
      : [{ role: 'answer', parts: partsOf(answer) }]
  const { choices, content, candidates, output, message } = answer
  if (Array.isArray(choices))
    return choices.map((choice) => turnOf(member(choice, 'message') ?? choice))
  if (Array.isArray(candidates))
    return candidates.map((each) => turnOf(member(each, 'content') ?? each))
  if (Array.isArray(output)) return output.map((each) => turnOf(each))
  if (isObject(output) && isObject(output['message'])) return [turnOf(output['message'])]
  if (isObject(message)) return [turnOf(message)]
  if (Array.isArray(content))
    return [{ role: String(answer['role'] ?? 'assistant'), parts: partsOf(content) }]
  return []
}

/** All words of an answer, to be compared with another's. */
export function wordsOf(answer: unknown): string {
  return turnsOfAnswer(answer)
    .flatMap(({ parts }) => parts.filter(({ kind }) => kind !== 'reasoning'))
    .map(({ kind, name, text }) => (kind === 'text' ? text : `[${kind} ${name ?? ''}] ${text}`))
    .join('\n')
}

function turnOf(message: unknown): Turn {
  if (!isObject(message)) return { role: 'user', parts: partsOf(message) }
  const role =
    typeof message['role'] === 'string'
      ? message['role']
      : typeof message['type'] === 'string'
        ? message['type']
        : 'assistant'
  const {
    reasoning_content: thought,
    reasoning,
    content,
    parts,
    text,
    tool_calls: calls,
    refusal,
  } = message
  const own = [
    ...[thought, reasoning].flatMap((each) =>
      typeof each === 'string' && each !== '' ? [part('reasoning', null, each)] : [],
    ),
    ...partsOf(content ?? parts ?? text ?? null),
    ...(typeof refusal === 'string' ? [part('text', null, refusal)] : []),
    ...(Array.isArray(calls) ? calls.map(toolCallOf) : []),
  ]
  return { role, parts: own.length === 0 ? partsOf(message) : own }
}

function partsOf(content: unknown): readonly TalkPart[] {
  if (content === null || content === undefined || content === '') return []
  if (typeof content === 'string') return [part('text', null, content)]
  if (Array.isArray(content)) return content.flatMap(partsOf)
  if (!isObject(content)) return [part('other', null, jsonText(content))]
  const { type } = content
  if (typeof content['text'] === 'string' && type !== 'thinking') {
    return [
      part(
        content['thought'] === true || type === 'reasoning_text' ? 'reasoning' : 'text',
        null,
        content['text'],
      ),
    ]
  }
  if (Array.isArray(content['parts'])) return partsOf(content['parts'])
  if (typeof content['thinking'] === 'string') return [part('reasoning', null, content['thinking'])]
  const called = content['functionCall'] ?? content['toolUse']
  if (isObject(called)) return [toolCallOf(called)]
  if (type === 'tool_use' || type === 'function_call') return [toolCallOf(content)]
  const result = content['functionResponse'] ?? content['toolResult']
  if (isObject(result))
    return [part('tool result', nameOf(result), jsonText(result['response'] ?? result['content']))]
  if (type === 'tool_result' || type === 'function_call_output') {
    const said = content['content'] ?? content['output']
    return [part('tool result', null, typeof said === 'string' ? said : jsonText(said))]
  }
  const media = mediaOf(content)
  return [media ?? part('other', typeof type === 'string' ? type : null, jsonText(content))]
}

function toolCallOf(call: unknown): TalkPart {
  if (!isObject(call)) return part('tool call', null, jsonText(call))
  const inside = isObject(call['function']) ? call['function'] : call
  const given = inside['arguments'] ?? inside['input'] ?? inside['args']
  return part('tool call', nameOf(inside), typeof given === 'string' ? given : jsonText(given))
}

/** Bytes are not shown: how many there are says enough. */
function mediaOf(content: Loose): TalkPart | null {
  const { type } = content
  const named = typeof type === 'string' ? type : 'media'
  const isMedia =
    /image|audio|video|file|document|media/.test(named) ||
    'inlineData' in content ||
    'fileData' in content
  if (!isMedia) return null
  const text = jsonText(content)
  const address = /"(https?:\/\/[^"\\]{1,500})"/.exec(text)?.[1]
  return part(
    'media',
    named.replaceAll('_', ' '),
    address ?? `${text.length.toLocaleString('en')} characters of data`,
  )
}

function part(kind: TalkPart['kind'], name: string | null, text: string): TalkPart {
  return { kind, name, text }
}

function nameOf(value: Loose): string | null {
  return typeof value['name'] === 'string' ? value['name'] : null
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? ''
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
