import type { PerformanceRowJson } from '../../src/server/contract/performance.ts'
import type { ProviderJson } from '../../src/server/contract/failures.ts'
import type { StatusJson } from '../../src/server/contract/status.ts'
import { Histogram } from '../charts/histogram.tsx'
import { Trend } from '../charts/spark.tsx'
import { alongSteps, stepsOf } from '../charts/steps.ts'
import { count, duration, percent } from '../parts/format.ts'
import { Card, PageHead, Panel } from '../parts/panel.tsx'
import { compared, Stat } from '../parts/stat.tsx'
import { Empty, Faults, Skeleton, Tag } from '../parts/states.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { TimeRange } from '../parts/time-range.tsx'
import { useAsk } from '../state/ask.ts'
import { pathTo } from '../state/location.ts'
import { spanOf, useRange } from '../state/range.ts'
import { Benchmark } from './providers/benchmark.tsx'
import { Ejections } from './providers/ejections.tsx'
import { type Breaker, breakerOf, perSecond, providerOf } from './providers/facts.ts'
import { Failures } from './providers/failures.tsx'
import { Prices } from './providers/prices.tsx'

interface Row {
  readonly provider: ProviderJson
  readonly breaker: Breaker
  /** Null: nothing was asked. */
  readonly speed: PerformanceRowJson | null
  readonly trend: readonly (number | null)[]
  readonly learned: StatusJson['learned_rates']
}

/** Who is asked, whether they answer, how fast, and what they cost. */
export function ProvidersPage() {
  const range = useRange()
  const { step, before } = range
  const span = spanOf(range)
  const providers = useAsk('/api/providers')
  const status = useAsk('/api/status', { everyMs: 5_000 })
  const speed = useAsk('/api/performance', { query: { by: 'provider', bins: true, ...span } })
  const speedBefore = useAsk(before && '/api/performance', {
    query: { by: 'provider', ...(before && spanOf(before)) },
  })
  const steps = useAsk('/api/performance', { query: { by: `${step},provider`, ...span } })
  const asked = [providers, status, speed, steps]
  const fault = asked.find((each) => each.fault !== null)?.fault ?? null
  const isWhole = asked.slice(0, 3).every(({ answer }) => answer !== null)
  const rows = (providers.answer?.providers ?? []).map((provider): Row => {
    const { id } = provider
    return {
      provider,
      breaker: breakerOf(id, status.answer?.resting ?? []),
      speed: speed.answer?.rows.find(({ group }) => group['provider'] === id) ?? null,
      trend:
        steps.answer === null
          ? []
          : alongSteps(
              stepsOf(steps.answer, step),
              steps.answer.rows.filter(({ group }) => group['provider'] === id),
              step,
              ({ total_us: total }) => total.p50,
              null,
            ),
      learned: (status.answer?.learned_rates ?? []).filter(
        ({ subject }) => providerOf(subject) === id,
      ),
    }
  })
  const busy = rows
    .filter((row) => row.speed !== null)
    .toSorted((left, right) => right.speed!.attempts - left.speed!.attempts)
  const total = speed.answer?.total ?? null
  const earlier = (before && speedBefore.answer?.total) ?? null
  const open = rows.filter(({ breaker }) => breaker.tone !== 'good')
  return (
    <>
      <PageHead title="Providers">
        <TimeRange />
      </PageHead>
      <Faults of={asked} />
      <div className="stats" role="group" aria-label="Figures">
        <Stat
          label="Providers"
          value={providers.answer && count(rows.length)}
          note={providers.answer && `${count(busy.length)} were asked`}
        />
        <Stat
          label="Left alone now"
          value={status.answer && count(open.length)}
          note={open[0] === undefined ? null : open.map(({ provider }) => provider.id).join(', ')}
        />
        <Stat label="Exchanges" {...compared(total, earlier, (of) => of.attempts, count)} />
        <Stat
          label="Failed by them"
          {...compared(total, earlier, (of) => of.error_rate, percent)}
          better="less"
          note={total && `${count(total.throttled)} for their rate`}
        />
        <Stat
          label="First token, p50"
          {...compared(total, earlier, (of) => of.ttft_us.p50, duration)}
          better="less"
        />
        <Stat
          label="First token, p95"
          {...compared(total, earlier, (of) => of.ttft_us.p95, duration)}
          better="less"
        />
        <Stat
          label="Tokens/s, p50"
          {...compared(total, earlier, (of) => of.tokens_per_s.p50, perSecond)}
          better="more"
        />
      </div>
      <div className="stack">
        <Panel title="Health" flush>
          {isWhole ? (
            <Table
              label="Providers"
              columns={columns}
              rows={rows.toSorted(
                (left, right) => (right.speed?.attempts ?? 0) - (left.speed?.attempts ?? 0),
              )}
              keyOf={({ provider }) => provider.id}
              to={({ provider }) => pathTo(`/providers/${encodeURIComponent(provider.id)}`)}
              empty={
                <Empty title="No provider is live">
                  Name one under <code>providers</code>, or put its key into the environment: the
                  gateway asks nobody else.
                </Empty>
              }
            />
          ) : fault === null ? (
            <Skeleton lines={6} />
          ) : null}
        </Panel>
        <div className="grid flat">
          <Card>
            {speed.answer === null ? (
              <Skeleton height={262} />
            ) : (
              <Histogram
                title="Time to first token"
                unit="share of streamed answers"
                format={duration}
                spreads={busy.map(({ provider, speed: own }) => ({
                  label: provider.id,
                  bins: own!.bins?.ttft_us ?? [],
                  p50: own!.ttft_us.p50,
                  p95: own!.ttft_us.p95,
                }))}
              />
            )}
          </Card>
          <Card>
            {speed.answer === null ? (
              <Skeleton height={262} />
            ) : (
              <Histogram
                title="Throughput"
                unit="share of streamed answers"
                format={perSecond}
                spreads={busy.map(({ provider, speed: own }) => ({
                  label: provider.id,
                  bins: own!.bins?.tokens_per_s ?? [],
                  p50: own!.tokens_per_s.p50,
                  p95: own!.tokens_per_s.p95,
                }))}
              />
            )}
          </Card>
        </div>
        <Benchmark />
        <Failures />
        <div className="grid flat">
          <Ejections />
          <Prices />
        </div>
      </div>
    </>
  )
}

const columns: readonly Column<Row>[] = [
  {
    title: 'Provider',
    cell: ({ provider }) => <span className="task-name">{provider.id}</span>,
  },
  {
    title: 'Breaker',
    cell: ({ breaker }) => (
      <Tag tone={breaker.tone} title={breaker.says}>
        {breaker.word}
      </Tag>
    ),
  },
  { title: 'Exchanges', align: 'right', cell: ({ speed }) => count(speed?.attempts ?? 0) },
  { title: 'Failed', align: 'right', cell: ({ speed }) => percent(speed?.error_rate ?? null) },
  {
    title: 'Up',
    align: 'right',
    cell: ({ speed }) => (
      <span
        title={
          speed === null ? undefined : `Of ${count(speed.minutes)} minutes in which it was asked`
        }
      >
        {percent(speed?.uptime ?? null)}
      </span>
    ),
  },
  {
    title: 'First token, p50',
    align: 'right',
    cell: ({ speed }) => duration(speed?.ttft_us.p50 ?? null),
  },
  {
    title: 'p95',
    align: 'right',
    wideOnly: true,
    cell: ({ speed }) => duration(speed?.ttft_us.p95 ?? null),
  },
  {
    title: 'Answer, p50',
    align: 'right',
    wideOnly: true,
    cell: ({ provider, speed, trend }) => (
      <Trend values={trend} label={`Time of an answer of ${provider.id} over time`}>
        {duration(speed?.total_us.p50 ?? null)}
      </Trend>
    ),
  },
  {
    title: 'Tokens/s, p50',
    align: 'right',
    wideOnly: true,
    cell: ({ speed }) => perSecond(speed?.tokens_per_s.p50 ?? null),
  },
  { title: 'Rate', align: 'right', wideOnly: true, cell: (row) => <Rate {...row} /> },
  {
    title: 'Law and data',
    wideOnly: true,
    cell: ({ provider }) => (
      <span className="tags">
        <span>{provider.jurisdiction ?? 'law not known'}</span>
        {provider.data === 'any' ? null : <Tag>{provider.data}</Tag>}
      </span>
    ),
  },
]

/** The slowest that was learned; what the file says where nothing was. */
function Rate({ provider, learned }: Row) {
  const slowest = learned.toSorted((left, right) => left.per_minute - right.per_minute)[0]
  if (slowest !== undefined)
    return (
      <span title={`${slowest.subject} was refused for its rate, and is asked that fast since`}>
        <Tag tone="info">learned</Tag> {count(Math.round(slowest.per_minute))}/min
      </span>
    )
  const requests = provider.rate?.requests_per_min ?? null
  return requests === null ? (
    <span
      className="unknown"
      title="No rate is set, and none was learned: nothing was refused lately"
    >
      unknown
    </span>
  ) : (
    <>{count(requests)}/min</>
  )
}
