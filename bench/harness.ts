import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

/** What everything that measures shares: quantiles, and files of results. */

const root = join(import.meta.dir, '..')
export const resultsFolder = join(root, 'bench', 'results')

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/** Of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]!
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** Writes NAME.json with commit, machine and date around the figures; to bench/results unless told otherwise. */
export function writeResult(name: string, figures: object, folder = resultsFolder): string {
  const git = (...words: string[]): string =>
    Bun.spawnSync(['git', ...words], { cwd: root })
      .stdout.toString()
      .trim()
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.json`)
  const whole = {
    bench: name,
    commit:
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes'),
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memory_gb: Math.round(totalmem() / 1e9),
      bun: Bun.version,
    },
    ...figures,
  }
  writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`)
  return path
}
