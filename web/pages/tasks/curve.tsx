import type { CalibrationJson } from '../../../src/server/contract/routing.ts'
import type { TaskJson } from '../../../src/server/contract/tasks.ts'
import { type Dot, type Line, XY } from '../../charts/xy.tsx'
import { When } from '../../parts/figures.tsx'
import { count, percent } from '../../parts/format.ts'
import { Card, Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'

type Calibration = NonNullable<CalibrationJson['calibration']>

/** What each saving would cost in quality, on rows that did not fit the policy, and where the policy stands. */
export function Curve({ task }: { readonly task: TaskJson }) {
  const asked = useAsk('/api/routes/calibration', { query: { task: task.name } })
  if (asked.fault !== null) return <Fault fault={asked.fault} again={asked.again} />
  if (asked.answer === null)
    return (
      <Card>
        <Skeleton height={380} />
      </Card>
    )
  const { calibration } = asked.answer
  if (calibration === null)
    return (
      <Panel title="Cost and quality">
        <Empty title="No policy has been fitted">
          <code>freehold route calibrate</code> weighs what each way of routing saves against what
          it loses, on cases of your own, and says when nothing wins.
        </Empty>
      </Panel>
    )
  return (
    <div className="grid flat curve">
      <Card>
        <Drawn calibration={calibration} />
      </Card>
      <Facts calibration={calibration} />
    </div>
  )
}

function Drawn({ calibration }: { readonly calibration: Calibration }) {
  const { curve, models, oracle, operating, quality, cheap, strong } = calibration
  if (curve.length === 0 && models === null)
    return (
      <Empty title="The policy’s file keeps no curve">
        It says what was certified and not what was weighed: the figures beside are all of it.
      </Empty>
    )
  const byCost = curve.toSorted((left, right) => left.cost - right.cost)
  const costs = [
    ...curve,
    ...oracle,
    ...(models === null ? [] : [models.cheap, models.strong]),
  ].map(({ cost }) => cost)
  const [least, most] = [Math.min(0, ...costs), Math.max(1, ...costs)]
  const lines: Line[] = [
    { label: 'Rules of the policy', points: byCost.map(({ cost, quality: kept }) => [cost, kept]) },
    {
      label: 'Promise',
      points: [
        [least, quality],
        [most, quality],
      ],
      dashed: true,
    },
    ...(oracle.length === 0
      ? []
      : [
          {
            label: 'At best',
            points: oracle.map(({ cost, quality: kept }) => [cost, kept] as const),
            dashed: true,
          },
        ]),
    ...(models === null
      ? []
      : [
          {
            label: 'By chance',
            points: [models.cheap, models.strong].map(
              ({ cost, quality: kept }) => [cost, kept] as const,
            ),
            dashed: true,
          },
        ]),
  ]
  const dots: Dot[] = [
    ...(models === null
      ? []
      : [
          {
            label: cheap.join(', ') || 'cheap',
            x: models.cheap.cost,
            y: models.cheap.quality,
            group: 7,
          },
          { label: strong, x: models.strong.cost, y: models.strong.quality, group: 7 },
        ]),
    ...(operating === null
      ? []
      : [
          {
            label: 'in force',
            x: operating.cost,
            y: operating.quality,
            strong: true,
            ...(operating.cost_interval === null ? {} : { xInterval: operating.cost_interval }),
          },
        ]),
  ]
  return (
    <XY
      title="Cost and quality"
      x={{
        label: 'cost, of the strong model alone',
        format: percent,
        from: least,
        to: most * 1.02,
      }}
      y={{ label: 'quality kept', format: percent }}
      dots={dots}
      lines={lines}
      height={400}
    />
  )
}

function Facts({ calibration }: { readonly calibration: Calibration }) {
  const {
    operating,
    quality,
    confidence,
    reason,
    method,
    made,
    rows,
    certified_rows: certified,
    targets,
  } = calibration
  return (
    <Panel title="Operating point">
      {reason === null ? null : <p className="standing">{reason}</p>}
      <dl className="told">
        <div>
          <dt>Costs</dt>
          <dd>
            {operating === null
              ? 'nothing was certified'
              : `${percent(operating.cost)} of the strong model alone`}
            {operating === null || operating.cost_interval === null
              ? ''
              : `, ${percent(operating.cost_interval[0])} to ${percent(operating.cost_interval[1])}`}
          </dd>
        </div>
        <div>
          <dt>Keeps</dt>
          <dd>{operating === null ? '–' : `${percent(operating.quality)} of its quality`}</dd>
        </div>
        <div>
          <dt>Escalates</dt>
          <dd>{operating === null ? '–' : `${percent(operating.escalated)} of the calls`}</dd>
        </div>
        <div>
          <dt>Promise</dt>
          <dd>
            {percent(quality)}
            {confidence === null ? '' : ` at ${percent(confidence)} confidence`}
          </dd>
        </div>
        <div>
          <dt>Method</dt>
          <dd>{method ?? 'not told'}</dd>
        </div>
        <div>
          <dt>Rows</dt>
          <dd>
            {rows === null ? 'not told' : count(rows)}
            {certified === null ? '' : `, ${count(certified)} of them for the proof`}
          </dd>
        </div>
        <div>
          <dt>Made</dt>
          <dd>
            <When at={made} />
          </dd>
        </div>
      </dl>
      {targets.length === 0 ? null : (
        <Table
          label="What is saved where a quality is kept"
          rows={targets}
          keyOf={(target) => String(target.quality)}
          columns={[
            { title: 'Kept', cell: (target) => percent(target.quality) },
            { title: 'By chance', align: 'right', cell: ({ random }) => percent(random) },
            {
              title: 'The policy',
              align: 'right',
              cell: ({ curve, interval }) =>
                interval === null
                  ? percent(curve)
                  : `${percent(curve)} (${percent(interval[0])} to ${percent(interval[1])})`,
            },
            { title: 'At best', align: 'right', cell: ({ oracle }) => percent(oracle) },
          ]}
        />
      )}
    </Panel>
  )
}
