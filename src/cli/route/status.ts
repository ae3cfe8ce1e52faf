import type { RouteJson, RoutesJson } from '../../server/contract/routing.ts'
import { connect } from '../client.ts'
import type { Context, ExitCode } from '../command.ts'
import { grouped, printable, table } from '../print.ts'

/** What the routing of each task does, as a running gateway knows it. */
export async function status(context: Context): Promise<ExitCode> {
  const client = await connect(context)
  try {
    const report = await client.get<RoutesJson>('/api/routes')
    const { print, json } = context
    if (json) print.out(JSON.stringify(report))
    else if (report.routes.length === 0)
      print.out('No task is routed: none has cascade, learned, a shadow or a canary.')
    else print.out(report.routes.map((route) => routeText(route, print)).join('\n\n'))
    return 0
  } finally {
    await client.close()
  }
}

type Line = readonly [what: string, says: string]

function routeText(route: RouteJson, print: Context['print']): string {
  const lines: Line[] = [
    ['task', `${route.task}: ${route.policy} of ${route.models.join(', ')}`],
    ...policyLines(route),
    ...learnedLines(route),
    ...auditLines(route),
    ...savedLines(route),
    ...besideLines(route),
    ...successLines(route),
  ]
  return table(
    lines.map(([what, says]) => [what, printable(says)] as const),
    [
      { title: 'WHAT', value: ([what]) => what },
      { title: 'NOW', value: ([, says]) => says, shrinks: true },
    ],
    print,
  )
}

function successLines({ success }: RouteJson): Line[] {
  return success.map(({ model, scores, mean, interval: [low, high] }) => [
    'feedback',
    `${model}: ${share(mean)} (${share(low)} to ${share(high)}) of ${grouped(scores)} scores`,
  ])
}

function policyLines({ router, method, proven, fallback, certificate, renew }: RouteJson): Line[] {
  if (renew === null) return []
  const lines: Line[] = []
  if (fallback !== null) {
    lines.push(['answers', `the strong model alone: ${fallback}`])
    lines.push([certificate === null ? 'to prove it' : 'renew', renew])
  } else if (certificate === null) lines.push(['answers', 'cheap first, not proven'])
  else if (method === 'static') lines.push(['answers', 'one model, as its policy says: no routing'])
  else lines.push(['answers', `${method}${proven ? ', proven' : ', not proven'}`])
  if (certificate !== null) {
    const { quality, confidence, rows, saving, made } = certificate
    const sure = confidence === null ? '' : ` with ${share(confidence)} confidence`
    const on = rows === null ? '' : `, on ${grouped(rows)} rows`
    const saves = saving === null ? '' : `, saving ${share(saving)} there`
    lines.push(['policy', `${router}, made ${made?.slice(0, 10) ?? 'at no known time'}`])
    lines.push([
      'certificate',
      certificate.p_value === null
        ? `none: nothing cheaper was proven to keep ${share(quality)} of the quality`
        : `keeps ${share(quality)} of the quality${sure}${on}${saves}`,
    ])
  }
  return lines
}

function learnedLines({ learned, fallback }: RouteJson): Line[] {
  if (learned === null || fallback !== null) return []
  const { propensity, policy, strong } = learned
  const came = ({ calls, relative_cost: cost }: typeof policy): string =>
    `${share(cost)} of its cost on ${grouped(calls)} calls`
  return [
    [
      'learned',
      `the policy answers ${share(propensity)} of the calls: beside the strong model it comes to ${came(policy)}, that model alone to ${came(strong)}`,
    ],
  ]
}

function auditLines({ audit, skipped }: RouteJson): Line[] {
  if (audit === null) return []
  const { audits, ungraded, target, margin, interval, alarm, audits_to_notice: needed } = audit
  const told = ungraded > 0 ? `, ${grouped(ungraded)} of them without a grade` : ''
  const left = skipped > 0 ? `; ${grouped(skipped)} were drawn and not asked` : ''
  const lines: Line[] = [
    ['audits', `${grouped(audits)}${told}, of ${share(audit.share)} of the calls${left}`],
  ]
  if (target !== null && margin !== null)
    lines.push([
      'agreement',
      `${share(target)} is wanted; ${points(margin)} ${margin < 0 ? 'short of' : 'above'} it${between(interval)}${alarm ? ', which raised the alarm' : ''}`,
    ])
  if (needed !== null)
    lines.push([
      'alarm',
      `a fall by 5 points takes about ${grouped(needed)} audits to notice, ${audit.calls_to_notice === null ? 'and none are made' : `${grouped(audit.calls_to_notice)} calls at this share`}`,
    ])
  return lines
}

function between(interval: NonNullable<RouteJson['audit']>['interval']): string {
  if (interval === null) return ''
  const { low, high, audits } = interval
  return ` (${signed(low)} to ${signed(high)}, of ${grouped(audits)} audits)`
}

function savedLines({ saved }: RouteJson): Line[] {
  if (saved === null || saved.calls === 0) return []
  const { calls, escalated, fallbacks, unknown } = saved
  const unsure = unknown > 0 ? `; ${grouped(unknown)} calls of unknown cost are in no sum` : ''
  return [
    [
      'calls',
      `${grouped(calls)}, ${grouped(escalated)} answered by the strong model${fallbacks > 0 ? `, ${grouped(fallbacks)} while the policy was void` : ''}`,
    ],
    [
      'saved',
      `$${saved.net_usd}: $${saved.strong_cost_usd} by the strong model alone, less $${saved.cost_usd} for calls, $${saved.audits_usd} for audits, $${saved.shadow_usd} for the shadow${unsure}`,
    ],
  ]
}

function besideLines({ shadow, canary }: RouteJson): Line[] {
  const lines: Line[] = []
  if (shadow !== null)
    lines.push([
      'shadow',
      `${shadow.model}, of ${share(shadow.share)} of the calls: ${grouped(shadow.answers)} answers, $${shadow.today_usd} of $${shadow.cap_usd} today`,
    ])
  if (canary !== null) {
    const { model, step, steps, calls, since } = canary
    const now =
      canary.rolled_back === null
        ? `${canary.promoted ? 'all steps passed' : `step ${step} of ${steps.length}`}, ${share(canary.share)} of the traffic, ${grouped(calls)} calls since ${since.slice(0, 16)}`
        : `taken back: ${canary.rolled_back}`
    lines.push(['canary', `${model}, ${now}`])
  }
  return lines
}

function share(value: number): string {
  return `${Number((100 * value).toFixed(1))} %`
}

function points(value: number): string {
  return `${Math.abs(100 * value).toFixed(1)} points`
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)}`
}
