import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PriceRow } from './prices.ts'
import { pricesIn } from './sqlite/prices.ts'

/**
 * The price book of a store, beside the gateway that has it open. Nothing is locked and nothing made: a folder
 * without a ledger, and one of before there was a book, have none.
 * @throws Error when there is a ledger and it cannot be read
 */
export function keptPrices(folder: string): readonly PriceRow[] {
  const path = join(folder, 'ledger.db')
  return existsSync(path) ? pricesIn(path) : []
}
