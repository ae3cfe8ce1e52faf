import { writeFileSync } from 'node:fs'
import { hashOfRule } from '../../src/routing/calibrated/fitted.ts'
import { policyVersion, writeRule } from '../../src/routing/calibrated/policy-file.ts'
import type { Routed } from '../../src/routing/calibrated/rule.ts'

/** Writes a rule as the file of a policy that was proven today. */
export function writePolicy(path: string, rule: Routed, more: object = {}): void {
  const written = writeRule(rule)
  const policy = {
    freehold: 'routing-policy',
    version: policyVersion,
    made: new Date().toISOString(),
    strong: rule.strong,
    quality: 0.95,
    confidence: 0.95,
    certificate: { rows: 600, saving: 0.5, p_value: 0.01, level: 0.02 },
    agreement: { rate: 0.97, rows: 400 },
    ...more,
    sha256: hashOfRule(written),
    rule: written,
  }
  writeFileSync(path, JSON.stringify(policy))
}
