import { stat } from 'node:fs/promises'
import type { Environment } from '../config/environment.ts'
import type { TaskChecks } from '../gateway/experiments/settings.ts'
import type { Checked, CheckInput, Checks } from '../gateway/pipeline/checks.ts'
import { ProcessSandbox } from './sandbox.ts'

/** Processes that check answers at the same time: one that hangs holds up half of the others, and not for longer than its limit. */
const processes = 2
/** Checks that are under way or wait for a process. Behind so many an answer has not passed. */
const loadMost = 128
/** Time limits of its own that a check waits for those before it. */
const patience = 5
/** Of what a function says about an answer, the part that the ledger keeps. */
const wordsMax = 120

interface Slot {
  readonly sandbox: ProcessSandbox
  /** Checks that are under way or wait. */
  load: number
  /** Of the files whose code it has read: what they were then. */
  readonly read: Map<string, string>
}

/**
 * Checks of answers by code of the user's own: in processes that have no keys and no part of the gateway, each
 * order with a time limit. A process is started by the first check, and anew when the file of one has changed.
 */
export class SandboxChecks implements Checks {
  readonly #slots: readonly Slot[]

  constructor(env: Environment) {
    this.#slots = Array.from({ length: processes }, () => ({
      sandbox: new ProcessSandbox(env),
      load: 0,
      read: new Map(),
    }))
  }

  async check({ path, timeoutMs }: TaskChecks, input: CheckInput): Promise<Checked> {
    const slot = this.#slots.reduce((least, each) => (each.load < least.load ? each : least))
    if (slot.load >= loadMost) return failed('too many answers wait to be checked')
    slot.load += 1
    try {
      await renew(slot, path)
      const run = slot.sandbox
        .run({ path, name: null, arguments: [input], timeoutMs })
        .then(verdictOf)
      return await Promise.race([run, lateAfter(patience * timeoutMs, run)])
    } catch (error) {
      // The code threw, took too long, or cannot be read: nothing speaks for the answer.
      return failed(error instanceof Error ? error.message : String(error))
    } finally {
      slot.load -= 1
    }
  }

  close(): void {
    for (const { sandbox } of this.#slots) sandbox.close()
  }
}

/** Waits no longer than that, and not at all for a check that is over. */
async function lateAfter(ms: number, run: Promise<Checked>): Promise<Checked> {
  const { promise, resolve } = Promise.withResolvers<Checked>()
  const timer = setTimeout(() => resolve(failed('too many answers wait to be checked')), ms)
  run.then(
    () => clearTimeout(timer),
    () => clearTimeout(timer),
  )
  return promise
}

/** A module that was read once is read no more by its process. @throws Error when the file is not there */
async function renew({ sandbox, read }: Slot, path: string): Promise<void> {
  const { mtimeMs, size, ino } = await stat(path)
  const now = `${ino} ${size} ${mtimeMs}`
  const before = read.get(path)
  if (before === now) return
  read.set(path, now)
  if (before !== undefined) sandbox.close()
}

/** As the grader `code` of evaluations reads it: true, a score of 1, or `pass`. */
function verdictOf(said: unknown): Checked {
  if (said === true || said === 1) return { passed: true, says: 'it passed' }
  if (said === false || typeof said === 'number') return failed(`it said ${said}`)
  if (typeof said !== 'object' || said === null)
    return failed('it answered neither true nor false, no score and no {score, why}')
  const { score, pass, why, reason } = said as Readonly<Record<string, unknown>>
  const words = typeof why === 'string' ? why : typeof reason === 'string' ? reason : null
  const passed = typeof score === 'number' ? score >= 1 : pass === true
  return passed ? { passed, says: 'it passed' } : failed(words ?? `it said ${JSON.stringify(said)}`)
}

function failed(says: string): Checked {
  return { passed: false, says: says.replaceAll(/\p{Cc}/gu, ' ').slice(0, wordsMax) }
}
