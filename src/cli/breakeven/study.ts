import { catalogOf } from '../../catalog/index.ts'
import { measuredPoints, rents } from '../../catalog/machines.ts'
import { durationMs } from '../../config/units.ts'
import { priceOfCall } from '../../control/economics/breakeven-api.ts'
import {
  QuestionFault,
  type QuestionWords,
  readQuestion,
} from '../../control/economics/breakeven-question.ts'
import { breakEvenStudy } from '../../control/economics/breakeven-study.ts'
import { workloadByHand } from '../../control/economics/breakeven-traffic.ts'
import { systemClock } from '../../core/clock.ts'
import type { BreakEvenJson } from '../../server/contract/economics.ts'
import { connect } from '../client.ts'
import { CommandError, type Context, UsageError } from '../command.ts'

/** Of a task by the gateway or its store, which have the calls; by hand here, which needs neither. @throws UsageError, CommandError */
export async function study(context: Context): Promise<BreakEvenJson> {
  try {
    return await (context.option('task') === undefined ? byHand(context) : ofTask(context))
  } catch (error) {
    if (error instanceof QuestionFault) throw new UsageError(error.message)
    throw error instanceof RangeError ? new CommandError(error.message) : error
  }
}

function byHand(context: Context): BreakEvenJson {
  const question = readQuestion(wordsOf(context))
  const workload = workloadByHand(question)
  if (workload === null)
    throw new UsageError(
      'breakeven needs the traffic: --task TASK from the ledger, or --tokens-per-day 50M by hand.',
    )
  const { api } = question
  if (api === null)
    throw new UsageError(
      'breakeven needs --api PROVIDER/MODEL, what the calls cost now: --api deepseek/deepseek-v4-flash',
    )
  const catalog = catalogOf([api.includes('/') ? api.slice(0, api.indexOf('/')) : api])
  const perCall = priceOfCall(catalog, api, workload, question, systemClock.now())
  return breakEvenStudy(
    { question, workload, perCall },
    { points: measuredPoints(), rents: rents() },
  )
}

const asked = [
  'task',
  'since',
  'env',
  'api',
  'cached-share',
  'model',
  'gpu',
  'rent',
  'kind',
  'capex',
  'peak',
  'ttft',
  'tpot',
  'people',
  'salary',
  'hidden',
  'latency',
] as const
const flags = ['compliance', 'research', 'idle-gpus'] as const

async function ofTask(context: Context): Promise<BreakEvenJson> {
  // Read here first: a word that is wrong is told as the command's own, and before anything is opened.
  readQuestion(wordsOf(context))
  const query = new URLSearchParams()
  for (const name of asked) {
    const text = context.option(name)
    if (text !== undefined) query.set(name.replaceAll('-', '_'), text)
  }
  for (const name of flags) if (context.flag(name)) query.set(name.replaceAll('-', '_'), 'true')
  const client = await connect(context)
  try {
    return await client.get<BreakEvenJson>(`/api/economics/breakeven?${query}`)
  } finally {
    await client.close()
  }
}

function wordsOf(context: Context): QuestionWords {
  return {
    text: (name) => context.option(name),
    flag: (name) => context.flag(name),
    shown: (name) => `--${name}`,
    duration: durationMs,
  }
}
