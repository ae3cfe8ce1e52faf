import type { Extra } from '../../core/call.ts'
import { eachOf, withFitId, wordIds } from '../call-ids.ts'
import { isObject } from '../fields.ts'

/** The messages with calls and results by ids that Bedrock takes; the same list where all fit. */
export function fitCallIds<Message extends object>(
  messages: readonly Message[],
): readonly Message[] {
  return eachOf(messages, (message) => {
    const content: unknown = isObject(message) ? message['content'] : null
    if (!Array.isArray(content)) return message
    const blocks = content as readonly Extra[]
    const fitted = eachOf(blocks, fitBlock)
    return fitted === blocks ? message : { ...message, content: fitted }
  })
}

function fitBlock(block: Extra): Extra {
  for (const kind of ['toolUse', 'toolResult']) {
    const held = isObject(block) ? block[kind] : null
    if (!isObject(held)) continue
    const fitted = withFitId(held, 'toolUseId', wordIds)
    return fitted === held ? block : { ...block, [kind]: fitted }
  }
  return block
}
