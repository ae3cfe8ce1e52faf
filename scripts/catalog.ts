// Writes src/catalog/data/*.json, src/catalog/machines/*.json and src/catalog/events/*.json from a folder of public
// facts, and says what it did not believe.
//   npm run catalog -- ../shared/data/catalog
// What no table states rightly is put right by hand in scripts/catalog/cards.ts.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CatalogFile } from '../src/catalog/file.ts'
import { buildCatalog, type Built, type Held } from './catalog/build.ts'
import { eventTexts } from './catalog/events.ts'
import { readFacts } from './catalog/facts.ts'
import { machineTexts } from './catalog/machines.ts'

const dataFolder = join(import.meta.dir, '..', 'src', 'catalog', 'data')
const eventFolder = join(import.meta.dir, '..', 'src', 'catalog', 'events')
const machineFolder = join(import.meta.dir, '..', 'src', 'catalog', 'machines')

/** The files as text: one model a line, ASCII only, so that a loaded file costs one byte a character. */
export function textsOf({ files, fx }: Built): ReadonlyMap<string, string> {
  return new Map([
    ...files.map((file): [string, string] => [`${file.provider}.json`, textOf(file)]),
    ['fx.json', `${JSON.stringify(fx, null, 1)}\n`],
  ])
}

function textOf({ provider, defaults, sources, models }: CatalogFile): string {
  const lines = (rows: readonly string[]) => (rows.length === 0 ? '' : `\n${rows.join(',\n')}\n`)
  const named = Object.entries(sources).map(([key, one]) => `"${key}":${JSON.stringify(one)}`)
  const text = `{"provider":${JSON.stringify(provider)},"defaults":${JSON.stringify(defaults)},"sources":{${lines(
    named,
  )}},"models":[${lines(models.map((model) => JSON.stringify(model)))}]}\n`
  return text.replaceAll(
    /[^\n -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function report({ files, held }: Built): void {
  console.log('provider      models  priced  aliases')
  for (const { provider, models } of files) {
    const priced = models.filter(({ prices = [] }) => prices.length > 0).length
    const aliases = models.flatMap((model) => model.aliases ?? []).length
    console.log(
      `${provider.padEnd(12)}  ${String(models.length).padStart(6)}  ${String(priced).padStart(6)}  ${String(aliases).padStart(7)}`,
    )
  }
  const total = files.flatMap(({ models }) => models)
  const priced = total.filter(({ prices = [] }) => prices.length > 0).length
  console.log(
    `${'all'.padEnd(12)}  ${String(total.length).padStart(6)}  ${String(priced).padStart(6)}`,
  )
  for (const [reason, rows = []] of Object.entries(Object.groupBy(held, byReason))) {
    console.log(`\n${reason} (${rows.length})`)
    for (const [provider, ones = []] of Object.entries(Object.groupBy(rows, byProvider))) {
      const said = ones.map(({ id, detail }) => (detail === '' ? id : `${id}: ${detail}`))
      const gap = ones.some(({ detail }) => detail !== '') ? '\n    ' : ', '
      console.log(`  ${provider}: ${gap === ', ' ? '' : gap}${said.join(gap)}`)
    }
  }
}

const byReason = ({ reason }: Held) => reason
const byProvider = ({ provider }: Held) => provider

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  try {
    if (folder === undefined) throw new Error('none is named')
    const built = buildCatalog(readFacts(folder))
    for (const [name, text] of textsOf(built)) writeFileSync(join(dataFolder, name), text)
    for (const [name, text] of machineTexts(folder)) writeFileSync(join(machineFolder, name), text)
    for (const [name, text] of eventTexts(folder)) writeFileSync(join(eventFolder, name), text)
    report(built)
  } catch (error) {
    console.error(`No folder of facts: ${(error as Error).message}.`)
    console.error('Name one: npm run catalog -- ../shared/data/catalog')
    process.exitCode = 2
  }
}
