import { type CallPrice, priceByLedger, priceOfCall } from '../control/economics/breakeven-api.ts'
import {
  type BreakEvenQuestion,
  QuestionFault,
  type QuestionWords,
  readQuestion,
} from '../control/economics/breakeven-question.ts'
import type { StudyOrder } from '../control/economics/breakeven-study.ts'
import { type Workload, workloadByHand } from '../control/economics/breakeven-traffic.ts'
import { ledgerHours } from '../control/economics/breakeven-ledger.ts'
import { durationMs } from '../config/units.ts'
import { invalidRequest } from '../core/errors.ts'
import type { Asked } from './asked.ts'
import type { BreakEvenJson } from './contract/economics.ts'
import type { Control } from './control.ts'
import { instantOf, momentOf } from './query.ts'

/** GET /api/economics/breakeven: API against own machines, for a task's own calls or for figures by hand. */

const usualSince = '30d'

/** @throws invalid_request */
export async function showBreakEven({ control, query }: Asked): Promise<BreakEvenJson> {
  try {
    const question = readQuestion(wordsOf(query))
    return await control.studies.breakEven(await orderOf(control, query, question))
  } catch (error) {
    if (error instanceof QuestionFault) throw invalidRequest(error.message).at(nameOf(error.option))
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

function wordsOf(query: URLSearchParams): QuestionWords {
  return {
    text: (name) => query.get(nameOf(name)) ?? undefined,
    flag: (name) => !['false', '0', null].includes(query.get(nameOf(name))),
    shown: (name) => `'${nameOf(name)}'`,
    duration: durationMs,
  }
}

/** A query has 'tokens_per_day' where a command has --tokens-per-day. */
function nameOf(option: string): string {
  return option.replaceAll('-', '_')
}

async function orderOf(
  control: Control,
  query: URLSearchParams,
  question: BreakEvenQuestion,
): Promise<StudyOrder> {
  const { catalog } = control.snapshot()
  const now = control.clock.now()
  const priced = (workload: Workload): CallPrice | null =>
    question.api === null ? null : priceOfCall(catalog, question.api, workload, question, now)
  const task = query.get('task')
  if (task !== null) {
    const since = instantOf(query, 'since', control)
    const until = instantOf(query, 'until', control) ?? now
    const found = await ledgerHours(control.store, {
      task,
      env: query.get('env') ?? 'production',
      since: since ?? momentOf(usualSince, 'since', control),
      until,
      peak: question.peak,
    })
    if (found === null)
      throw new RangeError(
        `The ledger has no calls of ${task} since ${query.get('since') ?? usualSince}. Give the traffic by hand, such as 50M tokens a day, or another env.`,
      )
    const perCall = priced(found.workload) ?? priceOfLedger(found.sums)
    return { question, workload: found.workload, perCall }
  }
  const workload = workloadByHand(question)
  if (workload === null)
    throw new QuestionFault(
      'task',
      "A break-even needs the traffic: 'task' takes it from the ledger, and 'tokens_per_day' by hand.",
    )
  const perCall = priced(workload)
  if (perCall === null)
    throw new QuestionFault(
      'api',
      "A break-even needs 'api', what the calls cost now: deepseek/deepseek-v4-flash.",
    )
  return { question, workload, perCall }
}

function priceOfLedger(sums: Parameters<typeof priceByLedger>[0]): CallPrice {
  const price = priceByLedger(sums)
  if (price !== null) return price
  throw new QuestionFault(
    'api',
    "Of none of these calls the cost is known. Name what is paid with 'api', such as deepseek/deepseek-v4-flash.",
  )
}
