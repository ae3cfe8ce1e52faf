import { expect, test } from 'bun:test'
import { usd } from '../../core/money.ts'
import { readLine } from '../../routing/calibrated/table.ts'
import { reportOf } from './report.ts'
import { routingTable } from './routing-table.ts'
import { aCase, aResult } from './scene.suite.ts'
import type { Suite } from './suite.ts'

const suite = { name: 'sums', metric: 'score' } as Suite

test('graded answers are rows that routing is calibrated from', () => {
  const messages = [
    { role: 'system', content: 'Add.' },
    { role: 'user', content: '1 + 1?' },
  ]
  const cases = [aCase('a', { messages }), aCase('b'), aCase('c')]
  const cost = usd('0.000012')
  const results = [
    aResult(cases[0]!, 'cheap', 0.5, { answer: { cost, text: 'two', logprobs: [-0.1, -0.3] } }),
    aResult(cases[0]!, 'strong', 1, { answer: { cost } }),
    aResult(cases[1]!, 'cheap', null, { answer: { cost } }),
    aResult(cases[1]!, 'strong', 1, { answer: { cost } }),
    aResult(cases[2]!, 'cheap', 1, { answer: { cost: null } }),
  ]
  const plan = { cases, ungradable: [], jobs: [] }
  const models = ['cheap', 'strong']
  const report = reportOf(suite, plan, results, { models, repeats: 1, seed: 1, margin: 0.03 })
  const { rows, left } = routingTable(report)
  // One without a verdict and one whose cost is not known; the case with neither is no row.
  expect([rows.length, left]).toEqual([2, 2])
  const { row } = readLine(rows[0]!, new Set(models))
  expect(row).toMatchObject({ id: 'a', prompt: '1 + 1?' })
  expect(row.results.get('cheap')).toMatchObject({
    score: 0.5,
    costUsd: 0.000012,
    response: 'two',
    confidence: { mean_logprob: -0.2, min_logprob: -0.3, low_logprob: -0.3, first_logprob: -0.1 },
  })
})
