import { writeWhole } from '../../config/write.ts'
import type { Calibration } from '../../routing/calibrated/calibrate.ts'
import { agreementOf } from '../../routing/calibrated/agreement.ts'
import { hashOfRule, readFitted } from '../../routing/calibrated/fitted.ts'
import { PolicyFault, policyVersion, writeRule } from '../../routing/calibrated/policy-file.ts'
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
  /** Of what the task says with each call; null: not known. */
  readonly promptHash: string | null
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
    prompt_hash: asked.promptHash,
    extracted_answers: table.rows.some(({ results }) =>
      [...results.values()].some(({ answer }) => answer !== undefined),
    ),
    agreement: agreementOf(rule, table.rows, asked.strong),
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
            models: report.models,
            oracle: report.oracle,
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

/** @throws CommandError */
export function writePolicy(path: string, summary: object, rule: Rule): Promise<void> {
  const written = writeRule(rule)
  const text = JSON.stringify({ ...summary, sha256: hashOfRule(written), rule: written }, null, 1)
  return writeOut(path, `${text}\n`)
}

/** Whole or not at all. @throws CommandError */
export async function writeOut(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text)
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${(error as Error).message}`)
  }
}

/** @throws CommandError with a sentence */
export function readPolicy(path: string): Policy {
  const text = fileOf(path).toString()
  try {
    const { rule, facts } = readFitted(text)
    return { rule, strong: facts.strong, quality: facts.quality }
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    const hint = error.message.endsWith('policy.')
      ? ` To make one: freehold route calibrate --out ${path}`
      : ''
    throw new CommandError(`${path} ${error.message}${hint}`)
  }
}
