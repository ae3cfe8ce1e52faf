import { expect, test } from 'bun:test'
import { keptReportOf } from './kept-report.ts'

const policy = {
  method: 'cascade',
  reason: 'It saves most.',
  cheap: ['acme/small', 7],
  table: { rows: 900 },
  certificate: {
    rows: 400,
    quality_ratio: 0.98,
    saving: 0.6,
    escalated: 0.3,
    saving_interval: [0.55, 0.65],
  },
  report: {
    curve: [
      { quality_ratio: 1, saving: 0, escalated: 1 },
      { quality_ratio: null, saving: 0.4, escalated: 0.5 },
      { quality_ratio: 0.8, saving: 0.9, escalated: 0 },
    ],
    models: { cheap: { cost: 0.1, quality: 0.8 }, strong: { cost: 1, quality: 1 } },
    oracle: [{ cost: 0.1, quality: 0.8 }, { cost: 'much' }],
    targets: [{ quality: 0.95, random: 0.2, oracle: null, curve: 0.6, interval: null }],
  },
}

test('savings are told as costs, and what says nothing is left out', () => {
  const report = keptReportOf(policy)
  expect(report.curve).toEqual([
    { cost: 1, quality: 1, escalated: 1 },
    { cost: 1 - 0.9, quality: 0.8, escalated: 0 },
  ])
  expect(report.operating).toEqual({
    cost: 0.4,
    quality: 0.98,
    escalated: 0.3,
    costInterval: [0.35, 1 - 0.55],
  })
  expect(report.oracle).toEqual([{ cost: 0.1, quality: 0.8, escalated: null }])
  expect([report.cheap, report.rows, report.certifiedRows]).toEqual([['acme/small'], 900, 400])
  expect(report.targets).toEqual([
    { quality: 0.95, random: 0.2, oracle: null, curve: 0.6, interval: null },
  ])
})

test('a policy of one model, or of a version that kept less, has no curve and no point', () => {
  for (const bare of [{}, { certificate: null, report: null }, { report: 'none', cheap: 3 }]) {
    const report = keptReportOf(bare)
    expect([report.operating, report.models, report.method]).toEqual([null, null, null])
    expect([report.curve, report.oracle, report.targets, report.cheap]).toEqual([[], [], [], []])
  }
})
