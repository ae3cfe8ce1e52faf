import { DistinctIds, eachBlock, withId, wordIds } from '../call-ids.ts'
import { isObject } from '../fields.ts'

/** The messages with calls and results by ids that Bedrock takes; the same list where all fit. */
export function fitCallIds<Message extends object>(
  messages: readonly Message[],
): readonly Message[] {
  const ids = new DistinctIds(wordIds)
  const changes = { toolUse: ids.ofCall, toolResult: ids.ofResult }
  return eachBlock(messages, (block) => {
    for (const kind of ['toolUse', 'toolResult'] as const) {
      const held = block[kind]
      if (!isObject(held)) continue
      const fitted = withId(held, 'toolUseId', changes[kind])
      return fitted === held ? block : { ...block, [kind]: fitted }
    }
    return block
  })
}
