import type { Model } from '../../catalog/model.ts'
import type { WholeCall } from '../../control/evals/reading/from-calls.ts'
import type { PastCall } from '../../control/replay/calls.ts'
import { readJsonObject } from '../../core/json.ts'
import { anthropicMessages } from '../../dialects/anthropic-messages/index.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { openaiResponses } from '../../dialects/openai-responses/index.ts'
import { lackOf } from '../../routing/capable.ts'
import { Demand } from '../../routing/demand.ts'

/** How many of some calls a model could not take, and why. */
export interface Breaks {
  readonly model: string
  /** Calls whose words were there to be looked at. */
  readonly looked: number
  /** Refused, or part of it lost. */
  readonly hard: number
  /** Answered with something left out, bounded or done by the gateway. */
  readonly soft: number
  readonly reasons: Readonly<Record<string, number>>
}

const dialects: readonly Dialect[] = [openaiChat, anthropicMessages, openaiResponses]

export type Logged = Pick<WholeCall, 'request' | 'attempts'>

export function breaksOf(
  name: string,
  model: Model | null,
  logged: readonly { readonly call: PastCall; readonly whole: Logged }[],
): Breaks {
  let [looked, hard, soft] = [0, 0, 0]
  const reasons: Record<string, number> = {}
  for (const { whole } of logged) {
    const demand = demandOf(whole)
    if (demand === null || model === null) continue
    looked += 1
    const lack = lackOf(demand, model, null)
    if (lack === null) continue
    if (lack.kind === 'hard') hard += 1
    else soft += 1
    reasons[lack.reason] = (reasons[lack.reason] ?? 0) + 1
  }
  return { model: name, looked, hard, soft, reasons }
}

/** Null where the words were not kept, or are of a format that is not read here. */
function demandOf({ request, attempts }: Logged): Demand | null {
  const dialect = dialects.find(({ id }) => id === attempts.at(-1)?.dialect)
  if (dialect === undefined || typeof request !== 'object' || request === null) return null
  try {
    const demand = new Demand(dialect.readCall(readJsonObject(JSON.stringify(request))))
    void demand.needs
    return demand
  } catch {
    return null
  }
}
