import type { Modality } from '../catalog/model.ts'
import type { Call, Chat, Part } from '../core/call.ts'
import { estimateTokens } from '../core/usage.ts'

/** What a call takes of a model. */
export interface Needs {
  /** Besides text. */
  readonly inputs: ReadonlySet<Modality>
  readonly tools: boolean
  readonly schema: boolean
  readonly reasoning: boolean
}

/**
 * A call as those see it who ask which models can take it. Needs are read from the call's meaning and
 * tokens from its text, both at first use: most calls need neither, because nothing about their
 * candidates is in doubt.
 */
export class Demand {
  readonly call: Call
  #needs: Needs | null = null
  #tokens: number | null = null

  constructor(call: Call) {
    this.call = call
  }

  /** False when no top-level member of the request can ask for this: most calls are told by that. */
  mayNeed(what: keyof typeof members): boolean {
    return members[what].some((name) => Object.hasOwn(this.call.body.value, name))
  }

  get needs(): Needs {
    this.#needs ??= needsOf(this.call)
    return this.#needs
  }

  /** Tokens of the prompt by our own estimate, media left out. */
  get tokens(): number {
    this.#tokens ??= estimateTokens(promptText(this.call))
    return this.#tokens
  }
}

/** The members of a request, in any dialect, under which a call says that it needs something. */
const members = {
  tools: ['tools', 'functions', 'toolConfig', 'tool_config'],
  schema: [
    'response_format',
    'text',
    'output_config',
    'output_format',
    'outputConfig',
    'generationConfig',
    'generation_config',
  ],
  reasoning: [
    'reasoning_effort',
    'reasoning',
    'thinking',
    'enable_thinking',
    'output_config',
    'generationConfig',
    'generation_config',
    'additionalModelRequestFields',
  ],
} as const

/** The request without its pictures and documents, which are not counted by their bytes. */
export function promptText({ body }: Call): string {
  return body.text.length < mediaLeast ? body.text : body.text.replaceAll(media, '""')
}

/** No shorter text has any of it. */
const mediaLeast = 256
const media = /"(?:data:[^"]{256,}|[A-Za-z0-9+/=]{1024,})"/g

const nothing: Needs = { inputs: new Set(), tools: false, schema: false, reasoning: false }

/** @throws GatewayError invalid_request when the call makes no sense in any dialect */
function needsOf(call: Call): Needs {
  const meaning = call.meaning()
  if (meaning.operation !== 'chat') return nothing
  const { tools, format, reasoning } = meaning
  return {
    inputs: inputsOf(meaning),
    tools: tools.length > 0,
    schema: format?.kind === 'schema',
    reasoning:
      reasoning !== null &&
      (reasoning.enabled === true ||
        (reasoning.budgetTokens ?? 0) > 0 ||
        (reasoning.effort !== null && reasoning.effort !== 'none')),
  }
}

function inputsOf({ messages }: Chat): ReadonlySet<Modality> {
  const inputs = new Set<Modality>()
  const look = (parts: readonly Part[]): void => {
    for (const part of parts) {
      if (part.type === 'image' || part.type === 'audio') inputs.add(part.type)
      else if (part.type === 'toolResult') look(part.parts)
    }
  }
  for (const { parts } of messages) look(parts)
  return inputs
}
