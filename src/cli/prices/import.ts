import { readFileSync } from 'node:fs'
import { readTable } from '../../catalog/tables/index.ts'
import type { Table } from '../../catalog/tables/table.ts'
import { isoText, systemClock } from '../../core/clock.ts'
import type { ImportJson, ImportWishJson } from '../../server/prices-json.ts'
import type { Client } from '../client.ts'
import { CommandError, type Context, UsageError } from '../command.ts'
import { importText } from './text.ts'

/** Tables go to the gateway in one piece, so that it sees which of them agree. */
export async function importTables(
  context: Context,
  client: Client,
  files: readonly string[],
): Promise<0 | 1> {
  const { json, print } = context
  if (files.length === 0) throw new UsageError('prices import needs a file, or several.')
  const readOn = context.option('read-on') ?? isoText(systemClock.now()).slice(0, 10)
  const tables = files.map((file) => read(file, readOn))
  const kind = context.option('kind') ?? 'price_change'
  const dry = context.flag('dry')
  const confidence = kind === 'contract' ? 'invoice' : tables.every(isOwn) ? 'vendor-page' : 'table'
  const found = await client.post<ImportJson>('/api/prices/import', {
    tables: tables.map(({ source, quotes }) => ({ source, quotes })),
    kind: kind as ImportWishJson['kind'],
    from: context.option('from') ?? null,
    confidence,
    read_on: readOn,
    dry,
  } satisfies ImportWishJson)
  const unread = tables.flatMap(({ source, unread: places }) =>
    places.map((place) => `${source}: ${place}`),
  )
  if (json) print.out(JSON.stringify({ ...found, unread }))
  else {
    print.out(importText(found, dry, print))
    if (unread.length > 0) {
      print.out(
        `${unread.length} prices could not be read, and are not taken: ${unread.slice(0, 10).join('; ')}`,
      )
    }
  }
  return found.refused.length > 0 ? 1 : 0
}

function isOwn({ shape }: Table): boolean {
  return shape === 'catalog'
}

/** @throws CommandError when it is no table */
function read(file: string, readOn: string): Table {
  try {
    return readTable(readFileSync(file, 'utf8'), readOn)
  } catch (error) {
    throw new CommandError(`${file}: ${(error as Error).message}`)
  }
}
