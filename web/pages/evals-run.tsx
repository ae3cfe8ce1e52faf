import { useMemo } from 'react'
import type { EvalRunWholeJson } from '../../src/server/contract/evals.ts'
import { Money, When } from '../parts/figures.tsx'
import { count, percent, unknown } from '../parts/format.ts'
import { Card, PageHead, Panel } from '../parts/panel.tsx'
import { Stat } from '../parts/stat.tsx'
import { Fault, Skeleton, Tag } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useAsk } from '../state/ask.ts'
import { Cases } from './evals/cases.tsx'
import { Calibrated } from './evals/judges.tsx'
import { Estimate, points, VerdictTag, Whiskers } from './evals/verdict.tsx'

/** One run: who is good enough, by how much, and on which cases they differ. */
export function EvalRunPage({ id }: { readonly id: string }) {
  const { answer: run, fault, again } = useAsk('/api/evals/*', { rest: id })
  return (
    <>
      <PageHead title={run?.name ?? id} below={{ title: 'Evals', path: '/evals' }} />
      {fault === null ? null : <Fault fault={fault} again={again} />}
      {run === null ? fault === null ? <Skeleton height={600} /> : null : <Run run={run} />}
    </>
  )
}

function Run({ run }: { readonly run: EvalRunWholeJson }) {
  const { models, comparisons, judge } = run
  return (
    <div className="stack">
      <div className="stats" role="group" aria-label="Figures">
        <Stat label="Ended" value={<When at={run.at} />} note={run.file} />
        <Stat
          label="Cases"
          value={count(run.cases)}
          note={
            run.ungradable.length === 0 ? null : `${count(run.ungradable.length)} cannot be graded`
          }
        />
        <Stat
          label="Calls"
          value={count(run.calls)}
          note={run.kept === 0 ? null : `${count(run.kept)} kept from before`}
        />
        <Stat label="Spent" value={<Money usd={run.spent_usd} />} />
        <Stat
          label="Margin"
          value={percent(run.margin)}
          note={`no worse up to here, ${percent(run.alpha)} chance to err`}
        />
        <Stat
          label="Verdicts"
          value={
            <Tag tone={run.conclusive ? 'good' : 'warning'}>
              {run.conclusive ? 'conclusive' : 'not conclusive'}
            </Tag>
          }
        />
      </div>
      <div className="grid">
        <Card>
          <h2 className="chart-title">{run.metric === 'pass' ? 'Passed' : 'Score'}</h2>
          <p className="chart-unit">
            {judge === undefined
              ? 'mean over cases, 95 %'
              : 'with the judge’s errors reckoned out where it is calibrated, 95 %'}
          </p>
          <Whiskers
            label={run.metric === 'pass' ? 'Passed' : 'Score'}
            rows={models.map(({ model, score }) => ({
              name: model,
              mean: score.mean,
              interval: score.interval,
            }))}
            from={0}
            to={1}
            marks={[
              { at: 0, label: '0%' },
              { at: 0.5, label: '50%' },
              { at: 1, label: '100%' },
            ]}
            format={percent}
          />
        </Card>
        {comparisons.length === 0 ? null : <Differences run={run} />}
      </div>
      <Comparisons run={run} />
      <Models run={run} />
      {judge === undefined ? null : (
        <Panel title={`Judged by ${judge.judges.join(' and ')}`}>
          <Calibrated judge={judge} />
        </Panel>
      )}
      <Cases run={run} />
      {run.ungradable.length === 0 ? null : (
        <Panel title="Cases that nothing here could grade" flush>
          <Table
            label="Cases that nothing here could grade"
            rows={run.ungradable}
            keyOf={({ id }) => id}
            columns={[
              { title: 'Case', cell: ({ id }) => id },
              { title: 'Why', cell: ({ why }) => <span title={why ?? ''}>{why ?? unknown}</span> },
            ]}
          />
        </Panel>
      )}
      {run.notes.length === 0 ? null : (
        <details className="notes">
          <summary>Notes on the file</summary>
          <ul>
            {run.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function Differences({ run: { comparisons, margin } }: { readonly run: EvalRunWholeJson }) {
  const most = useMemo(
    () =>
      Math.max(
        margin * 2,
        ...comparisons.flatMap(({ difference: { interval, mean } }) =>
          [...(interval ?? []), mean ?? 0].map(Math.abs),
        ),
      ) * 1.08,
    [comparisons, margin],
  )
  return (
    <Card>
      <h2 className="chart-title">Beside {comparisons[0]?.reference}</h2>
      <p className="chart-unit">points on the same cases; all intervals hold together</p>
      <Whiskers
        label="Difference"
        rows={comparisons.map(({ model, difference }) => ({
          name: model,
          mean: difference.mean,
          interval: difference.interval,
        }))}
        from={-most}
        to={most}
        marks={[
          { at: -margin, label: '' },
          { at: 0, label: 'equal' },
        ]}
        format={points}
      />
      <p className="faint-text">
        The other line is the margin: {points(-margin)} points and still no worse.
      </p>
    </Card>
  )
}

function Comparisons({ run }: { readonly run: EvalRunWholeJson }) {
  const { comparisons } = run
  if (comparisons.length === 0) return null
  return (
    <Panel title="Compared case by case" flush>
      <Table
        label="Compared case by case"
        rows={comparisons}
        keyOf={({ model }) => model}
        columns={[
          { title: 'Model', cell: ({ model }) => <span title={model}>{model}</span> },
          { title: 'Verdict', cell: ({ verdict }) => <VerdictTag verdict={verdict} /> },
          { title: 'It says', cell: ({ says }) => <span className="says">{says}</span> },
          { title: 'Wins', align: 'right', cell: ({ wins }) => count(wins) },
          { title: 'Losses', align: 'right', cell: ({ losses }) => count(losses) },
          { title: 'Ties', align: 'right', wideOnly: true, cell: ({ ties }) => count(ties) },
          {
            title: 'p',
            align: 'right',
            wideOnly: true,
            cell: ({ p_value: p, test }) => (
              <span title={`${test}: against being worse by the margin or more`}>
                {p === null ? unknown : p < 0.001 ? '<0.001' : p.toFixed(3)}
              </span>
            ),
          },
          {
            title: 'Cases missing',
            align: 'right',
            wideOnly: true,
            cell: ({ more_cases: more, verdict }) =>
              verdict === 'open' || verdict === 'no verdict' ? (
                <span title="For a power of 80 %, were both equally good">{count(more)}</span>
              ) : (
                <span className="faint-text">none</span>
              ),
          },
        ]}
      />
    </Panel>
  )
}

function Models({ run: { models } }: { readonly run: EvalRunWholeJson }) {
  return (
    <Panel title="Models" flush>
      <Table
        label="Models"
        rows={models}
        keyOf={({ model }) => model}
        columns={[
          {
            title: 'Model',
            cell: ({ model, answered_by: by }) => (
              <span
                title={Object.entries(by)
                  .map(([name, times]) => `${name}: ${times}`)
                  .join(', ')}
              >
                {model}
              </span>
            ),
          },
          { title: 'Score', align: 'right', cell: ({ score }) => <Estimate of={score} /> },
          {
            title: 'Passed, as graded',
            align: 'right',
            wideOnly: true,
            cell: ({ passes }) => <Estimate of={passes} />,
          },
          {
            title: 'Per 1,000 calls',
            align: 'right',
            cell: ({ cost_per_1000_usd: usd }) => <Money usd={usd} />,
          },
          {
            title: 'p50',
            align: 'right',
            wideOnly: true,
            cell: ({ latency_ms: { p50 } }) =>
              p50 === null ? unknown : `${(p50 / 1_000).toFixed(2)} s`,
          },
          {
            title: 'p95',
            align: 'right',
            wideOnly: true,
            cell: ({ latency_ms: { p95 } }) =>
              p95 === null ? unknown : `${(p95 / 1_000).toFixed(2)} s`,
          },
          { title: 'Failures', align: 'right', cell: ({ failures }) => count(failures) },
          {
            title: 'No verdict',
            align: 'right',
            wideOnly: true,
            cell: ({ missing }) => (
              <span
                title={Object.entries(missing)
                  .map(([why, times]) => `${times}: ${why}`)
                  .join('\n')}
              >
                {count(Object.values(missing).reduce((sum, each) => sum + each, 0))}
              </span>
            ),
          },
          {
            title: 'Refusals',
            align: 'right',
            wideOnly: true,
            cell: ({ refusals }) => count(refusals),
          },
        ]}
      />
    </Panel>
  )
}
