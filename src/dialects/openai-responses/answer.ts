import type { Call, Extra } from '../../core/call.ts'
import type { Ending } from '../../core/reply.ts'
import { completionTokens, type Measured, promptTokens } from '../../core/usage.ts'
import { isObject } from '../fields.ts'
import { withoutOwnNames } from '../parameters.ts'
import type { WireAnswer, WireItem, WireStatus, WireUsage } from './wire.ts'

/** The object that callers get: the answer, and what they had asked for, as the API repeats it. */
export function writeAnswer(answer: WireAnswer, call: Call): Extra {
  const asked = call.body.value
  const { id, created_at, status, error, incomplete_details, model, output, usage } = answer
  return {
    id,
    object: 'response',
    created_at,
    status,
    background: false,
    error,
    incomplete_details,
    instructions: asked['instructions'] ?? null,
    max_output_tokens: asked['max_output_tokens'] ?? null,
    max_tool_calls: asked['max_tool_calls'] ?? null,
    model,
    output,
    parallel_tool_calls: asked['parallel_tool_calls'] ?? true,
    previous_response_id: call.follows ?? null,
    reasoning: { effort: null, summary: null, ...(asked['reasoning'] as Extra | null | undefined) },
    safety_identifier: asked['safety_identifier'] ?? null,
    service_tier: asked['service_tier'] ?? null,
    store: asked['store'] ?? true,
    temperature: asked['temperature'] ?? null,
    text: { format: { type: 'text' }, ...(asked['text'] as Extra | null | undefined) },
    tool_choice: asked['tool_choice'] ?? 'auto',
    tools: asked['tools'] ?? [],
    top_logprobs: asked['top_logprobs'] ?? null,
    top_p: asked['top_p'] ?? null,
    truncation: asked['truncation'] ?? 'disabled',
    usage,
    user: asked['user'] ?? null,
    metadata: withoutOwnNames(call.metadata) ?? {},
  }
}

/** A provider's id where it is of this dialect; else the gateway's own, by which it keeps the answer. */
export function answerId(given: string | null, callId: string): string {
  return given?.startsWith('resp_') === true ? given : `resp_${callId}`
}

const prefixes = { message: 'msg', reasoning: 'rs', function_call: 'fc' } as const

/** The same in whole answers and in streams; it tells which answer the item belongs to. */
export function itemId(type: keyof typeof prefixes, answer: string, index: number): string {
  const bare = answer.startsWith('resp_') ? answer.slice('resp_'.length) : answer
  return `${prefixes[type]}_${bare}_${index}`
}

/** What `itemId` made of it. */
export function placeOfItem(id: string): readonly [answer: string, index: number] | null {
  const match = /^(?:msg|rs|fc)_([0-9a-f-]{36})_(\d{1,4})$/.exec(id)
  return match ? [`resp_${match[1]!}`, Number(match[2])] : null
}

/** How an answer ended, as this dialect says it. */
export type Outcome = Pick<WireAnswer, 'status' | 'incomplete_details' | 'error'>

/**
 * There is no word for a pause, nor for an end without a reason: both are incomplete, and say no more.
 */
export function outcomeOf(ending: Ending | null): Outcome {
  const fine = { incomplete_details: null, error: null }
  switch (ending?.finish) {
    case 'stop':
    case 'tools':
      return { ...fine, status: 'completed' }
    case 'length':
      return { ...fine, status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
    case 'filter':
    case 'refusal':
      return { ...fine, status: 'incomplete', incomplete_details: { reason: 'content_filter' } }
    case 'error':
      return {
        ...fine,
        status: 'failed',
        error: {
          code: 'server_error',
          message: `The model ended its answer with the word ${JSON.stringify(ending?.word ?? 'error')}, which stands for an error.`,
        },
      }
    case 'pause':
    case undefined:
      return { ...fine, status: 'incomplete' }
  }
}

/** Only the last item can have been cut short. */
export function itemStatus({ status }: Outcome, isLast: boolean): WireStatus {
  return isLast && status !== 'completed' ? 'incomplete' : 'completed'
}

export function writeUsage({ usage }: Measured): WireUsage {
  const input = promptTokens(usage)
  const output = completionTokens(usage)
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead,
      ...(written > 0 ? { cache_write_tokens: written } : {}),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + output,
  }
}

/** Whether the caller asked to see a summary: then thoughts stand where it expects one. */
export function wantsSummary({ body }: Call): boolean {
  const reasoning = body.value['reasoning'] as Extra | null | undefined
  return (reasoning?.['summary'] ?? reasoning?.['generate_summary'] ?? null) !== null
}

export function reasoningItem(
  id: string,
  text: string,
  encrypted: string | null,
  asSummary: boolean,
): WireItem {
  const words = text !== ''
  return {
    type: 'reasoning',
    id,
    summary: words && asSummary ? [{ type: 'summary_text', text }] : [],
    ...(words && !asSummary ? { content: [{ type: 'reasoning_text', text }] } : {}),
    ...(encrypted === null ? {} : { encrypted_content: encrypted }),
  }
}

const annotationTypes = new Set([
  'url_citation',
  'file_citation',
  'container_file_citation',
  'file_path',
])

/** Chat completions put a citation's fields one level deeper. */
export function writeAnnotations(extra: Extra): unknown[] {
  const { annotations } = extra
  if (!Array.isArray(annotations)) return []
  return annotations.filter(isObject).flatMap((annotation) => {
    const type = String(annotation['type'])
    const inner = annotation[type]
    if (!annotationTypes.has(type)) return []
    return typeof inner === 'object' && inner !== null ? { type, ...inner } : annotation
  })
}

export function readAnnotations(annotations: unknown): unknown[] {
  if (!Array.isArray(annotations) || annotations.length === 0) return []
  return annotations.filter(isObject).map((annotation) => {
    if (annotation['type'] !== 'url_citation') return annotation
    const { type, ...citation } = annotation
    return { type, url_citation: citation }
  })
}
