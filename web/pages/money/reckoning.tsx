import type { ReactNode } from 'react'
import { Panel } from '../../parts/panel.tsx'
import { Fault, Skeleton } from '../../parts/states.tsx'
import type { Asked } from '../../state/ask.ts'

/** What comes of a question that is still being changed: the last outcome stays, faint, while the next is on its way. */
export function Reckoning<Answer>({
  asked,
  isWhole,
  title,
  empty,
  children,
}: {
  readonly asked: Asked<Answer>
  /** Enough is said to be asked. */
  readonly isWhole: boolean
  /** Of the panel that says what is wanted, until then. */
  readonly title: string
  readonly empty: ReactNode
  readonly children: (answer: Answer) => ReactNode
}) {
  const { answer, fault, again, pending } = asked
  return (
    <div className="stack">
      {fault === null ? null : <Fault fault={fault} again={again} />}
      {!isWhole ? (
        <Panel title={title}>{empty}</Panel>
      ) : answer === null ? (
        fault === null ? (
          <Skeleton height={520} />
        ) : null
      ) : (
        <div className={pending ? 'stack reckoning' : 'stack'} aria-busy={pending || undefined}>
          {children(answer)}
        </div>
      )}
    </div>
  )
}
