import type { CostsJson } from '../../src/server/contract/costs.ts'
import type { PerformanceJson } from '../../src/server/contract/performance.ts'
import { Bars } from '../charts/bars.tsx'
import { alongSteps, partsAlongSteps, stepsOf } from '../charts/steps.ts'
import { TimeSeries } from '../charts/time-series.tsx'
import { count, duration, money, percent } from '../parts/format.ts'
import { Card, PageHead, Panel } from '../parts/panel.tsx'
import { Empty, Faults, Skeleton } from '../parts/states.tsx'
import { TimeRange } from '../parts/time-range.tsx'
import { useAsk } from '../state/ask.ts'
import { pathTo } from '../state/location.ts'
import { type Range, spanOf, useRange } from '../state/range.ts'
import { Attention } from './overview/attention.tsx'
import { Figures } from './overview/figures.tsx'

/** What a founder looks at first: how much, what it cost, whether it works, and what wants a hand. */
export function OverviewPage() {
  const range = useRange()
  const { step, before } = range
  const costs = useAsk('/api/costs', { query: { by: step, ...spanOf(range) } })
  // What was before is compared when what is now stands there.
  const costsBefore = useAsk(costs.answer === null || before === null ? null : '/api/costs', {
    query: { by: step, ...(before && spanOf(before)) },
  })
  const speed = useAsk('/api/performance', { query: { by: step, ...spanOf(range) } })
  const speedBefore = useAsk(speed.answer === null || before === null ? null : '/api/performance', {
    query: { by: step, ...(before && spanOf(before)) },
  })
  const models = useAsk('/api/costs', { query: { by: `${step},model`, ...spanOf(range) } })
  return (
    <>
      <PageHead title="Overview">
        <TimeRange />
      </PageHead>
      <Faults of={[costs, speed, models]} />
      <Figures
        range={range}
        costs={costs.answer}
        costsBefore={before && costsBefore.answer}
        speed={speed.answer}
        speedBefore={before && speedBefore.answer}
      />
      <Attention costs={costs.answer} range={range} />
      {costs.answer?.total.calls === 0 ? (
        <Panel title="No call in this time">
          <Empty title="Nothing was called">
            Look at a longer time above, or send a first call: point an OpenAI or Anthropic client
            at <code>{location.origin}/v1</code> with a key of yours.
          </Empty>
        </Panel>
      ) : (
        <div className="grid">
          <Card>
            {models.answer === null ? (
              <Skeleton height={chartHeight} />
            ) : (
              <Spend costs={models.answer} range={range} />
            )}
          </Card>
          <Card>
            {costs.answer === null ? (
              <Skeleton height={chartHeight} />
            ) : (
              <Calls costs={costs.answer} before={before && costsBefore.answer} range={range} />
            )}
          </Card>
          <Card>
            {speed.answer === null ? (
              <Skeleton height={chartHeight} />
            ) : (
              <Speed speed={speed.answer} range={range} />
            )}
          </Card>
          <Card>
            {models.answer === null ? (
              <Skeleton height={chartHeight} />
            ) : (
              <Models costs={models.answer} />
            )}
          </Card>
        </div>
      )}
    </>
  )
}

/** Of a chart with its title and legend. */
const chartHeight = 242

function perStep({ step }: Range): string {
  return `per ${step}`
}

function Spend({ costs, range }: { readonly costs: CostsJson; readonly range: Range }) {
  const steps = stepsOf(costs, range.step)
  return (
    <TimeSeries
      title="Spend by model"
      unit={`USD ${perStep(range)}`}
      at={steps}
      series={partsAlongSteps(steps, costs.rows, range.step, 'model', (row) =>
        Number(row.cost_usd),
      )}
      kind="bars"
      stacked
      sums
      format={money}
    />
  )
}

function Calls({
  costs,
  before,
  range,
}: {
  readonly costs: CostsJson
  readonly before: CostsJson | null
  readonly range: Range
}) {
  const steps = stepsOf(costs, range.step)
  const earlier =
    before &&
    alongSteps(stepsOf(before, range.step), before.rows, range.step, ({ calls }) => calls, 0)
  return (
    <TimeSeries
      title="Calls and failures"
      unit={perStep(range)}
      at={steps}
      series={[
        {
          label: 'Calls',
          values: alongSteps(steps, costs.rows, range.step, ({ calls }) => calls, 0),
          before: earlier === null ? undefined : steps.map((_, index) => earlier[index] ?? null),
        },
        {
          label: 'Failed attempts',
          values: alongSteps(steps, costs.rows, range.step, ({ errors }) => errors, 0),
        },
      ]}
      kind="area"
      sums
      format={count}
    />
  )
}

function Speed({ speed, range }: { readonly speed: PerformanceJson; readonly range: Range }) {
  const steps = stepsOf(speed, range.step)
  const along = (share: 'p50' | 'p95') =>
    alongSteps(steps, speed.rows, range.step, ({ ttft_us: ttft }) => ttft[share], null)
  return (
    <TimeSeries
      title="Time to first token"
      unit="of streamed answers"
      at={steps}
      series={[
        { label: 'p50', values: along('p50') },
        { label: 'p95', values: along('p95') },
      ]}
      format={duration}
    />
  )
}

interface Sum {
  readonly calls: number
  readonly attempts: number
  readonly errors: number
  readonly usd: number
  /** Attempts of no known cost. */
  readonly unknown: number
}

function Models({ costs }: { readonly costs: CostsJson }) {
  const sums = new Map<string, Sum>()
  for (const {
    group,
    calls,
    attempts,
    errors,
    cost_usd: usd,
    cost_unknown: unknown,
  } of costs.rows) {
    const name = group['model'] ?? null
    if (name === null) continue // refused before any model was asked
    const sum = sums.get(name) ?? { calls: 0, attempts: 0, errors: 0, usd: 0, unknown: 0 }
    sums.set(name, {
      calls: sum.calls + calls,
      attempts: sum.attempts + attempts,
      errors: sum.errors + errors,
      usd: sum.usd + Number(usd),
      unknown: sum.unknown + unknown,
    })
  }
  const most = [...sums].toSorted(([, left], [, right]) => right.calls - left.calls).slice(0, 6)
  return (
    <Bars
      title="Models called most"
      unit="calls"
      format={count}
      bars={most.map(([label, sum]) => ({
        label,
        value: sum.calls,
        to: pathTo('/calls', { model: label }),
        note: [
          sum.unknown === sum.attempts && sum.attempts > 0 ? 'no price' : money(sum.usd),
          ...(sum.errors === 0 ? [] : [`${percent(sum.errors / sum.attempts)} failed`]),
        ].join(' · '),
      }))}
    />
  )
}
