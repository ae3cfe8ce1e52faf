import { useMemo } from 'react'
import type { EvalCaseRowJson, EvalRunWholeJson } from '../../../src/server/contract/evals.ts'
import { Button } from '../../parts/button.tsx'
import { Select } from '../../parts/field.tsx'
import { count, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Tag } from '../../parts/states.tsx'
import { Choice } from '../../parts/tabs.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { useKeys } from '../../state/keys.ts'
import { useParam } from '../../state/location.ts'
import { OneCase } from './one-case.tsx'
import { points } from './verdict.tsx'

type Which = 'differ' | 'worse' | 'better' | 'missing' | 'all'

const which: readonly (readonly [Which, string])[] = [
  ['differ', 'Differ'],
  ['worse', 'Worse'],
  ['better', 'Better'],
  ['missing', 'No verdict'],
  ['all', 'All'],
]

interface Row {
  /** From 1, as /api counts them. */
  readonly at: number
  readonly each: EvalCaseRowJson
  readonly one: number | null
  readonly other: number | null
}

const shownMax = 200

/** Case by case: where two models part, and what they said. J and K go from one to the next. */
export function Cases({ run }: { readonly run: EvalRunWholeJson }) {
  const names = run.models.map(({ model }) => model)
  const [otherAsked, setOther] = useParam('with')
  const [whichAsked, setWhich] = useParam('cases')
  const [caseAsked, setCase] = useParam('case')
  const other = Math.max(1, names.indexOf(otherAsked ?? ''))
  const isPair = names.length > 1
  const shown = which.find(([name]) => name === whichAsked)?.[0] ?? (isPair ? 'differ' : 'all')
  const rows = useMemo(() => rowsOf(run, isPair ? other : 0), [run, other, isPair])
  const counts = useMemo(
    () => new Map(which.map(([name]) => [name, rows.filter((row) => fits(row, name)).length])),
    [rows],
  )
  const fitting = rows.filter((row) => fits(row, shown))
  const open = rows.find(({ at }) => at === Number(caseAsked)) ?? null
  const step = (by: 1 | -1): void => {
    const index = fitting.findIndex(({ at }) => at === open?.at)
    const next = open === null ? fitting[0] : fitting[index + by]
    if (next !== undefined) setCase(String(next.at))
  }
  useKeys((key) => {
    if (key === 'j') step(1)
    else if (key === 'k') step(-1)
    else if (key === 'Escape' && open !== null) setCase(null)
    else return false
    return true
  })
  const columns: Column<Row>[] = [
    {
      title: 'Case',
      cell: ({ at, each }) => (
        <button
          type="button"
          className="row-button"
          onClick={() => setCase(String(at))}
          title={each.description ?? each.id}
        >
          {each.id}
          {each.description === null ? null : (
            <span className="faint-text"> {each.description}</span>
          )}
        </button>
      ),
    },
    { title: names[0] ?? 'Model', align: 'right', cell: ({ one }) => <Value of={one} /> },
    ...(isPair
      ? [
          {
            title: names[other]!,
            align: 'right' as const,
            cell: ({ other: value }: Row) => <Value of={value} />,
          },
          {
            title: 'Difference',
            align: 'right' as const,
            cell: ({ one, other: value }: Row) =>
              one === null || value === null ? (
                <span className="unknown">–</span>
              ) : (
                <span
                  className={
                    value < one
                      ? 'figure loss'
                      : value > one
                        ? 'figure good-text'
                        : 'figure faint-text'
                  }
                >
                  {points(value - one)}
                </span>
              ),
          },
        ]
      : []),
  ]
  return (
    <Panel
      title="Cases"
      flush
      aside={
        <>
          {names.length > 2 ? (
            <Select
              label="Compared with the first"
              bare
              value={names[other]!}
              onChange={(value) => setOther(value === names[1] ? null : value)}
              options={names.slice(1).map((name) => [name, name])}
            />
          ) : null}
          <Choice
            label="Which cases"
            value={shown}
            options={which
              .filter(([name]) => isPair || name === 'all' || name === 'missing')
              .map(([name, title]) => [name, `${title} ${count(counts.get(name) ?? 0)}`] as const)}
            onChange={setWhich}
          />
        </>
      }
    >
      <div className={open === null ? undefined : 'cases-open'}>
        <div className="cases-list">
          <Table<Row>
            label="Cases"
            rows={fitting.slice(0, shownMax)}
            keyOf={({ at }) => String(at)}
            current={open === null ? null : String(open.at)}
            columns={columns}
            empty={<p className="panel-line faint-text">{empty[shown]}</p>}
          />
          {fitting.length > shownMax ? (
            <p className="panel-line faint-text">
              The first {count(shownMax)} of {count(fitting.length)}; J and K go through all of
              them.
            </p>
          ) : null}
        </div>
        {open === null ? null : (
          <div className="case-open">
            <div className="case-tools">
              <strong>{open.each.id}</strong>
              <Button icon="left" label="The case before (K)" onClick={() => step(-1)} />
              <Button icon="right" label="The next case (J)" onClick={() => step(1)} />
              <Button icon="close" kind="quiet" label="Close" onClick={() => setCase(null)} />
            </div>
            <OneCase
              key={open.at}
              run={run}
              at={open.at}
              models={isPair ? [names[0]!, names[other]!] : names.slice(0, 1)}
            />
          </div>
        )}
      </div>
    </Panel>
  )
}

const empty = {
  differ: 'On no case do the two differ.',
  worse: 'On no case is it worse than the first.',
  better: 'On no case is it better than the first.',
  missing: 'Every case has a verdict.',
  all: 'The run has no case.',
} as const satisfies Record<Which, string>

function rowsOf({ rows }: EvalRunWholeJson, other: number): readonly Row[] {
  return rows.map((each, index) => ({
    at: index + 1,
    each,
    one: each.values[0] ?? null,
    other: each.values[other] ?? null,
  }))
}

function fits({ one, other }: Row, shown: Which): boolean {
  if (shown === 'all') return true
  if (shown === 'missing') return one === null || other === null
  if (one === null || other === null) return false
  return shown === 'differ' ? one !== other : shown === 'worse' ? other < one : other > one
}

function Value({ of }: { readonly of: number | null }) {
  if (of === null) return <Tag>no verdict</Tag>
  return <span className="figure">{percent(of)}</span>
}
