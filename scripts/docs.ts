// Writes docs/reference/*.md from the code: settings, errors, paths, commands, metrics, providers, catalog.
//   npm run docs
import { join } from 'node:path'
import { catalogPage } from './docs/catalog.ts'
import { commandsPage } from './docs/commands.ts'
import { configurationPage } from './docs/configuration.ts'
import { errorsPage } from './docs/errors.ts'
import { httpPage } from './docs/http.ts'
import { pageText } from './docs/markdown.ts'
import { metricsPage } from './docs/metrics.ts'
import { providersPage } from './docs/providers.ts'

export const referenceFolder = join(import.meta.dir, '..', 'docs', 'reference')

/** The pages by the names of their files; the same code makes the same pages. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const pages = [
    configurationPage(),
    errorsPage(),
    httpPage(),
    await commandsPage(),
    metricsPage(),
    providersPage(),
    catalogPage(),
  ]
  return new Map(pages.map((page) => [page.name, pageText(page)]))
}

if (import.meta.main) {
  for (const [name, text] of await referencePages()) {
    await Bun.write(join(referenceFolder, name), text)
  }
  console.log(`Wrote ${referenceFolder}`)
}
