import type { Calibration } from '../../routing/calibrated/calibrate.ts'
import type { Standing } from '../../routing/calibrated/report.ts'
import type { Asked } from './policy.ts'

/**
 * The cost-quality curve of a calibration as one SVG: the candidate's rules between chance and knowledge, the
 * target, and where the certified rule stands with its interval. No script, light and dark by the viewer's wish.
 */

const width = 760
const height = 470
const frame = { left: 70, right: 24, top: 92, bottom: 62 }

/** @returns null where there is nothing to draw: no report was made */
export function pictureOf(
  { report, certificate, reason }: Calibration,
  asked: Asked,
): string | null {
  if (report === null || report.models === null) return null
  const { models, oracle } = report
  const curve = report.curve.flatMap(({ saving, qualityRatio }) =>
    saving === null || qualityRatio === null ? [] : [{ cost: 1 - saving, quality: qualityRatio }],
  )
  const chosen =
    certificate === null ||
    certificate.totals.saving === null ||
    certificate.totals.qualityRatio === null
      ? null
      : { cost: 1 - certificate.totals.saving, quality: certificate.totals.qualityRatio }
  const drawn = [models.cheap, models.strong, ...curve, ...oracle, ...(chosen ? [chosen] : [])]
  const costs = roundOut([0, ...drawn.map(({ cost }) => cost)], 0.2)
  const qualities = roundOut([asked.quality, ...drawn.map(({ quality }) => quality)], 0.05)
  const x = (cost: number): number =>
    frame.left +
    ((cost - costs.low) / (costs.high - costs.low)) * (width - frame.left - frame.right)
  const y = (quality: number): number =>
    height -
    frame.bottom -
    ((quality - qualities.low) / (qualities.high - qualities.low)) *
      (height - frame.top - frame.bottom)
  const path = (points: readonly Standing[]): string =>
    points
      .map(({ cost, quality }, at) => `${at === 0 ? 'M' : 'L'}${fix(x(cost))} ${fix(y(quality))}`)
      .join('')
  const lines = [
    ...ticksOf(costs, 0.2).map((cost) =>
      [
        `<path class="grid" d="M${fix(x(cost))} ${frame.top}V${height - frame.bottom}"/>`,
        `<text class="tick" x="${fix(x(cost))}" y="${height - frame.bottom + 18}" text-anchor="middle">${percent(cost)}</text>`,
      ].join(''),
    ),
    ...ticksOf(qualities, qualities.high - qualities.low > 0.35 ? 0.1 : 0.05).map((quality) =>
      [
        `<path class="grid" d="M${frame.left} ${fix(y(quality))}H${width - frame.right}"/>`,
        `<text class="tick" x="${frame.left - 8}" y="${fix(y(quality) + 4)}" text-anchor="end">${percent(quality)}</text>`,
      ].join(''),
    ),
    `<path class="target" d="M${frame.left} ${fix(y(asked.quality))}H${width - frame.right}"/>`,
    `<text class="note" x="${width - frame.right}" y="${fix(y(asked.quality) - 6)}" text-anchor="end">target ${percent(asked.quality)}</text>`,
    `<path class="chance" d="${path([models.cheap, models.strong])}"/>`,
    `<path class="oracle" d="${path(oracle)}"/>`,
    `<path class="curve" d="${path(curve.toSorted((a, b) => a.cost - b.cost))}"/>`,
    ...curve.map(
      ({ cost, quality }) =>
        `<circle class="rule" cx="${fix(x(cost))}" cy="${fix(y(quality))}" r="2.4"/>`,
    ),
    dot(models.cheap, 'model', asked.cheap.join(', ')),
    dot(models.strong, 'model', asked.strong),
    ...(chosen === null || certificate === null
      ? []
      : [
          `<path class="interval" d="M${fix(x(1 - certificate.saving.high))} ${fix(y(chosen.quality))}H${fix(x(1 - certificate.saving.low))}"/>`,
          `<circle class="chosen" cx="${fix(x(chosen.cost))}" cy="${fix(y(chosen.quality))}" r="6.5"/>`,
        ]),
  ]

  function dot(at: Standing, kind: string, name: string): string {
    const isRight = x(at.cost) > width / 2
    return [
      `<circle class="${kind}" cx="${fix(x(at.cost))}" cy="${fix(y(at.quality))}" r="4.5"/>`,
      `<text class="note" x="${fix(x(at.cost) + (isRight ? -9 : 9))}" y="${fix(y(at.quality) + 16)}" text-anchor="${isRight ? 'end' : 'start'}">${escaped(short(name))}</text>`,
    ].join('')
  }

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Cost and quality of routing">
<style>${style}</style>
<rect class="page" width="${width}" height="${height}"/>
<text class="title" x="${frame.left}" y="30">${escaped(titleOf(asked, certificate !== null))}</text>
<text class="note" x="${frame.left}" y="50">${escaped(short(reason, 112))}</text>
${legend()}
${lines.join('\n')}
<text class="axis" x="${(frame.left + width - frame.right) / 2}" y="${height - 16}" text-anchor="middle">cost, of ${escaped(short(asked.strong))} alone</text>
<text class="axis" transform="translate(18 ${(frame.top + height - frame.bottom) / 2}) rotate(-90)" text-anchor="middle">quality kept</text>
</svg>
`
}

const style = `
.page{fill:#fff}text{font:12px system-ui,sans-serif;fill:#3f4650}.title{font-size:15px;font-weight:600;fill:#14181f}
.tick,.note{font-size:11px}.axis{font-size:12px}
.grid{stroke:#e6e9ee;fill:none}.target{stroke:#b45309;stroke-dasharray:5 4;fill:none}
.chance{stroke:#98a2b3;stroke-dasharray:2 4;stroke-width:1.5;fill:none}.oracle{stroke:#98a2b3;stroke-width:1.5;fill:none}
.curve{stroke:#2563eb;stroke-width:2;fill:none}.rule{fill:#2563eb}.model{fill:#14181f}
.chosen{fill:#15803d;stroke:#fff;stroke-width:2}.interval{stroke:#15803d;stroke-width:3;fill:none}
@media (prefers-color-scheme: dark){.page{fill:#101418}text{fill:#aeb7c2}.title{fill:#eef1f5}.grid{stroke:#232a32}
.chance,.oracle{stroke:#6b7684}.curve{stroke:#6ea8fe}.rule{fill:#6ea8fe}.model{fill:#eef1f5}.target{stroke:#e0a458}
.chosen{fill:#4ade80;stroke:#101418}.interval{stroke:#4ade80}}`

function titleOf({ quality, confidence }: Asked, isCertified: boolean): string {
  const promise = `${percent(quality)} of the quality at ${percent(confidence)} confidence`
  return isCertified ? `Proven: ${promise}` : `Not proven: ${promise}`
}

/** What the lines are, in their own colours, above the picture. */
function legend(): string {
  const entries = [
    ['curve', 'rules of the candidate'],
    ['chance', 'sending by chance'],
    ['oracle', 'knowing every score beforehand'],
    ['interval', 'certified, with its interval'],
  ] as const
  let left = frame.left
  return entries
    .map(([kind, says]) => {
      const at = left
      left += 34 + says.length * 6
      return `<path class="${kind}" d="M${at} 70h20"/><text class="note" x="${at + 26}" y="74">${says}</text>`
    })
    .join('')
}

interface Extent {
  readonly low: number
  readonly high: number
}

/** The ends of some values, out to the next step. */
function roundOut(values: readonly number[], step: number): Extent {
  const low = Math.floor(Math.min(...values) / step + 1e-9) * step
  const high = Math.ceil(Math.max(...values) / step - 1e-9) * step
  return { low, high: high > low ? high : low + step }
}

function ticksOf({ low, high }: Extent, step: number): readonly number[] {
  const count = Math.floor((high - low) / step + 1e-9)
  return Array.from({ length: count + 1 }, (_, index) => low + index * step)
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`
}

function fix(value: number): string {
  return value.toFixed(1)
}

function short(text: string, most = 40): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

function escaped(text: string): string {
  const printable = text.replaceAll(/\p{Cc}/gu, ' ')
  return printable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
