import { invalidRequest } from '../core/errors.ts'
import { isCallId } from '../core/ids.ts'
import { type Dimension, dimensions, type Filters } from '../store/ports.ts'
import { scanColumns, scanRowsMax } from '../store/scan.ts'
import type { Asked } from './asked.ts'
import type { ReplayCallsJson, ReplayModelsJson, ReplayRequestsJson } from './contract/replay.ts'
import { countOf, idOf, instantOf, momentOf } from './query.ts'

/** /api/replay/...: what prices the traffic of the past on other models. */

/** A page of calls, packed: a JSON of a million calls would hold up those that are under way. */
export async function listReplayCalls({ control, query }: Asked): Promise<ReplayCallsJson> {
  const filters: Partial<Record<Dimension, string>> = {}
  for (const name of dimensions) {
    const value = query.get(name)
    if (value !== null) filters[name] = value
  }
  const page = await control.store.scan({
    filters: filters satisfies Filters,
    since: instantOf(query, 'since', control) ?? momentOf('7d', 'since', control),
    until: instantOf(query, 'until', control) ?? control.clock.now(),
    after: idOf(query, 'after'),
    rows: countOf(query, 'limit', scanRowsMax, scanRowsMax),
  })
  const { values } = page
  return {
    looked: page.looked,
    next: page.next,
    ids: Buffer.from(page.ids).toString('base64'),
    values: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
    columns: scanColumns,
    models: page.models,
    tasks: page.tasks,
  }
}

/** What was asked in some calls. @throws invalid_request */
export async function showReplayRequests({ control, query }: Asked): Promise<ReplayRequestsJson> {
  const ids = query.getAll('id')
  if (ids.length === 0 || ids.length > requestsMax || !ids.every(isCallId))
    throw invalidRequest(`'id' names from 1 to ${requestsMax} calls.`).at('id')
  const calls = await Promise.all(ids.map((id) => control.store.call(id)))
  return {
    calls: calls.flatMap((call, index) => {
      const answered = call?.attempts.at(-1)
      return call && answered
        ? [{ id: ids[index]!, dialect: answered.dialect, request: call.request ?? null }]
        : []
    }),
  }
}

/** Each may be megabytes long. */
const requestsMax = 50

/** Everything that is known of some models, all dated prices included. @throws invalid_request */
export function showReplayModels({ control, query }: Asked): ReplayModelsJson {
  const names = query.getAll('model')
  if (names.length === 0 || names.length > 100)
    throw invalidRequest("'model' names from 1 to 100 models.").at('model')
  const { catalog, providers } = control.snapshot()
  const now = control.clock.now()
  return {
    models: names.map((name) => {
      const slash = name.indexOf('/')
      const provider = name.slice(0, Math.max(0, slash))
      const found = catalog.find(provider, name.slice(slash + 1), now)
      return { id: name, live: providers.has(provider), model: found?.model ?? null }
    }),
  }
}
