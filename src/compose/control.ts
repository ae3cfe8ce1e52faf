import { readFileSync, writeFileSync } from 'node:fs'
import { Alarms } from '../alarms/alarms.ts'
import { swapTaskModel } from '../config/edit.ts'
import type { InForce } from '../config/in-force.ts'
import { type Instant, systemClock } from '../core/clock.ts'
import type { Control, LedgerCheckup, PriceDesk, Studies } from '../server/control.ts'
import { modelsJson } from '../server/describe.ts'
import { KeyDesk } from '../server/key-desk.ts'
import type { Store } from '../store/ports.ts'

export interface ControlSources {
  readonly store: Store
  readonly alarms: Alarms
  readonly inForce: InForce
  readonly keyDesk: KeyDesk
  readonly startedAt: Instant
  readonly checkup: LedgerCheckup
  readonly prices: PriceDesk
  readonly studies: Studies
}

/** What a running gateway and a command without one have in common. */
export function controlOf({
  store,
  alarms,
  inForce,
  keyDesk,
  checkup,
  prices,
  studies,
}: ControlSources): Omit<Control, 'status' | 'reload' | 'swap'> {
  return {
    store,
    alarms,
    checkup,
    prices,
    studies,
    clock: systemClock,
    snapshot: () => inForce.current.snapshot,
    timezone: inForce.current.settings.timezone,
    economics: () => inForce.current.settings.economics,
    models: () => modelsJson(inForce.current.snapshot, systemClock),
    keys: async () => keyDesk.list(),
    createKey: (wish) => keyDesk.create(wish),
    revokeKey: (id) => keyDesk.revoke(id),
  }
}

export function configFacts(inForce: InForce) {
  const { path, loadedAt, refused } = inForce
  return { path, loadedAt, refused, warnings: inForce.current.warnings }
}

/** @throws RangeError with a sentence; ConfigRefused when the model cannot stand there */
export async function swapInFile(
  inForce: InForce,
  task: string,
  models: readonly string[],
  reload: () => Promise<readonly string[]>,
): Promise<{ readonly before: readonly string[]; readonly after: readonly string[] }> {
  const { path } = inForce
  if (path === null) {
    throw new RangeError(
      'There is no configuration file, and so no task to change. To make one: freehold init',
    )
  }
  const namesOf = (): readonly string[] =>
    inForce.current.snapshot.tasks
      .get(task)
      ?.candidates.map(({ provider, model }) => `${provider}/${model}`) ?? []
  const before = namesOf()
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, swapTaskModel(text, task, models))
  const refused = await reload()
  if (refused.length === 0) return { before, after: namesOf() }
  writeFileSync(path, text)
  await reload()
  throw new RangeError(
    `The file is as it was, because with the swap it would be refused: ${refused.join(' ')}`,
  )
}
