import type { Extra } from '../../core/call.ts'
import { eachBlock, withFitId, wordIds } from '../call-ids.ts'
import { isObject } from '../fields.ts'

/** The messages with calls and results by ids that Bedrock takes; the same list where all fit. */
export function fitCallIds<Message extends object>(
  messages: readonly Message[],
): readonly Message[] {
  return eachBlock(messages, fitBlock)
}

function fitBlock(block: Extra): Extra {
  for (const kind of ['toolUse', 'toolResult']) {
    const held = block[kind]
    if (!isObject(held)) continue
    const fitted = withFitId(held, 'toolUseId', wordIds)
    return fitted === held ? block : { ...block, [kind]: fitted }
  }
  return block
}
