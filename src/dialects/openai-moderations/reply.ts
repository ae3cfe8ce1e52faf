import { type Call, type Extra, noExtra } from '../../core/call.ts'
import type { ModerateReply } from '../../core/moderate.ts'
import type { Reply } from '../../core/reply.ts'
import { ProviderFault, type Quirks, type Stamp } from '../dialect.ts'
import { isObject } from '../fields.ts'
import { readOpenaiError, tellsError } from '../openai-error.ts'
import { readOpenaiUsage } from '../usage.ts'

export function readReply(text: string, quirks: Quirks): Reply {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch (error) {
    throw new ProviderFault(`the answer is not JSON (${(error as Error).message})`)
  }
  if (!isObject(wire)) throw new ProviderFault('the answer is not a JSON object')
  const { id, model, results } = wire
  if (!Array.isArray(results) || !results.every(isObject)) {
    if (!tellsError(wire)) throw new ProviderFault('the answer holds no results')
    const words = readOpenaiError(text)
    throw new ProviderFault(words.message, words)
  }
  return {
    operation: 'moderate',
    id: typeof id === 'string' ? id : null,
    model: typeof model === 'string' ? model : null,
    results,
    measured: readOpenaiUsage(wire['usage'], quirks.usage),
    extra: noExtra,
  }
}

/**
 * Mistral leaves it to the reader to see whether anything was found; clients of this dialect look at
 * `flagged` alone.
 */
export function withVerdicts(reply: Reply): Reply {
  if (reply.operation !== 'moderate') return reply
  return { ...reply, results: reply.results.map(withVerdict) }
}

function withVerdict(result: Extra): Extra {
  const categories = isObject(result['categories']) ? result['categories'] : {}
  const found = Object.values(categories).includes(true)
  return {
    flagged: found,
    category_applied_input_types: Object.fromEntries(
      Object.keys(categories).map((name) => [name, ['text']]),
    ),
    ...result,
  }
}

export function writeReply(reply: Reply, _call: Call, { callId, model }: Stamp): string {
  const judged = reply as ModerateReply
  return JSON.stringify({
    id: judged.id ?? `modr-${callId}`,
    model: judged.model ?? model,
    results: judged.results,
  })
}
