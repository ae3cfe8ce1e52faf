import { conversation } from './judge/material.ts'
import { wordsOfStream } from './stream-words.ts'
import type { ChatMessage } from '../../core/caller.ts'

/** What of feedback and of its call becomes a row for whoever learns from it. */
export interface Scored {
  readonly call_id: string | null
  readonly task: string | null
  readonly model: string | null
  readonly score: number | null
}

export interface ScoredCall {
  readonly cost_usd: string | null
  readonly attempts: readonly {
    readonly attempt: number
    readonly end_state: string
    readonly tokens: Readonly<Record<string, number>> | null
    readonly timings_us: { readonly total: number | null }
  }[]
  readonly request: unknown
  readonly answers: Readonly<Record<string, unknown>>
}

/** A row of `freehold route calibrate --table`; null where something of it is not known. */
export function feedbackRow(
  { call_id: id, task, model, score }: Scored,
  call: ScoredCall | null,
): Readonly<Record<string, unknown>> | null {
  const [question, answer] = [questionWords(call), answerWords(call)]
  if (call === null || question === null || answer === null || model === null) return null
  if (score === null || call.cost_usd === null) return null
  const last = lastOf(call)!
  const count = (...names: readonly string[]): number | null =>
    last.tokens === null ? null : names.reduce((sum, name) => sum + (last.tokens![name] ?? 0), 0)
  const { total } = last.timings_us
  return {
    id,
    benchmark: task ?? 'feedback',
    prompt: question,
    results: {
      [model]: {
        score,
        cost_usd: Number(call.cost_usd),
        prompt_tokens: count('input', 'cache_read', 'cache_write', 'cache_write_1h'),
        completion_tokens: count('output', 'reasoning'),
        latency_ms: total === null ? null : Math.round(total / 1_000),
        response: answer,
      },
    },
  }
}

/** What the user said; null where it was not kept. */
export function questionWords(call: ScoredCall | null): string | null {
  const { messages, input } = (call?.request ?? {}) as { messages?: unknown; input?: unknown }
  if (typeof input === 'string') return input
  if (!Array.isArray(messages)) return null
  const said = (messages as readonly ChatMessage[]).filter(
    ({ role }) => role !== 'system' && role !== 'developer',
  )
  return said.length === 0 ? null : conversation(said)
}

/** The words of the answer, in the wire formats that have them in one place; null where they were not kept. */
export function answerWords(call: ScoredCall | null): string | null {
  const last = call === null ? undefined : lastOf(call)
  const answer = last === undefined ? undefined : call!.answers[String(last.attempt)]
  const { choices, content } = (answer ?? {}) as {
    choices?: readonly { message?: { content?: unknown } }[]
    content?: unknown
  }
  const words = choices?.[0]?.message?.content ?? content ?? wordsOfStream(answer)
  if (typeof words === 'string') return words
  if (!Array.isArray(words)) return null
  const texts = (words as readonly { type?: unknown; text?: unknown }[]).flatMap((part) =>
    part.type === 'text' && typeof part.text === 'string' ? [part.text] : [],
  )
  return texts.length === 0 ? null : texts.join('\n')
}

function lastOf(call: ScoredCall): ScoredCall['attempts'][number] | undefined {
  return call.attempts.findLast(({ end_state: state }) => state === 'complete')
}
