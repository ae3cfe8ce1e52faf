import type { Alarms } from '../alarms/alarms.ts'
import { ConfigRefused, type InForce } from '../config/in-force.ts'
import type { Configuration } from '../config/load.ts'
import { deliverAlarms } from './alarms.ts'
import type { ComposeOptions } from './options.ts'
import { restartNeeded } from './start.ts'

export interface ReloadOptions {
  readonly inForce: InForce
  readonly alarms: Alarms
  readonly log: ComposeOptions['log']
  /** Puts what the files say in force, everywhere. @throws ConfigRefused */
  readonly put: () => Promise<Configuration>
}

/** Reads the configuration again, one reload after another: each sees what the one before it left in force. */
export class Reloads {
  readonly #options: ReloadOptions
  #last: Promise<readonly string[]> = Promise.resolve([])

  constructor(options: ReloadOptions) {
    this.#options = options
  }

  /** @returns why it was refused; empty when it is in force */
  readonly reload = (): Promise<readonly string[]> => {
    this.#last = this.#last.then(() => this.#reload())
    return this.#last
  }

  async #reload(): Promise<readonly string[]> {
    const { inForce, alarms, log, put } = this.#options
    const subject = inForce.path ?? 'environment'
    try {
      const before = inForce.current
      const next = await put()
      for (const text of restartNeeded(before, next))
        log({ level: 'warning', event: 'restart_needed', text })
      deliverAlarms(alarms, next)
      alarms.resolve('configuration_refused', subject)
      log({
        level: 'info',
        event: 'configuration_in_force',
        text: 'The configuration was read again.',
        hash: next.snapshot.hash,
      })
      return []
    } catch (error) {
      const sentences =
        error instanceof ConfigRefused ? error.sentences : [(error as Error).message]
      const text = `The last good configuration stays in force. ${sentences[0] ?? ''}`
      alarms.raise('configuration_refused', subject, text)
      log({ level: 'error', event: 'configuration_refused', text: sentences.join(' | ') })
      return sentences
    }
  }
}
