import { expect, test } from 'bun:test'
import { reportOf } from '../../control/evals/report.ts'
import { aCase, aResult } from '../../control/evals/scene.suite.ts'
import type { Suite } from '../../control/evals/suite.ts'
import type { CertificateJson } from '../../server/contract/certificates.ts'
import { proofOf } from './certificate.ts'
import { certificateText } from './text.ts'

test('a certificate says of how many cases a score is', () => {
  const cases = Array.from({ length: 100 }, (_, index) => aCase(String(index)))
  const results = cases.flatMap((each, index) => [
    aResult(each, 'a/one', 1),
    aResult(each, 'a/two', index < 60 ? 1 : null),
  ])
  const suite = { name: 'sums', file: 'sums.yaml', metric: 'score' } as Suite
  const plan = { cases, ungradable: [], jobs: [] }
  const asked = { models: ['a/one', 'a/two'], repeats: 1, seed: 1, margin: 0.1 }
  const report = reportOf(suite, plan, results, asked)
  const comparison = report.comparisons[0]!
  const proof = proofOf({
    before: ['a/one'],
    report,
    comparison,
    text: '',
    listed: [],
    judge: null,
    earlierTries: 0,
  })
  expect(proof.scores['a/two']).toMatchObject({ n: 60, cases: 100 })
  const certificate = {
    seq: 1,
    at: '2026-11-22T00:00:00Z',
    task: 'hello',
    who: 'ops',
    models: { before: ['a/one'], after: ['a/two'] },
    config: { before: '1', after: '2' },
    previous: '0',
    hash: '1',
    proof,
  } as unknown as CertificateJson
  expect(certificateText(certificate)).toMatch(
    /a\/two: .*, of 60 of 100 cases: the others have no verdict; /,
  )
  expect(certificateText(certificate)).toMatch(/a\/one: 100.0 % \([\d.]+ to 100.0\); /)
  const { cases: _, ...older } = proof.scores['a/two']!
  const before = { ...certificate, proof: { ...proof, scores: { 'a/two': older } } }
  expect(certificateText(before as never)).toMatch(/a\/two: [^,;]+; /)
})
