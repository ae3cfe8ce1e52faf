import type { ComponentType } from 'react'
import type { IconName } from '../parts/icon.tsx'
import { CallPage } from './call.tsx'
import { CallsPage } from './calls.tsx'
import { OverviewPage } from './overview.tsx'

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
]
