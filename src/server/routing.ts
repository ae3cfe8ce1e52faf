import { instant, isoText } from '../core/clock.ts'
import { type Money, usdText } from '../core/money.ts'
import { successRates } from '../gateway/experiments/feedback.ts'
import type { CanaryRun } from '../gateway/experiments/canary-run.ts'
import type { LiveTask } from '../gateway/experiments/live-task.ts'
import { renewal } from '../gateway/experiments/renewal.ts'
import type { Snapshot, Task } from '../gateway/pipeline/snapshot.ts'
import { liveOf, whyFallback } from '../gateway/pipeline/steer.ts'
import type { Asked } from './asked.ts'
import type { RouteJson, RoutesJson } from './contract/routing.ts'

/** What the routing of each task does, as the gateway that does it knows. @throws RangeError without one */
export async function listRoutes({ control, experiments }: Asked): Promise<RoutesJson> {
  if (experiments === undefined)
    throw new RangeError(
      'How tasks are routed is known to a running gateway alone. To start one: freehold serve',
    )
  const snapshot = control.snapshot()
  const routes = [...snapshot.tasks.values()].flatMap((task) => {
    const live = liveOf(task, { experiments })
    return live === null ? [] : [routeJson(task, live, snapshot, control.clock.now())]
  })
  return { routes: await Promise.all(routes.map((route) => withRates(route, control))) }
}

/** With what users said of each model's answers since the canary's step began, or at all. */
async function withRates(
  route: Omit<RouteJson, 'success'>,
  { store }: Asked['control'],
): Promise<RouteJson> {
  const since = route.canary === null ? null : instant(route.canary.since)
  const rates = await successRates(store, { task: route.task, since })
  const success = rates.map(({ model, scores, mean, interval: { low, high } }) => ({
    model,
    scores,
    mean,
    interval: [low, high] as const,
  }))
  return { ...route, success }
}

function routeJson(
  task: Task,
  live: LiveTask,
  snapshot: Snapshot,
  now: Parameters<typeof isoText>[0],
): Omit<RouteJson, 'success'> {
  const { routing } = task
  const facts = routing?.fitted?.facts ?? null
  const fallback = routing === null ? null : whyFallback(task, live, snapshot, now)
  const { sums } = live
  return {
    task: task.name,
    policy: task.policy,
    models: live.task.models,
    router: routing?.path ?? null,
    method: routing?.fitted?.rule.method ?? null,
    proven: fallback === null && facts !== null && facts.certificate !== null,
    fallback,
    outdated: live.outdated,
    certificate: facts && {
      quality: facts.quality,
      confidence: facts.confidence,
      made: facts.made,
      rows: facts.certificate?.rows ?? null,
      saving: facts.certificate?.saving ?? null,
      p_value: facts.certificate?.pValue ?? null,
    },
    guarantee: routing?.guarantee ?? null,
    learned: learnedJson(live),
    renew: routing === null ? null : renewal(live.task),
    audit: routing === null || routing.audit === null ? null : auditJson(live),
    saved: routing === null ? null : savedJson(live),
    shadow: shadowJson(live),
    canary: canaryJson(live),
    skipped: sums.skipped,
  }
}

function learnedJson({ bandit, propensity }: LiveTask): RouteJson['learned'] {
  if (bandit === null || propensity === null) return null
  const { policy, strong } = bandit
  const json = ({ calls, mean }: typeof policy) => ({ calls, relative_cost: mean })
  return { propensity, policy: json(policy), strong: json(strong) }
}

/** A fall that matters: five points. */
const gap = 0.05

function auditJson(live: LiveTask): RouteJson['audit'] {
  const { watch, sums } = live
  const { audits, ungraded } = sums
  const share = live.auditShare()
  const needed = watch?.auditsToNotice(gap) ?? null
  return {
    share,
    audits,
    ungraded,
    target: watch?.target ?? null,
    margin: live.margin,
    interval: watch?.interval ?? null,
    alarm: live.alarmed,
    audits_to_notice: needed,
    calls_to_notice: needed === null || share === 0 ? null : Math.ceil(needed / share),
  }
}

function savedJson({ sums }: LiveTask): RouteJson['saved'] {
  const [cost, strong, audits, shadow] = [
    sums.cost,
    sums.strongCost,
    sums.auditCost,
    sums.shadowCost,
  ].map((text) => BigInt(text) as Money) as [Money, Money, Money, Money]
  return {
    calls: sums.calls,
    escalated: sums.escalated,
    fallbacks: sums.fallbacks,
    unknown: sums.unknown,
    cost_usd: usdText(cost),
    strong_cost_usd: usdText(strong),
    audits_usd: usdText(audits),
    shadow_usd: usdText(shadow),
    net_usd: usdText((strong - cost - audits - shadow) as Money),
  }
}

function shadowJson({
  task: { shadow },
  state,
  sums,
  shadowAgreement,
}: LiveTask): RouteJson['shadow'] {
  if (shadow === null) return null
  const { model, share, cap } = shadow
  const name = `${model.provider}/${model.model}`
  return {
    model: name,
    agreement: shadowAgreement,
    share,
    answers: sums.shadows,
    today_usd: usdText(BigInt(state.day.shadowCost) as Money),
    cap_usd: usdText(cap),
  }
}

function canaryJson({ canary }: LiveTask): RouteJson['canary'] {
  if (canary === null) return null
  const { settings, state } = canary
  return {
    model: `${settings.model.provider}/${settings.model.model}`,
    step: state.step + 1,
    steps: settings.steps,
    share: canary.share,
    calls: state.calls,
    since: isoText(state.since),
    promoted: state.promoted,
    rolled_back: state.rolledBack?.why ?? null,
    hold_ms: settings.holdMs,
    calls_needed: settings.calls,
    guards: canary.findings().map((finding) => ({ ...finding, guard: guardNames[finding.guard] })),
  }
}

const guardNames = {
  errorRate: 'error_rate',
  schemaValid: 'schema_valid',
  refusal: 'refusal',
  p95Latency: 'p95_latency',
  cost: 'cost',
} satisfies Record<ReturnType<CanaryRun['findings']>[number]['guard'], string>
