import type { ChatMessage } from '../../../core/caller.ts'
import { add, type Money, nothing } from '../../../core/money.ts'
import type { GraderTools } from '../grader.ts'
import { jsonIn } from '../graders/json.ts'

/** What a judge is asked, and how its reply is read. */
export interface JudgeQuestion<Reply> {
  readonly system: string
  readonly text: string
  /** JSON Schema of the reply. */
  readonly schema: Readonly<Record<string, unknown>>
  /** Null for a reply that says nothing. */
  readonly read: (value: Readonly<Record<string, unknown>>) => Reply | null
}

export interface Judged<Reply> {
  /** Null: neither reply could be read. */
  readonly reply: Reply | null
  readonly cost: Money | null
}

/** Room for a reason; what is said beyond it is cut off, and then the reply cannot be read. */
const outputMax = 1_000

/**
 * Asks one judge for JSON. A reply that cannot be read is asked for once more, with what was wrong.
 * @throws CallFailed
 */
export async function askJudge<Reply>(
  model: string,
  { system, text, schema, read }: JudgeQuestion<Reply>,
  { ask, signal }: Pick<GraderTools, 'ask' | 'signal'>,
): Promise<Judged<Reply>> {
  const params = {
    max_tokens: outputMax,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'verdict', strict: true, schema },
    },
  }
  const messages: ChatMessage[] = [
    { role: 'system', content: system },
    { role: 'user', content: text },
  ]
  let cost: Money | null = nothing
  for (let tries = 0; tries < 2; tries += 1) {
    const said = await ask({ model, messages: [...messages], params, feature }, signal)
    cost = cost === null || said.cost === null ? null : add(cost, said.cost)
    const value = objectIn(said.text ?? '')
    const reply = value === null ? null : read(value)
    if (reply !== null) return { reply, cost }
    messages.push(
      { role: 'assistant', content: said.text ?? '' },
      {
        role: 'user',
        content: `That is not what was asked for. Reply with one JSON object of this schema and nothing else: ${JSON.stringify(schema)}`,
      },
    )
  }
  return { reply: null, cost }
}

/** On the ledger, what judges cost is this feature. */
const feature = 'judge'

/** The JSON object of a reply, which some models put between other words. */
function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  const value = jsonIn(text, true)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null
}
