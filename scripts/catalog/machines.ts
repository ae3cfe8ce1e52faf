import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What serving engines were measured at and what graphics cards are let for, from a folder of public facts. */

interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
  readonly sources: Readonly<Record<string, Readonly<Record<string, string>>>>
}

type Row = Readonly<Record<string, string | number | null>>

/** The two files as text, one row a line. */
export function machineTexts(folder: string): ReadonlyMap<string, string> {
  return new Map([
    ['throughput.json', throughputText(tableIn(folder, 'throughput.json'))],
    ['rents.json', rentsText(tableIn(folder, 'gpu-prices.json'))],
  ])
}

function tableIn(folder: string, name: string): Table {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Table
}

function rowsOf({ columns, rows }: Table): readonly Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])))
}

const measures = ['isl', 'osl', 'concurrency', 'reqPerSec', 'ttftMs', 'tpotMs'] as const

const pointColumns = [
  'model',
  'gpu',
  'gpus',
  'engine',
  'precision',
  ...measures,
  'measured',
  'source',
  'derived',
] as const

/**
 * Points with a concurrency and both latencies; maxima without a latency are none, because what they serve nobody
 * would wait for. Of the same model, card, count and lengths those that no other beats in all three are kept.
 */
function throughputText(table: Table): string {
  const points = rowsOf(table).filter((row) =>
    ['gpus', ...measures].every((name) => typeof row[name] === 'number' && row[name] > 0),
  )
  const groups = Object.groupBy(points, ({ model, gpu, gpus, isl, osl }) =>
    JSON.stringify([
      keyOf(String(model)),
      gpu,
      gpus,
      Math.round(Number(isl)),
      Math.round(Number(osl)),
    ]),
  )
  const kept = Object.values(groups).flatMap((group = []) =>
    group.filter((row) => !group.some((other) => other !== row && beats(other, row))),
  )
  return fileText(table, pointColumns, kept.toSorted(byText))
}

function keyOf(model: string): string {
  return model.toLowerCase().replace(/^.*\//, '')
}

function beats(one: Row, other: Row): boolean {
  const better = [
    Number(one['reqPerSec']) - Number(other['reqPerSec']),
    Number(other['ttftMs']) - Number(one['ttftMs']),
    Number(other['tpotMs']) - Number(one['tpotMs']),
  ]
  return better.every((gain) => gain >= 0) && better.some((gain) => gain > 0)
}

const rentColumns = [
  'provider',
  'gpu',
  'vramGB',
  'count',
  'market',
  'onDemandUsdHr',
  'spotUsdHr',
  'reservedUsdHr',
  'date',
  'source',
] as const

/** Rents of the year of the latest; what is older says nothing of today. */
function rentsText(table: Table): string {
  const rows = rowsOf(table).filter(
    ({ date, source }) => /^20\d\d-/.test(String(date)) && source !== 'reserved-articles',
  )
  const latest = rows.reduce((most, { date }) => (String(date) > most ? String(date) : most), '')
  const kept = rows.filter(({ date }) => String(date).slice(0, 4) === latest.slice(0, 4))
  return fileText(table, rentColumns, kept.toSorted(byText))
}

function byText(left: Row, right: Row): number {
  const [a, b] = [JSON.stringify(left), JSON.stringify(right)]
  return a < b ? -1 : a > b ? 1 : 0
}

function fileText(table: Table, columns: readonly string[], rows: readonly Row[]): string {
  const used = new Set(rows.map(({ source }) => String(source)))
  const sources = Object.entries(table.sources)
    .filter(([name]) => used.has(name))
    .map(([name, { repo = '', commit = '', commitDate = '', fileDate = '', licence = '' }]) => {
      const read = commitDate === '' ? fileDate : commitDate
      return `${JSON.stringify(name)}:${JSON.stringify({ repo, commit, read, licence })}`
    })
  const lines = rows.map((row) => JSON.stringify(columns.map((name) => row[name] ?? null)))
  return `{"columns":${JSON.stringify(columns)},\n"sources":{\n${sources.join(',\n')}\n},\n"rows":[\n${lines.join(',\n')}\n]}\n`
}
