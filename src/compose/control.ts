import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Alarms } from '../alarms/alarms.ts'
import { swapTaskModel, taskTextOf } from '../config/edit.ts'
import type { InForce } from '../config/in-force.ts'
import { writeWhole } from '../config/write.ts'
import { type Instant, systemClock } from '../core/clock.ts'
import { ErasureDesk } from '../server/erasure-desk.ts'
import type {
  ChangeBook,
  Control,
  KeptEvals,
  LedgerCheckup,
  PriceDesk,
  Studies,
  SwapPlan,
} from '../server/control.ts'
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
  readonly evals: KeptEvals
  readonly changes: ChangeBook
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
  evals,
  changes,
}: ControlSources): Omit<Control, 'status' | 'reload' | 'swap' | 'simulated' | 'config'> {
  return {
    store,
    alarms,
    checkup,
    prices,
    studies,
    evals,
    changes,
    erasures: new ErasureDesk({ store, changes, clock: systemClock }),
    clock: systemClock,
    snapshot: () => inForce.current.snapshot,
    timezone: inForce.current.settings.timezone,
    economics: () => inForce.current.settings.economics,
    planSwap: (task, models) => planInFile(inForce, task, models),
    models: () => modelsJson(inForce.current.snapshot, systemClock),
    keys: async () => keyDesk.list(),
    createKey: (wish) => keyDesk.create(wish),
    revokeKey: (id) => keyDesk.revoke(id),
    setKeyBudget: (id, budget) => keyDesk.setBudget(id, budget),
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
  const path = fileOf(inForce)
  const namesOf = () => modelsOf(inForce, task)
  return inForce.change(async () => {
    const before = namesOf()
    const text = readFileSync(path, 'utf8')
    const refused = await putInFile(
      path,
      { before: text, text: swapTaskModel(text, task, models) },
      reload,
    )
    if (refused.length === 0) return { before, after: namesOf() }
    throw new RangeError(
      `The file is as it was, because with the swap it would be refused: ${refused.join(' ')}`,
    )
  })
}

/** Writes a text and puts it in force, or takes it back. @returns why it was refused; empty when it is in force */
export async function putInFile(
  path: string,
  { before, text }: { readonly before: string; readonly text: string },
  reload: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  await writeWhole(path, text)
  const refused = await reload()
  // Whoever wrote it in between has the last word.
  if (refused.length > 0 && readFileSync(path, 'utf8') === text) {
    await writeWhole(path, before)
    await reload()
  }
  return refused
}

/** @throws RangeError with a sentence */
function planInFile(inForce: InForce, task: string, models: readonly string[]): SwapPlan {
  const path = fileOf(inForce)
  const text = readFileSync(path, 'utf8')
  const swapped = swapTaskModel(text, task, models)
  const [now, then] = [taskTextOf(text, task), taskTextOf(swapped, task)]
  return {
    file: basename(path),
    line: now.line,
    before: modelsOf(inForce, task),
    after: models,
    text_before: now.text,
    text_after: then.text,
  }
}

function fileOf({ path }: InForce): string {
  if (path !== null) return path
  throw new RangeError(
    'There is no configuration file, and so no task to change. To make one: freehold init',
  )
}

function modelsOf(inForce: InForce, task: string): readonly string[] {
  const candidates = inForce.current.snapshot.tasks.get(task)?.candidates ?? []
  return candidates.map(({ provider, model }) => `${provider}/${model}`)
}
