import { isoText } from '../../../core/clock.ts'
import { youden } from '../../../stats/rogan-gladen.ts'
import type { Calibration } from './calibration.ts'
import type { JudgeReport } from './judge-report.ts'

/** What a report says of its judge, a sentence each, for terminal and page. */
export function judgeTexts({
  judges,
  calibration,
  why,
  said,
  notes,
}: JudgeReport): readonly string[] {
  const shares = Object.entries(said).map(
    ([model, { mean }]) => `${model} ${mean === null ? '-' : `${(100 * mean).toFixed(1)} %`}`,
  )
  return [
    ...(calibration === null
      ? []
      : [
          `Judged by ${judges.join(', ')}, which on ${calibrationText(calibration)} Valid until ${isoText(calibration.validUntil).slice(0, 10)}.`,
        ]),
    why === null
      ? `Scores are corrected for its errors. It called right itself: ${shares.join(', ')}.`
      : `No verdict: ${why}.`,
    ...notes,
  ]
}

/** '120 labels: TPR 0.91 (0.84 to 0.95), TNR ...' */
function calibrationText(calibration: Calibration): string {
  const { counts, tpr, tnr, kappa, positionBias, lengthSlope } = calibration
  const parts = (
    [
      ['TPR', tpr],
      ['TNR', tnr],
      ['kappa', kappa],
      ['position bias', positionBias],
      ['length slope', lengthSlope],
    ] as const
  ).flatMap(([name, found]) => {
    if (found === null) return []
    const { estimate, interval } = found
    return [
      `${name} ${estimate.toFixed(2)} (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})`,
    ]
  })
  const worth = youden(counts)
  const kept = worth === null ? '' : ` Of a difference it shows ${Math.round(100 * worth)} %.`
  return `${counts.positives + counts.negatives} labels: ${parts.join(', ')}.${kept}`
}
