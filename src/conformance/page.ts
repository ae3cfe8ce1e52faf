import { type Cell, checks, type Row } from './matrix.ts'

/** A word or two for a cell: how much passed, what failed, or why there is nothing. */
export function cellText({ passed, failed, none }: Cell): string {
  const tried = passed + failed.length
  if (tried === 0) return none === null ? '' : 'none'
  return failed.length === 0 ? `${passed}` : `${passed} of ${tried}`
}

/** The recorded matrix as a page of the documentation. */
export function matrixPage(rows: readonly Row[]): string {
  const head = `| provider | ${checks.join(' | ')} |\n| --- |${' ---: |'.repeat(checks.length)}`
  const lines = rows.map(
    ({ provider, cells }) =>
      `| \`${provider}\` | ${checks.map((check) => cellText(cells[check])).join(' | ')} |`,
  )
  const faults = rows.flatMap(({ provider, cells }) =>
    checks.flatMap((check) =>
      cells[check].failed.map(
        ({ name, why }) => `- \`${provider}\`, ${check}, ${name}: ${escaped(why)}`,
      ),
    ),
  )
  const reasons = rows.flatMap(({ provider, cells }) =>
    checks.flatMap((check) => {
      const { none } = cells[check]
      return none === null ? [] : [`- \`${provider}\`, ${check}: ${escaped(none)}`]
    }),
  )
  const total = sum(rows, ({ passed }) => passed)
  const failing = sum(rows, ({ failed }) => failed.length)
  return `<!-- Written by freehold conformance --recorded --write: do not edit. -->

# Conformance, recorded

What each provider is known to answer, played through a whole gateway and seen from a client: text, tool calls, why it
ended, tokens, errors, and that a caller who leaves is noticed. The exchanges stand in \`simulator/traffic/\`: their
shapes are the vendors', read from their documentation on the days that the files name, and their words are ours. A
number says how many exchanges were kept; empty: nothing was tried; none: there is nothing to try, for the reason below.

${total} kept, ${failing} failed, ${rows.length} providers. One exchange may stand in several columns. To try a live
provider: \`freehold conformance PROVIDER\`.

${head}
${lines.join('\n')}

## What failed

${faults.length === 0 ? 'Nothing.' : faults.join('\n')}

## Why there is nothing to try

${reasons.length === 0 ? 'There is something everywhere.' : reasons.join('\n')}
`
}

function sum(rows: readonly Row[], count: (cell: Cell) => number): number {
  return rows.reduce(
    (whole, { cells }) => checks.reduce((part, check) => part + count(cells[check]), whole),
    0,
  )
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
}
