import type { ReactNode } from 'react'
import type { ProviderJson } from '../../../src/server/contract/failures.ts'
import type { StatusJson } from '../../../src/server/contract/status.ts'
import { Histogram } from '../../charts/histogram.tsx'
import { alongSteps, stepsOf } from '../../charts/steps.ts'
import { TimeSeries } from '../../charts/time-series.tsx'
import { Link } from '../../parts/button.tsx'
import { count, duration, percent } from '../../parts/format.ts'
import { Card, PageHead, Panel } from '../../parts/panel.tsx'
import { compared, Stat } from '../../parts/stat.tsx'
import { Empty, Fault, Faults, Skeleton, Tag } from '../../parts/states.tsx'
import { TimeRange } from '../../parts/time-range.tsx'
import { Told } from '../../parts/told.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { axisDuration } from '../tasks/facts.ts'
import { Benchmark } from './benchmark.tsx'
import { Ejections } from './ejections.tsx'
import { breakerOf, perSecond } from './facts.ts'
import { Failures } from './failures.tsx'
import { Prices } from './prices.tsx'
import { Rates } from './rates.tsx'

/** One provider: whether it may be asked, how fast it answers, and how it fails. */
export function ProviderPage({ id }: { readonly id: string }) {
  const providers = useAsk('/api/providers')
  const status = useAsk('/api/status', { everyMs: 5_000 })
  const provider = providers.answer?.providers.find((each) => each.id === id) ?? null
  const fault = providers.fault ?? status.fault
  return (
    <>
      <PageHead title={id} below={{ title: 'Providers', path: '/providers' }}>
        <TimeRange />
      </PageHead>
      <Faults of={[providers, status]} />
      <Measured id={id} />
      <div className="stack">
        {providers.answer === null || status.answer === null ? (
          fault === null ? (
            <Skeleton height={220} />
          ) : null
        ) : provider === null ? (
          <Panel title="Not in the configuration">
            <Empty title={`There is no provider ${id}`}>
              The configuration in force does not name it. What it did before is below.
            </Empty>
          </Panel>
        ) : (
          <div className="grid flat">
            <Standing provider={provider} status={status.answer} />
            <Rates provider={provider} status={status.answer} />
          </div>
        )}
        <Trends id={id} />
        <Benchmark provider={id} />
        <Failures provider={id} />
        <div className="grid flat">
          <Ejections provider={id} />
          <Prices provider={id} />
        </div>
      </div>
    </>
  )
}

function Measured({ id }: { readonly id: string }) {
  const range = useRange()
  const { before } = range
  const now = useAsk('/api/performance', {
    query: { by: 'provider', provider: id, bins: true, ...spanOf(range) },
  })
  const earlier = useAsk(before && '/api/performance', {
    query: { by: 'provider', provider: id, ...(before && spanOf(before)) },
  })
  const [own, was] = [now.answer?.total ?? null, (before && earlier.answer?.total) ?? null]
  return (
    <>
      <div className="stats" role="group" aria-label="Figures">
        <Stat label="Exchanges" {...compared(own, was, (of) => of.attempts, count)} />
        <Stat
          label="Failed by it"
          {...compared(own, was, (of) => of.error_rate, percent)}
          better="less"
          note={own && `${count(own.throttled)} for its rate`}
        />
        <Stat
          label="Up"
          value={own && percent(own.uptime)}
          note={own === null || own.minutes === 0 ? null : `of ${count(own.minutes)} minutes`}
        />
        <Stat
          label="First token, p50"
          {...compared(own, was, (of) => of.ttft_us.p50, duration)}
          better="less"
          note={own && `p95 ${duration(own.ttft_us.p95)}`}
        />
        <Stat
          label="Answer, p50"
          {...compared(own, was, (of) => of.total_us.p50, duration)}
          better="less"
          note={own && `p95 ${duration(own.total_us.p95)}`}
        />
        <Stat
          label="Tokens/s, p50"
          {...compared(own, was, (of) => of.tokens_per_s.p50, perSecond)}
          better="more"
        />
      </div>
      {now.fault === null ? null : <Fault fault={now.fault} again={now.again} />}
      <div className="grid three">
        {histograms.map(({ title, unit, name, format }) => (
          <Card key={name}>
            {own === null ? (
              <Skeleton height={252} />
            ) : (
              <Histogram
                title={title}
                unit={unit}
                format={format}
                spreads={[
                  {
                    label: `${count(own[name].n)} answers`,
                    bins: own.bins?.[name] ?? [],
                    p50: own[name].p50,
                    p95: own[name].p95,
                  },
                ]}
              />
            )}
          </Card>
        ))}
      </div>
    </>
  )
}

const histograms = [
  { title: 'Time to first token', unit: 'of streamed answers', name: 'ttft_us', format: duration },
  { title: 'Time of an answer', unit: 'of all answers', name: 'total_us', format: duration },
  { title: 'Throughput', unit: 'of streamed answers', name: 'tokens_per_s', format: perSecond },
] as const

function Standing({
  provider,
  status,
}: {
  readonly provider: ProviderJson
  readonly status: StatusJson
}) {
  const breaker = breakerOf(provider.id, status.resting)
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Vendor', provider.name],
    [
      'Address',
      <code key="address" className="breaks">
        {provider.base_url}
      </code>,
    ],
    ['Keys', count(provider.keys)],
    ['Law', provider.jurisdiction ?? 'not known'],
    ['Region', provider.region ?? 'not known'],
    ['Prompts', provider.data],
    [
      'Asked for',
      provider.tasks.length === 0 ? (
        'no task'
      ) : (
        <span key="tasks" className="tags">
          {provider.tasks.map((task) => (
            <Link key={task} to={pathTo(`/tasks/${encodeURIComponent(task)}`)}>
              {task}
            </Link>
          ))}
        </span>
      ),
    ],
  ]
  return (
    <Panel title="Breaker" aside={<Tag tone={breaker.tone}>{breaker.word}</Tag>}>
      <p className="standing">{breaker.says}</p>
      <Told facts={facts} />
    </Panel>
  )
}

function Trends({ id }: { readonly id: string }) {
  const range = useRange()
  const { step } = range
  const asked = useAsk('/api/performance', {
    query: { by: step, provider: id, ...spanOf(range) },
  })
  const { answer } = asked
  if (asked.fault !== null) return <Fault fault={asked.fault} again={asked.again} />
  const steps = answer === null ? [] : stepsOf(answer, step)
  return (
    <div className="grid flat">
      <Card>
        {answer === null ? (
          <Skeleton height={242} />
        ) : (
          <TimeSeries
            title="Answered and failed"
            unit={`per ${step}`}
            at={steps}
            series={[
              {
                label: 'Answered',
                values: alongSteps(steps, answer.rows, step, ({ answered }) => answered, 0),
              },
              {
                label: 'Failed',
                values: alongSteps(steps, answer.rows, step, ({ failed }) => failed, 0),
              },
            ]}
            kind="bars"
            stacked
            sums
            format={count}
          />
        )}
      </Card>
      <Card>
        {answer === null ? (
          <Skeleton height={242} />
        ) : (
          <TimeSeries
            title="Time to first token over time"
            unit="of streamed answers"
            at={steps}
            series={(['p50', 'p95'] as const).map((name) => ({
              label: name,
              values: alongSteps(steps, answer.rows, step, ({ ttft_us: ttft }) => ttft[name], null),
            }))}
            format={axisDuration}
          />
        )}
      </Card>
    </div>
  )
}
