import type {
  EvalAnswerJson,
  EvalCaseJson,
  EvalRunJson,
} from '../../../src/server/contract/evals.ts'
import { Link } from '../../parts/button.tsx'
import { Diff } from '../../parts/diff.tsx'
import { Checkbox } from '../../parts/field.tsx'
import { Money } from '../../parts/figures.tsx'
import { count, duration, percent, unknown } from '../../parts/format.ts'
import { Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo, useParam } from '../../state/location.ts'
import { turnsOfRequest } from '../call/talk.ts'

/** What was asked, and what two models made of it. Nothing that was said becomes markup. */
export function OneCase({
  run,
  at,
  models,
}: {
  readonly run: EvalRunJson
  readonly at: number
  readonly models: readonly string[]
}) {
  const { answer, fault, again } = useAsk('/api/evals/*/case', { rest: run.id, query: { at } })
  const [asked, setAsked] = useParam('diff')
  const isDiff = asked !== 'off' && models.length > 1
  if (fault !== null) return <Fault fault={fault} again={again} />
  if (answer === null) return <Skeleton height={360} />
  if (answer.erased === true)
    return <p className="faint-text">What was said in this case was erased with its customer.</p>
  const answers = models.map((model) => answer.answers.filter((each) => each.model === model))
  return (
    <div className="stack">
      <Asked of={answer} />
      {models.length < 2 ? null : (
        <Checkbox
          label={`Mark what ${models[1]} says otherwise than ${models[0]}`}
          checked={isDiff}
          onChange={(on) => setAsked(on ? null : 'off')}
        />
      )}
      <div className="case-answers">
        {models.map((model, index) => (
          <section key={model} aria-label={`Answers of ${model}`}>
            <h3 title={model}>{model}</h3>
            {answers[index]!.length === 0 ? <p className="faint-text">It was not asked.</p> : null}
            {answers[index]!.map((each) => (
              <Answer
                key={each.repeat}
                of={each}
                isOne={answers[index]!.length === 1}
                before={
                  isDiff && index > 0
                    ? (wordsOf(answers[0]!.find(({ repeat }) => repeat === each.repeat)) ?? null)
                    : null
                }
              />
            ))}
          </section>
        ))}
      </div>
    </div>
  )
}

function wordsOf(each: EvalAnswerJson | undefined): string | undefined {
  return each?.answer === undefined ? undefined : (each.answer.refusal ?? each.answer.text)
}

function Asked({ of: { messages, expected, vars } }: { readonly of: EvalCaseJson }) {
  const turns = turnsOfRequest({ messages })
  const names = Object.keys(vars)
  return (
    <div className="talk">
      {turns.map(({ role, parts }, index) => (
        <section key={index} className="turn">
          <h3>{role}</h3>
          {parts.map(({ text }, at) => (
            <div key={at} className="words" dir="auto">
              {text}
            </div>
          ))}
        </section>
      ))}
      {expected === undefined ? null : (
        <section className="turn">
          <h3>expected</h3>
          <div className="words" dir="auto">
            {typeof expected === 'string' ? expected : JSON.stringify(expected, null, 2)}
          </div>
        </section>
      )}
      {names.length === 0 ? null : <p className="faint-text">Filled in: {names.join(', ')}</p>}
    </div>
  )
}

function Answer({
  of: each,
  before,
  isOne,
}: {
  readonly of: EvalAnswerJson
  readonly before: string | null
  readonly isOne: boolean
}) {
  const { answer, grade, failure, repeat } = each
  const words = wordsOf(each) ?? ''
  return (
    <article className="case-answer">
      <p className="case-grade">
        {isOne ? null : <span className="faint-text">time {repeat}</span>}
        {grade === undefined ? null : (
          <Tag tone={grade.passed === null ? 'plain' : grade.passed ? 'good' : 'bad'}>
            {grade.passed === null ? 'no verdict' : grade.passed ? 'passed' : 'failed'}
            {grade.score === null ? '' : ` · ${percent(grade.score)}`}
          </Tag>
        )}
        {answer?.refusal ? <Tag tone="warning">refused</Tag> : null}
      </p>
      {failure === null ? null : <p className="bad-text">Nobody answered: {failure}</p>}
      {answer === undefined ? null : before === null ? (
        <div className="words" dir="auto">
          {words === '' ? <span className="faint-text">nothing was said</span> : words}
        </div>
      ) : (
        <Diff before={before} after={words} />
      )}
      <ul className="checks">
        {grade?.checks.map(({ name, passed, score, why, details }, index) => (
          <li key={`${name} ${index}`}>
            <Tag tone={passed === null ? 'plain' : passed ? 'good' : 'bad'}>{name}</Tag>{' '}
            <span className="figure">{score === null ? unknown : percent(score)}</span>{' '}
            <span className="faint-text">{why}</span>
            {(details ?? []).slice(0, 8).map(({ where, expected, found }) => (
              <div key={where} className="check-detail mono">
                {where}: {expected} → {found}
              </div>
            ))}
          </li>
        ))}
      </ul>
      {answer === undefined ? null : (
        <p className="faint-text">
          {answer.answered_by ?? unknown} · {count(answer.input_tokens)} in,{' '}
          {count(answer.output_tokens)} out · <Money usd={answer.cost_usd} /> ·{' '}
          {duration(answer.latency_ms * 1_000)}
          {answer.call_id === null ? null : (
            <>
              {' '}
              · <Link to={pathTo(`/calls/${answer.call_id}`)}>the call</Link>
            </>
          )}
        </p>
      )}
    </article>
  )
}
