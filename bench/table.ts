import type { Figure, Ratio, Row } from './measures/measure.ts'
import { names } from './subjects/subject.ts'

/** The rows of a run for people: what, goal, everybody's median with least and most, and the ratio that is judged. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['what', 'goal', ...names, 'ratio', 'holds']
  const lines = rows.map((row) => [
    whatOf(row),
    row.goal ?? '',
    ...names.map((name) => cellOf(row.figures[name] ?? null)),
    ratioText(row.ratio),
    row.holds === null ? '' : row.holds ? 'yes' : 'NO',
  ])
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]!.length)),
  )
  const write = (line: readonly string[]): string =>
    line
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  return [
    write(head),
    widths.map((width) => '-'.repeat(width)).join('  '),
    ...lines.map(write),
  ].join('\n')
}

export function whatOf({ what, unit }: Row): string {
  return unit === '' ? what : `${what} [${unit}]`
}

export function ratioText(ratio: Ratio | null): string {
  return ratio === null ? '' : `${cellOf(ratio)} ${ratio.of}`
}

export function cellOf(figure: Figure | null): string {
  if (figure === null) return '-'
  const { median, least, most, rounds } = figure
  return rounds < 2 ? short(median) : `${short(median)} (${short(least)}..${short(most)})`
}

function short(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value >= 1_000 ? 5 : 3 })
}
