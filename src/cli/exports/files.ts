import { rename, rm } from 'node:fs/promises'
import { type FocusRow, focusColumns, focusNumbers, focusOf } from '../../control/exports/focus.ts'
import type { ChargesJson } from '../../server/prices-json.ts'
import { csv, type CsvColumn } from '../csv.ts'

/** Where the rows of an export go, a day after the other. */
export interface Sink {
  write(day: ChargesJson): void | Promise<void>
  /** What was written stands under its name from now on. */
  end(): Promise<void>
  /** Nothing is left of it. */
  drop(): Promise<void>
}

/** Rows of one group in a Parquet file: few enough for memory, many enough to be read fast. */
const groupRows = 50_000

export function csvSink(path: string): Sink {
  const part = `${path}.part`
  const file = Bun.file(part).writer()
  let isFirst = true
  return {
    write: async ({ lines }) => {
      file.write(csv(lines.map(focusOf), csvColumns, isFirst))
      isFirst = false
      await file.flush()
    },
    end: async () => {
      if (isFirst) file.write(csv([], csvColumns))
      await file.end()
      await rename(part, path)
    },
    drop: async () => {
      await file.end()
      await rm(part, { force: true })
    },
  }
}

const csvColumns: readonly CsvColumn<FocusRow>[] = focusColumns.map((title) => ({
  title,
  value: (row) => {
    const value = row[title]
    return value !== null && title in focusNumbers ? { usd: value } : value
  },
}))

export async function parquetSink(path: string): Promise<Sink> {
  // Loaded where it is needed: a gateway and other commands do without.
  const { ParquetWriter, fileWriter } = await import('hyparquet-writer')
  const part = `${path}.part`
  const writer = new ParquetWriter({ writer: fileWriter(part), schema })
  let rows: FocusRow[] = []
  const put = async (): Promise<void> => {
    if (rows.length === 0) return
    const columnData = focusColumns.map((name) => ({ name, data: rows.map(cellOf(name)) }))
    rows = []
    await writer.write({ columnData, rowGroupSize: groupRows })
  }
  return {
    write: async ({ lines }) => {
      for (const line of lines) rows.push(focusOf(line))
      if (rows.length >= groupRows) await put()
    },
    end: async () => {
      await put()
      await writer.finish()
      await rename(part, path)
    },
    drop: () => rm(part, { force: true }),
  }
}

/** Amounts are decimals of fixed places, so that no reader makes floats of them. */
const precision = 38
const schema = [
  { name: 'root', num_children: focusColumns.length },
  ...focusColumns.map((name) => {
    const scale = scaleOf(name)
    return scale === null
      ? {
          name,
          type: 'BYTE_ARRAY' as const,
          converted_type: 'UTF8' as const,
          repetition_type: 'OPTIONAL' as const,
        }
      : {
          name,
          type: 'FIXED_LEN_BYTE_ARRAY' as const,
          type_length: 16,
          converted_type: 'DECIMAL' as const,
          scale,
          precision,
          repetition_type: 'OPTIONAL' as const,
        }
  }),
]

function scaleOf(name: string): number | null {
  return (focusNumbers as Readonly<Record<string, number>>)[name] ?? null
}

function cellOf(name: (typeof focusColumns)[number]): (row: FocusRow) => string | bigint | null {
  const scale = scaleOf(name)
  return (row) => {
    const value = row[name]
    if (value === null || scale === null) return value
    const [whole = '0', fraction = ''] = value.replace('-', '').split('.')
    const size = BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale))
    return value.startsWith('-') ? -size : size
  }
}
