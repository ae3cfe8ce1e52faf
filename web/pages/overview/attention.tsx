import type { ReactNode } from 'react'
import type { CostsJson } from '../../../src/server/contract/costs.ts'
import type { BudgetJson } from '../../../src/server/contract/overview.ts'
import type { StatusJson } from '../../../src/server/contract/status.ts'
import { Link } from '../../parts/button.tsx'
import { Ago, Money, When } from '../../parts/figures.tsx'
import { bytes, count, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Fault, Skeleton, Tag, type Tone } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { type Range, spanOf } from '../../state/range.ts'

interface Item {
  readonly key: string
  readonly tone: Tone
  readonly word: string
  readonly text: ReactNode
  readonly aside?: ReactNode
}

/** A budget is shown from here on; the gateway's own alarm comes later. */
const nearShare = 0.75
const shownMax = 8

/** What wants a hand, the worst first. Nothing is a good answer, and is said. */
export function Attention({
  costs,
  range,
}: {
  readonly costs: CostsJson | null
  readonly range: Range
}) {
  const alarms = useAsk('/api/alarms', { everyMs: 15_000 })
  const budgets = useAsk('/api/budgets', { everyMs: 60_000 })
  const status = useAsk('/api/status', { everyMs: 15_000 })
  const overview = useAsk('/api/overview', { query: spanOf(range) })
  const fault = alarms.fault ?? budgets.fault ?? status.fault ?? overview.fault
  const isWhole =
    alarms.answer !== null &&
    budgets.answer !== null &&
    status.answer !== null &&
    overview.answer !== null
  const items: Item[] = [
    ...(alarms.answer?.alarms ?? []).map((alarm): Item => ({
      key: `alarm ${alarm.kind} ${alarm.subject}`,
      tone:
        alarm.severity === 'critical' ? 'bad' : alarm.severity === 'warning' ? 'warning' : 'info',
      word: alarm.severity,
      text: alarm.text,
      aside: (
        <>
          {alarm.count > 1 ? `${count(alarm.count)} times · ` : ''}
          <Ago at={alarm.last_at} />
        </>
      ),
    })),
    ...(status.answer === null ? [] : refusalsOf(status.answer)),
    ...(budgets.answer?.budgets ?? []).filter(({ share }) => share >= nearShare).map(budgetItem),
    ...(overview.answer?.ending ?? []).map(({ task, model, shutdown }): Item => ({
      key: `ending ${task} ${model}`,
      tone: Date.parse(shutdown) - Date.now() < 30 * 86_400_000 ? 'bad' : 'warning',
      word: 'ending',
      text: (
        <>
          <strong>{model}</strong> behind the task{' '}
          <Link to={pathTo(`/tasks/${encodeURIComponent(task)}`)}>{task}</Link> will be shut down
        </>
      ),
      aside: <When at={shutdown} style="date" />,
    })),
    ...(costs !== null && costs.total.cost_unknown > 0
      ? [unknownItem(costs.total.cost_unknown)]
      : []),
  ]
  const sorted = items.toSorted((left, right) => rank(left.tone) - rank(right.tone))
  return (
    <div className="attention">
      <Panel
        title="Needs attention"
        aside={
          isWhole && sorted.length > 0 ? (
            <Tag tone={sorted[0]!.tone}>{count(sorted.length)}</Tag>
          ) : undefined
        }
        flush
      >
        {fault === null ? null : <Fault fault={fault} />}
        {isWhole ? (
          <ul className="attention-list">
            {sorted.length === 0 ? (
              <li>
                <Tag tone="good">all well</Tag>
                <span className="attention-text">
                  No alarm is open, {costs === null ? 'and ' : ''}no budget is near its end
                  {costs === null ? '' : ', and every call has a price'}.
                </span>
              </li>
            ) : (
              sorted.slice(0, shownMax).map(({ key, tone, word, text, aside }) => (
                <li key={key}>
                  <Tag tone={tone}>{word}</Tag>
                  <span className="attention-text">{text}</span>
                  <span className="attention-aside">{aside}</span>
                </li>
              ))
            )}
            {sorted.length > shownMax ? (
              <li className="faint-text">and {count(sorted.length - shownMax)} more</li>
            ) : null}
          </ul>
        ) : fault === null ? (
          <Skeleton height={37} />
        ) : null}
        {status.answer === null ? null : <LedgerLine ledger={status.answer.ledger} />}
      </Panel>
    </div>
  )
}

function rank(tone: Tone): number {
  return ['bad', 'warning', 'info', 'plain', 'good'].indexOf(tone)
}

function refusalsOf({ config, resting }: StatusJson): readonly Item[] {
  return [
    ...config.refused.map((text): Item => ({
      key: `refused ${text}`,
      tone: 'warning',
      word: 'configuration',
      text: `The file as it stands was refused, and the one before it is in force: ${text}`,
    })),
    ...resting.map(({ subject, cause, wait_ms: waitMs }): Item => ({
      key: `resting ${subject} ${cause}`,
      tone: 'warning',
      word: 'resting',
      text: (
        <>
          <strong>{subject}</strong> is <Link to={pathTo('/providers')}>left alone</Link>:{' '}
          {causes[cause]}
        </>
      ),
      aside: `${Math.ceil(waitMs / 1_000)} s`,
    })),
  ]
}

const causes = {
  failing: 'too many of its answers failed',
  rate: 'it asked for slower calls',
  key: 'it refused its key',
  quota: 'its quota is used up',
  arrears: 'its bill is not paid',
} satisfies Record<StatusJson['resting'][number]['cause'], string>

function budgetItem({ scope, value, share, spent_usd, limit_usd, per, until }: BudgetJson): Item {
  return {
    key: `budget ${scope} ${value} ${per}`,
    tone: share >= 1 ? 'bad' : 'warning',
    word: 'budget',
    text: (
      <>
        The {scope} <strong>{value}</strong> has spent {percent(share)} of{' '}
        <Link to={pathTo('/money', { tab: 'budgets' })}>its budget</Link>: <Money usd={spent_usd} />{' '}
        of <Money usd={limit_usd} />
      </>
    ),
    aside:
      until === null ? (
        'in total'
      ) : (
        <>
          until <When at={until} />
        </>
      ),
  }
}

function unknownItem(attempts: number): Item {
  return {
    key: 'unknown prices',
    tone: 'warning',
    word: 'no price',
    text: (
      <>
        {count(attempts)} attempts of this time have no known cost, and are in no sum.{' '}
        <Link to={pathTo('/calls', { cost: 'unknown' })}>Look at the calls</Link>, and name their
        models under <code>prices</code>.
      </>
    ),
  }
}

/** Whether the ledger has all of it: said also when it has. */
function LedgerLine({ ledger }: { readonly ledger: StatusJson['ledger'] }) {
  const { rows, behind_bytes: behind, journal_faults: faults, payloads_dropped: dropped } = ledger
  const facts = [
    `${count(rows)} rows`,
    behind === 0 ? 'nothing waits in the journal' : `${bytes(behind)} wait in the journal`,
    faults === 0 ? 'no fault in the journal' : `${count(faults)} faults in the journal`,
    ...(dropped === 0 ? [] : [`${count(dropped)} payloads were not kept`]),
    ...(ledger.disk_free_bytes === null ? [] : [`${bytes(ledger.disk_free_bytes)} of disk free`]),
  ]
  return <p className="attention-ledger">Ledger: {facts.join(' · ')}</p>
}
