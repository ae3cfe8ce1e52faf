import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { withoutSecrets, withSecrets } from '../config/hidden.ts'
import type { InForce } from '../config/in-force.ts'
import type { ConfigDesk } from '../server/control.ts'
import type { ConfigAppliedJson, ConfigCheckJson } from '../server/contract/settings.ts'
import { putInFile } from './control.ts'
import { restartNeeded } from './start.ts'

/** Reads, checks and writes the file of a configuration. */
export class FileDesk implements ConfigDesk {
  readonly #inForce: InForce
  readonly #reload: () => Promise<readonly string[]>

  constructor(inForce: InForce, reload: () => Promise<readonly string[]>) {
    this.#inForce = inForce
    this.#reload = reload
  }

  look: ConfigDesk['look'] = () => {
    const { path, textInForce } = this.#inForce
    if (path === null) return { file: null, text: '', hash: '', in_force: true, issues: [] }
    const text = readFileSync(path, 'utf8')
    const tried = this.#inForce.tryOut(text)
    return {
      file: basename(path),
      text: withoutSecrets(text),
      hash: hashOf(text),
      in_force: text === textInForce,
      issues: 'errors' in tried ? tried.errors : [],
    }
  }

  check: ConfigDesk['check'] = (edited) => {
    const { path } = this.#file()
    const text = withSecrets(edited, readFileSync(path, 'utf8'))
    return this.#checked(text)
  }

  apply: ConfigDesk['apply'] = (edited, hash) =>
    this.#inForce.change(() => this.#apply(edited, hash))

  async #apply(edited: string, hash: string): Promise<ConfigAppliedJson> {
    const { path } = this.#file()
    const before = readFileSync(path, 'utf8')
    if (hashOf(before) !== hash)
      throw new RangeError(
        'The file was changed since it was read, and nothing was written. Read it again and make your change in what it says now.',
      )
    const text = withSecrets(edited, before)
    const { issues, warnings, restart } = this.#checked(text)
    const [first] = issues
    if (first !== undefined)
      throw new RangeError(
        `The file is as it was, because this would be refused: line ${first.line}, column ${first.column}: ${first.sentence}`,
      )
    const refused = await putInFile(path, { before, text }, this.#reload)
    if (refused.length === 0) return { hash: hashOf(text), warnings, restart }
    throw new RangeError(`The file is as it was, because this was refused: ${refused.join(' ')}`)
  }

  settings: ConfigDesk['settings'] = () => {
    const { path, current } = this.#inForce
    const { settings, snapshot } = current
    return {
      file: path === null ? null : basename(path),
      store: settings.storePath,
      timezone: settings.timezone,
      payloads: snapshot.payloads,
      payloads_kept_s: settings.retention.payloadsMs / 1_000,
      rows_kept_s: settings.retention.rowsMs / 1_000,
      workers: settings.server.workers,
      when_unavailable: settings.ledger.whenUnavailable,
      alarms_told: settings.alarmWebhook !== null,
    }
  }

  #checked(text: string): ConfigCheckJson {
    const tried = this.#inForce.tryOut(text)
    if ('errors' in tried) return { issues: tried.errors, warnings: [], restart: [] }
    const { config } = tried
    const restart = restartNeeded(this.#inForce.current, config)
    return { issues: [], warnings: config.warnings, restart }
  }

  /** @throws RangeError */
  #file(): { readonly path: string } {
    const { path } = this.#inForce
    if (path !== null) return { path }
    throw new RangeError(
      'There is no configuration file, and so nothing to edit. To make one: freehold init',
    )
  }
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex')
}
