import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CalibrationStore } from '../../control/evals/judge/calibrate.ts'
import type { Calibration } from '../../control/evals/judge/calibration.ts'

/** Calibrations of judges on the disk, a file each, so that a judge is not calibrated anew at every run. */
export class CalibrationFiles implements CalibrationStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = join(folder, 'evals', 'judges')
  }

  get(identity: string): Calibration | null {
    try {
      return JSON.parse(readFileSync(this.#path(identity), 'utf8')) as Calibration
    } catch {
      // It is not there, or was cut off by a crash: the judge is calibrated anew.
      return null
    }
  }

  put(calibration: Calibration): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writeFileSync(this.#path(calibration.identity), `${JSON.stringify(calibration)}\n`, {
      mode: 0o600,
    })
  }

  #path(identity: string): string {
    return join(this.#folder, `${identity}.json`)
  }
}
