import type { Extra } from '../../core/call.ts'
import { type CallIds, eachOf, withFitId } from '../call-ids.ts'
import { isObject } from '../fields.ts'
import type { WireMessage } from './wire.ts'

/** The messages with calls and results by ids that the target takes; the same list where all fit. */
export function fitCallIds(
  messages: readonly WireMessage[],
  callIds: CallIds,
): readonly WireMessage[] {
  return eachOf(messages, (message) => {
    const { content } = message
    if (!Array.isArray(content)) return message
    const blocks = content as readonly Extra[]
    const fitted = eachOf(blocks, (block) => fitBlock(block, callIds))
    return fitted === blocks ? message : { ...message, content: fitted }
  })
}

function fitBlock(block: Extra, callIds: CallIds): Extra {
  if (!isObject(block)) return block
  if (block['type'] === 'tool_use') return withFitId(block, 'id', callIds)
  return block['type'] === 'tool_result' ? withFitId(block, 'tool_use_id', callIds) : block
}
