import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measures } from './measures/index.ts'
import type { Row } from './measures/measure.ts'
import { cellOf, ratioText, whatOf } from './table.ts'
import { names } from './subjects/subject.ts'

interface Result {
  readonly commit: string
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memory_gb: number }
  readonly says: string
  readonly quick: boolean
  readonly conditions: { readonly missing: Readonly<Record<string, string>> }
  readonly rows: readonly Row[]
}

interface SoakResult {
  readonly commit: string
  readonly date: string
  readonly passed: boolean
  readonly wrong: readonly string[]
  readonly conditions: { readonly minutes: number; readonly calls_per_second: number }
  readonly memory_mb_per_hour: {
    readonly slope: number
    readonly low: number
    readonly high: number
  }
}

interface TortureResult {
  readonly parts: Readonly<
    Record<
      string,
      {
        readonly passed: boolean
        readonly figures: Readonly<Record<string, number | string>>
      }
    >
  >
}

/** Writes a page for people from the results that lie in a folder, whichever run each is of. */
export function writeReport(folder: string): string {
  const lines = [
    '# Results',
    '',
    'Written by `npm run bench` from the files beside it; `bench/README.md` says how it is measured and read. Figures are',
    'medians, with the least and the most of the rounds in brackets. Ratios are of one run; absolute figures are those of',
    'the machine.',
    '',
    '## Goals',
    '',
    ...goalsOf(folder),
  ]
  for (const name of Object.keys(measures)) {
    const result = read<Result>(folder, name)
    if (!result) continue
    const { cpu, cores, memory_gb: memory } = result.machine
    const { missing } = result.conditions
    lines.push(
      '',
      `## ${result.says}`,
      '',
      `\`${name}.json\`: ${result.date.slice(0, 16).replace('T', ' ')}, commit ${result.commit}, ${cpu}, ${cores} cores, ${memory} GB${result.quick ? ', a quick run' : ''}`,
      '',
      ...Object.entries(missing).map(([who, why]) => `${who} is left out: ${why}.\n`),
      ...tableOf(result.rows),
    )
  }
  const soak = read<SoakResult>(folder, 'soak')
  if (soak) lines.push('', ...soakLines(soak))
  const path = join(folder, 'README.md')
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** Every goal with what was measured last, and whether it holds. */
function goalsOf(folder: string): string[] {
  const lines = ['| what | goal | measured | holds |', '| --- | --- | --- | --- |']
  for (const name of Object.keys(measures)) {
    let above = ''
    for (const row of read<Result>(folder, name)?.rows ?? []) {
      const { what, goal, figures, ratio, holds } = row
      // An indented row belongs to the last one that is not.
      if (!what.startsWith(' ')) above = what.split(':')[0]!
      if (goal === null) continue
      const whole = what.startsWith(' ') ? `${above}: ${whatOf(row).trim()}` : whatOf(row)
      const byRatio = /\bx\b/.test(goal)
      const measured = byRatio ? ratioText(ratio) : cellOf(figures.freehold ?? null)
      const word = holds === null ? 'not measured' : holds ? 'yes' : 'no'
      lines.push(`| ${whole} | ${goal} | ${measured} | ${word} |`)
    }
  }
  const soak = read<SoakResult>(folder, 'soak')
  if (soak) {
    const { slope, low, high } = soak.memory_mb_per_hour
    lines.push(
      `| memory over time [MB/h] | flat: <= 5 | ${slope} (${low}..${high}) | ${soak.passed ? 'yes' : 'no'} |`,
    )
  }
  const torture = read<TortureResult>(folder, 'torture')
  for (const [part, { passed, figures }] of Object.entries(torture?.parts ?? {})) {
    const said = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
    lines.push(
      `| torture: ${part} | nothing wrong | ${said.join(', ')} | ${passed ? 'yes' : 'no'} |`,
    )
  }
  return lines
}

function tableOf(rows: readonly Row[]): string[] {
  const head = ['what', 'goal', ...names, 'ratio', 'holds']
  return [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => ' --- |').join('')}`,
    ...rows.map((row) => {
      const cells = [
        whatOf(row).trim(),
        row.goal ?? '',
        ...names.map((name) => cellOf(row.figures[name] ?? null)),
        ratioText(row.ratio),
        row.holds === null ? '' : row.holds ? 'yes' : 'no',
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}

function soakLines({
  commit,
  date,
  passed,
  wrong,
  conditions,
  memory_mb_per_hour: memory,
}: SoakResult): string[] {
  return [
    `## the soak: ${conditions.minutes} minutes of ${conditions.calls_per_second} calls/s, a fifth of them left by their clients`,
    '',
    `\`soak.json\`: ${date.slice(0, 16).replace('T', ' ')}, commit ${commit}`,
    '',
    `Memory: ${memory.slope} MB an hour (95 %: ${memory.low} to ${memory.high}). ${passed ? 'It holds.' : `It does not hold: ${wrong.join('; ')}.`}`,
  ]
}

function read<Shape>(folder: string, name: string): Shape | null {
  const path = join(folder, `${name}.json`)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Shape) : null
}
