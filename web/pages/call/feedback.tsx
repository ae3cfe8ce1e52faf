import { type FormEvent, useState } from 'react'
import type { WholeCallJson } from '../../../src/server/contract/calls.ts'
import { Button } from '../../parts/button.tsx'
import { TextArea } from '../../parts/field.tsx'
import { When } from '../../parts/figures.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Fault, Tag } from '../../parts/states.tsx'
import { Choice } from '../../parts/tabs.tsx'
import { useSend } from '../../state/ask.ts'
import { useIsAdmin } from '../../state/session.ts'

/** What became of the answer, and what it should have been. */
export function Feedback({
  call,
  again,
}: {
  readonly call: WholeCallJson
  readonly again: () => void
}) {
  const isAdmin = useIsAdmin()
  return (
    <Panel title="Feedback">
      {call.feedback.length === 0 ? (
        <p className="faint-text">Nobody has said yet what became of this answer.</p>
      ) : (
        <ul className="feedback">
          {call.feedback.map((each) => (
            <li key={each.id}>
              <p className="feedback-head">
                {each.score === null ? null : (
                  <Tag tone={each.score >= 0.5 ? 'good' : 'bad'}>
                    {each.score === 1 ? 'right' : each.score === 0 ? 'wrong' : String(each.score)}
                  </Tag>
                )}
                {each.label === null ? null : <Tag>{each.label}</Tag>}
                <span className="faint-text">
                  {each.name}, {each.source.replaceAll('_', ' ')}, key {each.key},{' '}
                  <When at={each.at} />
                </span>
              </p>
              {each.comment === null ? null : <p className="words">{each.comment}</p>}
              {each.correction === null ? null : (
                <p className="words">
                  <span className="faint-text">Should have been: </span>
                  {typeof each.correction === 'string'
                    ? each.correction
                    : JSON.stringify(each.correction)}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      {isAdmin && call.ok ? <Form id={call.id} again={again} /> : null}
    </Panel>
  )
}

type Verdict = 'none' | 'right' | 'wrong'

function Form({ id, again }: { readonly id: string; readonly again: () => void }) {
  const [verdict, setVerdict] = useState<Verdict>('none')
  const [comment, setComment] = useState('')
  const [correction, setCorrection] = useState('')
  const sending = useSend('POST /api/feedback')
  const isEmpty = verdict === 'none' && comment.trim() === '' && correction.trim() === ''
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const kept = await sending.start({
      call_id: id,
      source: 'human',
      ...(verdict === 'none' ? {} : { score: verdict === 'right' ? 1 : 0 }),
      ...(comment.trim() === '' ? {} : { comment: comment.trim() }),
      ...(correction.trim() === '' ? {} : { correction: correction.trim() }),
    })
    if (kept === null) return
    setVerdict('none')
    setComment('')
    setCorrection('')
    again()
  }
  return (
    <form className="feedback-form" onSubmit={(event) => void submit(event)}>
      <Choice
        label="Verdict"
        value={verdict}
        onChange={setVerdict}
        options={[
          ['none', 'No verdict'],
          ['right', 'Right'],
          ['wrong', 'Wrong'],
        ]}
      />
      <TextArea label="Comment" rows={2} value={comment} onChange={setComment} />
      <TextArea
        label="What it should have been"
        rows={2}
        value={correction}
        onChange={setCorrection}
        hint="Becomes the expected answer when this call is made a case of an evaluation."
      />
      {sending.fault === null ? null : <Fault fault={sending.fault} />}
      <Button type="submit" busy={sending.busy} disabled={isEmpty}>
        Keep this
      </Button>
    </form>
  )
}
