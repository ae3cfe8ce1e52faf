import type { ComponentType } from 'react'
import type { IconName } from '../parts/icon.tsx'
import { CallPage } from './call.tsx'
import { CallsPage } from './calls.tsx'
import { EvalsPage } from './evals.tsx'
import { EvalRunPage } from './evals-run.tsx'
import { MoneyPage } from './money.tsx'
import { OverviewPage } from './overview.tsx'
import { PlaygroundPage } from './playground.tsx'
import { ProvidersPage } from './providers.tsx'
import { ProviderPage } from './providers/provider.tsx'
import { SettingsPage } from './settings.tsx'
import { TasksPage } from './tasks.tsx'
import { TaskPage } from './tasks/task.tsx'

export interface Page {
  /** Its place, and that of what is below it. */
  readonly path: string
  readonly title: string
  readonly icon: IconName
  /** Pressed after G. */
  readonly key: string
  readonly show: ComponentType
  /** What stands behind the path and a slash, as one thing: a call, a task. */
  readonly detail?: ComponentType<{ readonly id: string }>
}

/** In the order of the navigation. A page that is not built does not stand here. */
export const pages: readonly Page[] = [
  { path: '/', title: 'Overview', icon: 'overview', key: 'o', show: OverviewPage },
  {
    path: '/calls',
    title: 'Calls',
    icon: 'calls',
    key: 'c',
    show: CallsPage,
    detail: CallPage,
  },
  {
    path: '/tasks',
    title: 'Tasks',
    icon: 'tasks',
    key: 't',
    show: TasksPage,
    detail: TaskPage,
  },
  {
    path: '/providers',
    title: 'Providers',
    icon: 'providers',
    key: 'p',
    show: ProvidersPage,
    detail: ProviderPage,
  },
  { path: '/money', title: 'Money', icon: 'money', key: 'm', show: MoneyPage },
  {
    path: '/evals',
    title: 'Evals',
    icon: 'evals',
    key: 'e',
    show: EvalsPage,
    detail: EvalRunPage,
  },
  {
    path: '/playground',
    title: 'Playground',
    icon: 'playground',
    key: 'y',
    show: PlaygroundPage,
  },
  { path: '/settings', title: 'Settings', icon: 'settings', key: 's', show: SettingsPage },
]
