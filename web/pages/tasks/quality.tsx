import type { CertificatesJson } from '../../../src/server/contract/certificates.ts'
import type { RouteJson } from '../../../src/server/contract/routing.ts'
import type { TaskJson } from '../../../src/server/contract/tasks.ts'
import { Copy } from '../../parts/copy.tsx'
import { When } from '../../parts/figures.tsx'
import { count, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Tag } from '../../parts/states.tsx'
import { lastSwap, points, proofOf, standingOf } from './facts.ts'
import { Interval } from './interval.tsx'

/** What is proven of the answers, on what it rests, and what those who got them said. */
export function Quality({
  task,
  route,
  certificates,
}: {
  readonly task: TaskJson
  readonly route: RouteJson | null
  readonly certificates: CertificatesJson | null
}) {
  const links = certificates?.certificates ?? []
  const standing = standingOf(task, route, links)
  const swap = lastSwap(task, links)
  const proof = swap && proofOf(swap)
  const certificate = route?.certificate ?? null
  return (
    <Panel title="Quality" aside={<Tag tone={standing.tone}>{standing.word}</Tag>}>
      <p className="standing">{standing.says}</p>
      <dl className="told">
        {certificate === null ? null : (
          <>
            <div>
              <dt>Promise</dt>
              <dd>
                {percent(certificate.quality)} of the strong model’s quality
                {certificate.confidence === null
                  ? ''
                  : `, at ${percent(certificate.confidence)} confidence`}
              </dd>
            </div>
            <div>
              <dt>Shown on</dt>
              <dd>
                {certificate.rows === null
                  ? certificate.p_value === null
                    ? 'nothing: no cheaper way was proven'
                    : 'rows not told'
                  : `${count(certificate.rows)} rows`}
                {certificate.p_value === null ? '' : `, p ${certificate.p_value.toPrecision(2)}`}
                {certificate.saving === null ? '' : `, saving ${percent(certificate.saving)}`}
              </dd>
            </div>
            <div>
              <dt>Made</dt>
              <dd>
                <When at={certificate.made} />
              </dd>
            </div>
          </>
        )}
        {proof === null || swap === null ? null : (
          <div>
            <dt>Proven swap</dt>
            <dd>
              {points(proof.difference)}, <When at={swap.at} style="date" />
              {proof.evaluation === null ? '' : `, by ${proof.evaluation}`}
            </dd>
          </div>
        )}
      </dl>
      {route?.renew ? (
        <p className="command">
          <code>{route.renew}</code>
          <Copy text={() => route.renew ?? ''} label="Copy the command that renews the policy" />
        </p>
      ) : null}
      {certificate === null && swap === null ? <ToProve task={task.name} /> : null}
      <Said route={route} />
    </Panel>
  )
}

/** How somebody gets a proof. */
function ToProve({ task }: { readonly task: string }) {
  const command = `freehold swap ${task} MODEL --prove evals/${task}.yaml`
  return (
    <>
      <p>
        Before another model takes the task over, both can be asked the cases of an evaluation. The
        swap is made when the new one is proven no worse, and its certificate is kept.
      </p>
      <p className="command">
        <code>{command}</code>
        <Copy text={() => command} label="Copy the command that proves a swap" />
      </p>
    </>
  )
}

/** Scores that users gave, by model. They who speak were not drawn by chance. */
function Said({ route }: { readonly route: RouteJson | null }) {
  const success = route?.success ?? []
  if (success.length === 0)
    return (
      <p className="faint-text">
        Nobody has told yet how good its answers are: <code>POST /v1/feedback</code> takes scores.
      </p>
    )
  return (
    <ul className="scores" aria-label="What users said, by model">
      {success.map(({ model, scores, mean, interval: [low, high] }) => (
        <li key={model}>
          <span className="scores-model" title={model}>
            {model}
          </span>
          <Interval
            low={low}
            high={high}
            mean={mean}
            bound={null}
            from={0}
            to={1}
            format={percent}
            tone="good"
          />
          <span className="faint-text figure">
            {count(scores)} {scores === 1 ? 'score' : 'scores'}
          </span>
        </li>
      ))}
    </ul>
  )
}
