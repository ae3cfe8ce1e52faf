import { useState } from 'react'
import type { RouteJson } from '../../../src/server/contract/routing.ts'
import type { TaskJson } from '../../../src/server/contract/tasks.ts'
import { Button, Link } from '../../parts/button.tsx'
import { PageHead, Panel } from '../../parts/panel.tsx'
import { Empty, Faults, Skeleton } from '../../parts/states.tsx'
import { TimeRange } from '../../parts/time-range.tsx'
import { useAsk } from '../../state/ask.ts'
import { pathTo } from '../../state/location.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { useIsAdmin } from '../../state/session.ts'
import { AskedNow } from './asked-now.tsx'
import { Certificates } from './certificates.tsx'
import { Curve } from './curve.tsx'
import { Experiments } from './experiments.tsx'
import { Models } from './models.tsx'
import { Quality } from './quality.tsx'
import { SettingsOf } from './settings-of.tsx'
import { SwapDialog, Swapped, type SwapDone } from './swap.tsx'
import { TaskFigures, TaskTrends } from './trends.tsx'

/** One task: who answers it, what that costs, how good it is, and what is being tried. */
export function TaskPage({ id }: { readonly id: string }) {
  const tasks = useAsk('/api/tasks', { everyMs: 30_000 })
  const routes = useAsk('/api/routes', { everyMs: 15_000 })
  const [isSwapping, setSwapping] = useState(false)
  const [done, setDone] = useState<SwapDone | null>(null)
  const isAdmin = useIsAdmin()
  const task = tasks.answer?.tasks.find(({ name }) => name === id) ?? null
  const route = routes.answer?.routes.find((each) => each.task === id) ?? null
  const again = (): void => {
    tasks.again()
    routes.again()
  }
  const fault = tasks.fault ?? routes.fault
  return (
    <>
      <PageHead title={id} below={{ title: 'Tasks', path: '/tasks' }}>
        {isAdmin && task !== null ? (
          <Button kind="primary" onClick={() => setSwapping(true)}>
            Swap model
          </Button>
        ) : null}
        <TimeRange />
      </PageHead>
      <Faults of={[tasks, routes]} />
      {done === null ? null : (
        <Swapped
          done={done}
          onUndone={() => {
            setDone(null)
            again()
          }}
          onClose={() => setDone(null)}
        />
      )}
      {tasks.answer === null ? (
        fault === null ? (
          <Skeleton height={420} />
        ) : null
      ) : task === null ? (
        <Panel title="Not in the configuration">
          <Empty title={`There is no task ${id}`}>
            The configuration in force does not name it. Calls that were made under this name are
            still <Link to={pathTo('/calls', { task: id })}>among the calls</Link>.
          </Empty>
        </Panel>
      ) : (
        <Whole task={task} route={route} />
      )}
      {isSwapping && task !== null ? (
        <SwapDialog
          task={task}
          onClose={() => setSwapping(false)}
          onDone={(swap) => {
            setSwapping(false)
            setDone(swap)
            again()
          }}
        />
      ) : null}
    </>
  )
}

function Whole({ task, route }: { readonly task: TaskJson; readonly route: RouteJson | null }) {
  const range = useRange()
  const certificates = useAsk('/api/certificates', { query: { task: task.name } })
  const byModel = useAsk('/api/performance', {
    query: { by: 'model', task: task.name, ...spanOf(range) },
  })
  const costs = useAsk('/api/costs', {
    query: { by: 'model', task: task.name, ...spanOf(range) },
  })
  const links = certificates.answer?.certificates ?? []
  return (
    <>
      <TaskFigures task={task.name} />
      <div className="stack">
        <Models
          task={task}
          route={route}
          speed={byModel.answer}
          costs={costs.answer}
          fault={byModel.fault ?? costs.fault}
        />
        <AskedNow task={task} />
        <TaskTrends task={task.name} />
        <div className="grid flat">
          <Quality task={task} route={route} certificates={certificates.answer} />
          <SettingsOf task={task} />
        </div>
        {task.policy === 'cascade' || task.policy === 'learned' ? <Curve task={task} /> : null}
        {route === null ? null : <Experiments route={route} />}
        {links.length === 0 ? null : (
          <Certificates certificates={links} brokenAt={certificates.answer?.broken_at ?? null} />
        )}
      </div>
    </>
  )
}
