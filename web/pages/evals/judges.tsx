import type {
  CalibrationJson,
  EvalJudgeJson,
  JudgeCalibrationJson,
} from '../../../src/server/contract/evals.ts'
import { Money, When } from '../../parts/figures.tsx'
import { count, percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { Estimate, Figure, points } from './verdict.tsx'

/** How models that judge did on answers that people had labelled. */
export function Judges() {
  const { answer, fault, again } = useAsk('/api/evals')
  return (
    <div className="stack">
      {fault === null ? null : <Fault fault={fault} again={again} />}
      {answer === null ? (
        fault === null ? (
          <Skeleton height={260} />
        ) : null
      ) : answer.judges.length === 0 ? (
        <Panel title="Judges">
          <Empty title="No judge is calibrated">
            A model that judges is believed as far as people’s labels bear it out. Label 50 to 200
            answers by hand here, write them to a file by{' '}
            <code>freehold feedback --labels labels.jsonl</code>, and name it:{' '}
            <code>freehold eval cases.yaml --labels labels.jsonl</code>
          </Empty>
        </Panel>
      ) : (
        answer.judges.map((judge) => <OneJudge key={judge.identity} judge={judge} />)
      )}
    </div>
  )
}

function OneJudge({ judge }: { readonly judge: JudgeCalibrationJson }) {
  return (
    <Panel
      title={judge.judges.join(' and ')}
      aside={
        <Tag tone={judge.valid ? 'good' : 'warning'}>
          {judge.valid ? 'valid until ' : 'ended '}
          <When at={judge.valid_until} style="date" />
        </Tag>
      }
    >
      <CalibrationFacts of={judge} />
    </Panel>
  )
}

function CalibrationFacts({ of }: { readonly of: CalibrationJson }) {
  const { counts } = of
  const cell = (value: number): string => count(value)
  return (
    <div className="judge">
      <table className="confusion">
        <caption>
          {count(of.labels)} labels, <When at={of.at} style="date" />
          {of.silent === 0 ? '' : `; no word on ${count(of.silent)} more`}
        </caption>
        <thead>
          <tr>
            <td />
            <th scope="col" className="right">
              judge: right
            </th>
            <th scope="col" className="right">
              judge: wrong
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">people: right</th>
            <td className="right figure">{cell(counts.truePositives)}</td>
            <td className="right figure">{cell(counts.positives - counts.truePositives)}</td>
          </tr>
          <tr>
            <th scope="row">people: wrong</th>
            <td className="right figure">{cell(counts.negatives - counts.trueNegatives)}</td>
            <td className="right figure">{cell(counts.trueNegatives)}</td>
          </tr>
        </tbody>
      </table>
      <dl className="money-facts">
        <dt>Finds what is right (TPR)</dt>
        <dd>
          <Figure of={of.tpr} />
        </dd>
        <dt>Finds what is wrong (TNR)</dt>
        <dd>
          <Figure of={of.tnr} />
        </dd>
        <dt>Agreement beyond chance (κ)</dt>
        <dd>
          <Figure of={of.kappa} format={(value) => value.toFixed(2)} />
        </dd>
        <dt>Prefers the first place by</dt>
        <dd>
          {of.position_bias === null ? (
            <span className="faint-text">sees no pairs</span>
          ) : (
            <Figure of={of.position_bias} format={points} />
          )}
        </dd>
        <dt>For each doubling of length</dt>
        <dd>
          <Figure of={of.length_slope} format={points} />
        </dd>
      </dl>
    </div>
  )
}

/** What a run says of its judge. */
export function Calibrated({ judge }: { readonly judge: EvalJudgeJson }) {
  const said = Object.entries(judge.said)
  return (
    <div className="stack">
      {judge.no_verdict === null ? (
        <p>
          <Tag tone="good">calibrated</Tag> The scores above have the judge’s errors reckoned out.
        </p>
      ) : (
        <p>
          <Tag tone="warning">no verdict</Tag> Nothing is concluded from its word:{' '}
          {judge.no_verdict}.
        </p>
      )}
      {judge.calibration === null ? null : <CalibrationFacts of={judge.calibration} />}
      {said.length === 0 ? null : (
        <Table
          label="What the judge itself said"
          rows={said}
          keyOf={([model]) => model}
          columns={[
            { title: 'What the judge itself said', cell: ([model]) => model },
            {
              title: 'Called right',
              align: 'right',
              cell: ([, estimate]) => <Estimate of={estimate} />,
            },
          ]}
        />
      )}
      <p className="faint-text">
        Calibration cost <Money usd={judge.calibration_usd} />. {percent(0.95)} intervals.
        {judge.notes.length === 0 ? '' : ` ${judge.notes.join(' ')}`}
      </p>
    </div>
  )
}
