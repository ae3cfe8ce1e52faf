import type { GuardJson, RouteJson } from '../../../src/server/contract/routing.ts'
import { Money, When } from '../../parts/figures.tsx'
import { count, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Tag } from '../../parts/states.tsx'
import { Told } from '../../parts/told.tsx'
import { lasting, signed } from './facts.ts'
import { Interval } from './interval.tsx'

/** What is being tried on live calls. Every interval holds after each call at once: one may look whenever one likes. */
export function Experiments({ route }: { readonly route: RouteJson }) {
  const { canary, shadow, audit, saved, learned } = route
  const isNone = canary === null && shadow === null && audit === null && learned === null
  if (isNone && saved === null)
    return (
      <Panel title="Trials on live calls">
        <Empty title="Nothing is being tried">
          Under the task, <code>canary:</code> lets a model take it over in steps,{' '}
          <code>shadow:</code> asks one the same in nobody’s way.
        </Empty>
      </Panel>
    )
  return (
    <div className="grid flat">
      {audit === null ? null : <Audits audit={audit} route={route} />}
      {canary === null ? null : <Canary canary={canary} />}
      {shadow === null ? null : <Shadow shadow={shadow} skipped={route.skipped} />}
      {saved === null ? null : <Saved saved={saved} learned={learned} />}
    </div>
  )
}

function Audits({
  audit,
  route,
}: {
  readonly audit: NonNullable<RouteJson['audit']>
  readonly route: RouteJson
}) {
  const { interval, target, alarm, margin } = audit
  const inPoints = (share: number): string => `${signed(share)} points`
  return (
    <Panel
      title="Guarantee"
      aside={
        alarm ? (
          <Tag tone="bad">alarm</Tag>
        ) : audit.audits === 0 ? (
          <Tag>no audit yet</Tag>
        ) : (
          <Tag tone={interval !== null && interval.low >= 0 ? 'good' : 'plain'}>
            {interval !== null && interval.low >= 0 ? 'holds' : 'no alarm'}
          </Tag>
        )
      }
      note="Of a few calls, drawn by chance, the strong model is asked too, and the two answers are compared."
    >
      {interval === null || target === null ? (
        <p className="faint-text">
          {target === null
            ? 'What has to be kept is not known, so the audits test nothing.'
            : 'The first audit has not been graded yet.'}
        </p>
      ) : (
        <div className="measure">
          <span className="measure-name">Agreement above {percent(target)}</span>
          <Interval
            low={interval.low}
            high={interval.high}
            mean={margin}
            bound={0}
            from={-target}
            to={1 - target}
            format={inPoints}
            tone={alarm ? 'bad' : interval.low >= 0 ? 'good' : 'warning'}
          />
        </div>
      )}
      <Told
        facts={[
          ['Audits', `${count(audit.audits)}, of which ${count(audit.ungraded)} told nothing`],
          ['Share of calls', percent(audit.share)],
          [
            'A fall of 5 points is seen',
            audit.audits_to_notice === null
              ? 'not known before ten that told'
              : `within ${count(audit.audits_to_notice)} audits${audit.calls_to_notice === null ? '' : `, ${count(audit.calls_to_notice)} calls`}`,
          ],
          ...(route.outdated
            ? [['Proof', 'taken back: answers from before prove nothing'] as const]
            : []),
        ]}
      />
    </Panel>
  )
}

const guardNames: Readonly<Record<string, string>> = {
  error_rate: 'Fails more often',
  schema_valid: 'Misses its schema more often',
  refusal: 'Refuses more often',
  p95_latency: 'Slower than the limit',
  cost: 'Dearer than the limit',
}

function Canary({ canary }: { readonly canary: NonNullable<RouteJson['canary']> }) {
  const {
    model,
    step,
    steps,
    share,
    calls,
    since,
    promoted,
    rolled_back: rolledBack,
    guards,
  } = canary
  return (
    <Panel
      title="Canary"
      aside={
        rolledBack !== null ? (
          <Tag tone="bad">taken back</Tag>
        ) : promoted ? (
          <Tag tone="good">passed</Tag>
        ) : (
          <Tag tone="info">
            step {step} of {steps.length}
          </Tag>
        )
      }
    >
      <p className="standing">
        <strong>{model}</strong>{' '}
        {rolledBack !== null
          ? `was taken back: ${rolledBack}.`
          : `answers ${percent(share)} of the calls.`}
      </p>
      <ol className="steps" aria-label="Steps of the canary">
        {steps.map((each, index) => (
          <li
            key={each}
            className={
              index + 1 < step || promoted ? 'past' : index + 1 === step ? 'now' : undefined
            }
            aria-current={index + 1 === step ? 'step' : undefined}
          >
            {percent(each)}
          </li>
        ))}
      </ol>
      {guards.length === 0 ? (
        <p className="faint-text">No guard is looked at.</p>
      ) : (
        <ul className="guards" aria-label="Guards of the canary">
          {guards.map((guard) => (
            <Guard key={guard.guard} guard={guard} />
          ))}
        </ul>
      )}
      <Told
        facts={[
          ['In this step', `${count(calls)} of ${count(canary.calls_needed)} calls`],
          [
            'Since',
            <span key="since">
              <When at={since} />, for {lasting(canary.hold_ms)} at least
            </span>,
          ],
        ]}
      />
    </Panel>
  )
}

function Guard({ guard }: { readonly guard: GuardJson }) {
  const { guard: name, limit, count: calls, mean, interval, bound, evidence } = guard
  const isShare = name !== 'p95_latency' && name !== 'cost'
  const [low, high] = interval
  return (
    <li className="measure">
      <span className="measure-name">
        {guardNames[name] ?? name}
        <span className="faint-text">
          {' '}
          limit {isShare ? `${signed(limit)} points` : `×${limit}`} ·{' '}
          {calls === 0 ? 'no call could tell since the gateway started' : `${count(calls)} calls`}
        </span>
      </span>
      {calls === 0 ? null : (
        <Interval
          low={low}
          high={high}
          mean={mean}
          bound={bound}
          from={isShare ? -1 : 0}
          to={1}
          format={isShare ? signed : percent}
          tone={low > bound ? 'bad' : high < bound ? 'good' : 'warning'}
        />
      )}
      {calls === 0 ? null : (
        <span className="evidence">
          <span className="unseen">Evidence against it: </span>
          <meter min={0} max={1} high={0.6} optimum={0} value={evidence} />
          <span className="figure faint-text">{percent(evidence)} of what takes it back</span>
        </span>
      )}
    </li>
  )
}

function Shadow({
  shadow,
  skipped,
}: {
  readonly shadow: NonNullable<RouteJson['shadow']>
  readonly skipped: number
}) {
  const { model, share, answers, agreement, today_usd: today, cap_usd: cap } = shadow
  return (
    <Panel title="Shadow" aside={<Tag>{percent(share)} of the calls</Tag>}>
      <p className="standing">
        <strong>{model}</strong> is asked the same, in nobody’s way.
      </p>
      {agreement === null || agreement.mean === null ? (
        <p className="faint-text">No answer of it could be compared yet.</p>
      ) : (
        <div className="measure">
          <span className="measure-name">
            Says the same
            <span className="faint-text"> {count(agreement.compared)} answers compared</span>
          </span>
          <Interval
            low={agreement.interval[0]}
            high={agreement.interval[1]}
            mean={agreement.mean}
            bound={null}
            from={0}
            to={1}
            format={percent}
            tone="good"
          />
        </div>
      )}
      <Told
        facts={[
          [
            'Answers',
            `${count(answers)}${agreement === null || agreement.ungraded === 0 ? '' : `, ${count(agreement.ungraded)} of which nobody could tell`}`,
          ],
          [
            'Spent today',
            <span key="spent">
              <Money usd={today} /> of <Money usd={cap} />
            </span>,
          ],
          ['Drawn and not asked', count(skipped)],
        ]}
      />
    </Panel>
  )
}

function Saved({
  saved,
  learned,
}: {
  readonly saved: NonNullable<RouteJson['saved']>
  readonly learned: RouteJson['learned']
}) {
  return (
    <Panel
      title="Since the policy came into force"
      aside={
        Number(saved.net_usd) < 0 ? <Tag tone="warning">costs more than it saves</Tag> : undefined
      }
    >
      <Told
        facts={[
          ['Calls', count(saved.calls)],
          ['Escalated', share(saved.escalated, saved.calls)],
          ['Strong model alone', share(saved.fallbacks, saved.calls)],
          ['Cost', <Money key="cost" usd={saved.cost_usd} />],
          ['The strong model alone would have', <Money key="strong" usd={saved.strong_cost_usd} />],
          [
            'Audits and shadows',
            <span key="aside">
              <Money usd={saved.audits_usd} /> and <Money usd={saved.shadow_usd} />
            </span>,
          ],
          ['Saved, of all that', <Money key="net" usd={saved.net_usd} />],
          ...(saved.unknown > 0 ? [['Calls without a price', count(saved.unknown)] as const] : []),
          ...(learned === null
            ? []
            : ([
                ['The policy answers', `${percent(learned.propensity)} of the calls`],
                [
                  'It costs',
                  `${percent(learned.policy.relative_cost)} of the strong model alone, after ${count(learned.policy.calls)} calls`,
                ],
              ] as const)),
        ]}
      />
    </Panel>
  )
}

function share(part: number, whole: number): string {
  return part === 0 || whole === 0 ? count(part) : `${count(part)}, ${percent(part / whole)}`
}
