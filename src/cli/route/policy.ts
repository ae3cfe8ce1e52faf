import { renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Calibration } from '../../routing/calibrated/calibrate.ts'
import {
  PolicyFault,
  policyVersion,
  readRule,
  writeRule,
} from '../../routing/calibrated/policy-file.ts'
import type { Rule } from '../../routing/calibrated/rule.ts'
import type { Totals } from '../../routing/calibrated/totals.ts'
import { CommandError } from '../command.ts'
import { fileOf, type Table } from './table-file.ts'

/** A policy as its file has it. */
export interface Policy {
  readonly rule: Rule
  /** The model that quality and saving are told against. */
  readonly strong: string
  readonly quality: number
}

export interface Asked {
  readonly cheap: readonly string[]
  readonly strong: string
  readonly quality: number
  readonly confidence: number
  readonly seed: number
}

/** Everything but the weights: what `--json` prints and the file begins with. */
export function summaryOf(calibration: Calibration, asked: Asked, table: Table, made: string) {
  const { rule, certificate, report } = calibration
  const uses = rule.method === 'static' ? rule.model : null
  return {
    freehold: 'routing-policy',
    version: policyVersion,
    made,
    method: rule.method,
    model: uses,
    reason: calibration.reason,
    candidate: calibration.candidate,
    cheap: asked.cheap,
    strong: asked.strong,
    quality: asked.quality,
    confidence: asked.confidence,
    seed: asked.seed,
    table: { sha256: table.hash, rows: table.rows.length },
    rows: { ...calibration.rows, shared: calibration.shared, least_right: calibration.rowsLeast },
    certificate:
      certificate === null
        ? null
        : {
            ...totalsJson(certificate.totals),
            saving_interval: [certificate.saving.low, certificate.saving.high],
            level: certificate.level,
            p_value: certificate.pValue,
            test: certificate.test,
            tested: certificate.tested,
          },
    forecasts: calibration.forecasts,
    report:
      report === null
        ? null
        : {
            targets: report.targets.map(({ interval, ...each }) => ({
              ...each,
              interval: interval === null ? null : [interval.low, interval.high],
            })),
            apgr: report.apgr,
            cpt: report.cpt,
            aiq: report.aiq,
            curve: report.curve.map(totalsJson),
          },
  }
}

export function totalsJson(totals: Totals) {
  return {
    rows: totals.rows,
    quality_ratio: totals.qualityRatio,
    saving: totals.saving,
    escalated: totals.escalated,
    cost_usd: totals.costUsd,
    cost_strong_usd: totals.costStrongUsd,
  }
}

/** Whole or not at all: the text goes beside the file first. @throws CommandError */
export function writePolicy(path: string, summary: object, rule: Rule): void {
  const written = writeRule(rule)
  const text = JSON.stringify({ ...summary, sha256: hashOf(written), rule: written }, null, 1)
  const beside = `${path}.${process.pid}.new`
  try {
    writeFileSync(beside, `${text}\n`)
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw new CommandError(`${path} cannot be written: ${(error as Error).message}`)
  }
}

/** @throws CommandError with a sentence */
export function readPolicy(path: string): Policy {
  let value: unknown
  try {
    value = JSON.parse(fileOf(path).toString())
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`${path} is no JSON, so it is no policy.`)
  }
  const policy = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >
  if (policy['freehold'] !== 'routing-policy')
    throw new CommandError(
      `${path} is no routing policy. To make one: freehold route calibrate --out ${path}`,
    )
  if (policy['version'] !== policyVersion)
    throw new CommandError(
      `${path} is of version ${JSON.stringify(policy['version'])}; this freehold reads version ${policyVersion}. Calibrate again.`,
    )
  const { rule, strong, quality, sha256 } = policy
  if (typeof strong !== 'string' || typeof quality !== 'number')
    throw new CommandError(`${path} does not name its strong model and quality.`)
  if (sha256 !== hashOf(rule))
    throw new CommandError(
      `${path} was changed after it was certified: its rule has another hash. Calibrate again.`,
    )
  try {
    return { rule: readRule(rule), strong, quality }
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw new CommandError(`${path} is damaged: ${error.message}. Calibrate again.`)
  }
}

function hashOf(rule: unknown): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(rule) ?? '').digest('hex')
}
