import type { ReactNode } from 'react'
import type { TaskJson } from '../../../src/server/contract/tasks.ts'
import { percent } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Told } from '../../parts/told.tsx'
import { lasting } from './facts.ts'

/** What the file says of a task beside its models; what it leaves out is said as what holds then. */
export function SettingsOf({ task }: { readonly task: TaskJson }) {
  const { cache, hedge, timeouts, sticky, data, not_in: notIn, margin, router } = task
  const waits = Object.entries(timeouts).map(
    ([name, ms]) => `${name.replaceAll('_', ' ')} ${lasting(ms)}`,
  )
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Sticks to', sticky ?? 'nothing: each call is its own'],
    [
      'Answers kept',
      cache === null ? 'no' : `for ${lasting(cache.ttl_ms)}, for each ${cache.scope}`,
    ],
    [
      'Second model',
      hedge === null
        ? 'only when the first fails'
        : `after ${hedge.after_ms === null ? `its p${Math.round((hedge.quantile ?? 0) * 100)}` : lasting(hedge.after_ms)}, for ${percent(hedge.most)} of the calls at most`,
    ],
    ['Broken answers', task.resume ? 'the next model goes on' : 'end with an error'],
    ['Prompts', data === null ? 'any provider' : data],
    ['Not under the law of', notIn.length === 0 ? 'no restriction' : notIn.join(', ')],
    ['Parameters', task.strict ? 'all or not asked' : 'what a model cannot take is left out'],
    ['Waits', waits.length === 0 ? 'as usual' : waits.join(' · ')],
    ['Margin of a swap', margin === null ? 'as the evaluation says' : percent(margin)],
    ...(router === null ? [] : [['Policy', <code key="router">{router}</code>] as const]),
  ]
  return (
    <Panel title="Settings">
      <Told facts={facts} />
    </Panel>
  )
}
