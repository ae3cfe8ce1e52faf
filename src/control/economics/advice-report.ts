import { type Instant, isoText } from '../../core/clock.ts'
import { Calendar } from '../../store/calendar.ts'
import type { LedgerReader } from '../../store/ports.ts'
import { adviceOf, type Studied } from './advice.ts'
import { daysNeeded, monthDays, steadinessOf, variationMost } from './advice-steadiness.ts'
import type { AdviceReport, TaskAdvice } from './advice-types.ts'
import { type CallPrice, priceByLedger } from './breakeven-api.ts'
import { isOwnWork, ledgerHours } from './breakeven-ledger.ts'
import { type BreakEvenQuestion, usualLimits, usualPeople } from './breakeven-question.ts'
import type { StudyOrder } from './breakeven-study.ts'
import type { BreakEvenStudy } from './breakeven-types.ts'
import type { Evidence } from './concentration-report.ts'

/** What advice needs and no ledger knows, as the file says it. Amounts are USD as decimal text. */
export interface AdviceTerms {
  /** False: the daily look is off. */
  readonly watched: boolean
  /** Open weights that own machines would serve, by task; else those of its own models. */
  readonly weights: ReadonlyMap<string, string>
  readonly gpu: string | null
  readonly rent: string | null
  readonly people: string | null
  readonly salary: string | null
  readonly hidden: string | null
}

export interface AdviceSources {
  readonly ledger: Pick<LedgerReader, 'costs' | 'scan'>
  readonly now: Instant
  readonly timezone: string
  readonly tasks: ReadonlyMap<string, readonly string[]>
  /** Providers that are machines of one's own, or no vendor at all. */
  readonly isOwn: (provider: string) => boolean
  /** Swaps that were proven: their models are good enough for their tasks. */
  readonly evidence: readonly Evidence[]
  readonly terms: AdviceTerms
  readonly study: (order: StudyOrder) => Promise<BreakEvenStudy>
}

const env = 'production'
/** Names of weights that are reckoned with for one task. */
const weightsMost = 6

export async function adviceReport(sources: AdviceSources): Promise<AdviceReport> {
  const { tasks, terms, timezone, now } = sources
  const calendar = new Calendar(timezone)
  const days = wholeDays(calendar, now)
  const [since, until] = [days[0]!, calendar.dayStart(now)]
  const advice: TaskAdvice[] = []
  // One after another: calls of the day have the ledger's thread in between.
  for (const [task, models] of tasks)
    advice.push(await taskAdvice(task, models, sources, calendar, days))
  return {
    watched: terms.watched,
    env,
    since: isoText(since),
    until: isoText(until),
    tasks: advice.toSorted((left, right) => Number(right.holds) - Number(left.holds)),
    notes: [
      `A task is steady when it has had calls for ${daysNeeded} days, no week without one, and weeks that vary by ${variationMost} of their mean at most (standard deviation). Days are of ${timezone}.`,
      'Calls of keys that name no env count as production. Answers out of a cache need no machine and are in no volume.',
      'What own machines serve is a measured point of public benchmarks, and the quality of other weights is not looked at here: freehold eval measures it.',
      ...(terms.watched ? [] : ['The daily look is off: economics.advice is false.']),
    ],
  }
}

/** When each of the last whole days began, the oldest first. */
function wholeDays(calendar: Calendar, now: Instant): readonly Instant[] {
  const starts: Instant[] = []
  let at = calendar.dayStart(now)
  while (starts.length < daysNeeded) {
    at = calendar.dayStart((at - 1) as Instant)
    starts.push(at)
  }
  return starts.toReversed()
}

async function taskAdvice(
  task: string,
  models: readonly string[],
  sources: AdviceSources,
  calendar: Calendar,
  days: readonly Instant[],
): Promise<TaskAdvice> {
  const until = calendar.dayStart(sources.now)
  const steady = steadinessOf(await dailyCalls(task, sources, calendar, days, until))
  if (steady.daysSeen === 0) return adviceOf(task, steady, null, 'there is nothing to reckon with')
  const [main] = models
  if (main !== undefined && sources.isOwn(main.slice(0, main.indexOf('/'))))
    return adviceOf(task, steady, null, `${main} is a machine of your own already`)
  const names = weightsFor(task, models, sources)
  const hours = await ledgerHours(sources.ledger, {
    task,
    env,
    since: days[days.length - steady.daysSeen]!,
    until,
    peak: null,
  })
  const perCall = hours === null ? null : priceByLedger(hours.sums)
  if (hours === null || perCall === null)
    return adviceOf(task, steady, null, 'the cost of none of its calls is known')
  const found = await bestOf(names, hours.workload, perCall, sources)
  return adviceOf(task, steady, found.studied, found.why)
}

/** Calls of each day; a month at a time, so that one answer holds every environment and role. */
async function dailyCalls(
  task: string,
  { ledger }: AdviceSources,
  calendar: Calendar,
  days: readonly Instant[],
  until: Instant,
): Promise<readonly number[]> {
  const counts = new Map<string, number>()
  for (let from = 0; from < days.length; from += monthDays) {
    const { rows } = await ledger.costs({
      by: ['day', 'env', 'role'],
      filters: { task },
      since: days[from]!,
      until: days[from + monthDays] ?? until,
    })
    for (const { group, calls } of rows)
      if (isOwnWork(group, env)) counts.set(group[0]!, (counts.get(group[0]!) ?? 0) + calls)
  }
  return days.map((day) => counts.get(calendar.dayLabel(day)) ?? 0)
}

/** What the file names, else what answers the task now or was proven for it. */
function weightsFor(
  task: string,
  models: readonly string[],
  { terms, evidence }: AdviceSources,
): readonly string[] {
  const named = terms.weights.get(task)
  if (named !== undefined) return [named]
  const proven = evidence.flatMap((each) => (each.task === task ? [each.model] : []))
  const bare = [...models, ...proven].map((name) => name.slice(name.indexOf('/') + 1))
  return [...new Set(bare)].slice(0, weightsMost)
}

/** The weights with which own machines pay soonest; else the first that anybody has measured. */
async function bestOf(
  names: readonly string[],
  workload: StudyOrder['workload'],
  perCall: CallPrice,
  { terms, study }: AdviceSources,
): Promise<{ readonly studied: Studied | null; readonly why: string | null }> {
  const found: Studied[] = []
  const whys: string[] = []
  for (const weights of names) {
    try {
      const made = await study({
        question: questionOf(weights, terms),
        workload,
        perCall,
        withoutQueue: true,
      })
      if (made.result !== null) found.push({ weights, study: made })
      else if (made.machine.point === null) whys.push(`of ${weights}: ${made.unknown ?? '?'}`)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      whys.push(`of ${weights}: ${error.message}`)
    }
  }
  const soonest = found
    .filter((each) => Number.isFinite(volumeOf(each)))
    .toSorted((left, right) => volumeOf(left) - volumeOf(right))[0]
  const studied = soonest ?? found[0] ?? null
  if (studied !== null) return { studied, why: null }
  const why = `no open weights to reckon with (${whys[0] ?? 'the task has no model'}) Name some under economics.advice.weights`
  return { studied: null, why }
}

function volumeOf({ study: { result } }: Studied): number {
  return Number(result?.sustained_from ?? Number.POSITIVE_INFINITY)
}

function questionOf(weights: string, terms: AdviceTerms): BreakEvenQuestion {
  return {
    model: weights,
    gpu: terms.gpu,
    limits: usualLimits,
    api: null,
    cachedShare: 0,
    kind: 'on-demand',
    rent: terms.rent,
    capex: null,
    people: terms.people ?? usualPeople.people,
    salary: terms.salary ?? usualPeople.salary,
    hidden: terms.hidden ?? usualPeople.hidden,
    byHand: null,
    peak: null,
    exceptions: { compliance: false, research: false, idleGpus: false, latencyMs: null },
  }
}
