import { readFileSync } from 'node:fs'
import { readLine, type Row, TableFault } from '../../routing/calibrated/table.ts'
import { CommandError } from '../command.ts'
import { printable } from '../print.ts'

export interface Table {
  readonly path: string
  readonly rows: readonly Row[]
  /** Of the file's bytes: SHA-256 in hex. */
  readonly hash: string
}

/** Lines between two looks at whether somebody wants to stop. */
const breathEvery = 2_000

/**
 * A table of JSON lines, gzipped or not, with the results of some models.
 * @throws CommandError with the line and what is wrong with it, or the models that there are
 */
export async function readTable(
  path: string,
  models: readonly string[],
  breathe: (note: string) => Promise<void>,
): Promise<Table> {
  const bytes = fileOf(path)
  const wanted = new Set(models)
  const rows: Row[] = []
  const named = new Map<string, number>()
  const lines = textOf(path, bytes).split('\n')
  for (const [index, text] of lines.entries()) {
    if (index % breathEvery === 0)
      await breathe(`reading ${path}: ${index} of ${lines.length} lines`)
    if (text.trim() === '') continue
    try {
      const { row, models: all } = readLine(text, wanted)
      for (const name of all) named.set(name, (named.get(name) ?? 0) + 1)
      rows.push(row)
    } catch (error) {
      if (!(error instanceof TableFault)) throw error
      throw new CommandError(`${path}, line ${index + 1}: ${printable(error.message)}.`)
    }
  }
  if (rows.length === 0) throw new CommandError(`${path} has no rows.`)
  const unknown = models.filter((name) => !named.has(name))
  if (unknown.length > 0) {
    const known = [...named.keys()].map((name) => printable(name)).join(', ')
    throw new CommandError(
      `${path} has no results of ${unknown.join(', ')}. It has those of: ${known || 'no model'}.`,
    )
  }
  return { path, rows, hash: new Bun.CryptoHasher('sha256').update(bytes).digest('hex') }
}

export function fileOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? String(error))
    throw new CommandError(`${path} cannot be read: ${why}.`)
  }
}

function textOf(path: string, bytes: Buffer): string {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  try {
    return new TextDecoder().decode(zipped ? Bun.gunzipSync(new Uint8Array(bytes)) : bytes)
  } catch {
    throw new CommandError(`${path} is no whole gzip file: it ends early, or is damaged.`)
  }
}
