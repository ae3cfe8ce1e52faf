import type { ToolCallPart } from '../../core/call.ts'
import type { ChatReply, Delta } from '../../core/reply.ts'
import { ownId } from '../../dialects/call-ids.ts'
import { ProviderFault, type StreamReader } from '../../dialects/dialect.ts'
import type { SseEvent } from '../../dialects/sse.ts'

/**
 * Tool calls as callers of another dialect can use them. One without an id gets one, by which its
 * result is told apart; one without a name is nothing that anybody could run, and no answer. Callers of
 * the provider's own dialect get what it sent.
 */

/** @param prefix  of the ids that are made: no other answer may have the same */
export function withUsableCalls(reply: ChatReply, prefix: string): ChatReply {
  const choices = reply.choices.map((choice) => {
    let count = 0
    const parts = choice.parts.map((part) => {
      if (part.type !== 'toolCall') return part
      const made = usable(part, `${prefix}-${choice.index}-${count}`)
      count += 1
      return made
    })
    return { ...choice, parts }
  })
  return { ...reply, choices }
}

/** The same for a stream. */
export class UsableCallsReader implements StreamReader {
  readonly #reader: StreamReader
  readonly #prefix: string

  constructor(reader: StreamReader, prefix: string) {
    this.#reader = reader
    this.#prefix = prefix
  }

  get ended(): boolean {
    return this.#reader.ended
  }

  read(event: SseEvent): readonly Delta[] | null {
    const deltas = this.#reader.read(event)
    if (deltas === null || deltas.every(({ type }) => type !== 'tool')) return deltas
    return deltas.map((delta) =>
      delta.type === 'tool'
        ? usable(delta, `${this.#prefix}-${delta.choice}-${delta.index}`)
        : delta,
    )
  }
}

/** @throws ProviderFault */
function usable<Call extends Pick<ToolCallPart, 'id' | 'name'>>(call: Call, madeId: string): Call {
  if (call.name === '') throw new ProviderFault('it called a tool without naming it')
  return call.id === '' ? { ...call, id: ownId(madeId) } : call
}
