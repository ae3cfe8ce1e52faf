import { isoText } from '../core/clock.ts'
import { add, nothing, usdText } from '../core/money.ts'
import { type AttemptRecord, isAside } from '../core/record.ts'
import { isUnit, kinds, type UnitKind, unitKinds, type Usage } from '../core/usage.ts'
import type { AlarmRow, CostQuery, CostReport, CostRow, WholeCall } from '../store/ports.ts'
import type { AttemptJson, CallJson, WholeCallJson } from './contract/calls.ts'
import type { CostRowJson, CostsJson } from './contract/costs.ts'
import type { AlarmJson } from './contract/status.ts'

/** From the ledger's rows to what /api says. */

function attemptJson(record: AttemptRecord): AttemptJson {
  return {
    call_id: record.callId,
    attempt: record.attempt,
    at: isoText(record.at),
    key: record.keyId,
    env: record.env,
    customer: record.customer,
    feature: record.feature,
    session: record.session,
    operation: record.operation,
    dialect: record.dialect,
    model_asked: record.modelAsked,
    task: record.task,
    provider: record.provider,
    model: record.model,
    model_served: record.modelServed,
    credential: record.credential,
    role: record.role,
    policy: record.policy,
    reason: record.reason,
    config_hash: record.configHash,
    adapted: record.adapted,
    tokens: record.usage === null ? null : tokensJson(record.usage),
    units: record.usage === null ? null : unitsJson(record.usage),
    usage_source: record.usageSource,
    usage_raw: record.usageRaw === null ? null : parsed(record.usageRaw),
    cost_usd: record.cost === null ? null : usdText(record.cost),
    cost_source: record.costSource,
    price_id: record.priceId,
    reported_usd: record.reportedUsd,
    stream: record.stream,
    status: record.status,
    end_state: record.endState,
    error_code: record.errorCode,
    error_text: record.errorText,
    finish: record.finish,
    tool_calls: record.toolCalls,
    answer_id: record.answerId,
    timings_us: {
      queue: record.queueUs,
      connect: record.connectUs,
      first_byte: record.firstByteUs,
      first_content: record.firstContentUs,
      total: record.totalUs,
      overhead: record.overheadUs,
    },
    saved_usd: record.saved === null ? null : usdText(record.saved),
    saved_by: record.savedBy ?? (record.role === 'cache_hit' ? 'cache' : null),
    mode: record.mode,
    region: record.region,
  }
}

/** Attempts of any calls, as the calls they make up, in the order in which the calls first appear. */
export function callsJson(attempts: readonly AttemptRecord[]): CallJson[] {
  const calls = new Map<string, AttemptRecord[]>()
  for (const record of attempts) {
    const known = calls.get(record.callId)
    if (known) known.push(record)
    else calls.set(record.callId, [record])
  }
  return [...calls.values()].map(callJson)
}

function callJson(attempts: readonly AttemptRecord[]): CallJson {
  const ordered = attempts.toSorted((left, right) => left.attempt - right.attempt)
  const [first] = ordered
  const last = answering(ordered)
  if (!first || !last) throw new RangeError('A call has at least one row')
  const ok = last.endState === 'complete'
  const known = ordered.every(({ cost }) => cost !== null)
  return {
    id: first.callId,
    at: isoText(first.at),
    task: first.task,
    model_asked: first.modelAsked,
    model: ok && last.provider !== null ? `${last.provider}/${last.model}` : null,
    ok,
    end_state: last.endState,
    error_code: last.errorCode,
    cost_usd: known
      ? usdText(ordered.reduce((sum, { cost }) => add(sum, cost ?? nothing), nothing))
      : null,
    attempts: ordered.map(attemptJson),
  }
}

/** The attempt that says how the call ended for its caller. */
export function answering(ordered: readonly AttemptRecord[]): AttemptRecord | undefined {
  const own = ordered.filter(({ role }) => !isAside(role))
  // Of two that were asked at once, the one that was outrun may have begun later.
  const last = own.findLast(({ endState }) => endState !== 'cancelled') ?? own.at(-1)
  if (last === undefined || last.endState === 'complete') return last
  // Where a cascade's strong model failed before it said anything, the answer before it was given.
  const { endState, firstContentUs } = last
  if (endState === 'caller_left' || endState === 'shutdown' || firstContentUs !== null) return last
  return (
    own.findLast(
      ({ role, endState: end, operation }) =>
        role === 'cascade_step' && end === 'complete' && operation === last.operation,
    ) ?? last
  )
}

export function wholeCallJson({
  attempts,
  request,
  answers,
  payloadNote,
}: WholeCall): Omit<WholeCallJson, 'feedback' | 'cost_lines' | 'price_sources'> {
  return {
    ...callJson(attempts),
    request,
    answers: Object.fromEntries(
      [...answers].map(([attempt, text]) => [String(attempt), parsed(text)]),
    ),
    payload_note: payloadNote,
  }
}

/** @param reasons  the same sums by `saved_by`; null where nothing was saved */
export function costsJson(
  query: CostQuery,
  report: CostReport,
  reasons: CostReport | null,
  timezone: string,
): CostsJson {
  return {
    since: isoText(report.since),
    until: isoText(report.until),
    timezone,
    by: query.by,
    rows: report.rows.map((row) => costRowJson(query.by, row)),
    cut: report.cut,
    total: costRowJson([], report.total),
    saved_by: reasons && savedJson(reasons),
  }
}

function savedJson({ rows }: CostReport): Readonly<Record<string, string>> {
  const known = rows.flatMap(({ group: [reason], saved }) =>
    reason === null || reason === undefined ? [] : [[reason, usdText(saved)] as const],
  )
  return Object.fromEntries(known)
}

function costRowJson(by: readonly string[], row: CostRow): CostRowJson {
  return {
    group: Object.fromEntries(by.map((name, index) => [name, row.group[index] ?? null])),
    calls: row.calls,
    attempts: row.attempts,
    errors: row.errors,
    tokens: tokensJson(row.usage),
    units: unitsJson(row.usage),
    cost_usd: usdText(row.cost),
    cost_unknown: row.costUnknown,
    estimated: row.estimated,
    saved_usd: usdText(row.saved),
  }
}

export function alarmJson(row: AlarmRow): AlarmJson {
  return {
    kind: row.kind,
    subject: row.subject,
    severity: row.severity,
    text: row.text,
    first_at: isoText(row.firstAt),
    last_at: isoText(row.lastAt),
    count: row.count,
    resolved_at: row.resolvedAt === null ? null : isoText(row.resolvedAt),
  }
}

export const tokenNames = {
  input: 'input',
  cacheRead: 'cache_read',
  cacheWrite5m: 'cache_write',
  cacheWrite1h: 'cache_write_1h',
  output: 'output',
  reasoning: 'reasoning',
  audioIn: 'audio_in',
  audioOut: 'audio_out',
  imageIn: 'image_in',
  imageOut: 'image_out',
} satisfies Record<Exclude<keyof Usage, UnitKind>, string>

function tokensJson(usage: Usage): Readonly<Record<string, number>> {
  return Object.fromEntries(
    kinds.flatMap((kind) => (isUnit(kind) ? [] : [[tokenNames[kind], usage[kind]]])),
  )
}

function unitsJson(usage: Usage): Readonly<Record<string, number>> {
  return Object.fromEntries(unitKinds.map((kind) => [kind, usage[kind]]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
