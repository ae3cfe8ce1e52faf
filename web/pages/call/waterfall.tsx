import type { AttemptJson } from '../../../src/server/contract/calls.ts'
import { duration } from '../../parts/format.ts'
import { beginUs, isAside } from '../calls/facts.ts'

interface Part {
  readonly name: string
  readonly kind: 'queue' | 'connect' | 'wait' | 'think' | 'say' | 'fail'
  readonly fromUs: number
  readonly toUs: number
}

/** When each attempt connected, waited and spoke, on one axis. */
export function Waterfall({ attempts }: { readonly attempts: readonly AttemptJson[] }) {
  const rows = attempts.map((attempt) => ({ attempt, parts: partsOf(attempt) }))
  const whole = Math.max(1, ...rows.flatMap(({ parts }) => parts.map(({ toUs }) => toUs)))
  return (
    <div className="waterfall">
      {rows.map(({ attempt, parts }) => (
        <div key={attempt.attempt} className={isAside(attempt) ? 'fall aside' : 'fall'}>
          <div className="fall-name">
            <span>
              {attempts.length > 1 ? `${attempt.attempt}. ` : ''}
              {attempt.provider === null
                ? 'no provider asked'
                : `${attempt.provider}/${attempt.model}`}
            </span>
            <span className="figure">{duration(attempt.timings_us.total)}</span>
          </div>
          <div
            className="fall-track"
            role="img"
            aria-label={parts
              .map(({ name, fromUs, toUs }) => `${name} ${duration(toUs - fromUs)}`)
              .join(', ')}
          >
            {parts.map(({ name, kind, fromUs, toUs }) => (
              <span
                key={name}
                className={`fall-part ${kind}`}
                title={`${name}: ${duration(toUs - fromUs)}`}
                style={{
                  insetInlineStart: `${(fromUs / whole) * 100}%`,
                  inlineSize: `${((toUs - fromUs) / whole) * 100}%`,
                }}
              />
            ))}
          </div>
        </div>
      ))}
      <ul className="fall-legend">
        <li className="queue">before it</li>
        <li className="connect">connecting</li>
        <li className="wait">first byte</li>
        <li className="think">first token</li>
        <li className="say">answer</li>
        {attempts.every(({ end_state: end }) => end === 'complete') ? null : (
          <li className="fail">failure</li>
        )}
      </ul>
    </div>
  )
}

/** Each ends where the next begins; what was not measured belongs to the one behind it. */
function partsOf(attempt: AttemptJson): readonly Part[] {
  const { connect, first_byte: byte, first_content: content, total } = attempt.timings_us
  const begin = beginUs(attempt)
  const ending =
    attempt.end_state === 'complete' ? (['Answer', 'say'] as const) : (['Failure', 'fail'] as const)
  const marks = [
    ['Before it', 'queue', begin],
    ['Connecting', 'connect', connect === null ? null : begin + connect],
    ['Waiting for the first byte', 'wait', byte === null ? null : begin + byte],
    ['Until the first token', 'think', content === null ? null : begin + content],
    [...ending, total === null ? null : begin + total],
  ] as const
  const parts: Part[] = []
  let from = 0
  for (const [name, kind, to] of marks) {
    if (to === null || to <= from) continue
    parts.push({ name, kind, fromUs: from, toUs: to })
    from = to
  }
  return parts
}
