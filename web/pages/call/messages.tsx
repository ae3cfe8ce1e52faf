import { useState } from 'react'
import type { WholeCallJson } from '../../../src/server/contract/calls.ts'
import { Button } from '../../parts/button.tsx'
import { count } from '../../parts/format.ts'
import { type TalkPart, type Turn, turnsOfAnswer, turnsOfRequest } from './talk.ts'

/** Of a text that is longer the rest is shown when somebody asks for it: a call may have 5 MB. */
const shownCharacters = 4_000
/** Of a conversation that is longer the middle is left out until somebody asks for it. */
const shownTurns = 24

/** The conversation, as text. Nothing that was said becomes markup. */
export function Messages({ call }: { readonly call: WholeCallJson }) {
  const [all, setAll] = useState(false)
  const asked = turnsOfRequest(call.request)
  const answers = Object.entries(call.answers).flatMap(([attempt, answer]) =>
    turnsOfAnswer(answer).map((turn) => ({ turn, attempt })),
  )
  const hidden = all ? 0 : Math.max(0, asked.length - shownTurns)
  return (
    <div className="talk">
      {asked.slice(0, hidden === 0 ? asked.length : shownTurns / 2).map((turn, index) => (
        <TurnText key={index} turn={turn} />
      ))}
      {hidden === 0 ? null : (
        <Button onClick={() => setAll(true)}>Show {count(hidden)} more turns</Button>
      )}
      {hidden === 0
        ? null
        : asked.slice(-shownTurns / 2).map((turn, index) => <TurnText key={index} turn={turn} />)}
      {answers.map(({ turn, attempt }, index) => (
        <TurnText
          key={`answer ${index}`}
          turn={turn}
          answer={call.attempts.length > 1 ? `answer of attempt ${attempt}` : 'answer'}
        />
      ))}
      {answers.length === 0 ? (
        <p className="faint-text">
          {call.payload_note === null
            ? 'No answer was given.'
            : `What was answered is not here: ${call.payload_note}.`}
        </p>
      ) : null}
    </div>
  )
}

function TurnText({ turn, answer }: { readonly turn: Turn; readonly answer?: string }) {
  return (
    <section className={answer === undefined ? 'turn' : 'turn answer'}>
      <h3>{answer ?? turn.role}</h3>
      {turn.parts.map((part, index) => (
        <PartText key={index} part={part} />
      ))}
    </section>
  )
}

function PartText({ part: { kind, name, text } }: { readonly part: TalkPart }) {
  const [whole, setWhole] = useState(false)
  const isLong = text.length > shownCharacters && !whole
  return (
    <div className={`said ${kind.replace(' ', '-')}`}>
      {kind === 'text' ? null : (
        <p className="said-kind">
          {kind}
          {name === null ? '' : ` · ${name}`}
        </p>
      )}
      <div className={kind === 'text' || kind === 'reasoning' ? 'words' : 'words mono'} dir="auto">
        {isLong ? `${text.slice(0, shownCharacters)}…` : text}
      </div>
      {isLong ? (
        <Button kind="quiet" onClick={() => setWhole(true)}>
          Show all {count(text.length)} characters
        </Button>
      ) : null}
    </div>
  )
}
