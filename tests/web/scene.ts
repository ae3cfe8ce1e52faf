import { afterAll, beforeAll, describe, expect } from 'bun:test'
import type { Page } from 'playwright-core'
import type { TownOptions } from '../journeys/town.ts'
import {
  barriers,
  type Dashboard,
  noBrowser,
  screenshots,
  settled,
  startDashboard,
  type VisitOptions,
} from './browser.ts'

/** Stories of the dashboard: skipped where there is no Chromium. */
export const stories = describe.skipIf(noBrowser)

export interface Scene extends Pick<Dashboard, 'town' | 'call'> {
  visit(path?: string, options?: VisitOptions): Promise<SceneVisit>
}

export interface SceneVisit {
  readonly page: Page
  /** Nobody looks any more; until now the page has complained of nothing. */
  end(): Promise<void>
}

/**
 * A dashboard from before the first story of a file, or of a group of them, until after the last.
 * @param options  a function where they are known only when other servers run
 */
export function dashboardOf(options?: TownOptions | (() => TownOptions)): Scene {
  let dashboard: Dashboard | null = null
  const started = (): Dashboard => {
    if (dashboard === null) throw new Error('The dashboard is not started before the stories are.')
    return dashboard
  }
  if (!noBrowser) {
    beforeAll(async () => {
      dashboard = await startDashboard(typeof options === 'function' ? options() : options)
    }, 60_000)
    afterAll(() => dashboard?.close())
  }
  return {
    get town() {
      return started().town
    },
    call: (body, headers) => started().call(body, headers),
    visit: async (path, visitOptions) => {
      const { page, complaints, close } = await started().visit(path, visitOptions)
      return {
        page,
        end: async () => {
          expect(complaints).toEqual([])
          await close()
        },
      }
    },
  }
}

/** Once it has come to rest the page can be reached, read and heard, and is drawn in its four looks. */
export async function looksWell(page: Page, name: string): Promise<void> {
  await settled(page)
  expect(await barriers(page)).toEqual([])
  await screenshots(page, name)
}
