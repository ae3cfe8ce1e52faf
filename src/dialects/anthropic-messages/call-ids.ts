import { type CallIds, DistinctIds, eachBlock, withId } from '../call-ids.ts'
import type { WireMessage } from './wire.ts'

/** The messages with calls and results by ids that the target takes; the same list where all fit. */
export function fitCallIds(
  messages: readonly WireMessage[],
  callIds: CallIds,
): readonly WireMessage[] {
  const ids = new DistinctIds(callIds)
  return eachBlock(messages, (block) => {
    if (block['type'] === 'tool_use') return withId(block, 'id', ids.ofCall)
    return block['type'] === 'tool_result' ? withId(block, 'tool_use_id', ids.ofResult) : block
  })
}
