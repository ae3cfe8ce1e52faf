import type { Model } from '../../catalog/model.ts'
import { readJsonObject } from '../../core/json.ts'
import { anthropicMessages } from '../../dialects/anthropic-messages/index.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { openaiResponses } from '../../dialects/openai-responses/index.ts'
import { lackOf } from '../../routing/capable.ts'
import { Demand } from '../../routing/demand.ts'
import type { ReplayRequestsJson } from '../../server/contract/replay.ts'

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

/** What calls of the past ask of a model, as far as their words were kept and are of a format that is read here. */
export function demandsOf(requests: ReplayRequestsJson['calls']): readonly Demand[] {
  return requests.flatMap((each) => demandOf(each) ?? [])
}

export function breaksOf(name: string, model: Model | null, demands: readonly Demand[]): Breaks {
  let [hard, soft] = [0, 0]
  const reasons: Record<string, number> = {}
  if (model === null) return { model: name, looked: 0, hard, soft, reasons }
  for (const demand of demands) {
    const lack = lackOf(demand, model, null)
    if (lack === null) continue
    if (lack.kind === 'hard') hard += 1
    else soft += 1
    reasons[lack.reason] = (reasons[lack.reason] ?? 0) + 1
  }
  return { model: name, looked: demands.length, hard, soft, reasons }
}

function demandOf({
  request,
  dialect: format,
}: ReplayRequestsJson['calls'][number]): Demand | null {
  const dialect = dialects.find(({ id }) => id === format)
  if (dialect === undefined || typeof request !== 'object' || request === null) return null
  try {
    const demand = new Demand(dialect.readCall(readJsonObject(JSON.stringify(request))))
    void demand.needs
    return demand
  } catch {
    return null
  }
}
