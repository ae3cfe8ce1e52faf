import { type KeptReport, keptReportOf } from './kept-report.ts'
import { PolicyFault, policyVersion, readRule } from './policy-file.ts'
import type { Rule } from './rule.ts'

/** What a policy file says beside its rule, as far as anything depends on it. */
export interface PolicyFacts {
  /** Of the rule: whoever changes a number in it has another policy. */
  readonly sha256: string
  /** ISO 8601 */
  readonly made: string | null
  /** The model that quality and saving are told against. */
  readonly strong: string
  readonly quality: number
  readonly confidence: number | null
  /** Null: nothing was proven, and the rule is one model. */
  readonly certificate: {
    readonly pValue: number | null
    readonly level: number | null
    readonly saving: number | null
    readonly rows: number | null
  } | null
  /** How often the policy's answers were the strong model's, on the rows that can be compared. */
  readonly agreement: { readonly rate: number; readonly rows: number } | null
  /** The table had answers apart from their texts, which live calls have not. */
  readonly extractedAnswers: boolean
  /** Of system prompt, tools and schema of the calls that the table is from; null: not known. */
  readonly promptHash: string | null
}

/** A policy as `freehold route calibrate` wrote it. Its weights are no part of what is shown or hashed. */
export class Fitted {
  readonly facts: PolicyFacts
  readonly #rule: Rule
  readonly #report: KeptReport

  constructor(facts: PolicyFacts, rule: Rule, report: KeptReport = keptReportOf({})) {
    this.facts = facts
    this.#rule = rule
    this.#report = report
  }

  /** For whoever looks at it: nothing is decided by it, and so it is not hashed either. */
  get report(): KeptReport {
    return this.#report
  }

  get rule(): Rule {
    return this.#rule
  }
}

/** @throws PolicyFault with the rest of a sentence that begins with the file's name */
export function readFitted(text: string): Fitted {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new PolicyFault('is no JSON, so it is no policy.')
  }
  const policy = asRecord(value)
  if (policy['freehold'] !== 'routing-policy') throw new PolicyFault('is no routing policy.')
  if (policy['version'] !== policyVersion)
    throw new PolicyFault(
      `is of version ${JSON.stringify(policy['version'])}; this freehold reads version ${policyVersion}. Calibrate again.`,
    )
  const { rule, strong, quality, sha256, made } = policy
  if (typeof strong !== 'string' || typeof quality !== 'number')
    throw new PolicyFault('does not name its strong model and quality.')
  const hash = hashOfRule(rule)
  if (sha256 !== hash)
    throw new PolicyFault(
      'was changed after it was certified: its rule has another hash. Calibrate again.',
    )
  const facts: PolicyFacts = {
    sha256: hash,
    made: typeof made === 'string' && !Number.isNaN(Date.parse(made)) ? made : null,
    strong,
    quality,
    confidence: numberOrNull(policy['confidence']),
    certificate: certificateOf(policy['certificate']),
    agreement: agreementIn(policy['agreement']),
    extractedAnswers: policy['extracted_answers'] === true,
    promptHash: typeof policy['prompt_hash'] === 'string' ? policy['prompt_hash'] : null,
  }
  try {
    return new Fitted(facts, readRule(rule), keptReportOf(policy))
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    throw new PolicyFault(`is damaged: ${error.message}. Calibrate again.`)
  }
}

export function hashOfRule(rule: unknown): string {
  return new Bun.CryptoHasher('sha256').update(JSON.stringify(rule) ?? '').digest('hex')
}

function certificateOf(value: unknown): PolicyFacts['certificate'] {
  if (typeof value !== 'object' || value === null) return null
  const { p_value: pValue, level, saving, rows } = asRecord(value)
  return {
    pValue: numberOrNull(pValue),
    level: numberOrNull(level),
    saving: numberOrNull(saving),
    rows: numberOrNull(rows),
  }
}

function agreementIn(value: unknown): PolicyFacts['agreement'] {
  const { rate, rows } = asRecord(value)
  return typeof rate === 'number' && rate >= 0 && rate <= 1 && typeof rows === 'number'
    ? { rate, rows }
    : null
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
