import type { Calibration } from '../../routing/calibrated/calibrate.ts'
import type { Report } from '../../routing/calibrated/report.ts'
import { dim, grouped, printable, type Printer, table as tableText } from '../print.ts'
import type { Asked } from './policy.ts'

/** What a calibration came to, in words. */
export function outcomeText(calibration: Calibration, asked: Asked, print: Printer): string {
  const { certificate, report, rule } = calibration
  const lines = [
    rule.method === 'static'
      ? `No routing: use ${printable(rule.model)}.`
      : `${rule.method}: ${printable(rule.cheap)} first, ${printable(rule.strong)} where it pays.`,
    printable(calibration.reason),
  ]
  if (certificate !== null) {
    const { totals, saving } = certificate
    lines.push(
      '',
      `On ${grouped(totals.rows)} rows kept for proof it keeps ${percent(totals.qualityRatio)} of the quality and saves ${percent(totals.saving)} (${between(saving)}).`,
      `At least ${percent(asked.quality)} is kept with ${percent(asked.confidence)} confidence: p ${certificate.pValue.toPrecision(2)}, tested at ${certificate.level.toPrecision(2)}, also what a fresh table two thirds as large will show.`,
    )
    if (calibration.shared)
      lines.push(
        'There are fewer than 2,000 rows, so all of them taught, each judged by weights that had not seen it.',
      )
  }
  if (report !== null) {
    const note = `Savings. The curve is read off the rows it is drawn on, so it promises nothing. APGR ${figure(report.apgr)}, AIQ ${figure(report.aiq)}, calls for 50/80/95 % of the gap ${cptText(report.cpt)}.`
    lines.push('', targetsText(report, print), print.colour ? dim(note) : note)
  }
  return lines.join('\n')
}

function targetsText({ targets }: Report, print: Printer): string {
  return tableText(
    targets,
    [
      { title: 'QUALITY', value: ({ quality }) => percent(quality), right: true },
      { title: 'BY CHANCE', value: ({ random }) => percent(random), right: true },
      { title: 'CURVE', value: ({ curve }) => percent(curve), right: true },
      {
        title: 'INTERVAL',
        value: ({ interval }) => (interval === null ? '-' : between(interval)),
      },
      { title: 'ORACLE', value: ({ oracle }) => percent(oracle), right: true },
    ],
    print,
  )
}

function cptText(cpt: Report['cpt']): string {
  return [cpt['50'], cpt['80'], cpt['95']].map((share) => percent(share)).join(', ')
}

export function percent(share: number | null): string {
  return share === null ? '?' : `${(100 * share).toFixed(1)} %`
}

export function between({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3)
}
