import type { CostsJson } from '../../../src/server/contract/costs.ts'
import type { PerformanceJson } from '../../../src/server/contract/performance.ts'
import { Money } from '../../parts/figures.tsx'
import { count, duration, percent, unknown } from '../../parts/format.ts'
import { Stat } from '../../parts/stat.tsx'
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
        value={now && count(now.calls)}
        now={now?.calls ?? null}
        before={earlier?.calls ?? null}
        to={pathTo('/calls')}
      />
      <Stat
        label="Spend"
        value={now && <Money usd={now.cost_usd} />}
        now={now && Number(now.cost_usd)}
        before={earlier && Number(earlier.cost_usd)}
        better="less"
        note={
          now !== null && now.cost_unknown > 0 ? `${count(now.cost_unknown)} without a price` : null
        }
      />
      <Stat
        label="Saved"
        value={now && <Money usd={now.saved_usd} />}
        now={now && Number(now.saved_usd)}
        before={earlier && Number(earlier.saved_usd)}
        better="more"
      />
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
        value={now && percent(shareOf(now))}
        now={now && shareOf(now)}
        before={earlier && shareOf(earlier)}
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
        value={fast && duration(fast.ttft_us.p50)}
        now={fast?.ttft_us.p50 ?? null}
        before={fastEarlier?.ttft_us.p50 ?? null}
        better="less"
      />
      <Stat
        label="First token, p95"
        value={fast && duration(fast.ttft_us.p95)}
        now={fast?.ttft_us.p95 ?? null}
        before={fastEarlier?.ttft_us.p95 ?? null}
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
