import { useState } from 'react'
import type { KeyJson } from '../../../src/server/contract/keys.ts'
import type { BudgetJson } from '../../../src/server/contract/overview.ts'
import { Button } from '../../parts/button.tsx'
import { Money, When } from '../../parts/figures.tsx'
import { count, money, percent } from '../../parts/format.ts'
import { Checkbox } from '../../parts/field.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { useIsAdmin } from '../../state/session.ts'
import { ChangeCap, CreateKey, RevokeKey } from './key-dialogs.tsx'

type Open = 'create' | { readonly cap: KeyJson } | { readonly revoke: KeyJson } | null

/** Who may spend how much, how much of it is left, and the keys by which it is spent. */
export function Budgets() {
  const isAdmin = useIsAdmin()
  const budgets = useAsk('/api/budgets', { everyMs: 15_000 })
  const keys = useAsk('/api/keys')
  const [open, setOpen] = useState<Open>(null)
  const changed = (): void => {
    keys.again()
    budgets.again()
  }
  const close = (): void => setOpen(null)
  return (
    <div className="stack">
      <Panel
        title="Budgets"
        note="Each holds under any number of calls at once: the most that a call may cost is set aside before a provider is asked."
        flush
      >
        {budgets.fault === null ? null : <Fault fault={budgets.fault} again={budgets.again} />}
        {budgets.answer === null ? (
          budgets.fault === null ? (
            <Skeleton lines={4} />
          ) : null
        ) : (
          <BudgetTable budgets={budgets.answer.budgets} />
        )}
      </Panel>
      <Panel
        title="Keys"
        flush
        aside={
          isAdmin ? (
            <Button kind="primary" icon="plus" onClick={() => setOpen('create')}>
              New key
            </Button>
          ) : undefined
        }
      >
        {keys.fault === null ? null : <Fault fault={keys.fault} again={keys.again} />}
        {keys.answer === null ? (
          keys.fault === null ? (
            <Skeleton lines={4} />
          ) : null
        ) : (
          <KeyTable keys={keys.answer.keys} isAdmin={isAdmin} onOpen={setOpen} />
        )}
      </Panel>
      {open === 'create' ? <CreateKey onClose={close} onMade={changed} /> : null}
      {open !== null && typeof open === 'object' && 'cap' in open ? (
        <ChangeCap of={open.cap} onClose={close} onChanged={changed} />
      ) : null}
      {open !== null && typeof open === 'object' && 'revoke' in open ? (
        <RevokeKey of={open.revoke} onClose={close} onRevoked={changed} />
      ) : null}
    </div>
  )
}

const shownMax = 10

function BudgetTable({ budgets }: { readonly budgets: readonly BudgetJson[] }) {
  const [all, setAll] = useState(false)
  return (
    <>
      <Table<BudgetJson>
        label="Budgets"
        rows={all ? budgets : budgets.slice(0, shownMax)}
        keyOf={({ scope, value, per }) => `${scope} ${value} ${per}`}
        empty={
          <Empty title="Nobody has a budget">
            Keys, customers, features, tasks and providers may have one: give a new key its own
            here, or write <code>budget</code> in the configuration.
          </Empty>
        }
        columns={[
          {
            title: 'Of',
            cell: ({ scope, value }) => (
              <span title={value}>
                {value} <span className="faint-text">{scope}</span>
              </span>
            ),
          },
          {
            title: 'Used',
            width: '26%',
            cell: ({ share }) => (
              <span className="used">
                <span className="ratio-track" aria-hidden="true">
                  <span
                    className={`ratio-bar ${share >= 1 ? 'full' : share >= 0.75 ? 'near' : ''}`}
                    style={{ inlineSize: `${Math.min(1, Math.max(0, share)) * 100}%` }}
                  />
                </span>
                <span className="figure">{percent(share)}</span>
              </span>
            ),
          },
          {
            title: 'Spent',
            align: 'right',
            cell: ({ spent_usd: usd, cost_unknown: without }) => (
              <>
                {without === 0 ? null : (
                  <span
                    className="faint-text"
                    title={`The cost of ${count(without)} further attempts is not known`}
                  >
                    ≥{' '}
                  </span>
                )}
                <Money usd={usd} />
              </>
            ),
          },
          { title: 'Limit', align: 'right', cell: ({ limit_usd: usd }) => <Money usd={usd} /> },
          {
            title: 'Left',
            align: 'right',
            wideOnly: true,
            cell: ({ limit_usd: limit, spent_usd: spent }) => money(Number(limit) - Number(spent)),
          },
          { title: 'Per', cell: ({ per }) => per },
          {
            title: 'Begins anew',
            wideOnly: true,
            cell: ({ until }) =>
              until === null ? <span className="faint-text">never</span> : <When at={until} />,
          },
        ]}
      />
      {all || budgets.length <= shownMax ? null : (
        <div className="money-foot">
          <span className="faint-text">
            The fullest {count(shownMax)} of {count(budgets.length)}.
          </span>
          <Button onClick={() => setAll(true)}>Show all</Button>
        </div>
      )}
    </>
  )
}

/** '50 USD' of a key that was made, '$50' of one in the file. */
function amountOf(limit: string): string {
  return limit.replaceAll(/[^0-9.]/g, '')
}

function KeyTable({
  keys,
  isAdmin,
  onOpen,
}: {
  readonly keys: readonly KeyJson[]
  readonly isAdmin: boolean
  readonly onOpen: (open: Open) => void
}) {
  const [revoked, setRevoked] = useState(false)
  const gone = keys.filter(({ revoked_at: at }) => at !== null).length
  const shown = revoked ? keys : keys.filter(({ revoked_at: at }) => at === null)
  return (
    <>
      <Table<KeyJson>
        label="Keys"
        rows={shown}
        keyOf={({ id, source, created_at: at }) => `${id} ${source} ${at ?? ''}`}
        empty={<Empty title="There is no key">Every caller needs one: make the first.</Empty>}
        columns={[
          {
            title: 'Name',
            cell: ({ id, hint }) => (
              <>
                {id} {hint === null ? null : <code className="faint-text">{hint}…</code>}
              </>
            ),
          },
          {
            title: 'Role',
            cell: ({ role }) => <Tag tone={role === 'admin' ? 'info' : 'plain'}>{role}</Tag>,
          },
          {
            title: 'Budget',
            align: 'right',
            cell: ({ budget }) =>
              budget === null ? (
                <span className="faint-text">none</span>
              ) : (
                <span className="figure">
                  {money(amountOf(budget.limit))}{' '}
                  <span className="faint-text">per {budget.per}</span>
                </span>
              ),
          },
          {
            title: 'Tasks',
            wideOnly: true,
            cell: ({ tasks }) =>
              tasks === null ? <span className="faint-text">all</span> : tasks.join(', '),
          },
          {
            title: 'Environment',
            wideOnly: true,
            cell: ({ env }) => env ?? <span className="faint-text">none</span>,
          },
          {
            title: 'Made',
            wideOnly: true,
            cell: ({ source, created_at: at }) =>
              source === 'file' ? (
                <span className="faint-text">in the configuration</span>
              ) : (
                <When at={at} style="date" />
              ),
          },
          {
            title: '\u00a0',
            align: 'right',
            cell: (key) =>
              key.revoked_at !== null ? (
                <Tag>
                  revoked <When at={key.revoked_at} style="date" />
                </Tag>
              ) : !isAdmin || key.source === 'file' ? null : (
                <span className="row-actions">
                  <Button
                    label={`Change the budget of ${key.id}`}
                    onClick={() => onOpen({ cap: key })}
                  >
                    Budget
                  </Button>
                  <Button
                    kind="danger"
                    label={`Revoke ${key.id}`}
                    onClick={() => onOpen({ revoke: key })}
                  >
                    Revoke
                  </Button>
                </span>
              ),
          },
        ]}
      />
      {gone === 0 ? null : (
        <div className="money-foot">
          <Checkbox label={`Show ${count(gone)} revoked`} checked={revoked} onChange={setRevoked} />
        </div>
      )}
    </>
  )
}
