import type { EvalRunJson } from '../../../src/server/contract/evals.ts'
import { Money, When } from '../../parts/figures.tsx'
import { count } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { Estimate, VerdictTag } from './verdict.tsx'

/** Runs that commands left beside the store. */
export function Runs() {
  const { answer, fault, again } = useAsk('/api/evals', { everyMs: 30_000 })
  return (
    <Panel title="Runs" flush>
      {fault === null ? null : <Fault fault={fault} again={again} />}
      {answer === null ? (
        fault === null ? (
          <Skeleton lines={6} />
        ) : null
      ) : (
        <Table<EvalRunJson>
          label="Runs"
          rows={answer.runs}
          keyOf={({ id }) => id}
          to={({ id }) => pathTo(`/evals/${id}`)}
          empty={
            <Empty title="Nothing was evaluated here yet">
              Cases and graders stand in a file, and <code>freehold eval cases.yaml</code> asks
              models and compares them. A call of the Calls page can be copied as a case. What a run
              finds stands here when it ends.
            </Empty>
          }
          columns={[
            { title: 'Cases of', cell: ({ name, file }) => <span title={file}>{name}</span> },
            { title: 'Ended', cell: ({ at }) => <When at={at} /> },
            {
              title: 'Models',
              cell: ({ models }) => (
                <span title={models.map(({ model }) => model).join(', ')}>
                  {models[0]?.model ?? 'none'}
                  {models.length > 1 ? (
                    <span className="faint-text"> and {count(models.length - 1)} more</span>
                  ) : null}
                </span>
              ),
            },
            {
              title: 'First model',
              align: 'right',
              wideOnly: true,
              cell: ({ models }) =>
                models[0] === undefined ? null : <Estimate of={models[0].score} />,
            },
            {
              title: 'The others',
              cell: ({ comparisons, conclusive }) =>
                comparisons.length === 0 ? (
                  <Tag tone={conclusive ? 'plain' : 'warning'}>
                    {conclusive ? 'not compared' : 'no verdict'}
                  </Tag>
                ) : (
                  <span className="verdicts">
                    {comparisons.slice(0, 3).map(({ model, verdict, says }) => (
                      <VerdictTag key={model} verdict={verdict} title={`${model}: ${says}`} />
                    ))}
                  </span>
                ),
            },
            { title: 'Cases', align: 'right', wideOnly: true, cell: ({ cases }) => count(cases) },
            { title: 'Spent', align: 'right', cell: ({ spent_usd: usd }) => <Money usd={usd} /> },
          ]}
        />
      )}
    </Panel>
  )
}
