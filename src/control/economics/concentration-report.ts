import type { Model, PriceSegment } from '../../catalog/model.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import type { CallId } from '../../core/ids.ts'
import { type Money, usdText } from '../../core/money.ts'
import type { AttemptRecord } from '../../core/record.ts'
import type { CostRow, LedgerReader } from '../../store/ports.ts'
import { type EnvironmentChoice, isChosen } from '../analytics/environments.ts'
import { hoursPerMonth } from './hours.ts'
import { daysToMove, type FeatureLock, featuresOf, lockInScore, locksOf } from './lock-in.ts'
import { behind, type Seller } from './look-through.ts'
import { type Spread, spreadOf } from './spread.ts'
import { costOfSum } from './what-if.ts'

/** A model that was tested on a task, and passed. */
export interface Evidence {
  readonly task: string
  readonly model: string
  readonly at: Instant
  readonly source: string
}

export interface ConcentrationSources {
  readonly ledger: Pick<LedgerReader, 'spanSums' | 'calls' | 'call'>
  readonly now: Instant
  readonly timezone: string
  readonly sellers: ReadonlyMap<string, Seller>
  readonly seatOf: (vendor: string) => string | null
  readonly modelOf: (name: string) => Model | null
  readonly cardAt: (name: string, at: Instant) => PriceSegment | null
  /** What each live provider sells. */
  readonly sold: (provider: string) => readonly Model[]
  readonly tasks: ReadonlyMap<string, readonly string[]>
  readonly evidence: readonly Evidence[]
}

export interface ConcentrationReport {
  readonly since: string
  readonly until: string
  readonly env: string
  readonly spend_usd: string
  readonly by_seller: Spread
  /** Aggregators looked through, where one vendor alone can stand behind them. */
  readonly by_host: Spread
  readonly by_author: Spread
  readonly by_jurisdiction: Spread
  readonly untested_usd: string
  /** Share of the spending without a substitute at another seller that passed a test within 90 days. */
  readonly untested_share: number | null
  readonly evidence: number
  readonly tasks: readonly TaskLock[]
  readonly coverage: {
    readonly attempts: number
    readonly cost_unknown: number
    readonly share: number | null
  }
  readonly source: string
  readonly confidence: string
  readonly notes: readonly string[]
}

export interface TaskLock {
  readonly task: string | null
  /** The one that most is spent on. */
  readonly model: string
  readonly spend_usd: string
  /** 0 to 100. */
  readonly lock_in: number
  readonly features: readonly FeatureLock[]
  /** Where features of single calls were read from. */
  readonly calls_read: number
  readonly prompts_read: number
  readonly substitute: string | null
  readonly tested: boolean
  readonly tested_at: string | null
  /** An assumption, not a measurement. */
  readonly days_to_move: number
  /** More a month on the substitute, below 0 for less; null where it cannot be told. */
  readonly move_usd_per_month: string | null
}

const days = 30
const dayUs = 86_400_000_000
/** As long as a proof of a routing holds. */
const validDays = 90
/** Of all tasks together, the newest first: finding those of one task costs more than reading these. */
const callsRead = 500
const promptsRead = 5
const tasksRead = 12

export async function concentrationReport(
  sources: ConcentrationSources,
  env: EnvironmentChoice,
): Promise<ConcentrationReport> {
  const { ledger, now, evidence } = sources
  const since = (now - days * dayUs) as Instant
  const { rows } = await ledger.spanSums({
    spans: [{ label: 'all', since, until: now }],
    by: ['env', 'model', 'task'],
    filters: {},
  })
  const chosen = rows.filter(({ group }) => isChosen(group[1] ?? null, env) && group[2] !== null)
  const by = {
    seller: new Map<string | null, bigint>(),
    host: new Map<string | null, bigint>(),
    author: new Map<string | null, bigint>(),
    jurisdiction: new Map<string | null, bigint>(),
  }
  for (const { group, cost } of chosen) {
    const name = group[2]!
    const provider = name.slice(0, name.indexOf('/'))
    const found = behind(
      provider,
      sources.modelOf(name),
      sources.sellers.get(provider) ?? null,
      sources.seatOf,
    )
    for (const view of ['seller', 'host', 'author', 'jurisdiction'] as const)
      by[view].set(found[view], (by[view].get(found[view]) ?? 0n) + cost)
  }
  const valid = evidence.filter(({ at }) => at > now - validDays * dayUs)
  const { attempts: newest } = await ledger.calls({ filters: {}, limit: callsRead })
  const byTask = Map.groupBy(newest, ({ task }) => task)
  const tasks = await Promise.all(
    groupedByTask(chosen).map(async (task, at) => {
      const own = at < tasksRead ? (byTask.get(task.task) ?? []) : []
      return taskLock(task, sources, valid, await readCalls(sources, own))
    }),
  )
  const spend = chosen.reduce((sum, { cost }) => sum + cost, 0n)
  const untested = tasks.reduce((sum, task) => sum + (task.json.tested ? 0n : task.cost), 0n)
  const attempts = chosen.reduce((sum, row) => sum + row.attempts, 0)
  const unknown = chosen.reduce((sum, row) => sum + row.costUnknown, 0)
  return {
    since: isoText(since),
    until: isoText(now),
    env,
    spend_usd: usdText(spend as Money),
    by_seller: spreadOf(by.seller),
    by_host: spreadOf(by.host),
    by_author: spreadOf(by.author),
    by_jurisdiction: spreadOf(by.jurisdiction),
    untested_usd: usdText(untested as Money),
    untested_share: spend <= 0n ? null : round(Number(untested) / Number(spend)),
    evidence: valid.length,
    tasks: tasks.map(({ json }) => json),
    coverage: {
      attempts,
      cost_unknown: unknown,
      share: attempts === 0 ? null : round(1 - unknown / attempts),
    },
    source: `spending of the ledger's last ${days} days; authors and seats of the catalog; tests of the store`,
    confidence:
      'measured spending; days to move are assumptions, and money to move takes the same count of tokens',
    notes: notesOf(attempts, unknown, valid.length, evidence.length, tasks.length),
  }
}

interface TaskSpend {
  readonly task: string | null
  readonly rows: readonly CostRow[]
  readonly cost: bigint
}

function groupedByTask(rows: readonly CostRow[]): readonly TaskSpend[] {
  const tasks = Map.groupBy(rows, ({ group }) => group[3] ?? null)
  return [...tasks]
    .map(([task, own]) => ({
      task,
      rows: own,
      cost: own.reduce((sum, { cost }) => sum + cost, 0n),
    }))
    .toSorted((left, right) => (left.cost === right.cost ? 0 : left.cost > right.cost ? -1 : 1))
}

function taskLock(
  { task, rows, cost }: TaskSpend,
  sources: ConcentrationSources,
  valid: readonly Evidence[],
  read: Read,
): { readonly cost: bigint; readonly json: TaskLock } {
  const main = rows.reduce((most, row) => (row.cost > most.cost ? row : most), rows[0]!)
  const model = main.group[2]!
  const provider = model.slice(0, model.indexOf('/'))
  const isOther = (name: string): boolean => !name.startsWith(`${provider}/`)
  const named = (task === null ? [] : (sources.tasks.get(task) ?? [])).filter(isOther)
  const live = [...sources.sellers.keys()]
    .filter((name) => name !== provider && sources.sellers.get(name)?.kind !== 'simulator')
    .flatMap((name) => sources.sold(name))
  const usage = rows.reduce(
    (sum, row) =>
      Object.fromEntries(
        Object.entries(sum).map(([kind, count]) => [
          kind,
          count + row.usage[kind as keyof typeof row.usage],
        ]),
      ) as CostRow['usage'],
    { ...main.usage, ...zeroOf(main.usage) },
  )
  const inTask = named.flatMap((name) => sources.modelOf(name) ?? [])
  const locks = locksOf(featuresOf({ usage, ...read }), inTask, live)
  const proof = valid.findLast(
    (each) =>
      each.task === task &&
      isOther(each.model) &&
      sources.sellers.has(each.model.slice(0, each.model.indexOf('/'))),
  )
  const substitute = proof?.model ?? named[0] ?? null
  const has = { tested: proof !== undefined, named: named.length > 0, live: live.length > 0 }
  return {
    cost,
    json: {
      task,
      model,
      spend_usd: usdText(cost as Money),
      lock_in: lockInScore(locks),
      features: locks,
      calls_read: read.calls,
      prompts_read: read.prompts,
      substitute,
      tested: proof !== undefined,
      tested_at: proof === undefined ? null : isoText(proof.at),
      days_to_move: daysToMove(locks, has),
      move_usd_per_month: substitute === null ? null : moveCost(substitute, rows, cost, sources),
    },
  }
}

function zeroOf(usage: CostRow['usage']): CostRow['usage'] {
  return Object.fromEntries(Object.keys(usage).map((kind) => [kind, 0])) as CostRow['usage']
}

/** The same tokens at the substitute's card of now, less what they cost, for a month. */
function moveCost(
  name: string,
  rows: readonly CostRow[],
  cost: bigint,
  { cardAt, now }: ConcentrationSources,
): string | null {
  const card = cardAt(name, now)
  if (card === null) return null
  let there = 0n
  for (const { usage, attempts, costUnknown } of rows) {
    const part = costOfSum(card, usage, attempts, now)
    if (part === null || costUnknown > 0) return null
    there += part
  }
  const month = ((there - cost) * BigInt(hoursPerMonth)) / BigInt(days * 24)
  return usdText(month as Money)
}

interface Read {
  readonly tools: boolean
  readonly structured: boolean
  readonly calls: number
  readonly prompts: number
}

/** What no sum holds: some of the newest calls, and of a few what was asked, where that is kept. */
async function readCalls(
  { ledger }: ConcentrationSources,
  attempts: readonly AttemptRecord[],
): Promise<Read> {
  const ids = [...new Set(attempts.map(({ callId }) => callId))]
  const asked = await Promise.all(ids.slice(0, promptsRead).map((id) => requestOf(ledger, id)))
  const kept = asked.filter((request) => request !== null)
  const has = (names: readonly string[]): boolean =>
    kept.some((request) => names.some((name) => Object.hasOwn(request, name)))
  return {
    tools:
      attempts.some(({ toolCalls }) => toolCalls !== null && toolCalls > 0) ||
      has(['tools', 'functions', 'toolConfig']),
    structured: has(['response_format', 'output_config', 'output_format']),
    calls: ids.length,
    prompts: kept.length,
  }
}

async function requestOf(
  ledger: ConcentrationSources['ledger'],
  id: CallId,
): Promise<Record<string, unknown> | null> {
  const request = (await ledger.call(id))?.request
  return typeof request === 'object' && request !== null && !Array.isArray(request)
    ? (request as Record<string, unknown>)
    : null
}

function round(value: number): number {
  return Number(value.toFixed(4))
}

function notesOf(
  attempts: number,
  unknown: number,
  valid: number,
  all: number,
  tasks: number,
): readonly string[] {
  return [
    attempts === 0 ? 'The ledger has no calls in this time.' : null,
    unknown > 0
      ? `${unknown} of ${attempts} attempts have no known cost and are in no share.`
      : null,
    valid === 0
      ? `No test of a substitute is in the store${all > 0 ? ` that is younger than ${validDays} days` : ''}, so that all spending counts as untested: freehold swap TASK MODEL --prove FILE keeps one.`
      : null,
    `Tools are read from the newest ${callsRead} calls, structured output from a few kept prompts of each task; files are on no row.`,
    'Days to move are assumptions: 0 for a tested model of the task, 1 for a named one, 3 for one that is live, 10 for a new seller, and 2 for each feature that nobody else has.',
    tasks > tasksRead ? `Single calls were read of the ${tasksRead} tasks that cost most.` : null,
  ].filter((note) => note !== null)
}
