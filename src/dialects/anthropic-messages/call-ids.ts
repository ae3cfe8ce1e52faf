import { type CallIds, eachBlock, withFitId } from '../call-ids.ts'
import type { WireMessage } from './wire.ts'

/** The messages with calls and results by ids that the target takes; the same list where all fit. */
export function fitCallIds(
  messages: readonly WireMessage[],
  callIds: CallIds,
): readonly WireMessage[] {
  return eachBlock(messages, (block) => {
    if (block['type'] === 'tool_use') return withFitId(block, 'id', callIds)
    return block['type'] === 'tool_result' ? withFitId(block, 'tool_use_id', callIds) : block
  })
}
