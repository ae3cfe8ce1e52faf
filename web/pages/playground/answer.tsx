import { Button, Link } from '../../parts/button.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Money } from '../../parts/figures.tsx'
import { count, duration, unknown } from '../../parts/format.ts'
import { Fault, Tag, type Tone } from '../../parts/states.tsx'
import { pathTo } from '../../state/location.ts'
import type { Run } from './runs.ts'

/** One model's answer as it comes, and what it took. */
export function Answer({
  run,
  best,
  stop,
}: {
  readonly run: Run
  readonly best: { readonly first: string | null; readonly cheap: string | null }
  readonly stop: () => void
}) {
  const { model, state, head, text, reasoning, fault, booked } = run
  const isOpen = state === 'asking' || state === 'speaking'
  const requestId = head?.requestId ?? fault?.requestId ?? null
  const answeredBy = booked?.model ?? head?.model ?? null
  return (
    <section className="panel answer" aria-label={model} aria-busy={isOpen || undefined}>
      <header>
        <h2 title={model}>{model}</h2>
        <div className="panel-aside">
          <State run={run} />
          {isOpen ? (
            <Button kind="quiet" icon="close" label={`Stop ${model}`} onClick={stop} />
          ) : text === '' ? null : (
            <Copy text={() => text} label={`Copy the answer of ${model}`} />
          )}
        </div>
        <p className="panel-note" title={answeredBy ?? undefined}>
          {answeredBy === null || answeredBy === model ? '\u00a0' : `answered by ${answeredBy}`}
        </p>
      </header>
      <Facts run={run} best={best} />
      <div className="answer-words">
        {fault === null ? null : <Fault fault={fault} />}
        {reasoning === '' ? null : (
          <details open={text === ''}>
            <summary>Reasoning</summary>
            <p className="words" dir="auto">
              {reasoning}
            </p>
          </details>
        )}
        {text === '' ? (
          state === 'asking' ? (
            <p className="faint-text">Waiting for the first token</p>
          ) : state === 'stopped' ? (
            <p className="faint-text">Stopped before the first token.</p>
          ) : state === 'done' && reasoning === '' ? (
            <p className="faint-text">The answer is empty.</p>
          ) : null
        ) : (
          <p className="words" dir="auto">
            {text}
          </p>
        )}
      </div>
      <footer>
        {head?.adapted === null || head?.adapted === undefined ? null : (
          <span className="faint-text" title="Parameters renamed, clamped or left out">
            adapted: {head.adapted}
          </span>
        )}
        {requestId === null ? null : booked === null ? (
          <span className="faint-text">
            {run.unbooked ? 'Not on the ledger yet' : 'Being booked'}
          </span>
        ) : (
          <Link to={pathTo(`/calls/${requestId}`)}>The call</Link>
        )}
      </footer>
    </section>
  )
}

const states = {
  asking: ['info', 'asking'],
  speaking: ['info', 'answering'],
  done: ['good', 'done'],
  stopped: ['warning', 'stopped'],
  failed: ['bad', 'failed'],
} satisfies Record<Run['state'], readonly [Tone, string]>

function State({ run: { state, finish } }: { readonly run: Run }) {
  const [tone, word] = states[state]
  if (state === 'done' && finish !== null && finish !== 'stop')
    return <Tag tone="warning">{finish === 'length' ? 'cut at its length' : finish}</Tag>
  return <Tag tone={tone}>{word}</Tag>
}

function Facts({
  run,
  best,
}: {
  readonly run: Run
  readonly best: { readonly first: string | null; readonly cheap: string | null }
}) {
  const { model, usage, totalUs, booked, head } = run
  const first = firstUs(run)
  const output = usage?.completion_tokens ?? null
  const attempts = booked?.attempts.length ?? head?.attempts ?? null
  const isOpen = run.state === 'asking' || run.state === 'speaking'
  return (
    <dl className="answer-facts">
      <div>
        <dt>Cost{best.cheap === model ? <Best word="least" /> : null}</dt>
        <dd className="figure">
          {booked !== null ? (
            <Money usd={booked.cost_usd} />
          ) : isOpen || !run.unbooked ? (
            '…'
          ) : (
            unknown
          )}
        </dd>
      </div>
      <div>
        <dt>First token{best.first === model ? <Best word="first" /> : null}</dt>
        <dd className="figure">{first === null && isOpen ? '…' : duration(first)}</dd>
      </div>
      <div>
        <dt>Total</dt>
        <dd className="figure">{totalUs === null ? '…' : duration(totalUs)}</dd>
      </div>
      <div>
        <dt>Tokens in, out</dt>
        <dd className="figure">
          {usage === null
            ? isOpen
              ? '…'
              : unknown
            : `${count(usage.prompt_tokens ?? null)}, ${count(output)}`}
        </dd>
      </div>
      <div>
        <dt>Tokens a second</dt>
        <dd className="figure">{speedText(output, first, totalUs)}</dd>
      </div>
      <div>
        <dt>Attempts</dt>
        <dd className="figure">{attempts === null && isOpen ? '…' : count(attempts)}</dd>
      </div>
    </dl>
  )
}

function Best({ word }: { readonly word: string }) {
  return <span className="best-word"> {word}</span>
}

/** As the ledger has it; until then as this browser saw it, which is later by the way in between. */
export function firstUs({ booked, firstUs: seen }: Run): number | null {
  const served = booked?.attempts.findLast(({ timings_us: { first_content: at } }) => at !== null)
  const { queue, first_content: content } = served?.timings_us ?? {}
  return content === undefined || content === null ? seen : (queue ?? 0) + content
}

/** Tokens a second from the first of them; of a few it says nothing. */
function speedText(output: number | null, first: number | null, total: number | null): string {
  if (output === null || first === null || total === null) return unknown
  if (output < 10 || total <= first) return unknown
  return count(output / ((total - first) / 1_000_000))
}
