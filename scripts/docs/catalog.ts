import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fx from '../../src/catalog/data/fx.json' with { type: 'json' }
import type { CatalogFile, ModelRow } from '../../src/catalog/file.ts'
import { providers } from '../../src/providers/index.ts'
import { code, list, type Page, table } from './markdown.ts'

const folder = join(import.meta.dir, '..', '..', 'src', 'catalog', 'data')

export function catalogPage(): Page {
  const files = readdirSync(folder)
    .filter((name) => name !== 'fx.json')
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as CatalogFile)
    .toSorted((left, right) => (left.provider < right.provider ? -1 : 1))
  const models = files.flatMap((file) => file.models)
  const days = Object.keys(fx.cnyPerUsd)
  const totals = files
    .map(countsOf)
    .reduce((sums, counts) => sums.map((sum, index) => sum + counts[index]!))
    .map(String)
  return {
    name: 'catalog.md',
    title: 'Catalog',
    blocks: [
      `Which models are known, and what they cost: ${models.length} entries of ${files.length} sellers, ${models.filter(isPriced).length} of them with a price. A model that is not in the catalog can be called all the same; its cost is unknown then, and a budget refuses it. \`freehold models\` shows what is live, with the prices as of now.`,
      `A price holds from one instant to another, some at hours of the day or for long prompts only. The one that was valid when an attempt began is the one it is booked at, and its id stands on the ledger. Prices in yuan are converted at the rate of the day: ${days.length} rates from ${days[0]} to ${days.at(-1)}, the last of which holds on (${fx.source}).`,
      `Prices change faster than releases. Look at the dates below, and put your own card under \`prices:\` in \`freehold.yaml\` where it differs; it goes before the catalog.`,
      '## By seller',
      table(
        [
          'seller',
          'models',
          'with a price',
          'other spellings',
          'open weights',
          'embeddings',
          'with a date of shutdown',
          'sources read',
        ],
        [
          ...files.map((file) => [
            `${code(file.provider)}${nameOf(file.provider)}`,
            ...countsOf(file).map(String),
            readDays(file),
          ]),
          ['all', ...totals, ''],
        ],
      ),
      '## What the prices were read from',
      'Each price names its source; `freehold models --json` gives it as `price_source`. Where tables disagree, the rules and what they decided stand in [the decision about prices](../decisions/0011-prices.md).',
      ...files
        .filter(({ sources }) => Object.keys(sources).length > 0)
        .flatMap(({ provider, sources }) => [
          `### ${provider}`,
          list(
            [
              ...new Set(
                Object.values(sources).map(({ source, readOn }) => `${source} (read ${readOn})`),
              ),
            ].toSorted(),
          ),
        ]),
      '## Sellers without known models',
      `${files
        .filter((file) => file.models.length === 0)
        .map(({ provider }) => code(provider))
        .join(
          ', ',
        )}: every model that they have can be called; its cost is unknown unless \`prices:\` names it.`,
    ],
  }
}

function isPriced({ prices = [] }: ModelRow): boolean {
  return prices.length > 0
}

/** In the order of the table. */
function countsOf({ defaults, models }: CatalogFile): readonly number[] {
  const count = (fits: (model: ModelRow) => boolean): number => models.filter(fits).length
  return [
    models.length,
    count(isPriced),
    models.flatMap(({ aliases = [] }) => aliases).length,
    count(({ openWeights = defaults.openWeights }) => openWeights === true),
    count(({ operations = ['chat'] }) => operations.includes('embed')),
    count(({ shutdown }) => shutdown !== undefined),
  ]
}

function nameOf(provider: string): string {
  const known = providers.get(provider)
  return known === undefined ? '' : ` ${known.name}`
}

function readDays({ sources }: CatalogFile): string {
  const days = [...new Set(Object.values(sources).map(({ readOn }) => readOn))].toSorted()
  const [first] = days
  const last = days.at(-1)
  if (first === undefined || last === undefined) return ''
  return first === last ? first : `${first} to ${last}`
}
