import type { CostsJson } from '../../../src/server/contract/costs.ts'
import type { PerformanceJson } from '../../../src/server/contract/performance.ts'
import { count, duration, percent, unknown } from '../../parts/format.ts'
import { spentOf } from '../../parts/spent.ts'
import { compared, comparedMoney, Stat } from '../../parts/stat.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { type Range, spanOf } from '../../state/range.ts'

/** The figures that everything else explains. */
export function Figures({
  range,
  costs,
  costsBefore,
  speed,
  speedBefore,
}: {
  readonly range: Range
  readonly costs: CostsJson | null
  readonly costsBefore: CostsJson | null
  readonly speed: PerformanceJson | null
  readonly speedBefore: PerformanceJson | null
}) {
  const { answer: own } = useAsk('/api/overview', { query: spanOf(range) })
  const { answer: margin } = useAsk('/api/margin')
  const [now, earlier] = [costs?.total ?? null, costsBefore?.total ?? null]
  const [fast, fastEarlier] = [speed?.total ?? null, speedBefore?.total ?? null]
  return (
    <div className="stats" role="group" aria-label="Figures">
      <Stat
        label="Calls"
        {...compared(now, earlier, (of) => of.calls, count)}
        to={pathTo('/calls')}
      />
      <Stat
        label="Spend"
        {...comparedMoney(now, earlier, spentOf)}
        better="less"
        note={
          now !== null && now.cost_unknown > 0 ? `${count(now.cost_unknown)} without a price` : null
        }
      />
      <Stat label="Saved" {...comparedMoney(now, earlier, (of) => of.saved_usd)} better="more" />
      <Stat
        label="Margin"
        value={margin && percent(margin.total.margin)}
        note={
          margin === null
            ? null
            : margin.total.margin === null
              ? 'no revenue entered'
              : 'this month'
        }
      />
      <Stat
        label="Failed attempts"
        {...compared(now, earlier, shareOf, percent)}
        better="less"
        note={
          now === null || now.attempts === 0
            ? null
            : `${count(now.errors)} of ${count(now.attempts)}`
        }
        to={pathTo('/calls', { status: 'error' })}
      />
      <Stat
        label="First token, p50"
        {...compared(fast, fastEarlier, (of) => of.ttft_us.p50, duration)}
        better="less"
      />
      <Stat
        label="First token, p95"
        {...compared(fast, fastEarlier, (of) => of.ttft_us.p95, duration)}
        better="less"
      />
      <Stat
        label="Overhead, p50"
        value={own && duration(own.overhead_us.p50)}
        note={
          own === null
            ? null
            : `p95 ${own.overhead_us.p95 === null ? unknown : duration(own.overhead_us.p95)}`
        }
      />
    </div>
  )
}

function shareOf({ errors, attempts }: { errors: number; attempts: number }): number | null {
  return attempts === 0 ? null : errors / attempts
}
