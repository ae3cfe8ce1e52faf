import { noExtra, type ReasoningPart, type ToolCallPart } from './call.ts'
import type { GatewayError } from './errors.ts'
import { LongText } from './long-text.ts'
import {
  type ChatReply,
  type Choice,
  type Delta,
  type Ending,
  isContent,
  type ReplyPart,
} from './reply.ts'
import type { Measured } from './usage.ts'

/** Folds the deltas of a stream into the reply they amount to. */
export class Fold {
  id: string | null = null
  model: string | null = null
  createdS: number | null = null
  measured: Measured | null = null
  error: GatewayError | null = null
  /** More was said behind the count. */
  #early = false
  readonly #choices = new Map<number, OpenChoice>()
  #extra: Record<string, unknown> = {}

  take(delta: Delta): void {
    switch (delta.type) {
      case 'start':
        this.id ??= delta.id
        this.model ??= delta.model
        this.createdS ??= delta.createdS
        return
      case 'usage':
        this.measured = delta.measured
        this.#early = false
        return
      case 'extra':
        Object.assign(this.#extra, delta.extra)
        return
      case 'error':
        this.error ??= delta.error
        return
      default:
        this.#choice(delta.choice).take(delta)
        if (this.measured !== null && isContent(delta)) this.#early = true
    }
  }

  /** True once every answer that began has ended. */
  get finished(): boolean {
    if (this.#choices.size === 0) return false
    for (const choice of this.#choices.values()) if (choice.ending === null) return false
    return true
  }

  reply(): ChatReply {
    const choices: Choice[] = []
    for (const [index, choice] of this.#choices) {
      const { ending, logprobs } = choice
      choices.push({ index, parts: choice.parts(), ending, logprobs, extra: noExtra })
    }
    choices.sort(byIndex)
    return {
      operation: 'chat',
      id: this.id,
      model: this.model,
      createdS: this.createdS,
      choices,
      measured: this.measured && this.#early ? { ...this.measured, early: true } : this.measured,
      extra: this.#extra,
    }
  }

  #choice(index: number): OpenChoice {
    let choice = this.#choices.get(index)
    if (!choice) this.#choices.set(index, (choice = new OpenChoice()))
    return choice
  }
}

function byIndex(left: Choice, right: Choice): number {
  return left.index - right.index
}

type ChoiceDelta = Exclude<Delta, { type: 'start' | 'usage' | 'extra' | 'error' }>

interface Thoughts {
  readonly type: 'reasoning'
  readonly text: LongText
  signature: string | null
  sealed: string | null
  closed: boolean
}

type Growing =
  | Thoughts
  | {
      readonly type: 'text' | 'refusal'
      readonly text: LongText
      signature: string | undefined
    }
  | {
      readonly type: 'toolCall'
      readonly index: number
      readonly id: string
      readonly name: string
      readonly signature: string | undefined
      readonly text: LongText
    }
  | { readonly type: 'whole'; readonly part: ReplyPart }

class OpenChoice {
  ending: Ending | null = null
  logprobs: unknown = null
  readonly #parts: Growing[] = []
  readonly #annotations: unknown[] = []

  take(delta: ChoiceDelta): void {
    switch (delta.type) {
      case 'text':
      case 'refusal': {
        const signature = delta.type === 'text' ? delta.signature : undefined
        const last = this.#parts.at(-1)
        if (last?.type === delta.type && last.signature === undefined) {
          last.text.add(delta.text)
          last.signature = signature
        } else if (delta.text !== '' || signature !== undefined)
          this.#parts.push({ type: delta.type, text: new LongText(delta.text), signature })
        return
      }
      case 'reasoning': {
        const last = this.#parts.at(-1)
        if (last?.type === 'reasoning' && !last.closed) last.text.add(delta.text)
        else if (delta.text !== '') this.#openThoughts(delta.text)
        return
      }
      case 'seal': {
        const last = this.#parts.at(-1)
        const open = last?.type === 'reasoning' && !last.closed ? last : this.#openThoughts('')
        open.signature = delta.signature
        open.sealed = delta.sealed
        open.closed = true
        return
      }
      case 'tool':
        this.#parts.push({
          type: 'toolCall',
          index: delta.index,
          id: delta.id,
          name: delta.name,
          signature: delta.signature,
          text: new LongText(),
        })
        return
      case 'arguments': {
        const tool = this.#parts.findLast(
          (part) => part.type === 'toolCall' && part.index === delta.index,
        )
        if (tool?.type === 'toolCall') tool.text.add(delta.text)
        return
      }
      case 'foreign':
        this.#parts.push({ type: 'whole', part: delta.part })
        return
      case 'annotations':
        this.#annotations.push(...delta.annotations)
        return
      case 'logprobs':
        this.logprobs = joinLogprobs(this.logprobs, delta.logprobs)
        return
      case 'finish':
        this.ending ??= delta.ending
    }
  }

  parts(): ReplyPart[] {
    const noted = this.#annotations.length > 0 && this.#parts.find(({ type }) => type === 'text')
    return this.#parts.map((part) => {
      switch (part.type) {
        case 'text':
        case 'refusal': {
          const extra = part === noted ? { annotations: this.#annotations } : noExtra
          return { type: part.type, text: String(part.text), ...signed(part), extra }
        }
        case 'reasoning':
          return {
            type: 'reasoning',
            text: String(part.text),
            signature: part.signature,
            sealed: part.sealed,
            extra: noExtra,
          } satisfies ReasoningPart
        case 'toolCall':
          return {
            type: 'toolCall',
            id: part.id,
            name: part.name,
            arguments: String(part.text),
            ...signed(part),
            extra: noExtra,
          } satisfies ToolCallPart
        case 'whole':
          return part.part
      }
    })
  }

  #openThoughts(text: string): Thoughts {
    const part: Thoughts = {
      type: 'reasoning',
      text: new LongText(text),
      signature: null,
      sealed: null,
      closed: false,
    }
    this.#parts.push(part)
    return part
  }
}

interface Signed {
  readonly signature?: string
}

const unsigned: Signed = {}

function signed({ signature }: { readonly signature?: string | undefined }): Signed {
  return signature === undefined ? unsigned : { signature }
}

/** The deltas that amount to a whole answer, as a provider would have streamed it. */
export function deltasOf(reply: ChatReply): Delta[] {
  const { id, model, createdS, measured } = reply
  const deltas: Delta[] = [{ type: 'start', id, model, createdS }]
  for (const { index: choice, parts, ending, logprobs } of reply.choices) {
    let tools = 0
    for (const part of parts) {
      pushPart(deltas, part, choice, tools)
      if (part.type === 'toolCall') tools += 1
    }
    if (logprobs !== null) deltas.push({ type: 'logprobs', choice, logprobs })
    if (ending) deltas.push({ type: 'finish', choice, ending })
  }
  if (measured) deltas.push({ type: 'usage', measured, alone: true })
  return deltas
}

function pushPart(deltas: Delta[], part: ReplyPart, choice: number, index: number): void {
  switch (part.type) {
    case 'text':
      deltas.push({ type: 'text', choice, text: part.text, ...signed(part) })
      if (Array.isArray(part.extra['annotations']))
        deltas.push({ type: 'annotations', choice, annotations: part.extra['annotations'] })
      return
    case 'refusal':
      deltas.push({ type: 'refusal', choice, text: part.text })
      return
    case 'reasoning': {
      const { text, signature, sealed } = part
      if (text !== '') deltas.push({ type: 'reasoning', choice, text })
      if (signature !== null || sealed !== null)
        deltas.push({ type: 'seal', choice, signature, sealed })
      return
    }
    case 'toolCall':
      deltas.push(
        { type: 'tool', choice, index, id: part.id, name: part.name, ...signed(part) },
        { type: 'arguments', choice, index, text: part.arguments },
      )
      return
    case 'foreign':
      deltas.push({ type: 'foreign', choice, part })
  }
}

/** OpenAI sends `{content: [...], refusal: [...]}` with each chunk: the lists are joined. */
function joinLogprobs(sum: unknown, next: unknown): unknown {
  if (typeof sum !== 'object' || sum === null) return next
  if (typeof next !== 'object' || next === null) return sum
  const joined: Record<string, unknown> = { ...sum }
  for (const [key, list] of Object.entries(next)) {
    const before = joined[key]
    joined[key] =
      Array.isArray(before) && Array.isArray(list)
        ? [...(before as unknown[]), ...(list as unknown[])]
        : (list ?? before)
  }
  return joined
}
