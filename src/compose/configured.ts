import { mkdirSync } from 'node:fs'
import { resolve as absolute } from 'node:path'
import { InForce } from '../config/in-force.ts'
import { systemClock } from '../core/clock.ts'
import { compatible, providers } from '../providers/index.ts'
import type { PriceBook } from '../store/prices.ts'
import { Book } from './book.ts'
import type { ComposeOptions } from './options.ts'

export interface Configured {
  readonly inForce: InForce
  /** That of the store; it is there. */
  readonly folder: string
  /** From here on prices are those of the store's book, where it has some. */
  openBook(store: Pick<PriceBook, 'prices'>): Promise<Book>
}

/**
 * The configuration, which says where the store is, whose book has prices that it lacks.
 * @throws ConfigRefused
 */
export function configured({
  configPath,
  env,
}: Pick<ComposeOptions, 'configPath' | 'env'>): Configured {
  let book: Book | null = null
  const inForce = new InForce({
    path: configPath,
    env,
    known: { providers, compatible },
    clock: systemClock,
    book: () => book?.versions ?? [],
  })
  const folder = absolute(inForce.current.settings.storePath)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    inForce,
    folder,
    openBook: async (store) => {
      book = new Book(store)
      await book.load()
      if (book.versions.length > 0) inForce.put(inForce.next())
      return book
    },
  }
}
