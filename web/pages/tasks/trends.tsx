import { alongSteps, partsAlongSteps, stepsOf } from '../../charts/steps.ts'
import { TimeSeries } from '../../charts/time-series.tsx'
import { count, duration, money, percent } from '../../parts/format.ts'
import { Card } from '../../parts/panel.tsx'
import { spentOf } from '../../parts/spent.ts'
import { compared, comparedMoney, Stat } from '../../parts/stat.tsx'
import { Faults, Skeleton } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { axisDuration } from './facts.ts'

/** The figures of a task, beside those of the time before. */
export function TaskFigures({ task }: { readonly task: string }) {
  const range = useRange()
  const { before } = range
  const now = { task, ...spanOf(range) }
  const earlier = before && { task, ...spanOf(before) }
  const costs = useAsk('/api/costs', { query: { by: 'task', ...now } }).answer?.total ?? null
  const speed = useAsk('/api/performance', { query: { by: 'task', ...now } }).answer?.total ?? null
  const costsBefore =
    useAsk(before && '/api/costs', { query: { by: 'task', ...earlier } }).answer?.total ?? null
  const speedBefore =
    useAsk(before && '/api/performance', { query: { by: 'task', ...earlier } }).answer?.total ??
    null
  const each = perThousand(costs)
  return (
    <div className="stats" role="group" aria-label="Figures">
      <Stat
        label="Calls"
        {...compared(costs, costsBefore, (of) => of.calls, count)}
        to={pathTo('/calls', { task })}
      />
      <Stat
        label="Spend"
        {...comparedMoney(costs, costsBefore, spentOf)}
        better="less"
        note={
          costs !== null && costs.cost_unknown > 0
            ? `${count(costs.cost_unknown)} without a price`
            : null
        }
      />
      <Stat
        label="Per 1,000 calls"
        value={costs && money(each)}
        now={each}
        before={perThousand(costsBefore)}
        better="less"
      />
      <Stat
        label="Failed"
        {...compared(speed, speedBefore, (of) => of.error_rate, percent)}
        better="less"
        to={pathTo('/calls', { task, status: 'error' })}
      />
      <Stat
        label="First token, p50"
        {...compared(speed, speedBefore, (of) => of.ttft_us.p50, duration)}
        better="less"
        note={speed === null ? null : `of ${count(speed.ttft_us.n)} streams`}
      />
      <Stat
        label="Answer, p50"
        {...compared(speed, speedBefore, (of) => of.total_us.p50, duration)}
        better="less"
      />
      <Stat
        label="Answer, p95"
        {...compared(speed, speedBefore, (of) => of.total_us.p95, duration)}
        better="less"
      />
    </div>
  )
}

/** Null where nothing was called, or nothing of it has a price. */
function perThousand(
  total: { calls: number; cost_usd: string; cost_unknown: number } | null,
): number | null {
  if (total === null || total.calls === 0 || spentOf(total) === null) return null
  return (Number(total.cost_usd) / total.calls) * 1_000
}

const chartHeight = 242

export function TaskTrends({ task }: { readonly task: string }) {
  const range = useRange()
  const { step } = range
  const span = spanOf(range)
  const costs = useAsk('/api/costs', { query: { by: `${step},model`, task, ...span } })
  const speed = useAsk('/api/performance', { query: { by: step, task, ...span } })
  if (costs.fault !== null || speed.fault !== null) return <Faults of={[costs, speed]} />
  const [costSteps, speedSteps] = [costs.answer, speed.answer].map((answer) =>
    answer === null ? [] : stepsOf(answer, step),
  ) as [number[], number[]]
  // What was refused here asked nobody, and cost nothing.
  const asked = (costs.answer?.rows ?? []).filter(({ group }) => (group['model'] ?? null) !== null)
  const along = (value: 'p50' | 'p95') =>
    alongSteps(speedSteps, speed.answer!.rows, step, ({ total_us: total }) => total[value], null)
  return (
    <div className="grid flat">
      <Card>
        {costs.answer === null ? (
          <Skeleton height={chartHeight} />
        ) : (
          <TimeSeries
            title="Spend by model"
            unit={`USD per ${step}`}
            at={costSteps}
            series={partsAlongSteps(costSteps, asked, step, 'model', (row) => Number(row.cost_usd))}
            kind="bars"
            stacked
            sums
            format={money}
          />
        )}
      </Card>
      <Card>
        {speed.answer === null ? (
          <Skeleton height={chartHeight} />
        ) : (
          <TimeSeries
            title="Time of an answer"
            unit={`per ${step}`}
            at={speedSteps}
            series={[
              { label: 'p50', values: along('p50') },
              { label: 'p95', values: along('p95') },
            ]}
            format={axisDuration}
          />
        )}
      </Card>
    </div>
  )
}
