import type { FileKey } from '../gateway/pipeline/snapshot.ts'
import { boundsOf } from './bounds.ts'
import type { Path } from './issue.ts'
import { partsOf } from './model-name.ts'
import type { Report } from './report.ts'
import { noSuchProvider, type Names } from './resolve-tasks.ts'
import type { Config } from './schema/index.ts'
import { didYouMean } from '../core/spelling.ts'

/** @param places  where in the file each of the keys stands */
export function resolveKeys(
  config: Config,
  places: readonly number[],
  names: Names,
  report: Report,
): readonly FileKey[] {
  const ids = new Map<string, number>()
  const secrets = new Map<string, string>()
  return config.keys.map((written, index) => {
    const { id, secret, role, env = null, tasks } = written
    const path = ['keys', places[index] ?? index]
    const other = ids.get(id)
    if (other !== undefined) {
      report.wrong([...path, 'id'], `is ${id}, as that of keys[${other}] is. Ids have to differ.`)
    }
    ids.set(id, other ?? Number(path[1]))
    const holder = secrets.get(secret.reveal())
    if (holder !== undefined) {
      report.wrong(
        [...path, 'secret'],
        `is the same as that of key ${holder}. Secrets have to differ.`,
      )
    }
    secrets.set(secret.reveal(), id)
    if (tasks && role === 'admin') {
      report.wrong(
        [...path, 'tasks'],
        'cannot hold for an admin, who may call everything. Take out one of the two.',
        'name',
      )
    }
    tasks?.forEach((task, at) => checkTask(task, [...path, 'tasks', at], config, names, report))
    return {
      id,
      role,
      env,
      secret,
      tasks: tasks ? new Set(tasks) : null,
      bounds: boundsOf(written),
    }
  })
}

/** A task, a provider/model or a provider/*. */
function checkTask(
  name: string,
  path: Path,
  { tasks }: Config,
  { live, known, isListed, isTask }: Names,
  report: Report,
): void {
  if (isTask(name)) return
  const { provider, model } = partsOf(name)
  if (!name.includes('/')) {
    const meant = didYouMean(name, Object.keys(tasks))
    report.wrong(
      path,
      `is ${name}, and there is no such task.${meant || ' Tasks stand under tasks, models are provider/model.'}`,
    )
  } else if (model === '') {
    report.wrong(path, `names no model: write ${provider}/MODEL, or ${provider}/* for all of them.`)
  } else if (!live.has(provider) && !isListed(provider)) {
    report.wrong(path, noSuchProvider(provider, live, known))
  }
}
