import type { CatalogFile, ModelRow, SegmentRow, SharedFields } from '../../src/catalog/file.ts'
import type { Modality, Price } from '../../src/catalog/model.ts'
import { kinds } from '../../src/core/usage.ts'
import { authorOf, licenceOf, plainName, weightsByName } from './authors.ts'
import {
  aliases,
  cancelled,
  cardIds,
  cards,
  free,
  heldBack,
  type Card,
  type CardSegment,
} from './cards.ts'
import type { CnyRow, EffectiveRow, Facts, ModelsDevRow, ModeRow } from './facts.ts'
import {
  alibabaYuan,
  cardOffer,
  genaiYuan,
  inYuan,
  pricesOf,
  repositoryOf,
  stalePrices,
  tiersOf,
  type Offer,
} from './offers.ts'
import { type ModeCards, modeCardsOf, modeRowsById } from './modes.ts'
import { sellers, type Seller } from './sellers.ts'
import { settle } from './settle.ts'

export interface Built {
  readonly files: readonly CatalogFile[]
  readonly fx: {
    readonly pair: string
    readonly source: string
    readonly cnyPerUsd: Readonly<Record<string, string>>
  }
  readonly held: readonly Held[]
}

/** A row or a figure that did not go in as it stood, for whoever reviews the import. */
export interface Held {
  readonly provider: string
  readonly id: string
  readonly reason: string
  readonly detail: string
}

/** The catalog's data files out of the facts; the same facts make the same files. */
export function buildCatalog(facts: Facts): Built {
  const held: Held[] = []
  const weights = weightsByName(facts.modelsDev.models)
  const shops = [...sellers, { id: 'sim' }]
  const files = shops
    .map((seller) => fileOf(seller, shelve(seller, facts, weights, held)))
    .toSorted((left, right) => (left.provider < right.provider ? -1 : 1))
  const { repo, commit } = facts.cny.source
  return {
    files,
    fx: {
      pair: 'CNY per USD',
      source: `github.com/${repo}@${commit.slice(0, 7)} (LLM Abacus, https://llmabacus.com, CC-BY-4.0), read ${facts.cny.source.commitDate}`,
      cnyPerUsd: Object.fromEntries(
        Object.entries(facts.cny.fx.series).map(([day, rate]) => [day, String(rate)]),
      ),
    },
    held,
  }
}

/** A model on its way into a file: segments carry their whole source. */
interface Item {
  readonly row: ModelRow
  readonly segments: readonly CardSegment[]
  /** Null: it is known to be served in one way. */
  readonly modes: ModeCards | null
  /** False for ids that only a price table has. */
  readonly described: boolean
}

/** Everything one seller sells, by id. */
function shelve(
  seller: Seller,
  facts: Facts,
  weights: ReadonlyMap<string, boolean>,
  held: Held[],
): ReadonlyMap<string, Item> {
  const hold = (id: string, reason: string, detail = '') =>
    held.push({ provider: seller.id, id, reason, detail })
  const described = new Map(
    facts.modelsDev.models
      .filter(({ provider }) => provider === seller.modelsDev)
      .map((row) => [row.id, row]),
  )
  const effective = effectiveRows(seller, facts)
  const modes = modeRows(seller, facts, described, effective, hold)
  const yuanCards = cardRows(seller, facts)
  const own = new Map(
    cards.filter(({ provider }) => provider === seller.id).map((card) => [card.id, card]),
  )

  const ids = new Set([...described.keys(), ...own.keys(), ...yuanCards.keys()])
  for (const [id] of modes) {
    if (seller.modesIds && !described.has(id) && !seller.modesIds.test(id)) {
      hold(id, 'not in models.dev: no longer sold as far as the facts tell')
    } else ids.add(id)
  }
  for (const [id] of effective) {
    if (seller.effectiveIds?.test(id)) ids.add(id)
    else if (!ids.has(id))
      hold(id, "genai-prices only: a family's name or a mirror, not an id of this seller")
  }

  const served = modeRowsById(seller, facts.modes.rows, (model) => sentId(seller, model))

  const shelf = new Map<string, Item>()
  for (const id of [...ids].toSorted((left, right) => (left < right ? -1 : 1))) {
    const rule = heldBack.find(
      (one) => (one.provider ?? seller.id) === seller.id && one.id.test(id),
    )
    if (rule && !own.has(id)) {
      hold(id, rule.reason)
      continue
    }
    const row = described.get(id)
    const why = row && !own.has(id) ? whyUnusable(row) : null
    if (why !== null) {
      hold(id, why)
      continue
    }
    const card = own.get(id)
    const offers = offersOf(seller, id, { row, effective, modes, yuanCards, facts, hold })
    // A '-latest' name moves to other models, so that a leap of its price is no sign of a slip.
    const newestWins = seller.newestWins === true || id.endsWith('-latest')
    const settled = settle(offers, stalePrices(facts, seller, id), newestWins)
    const segments = card ? card.segments : noted(seller, settled.segments)
    for (const { reason, detail } of card ? [] : settled.doubts) hold(id, reason, detail)
    const describedRow = describe(seller, id, { row, card, effective, yuanCards, weights, facts })
    shelf.set(id, {
      row: describedRow,
      segments: describedRow.operations?.[0] === 'embed' ? segments.map(embedOnly) : segments,
      modes: isUnsure(seller, id)
        ? null
        : modeCardsOf(served.get(id) ?? [], segments, repositoryOf(facts.modes)),
      described: row !== undefined || card !== undefined,
    })
  }
  return withAliases(seller, shelf)
}

/** Of these a table of modes is not believed: see `modeRows`. */
function isUnsure(seller: Seller, id: string): boolean {
  return seller.id === 'bedrock' && (geography.test(id) || id.startsWith('amazon.nova'))
}

/** By id as the seller takes it. */
function effectiveRows(seller: Seller, facts: Facts): ReadonlyMap<string, EffectiveRow> {
  const rows = facts.effective.models.filter(({ provider }) => provider === seller.effective)
  // "Imported from OpenRouter" marks prices that are not this seller's.
  const real = rows.filter(({ comment }) => !/openrouter/i.test(comment ?? ''))
  return new Map(real.map((row) => [sentId(seller, row.id), row]))
}

interface ModeCard {
  readonly row: ModeRow
  readonly tiers: readonly ModeRow[]
}

function modeRows(
  seller: Seller,
  facts: Facts,
  described: ReadonlyMap<string, ModelsDevRow>,
  effective: ReadonlyMap<string, EffectiveRow>,
  hold: (id: string, reason: string, detail?: string) => void,
): ReadonlyMap<string, ModeCard> {
  const rows = facts.modes.rows.filter(
    ({ provider, mode, region }) =>
      provider === seller.modes && mode === 'standard' && (region ?? 'default') === 'default',
  )
  if (seller.id === 'google') return googleModeRows(rows, described, effective, hold)
  const byId = Object.groupBy(rows, ({ model }) => sentId(seller, model))
  const found = new Map<string, ModeCard>()
  for (const [id, group = []] of Object.entries(byId)) {
    const base = group.find(({ aboveInputTokens = 0 }) => aboveInputTokens === 0)
    const tiers = group.filter(({ aboveInputTokens = 0 }) => aboveInputTokens > 0)
    if (!base) continue
    if (seller.id === 'qwen' && !described.has(id) && isBeijingCard(base)) {
      hold(id, 'the Beijing card in a list of the international one')
      continue
    }
    if (seller.id === 'bedrock' && geography.test(id)) {
      hold(id, "a profile's price without its region's surcharge")
      continue
    }
    // Both other tables have half of it for reading, and none for writing.
    if (seller.id === 'bedrock' && id.startsWith('amazon.nova') && described.has(id)) {
      hold(id, 'cache prices that no other table has')
      continue
    }
    found.set(id, { row: base, tiers })
  }
  return found
}

/**
 * Bedrock's profiles that stay in one part of the world cost a tenth more than the `global.` ones from
 * Claude 4.5 on. genai-prices alone tells them apart, under one name for all parts.
 */
const geography = /^(?:us|eu|au|jp|ca|apac|us-gov)\./

/**
 * Portkey splits Gemini's rows at 128k whatever the vendor's bound is. A row is used when both sides
 * cost the same, and only for models that no other table has.
 */
function googleModeRows(
  rows: readonly ModeRow[],
  described: ReadonlyMap<string, ModelsDevRow>,
  effective: ReadonlyMap<string, EffectiveRow>,
  hold: (id: string, reason: string, detail?: string) => void,
): ReadonlyMap<string, ModeCard> {
  const byId = Object.groupBy(rows, ({ model }) => model.replace(/-(lte|gt)-(128|200)k$/, ''))
  const found = new Map<string, ModeCard>()
  for (const [id, group = []] of Object.entries(byId)) {
    if ((described.has(id) && !id.endsWith('-latest')) || effective.has(id)) continue
    const [first] = group
    const cardsSeen = new Set(group.map(({ price }) => `${price.in}|${price.out}`))
    if (/^gemini-(1\.|pro(-vision)?$|2\.0-flash-exp)|-image|^embedding-001/.test(id)) {
      hold(id, 'retired, or an image model without modalities in the facts')
    } else if (cardsSeen.size > 1)
      hold(id, 'price by prompt size, and the bound is not in the facts')
    else if (first) found.set(id, { row: first, tiers: [] })
  }
  return found
}

function isBeijingCard({ price }: ModeRow): boolean {
  const usd = pricesOf(price, false)
  const isLong = (text: string | undefined) => /\.\d{3}/.test(text ?? '')
  return (
    usd !== null && (isLong(usd.input) || isLong(usd.output)) && inYuan(usd, alibabaYuan) !== null
  )
}

function cardRows(seller: Seller, facts: Facts): ReadonlyMap<string, CnyRow> {
  const rows = facts.cny.models.filter(({ vendor, retired }) => vendor === seller.card && !retired)
  return new Map(rows.map((row) => [cardId(seller, row.id), row]))
}

/** 'glm-4-7' is glm-4.7; Anthropic and Ark write dashes themselves. */
function cardId(seller: Seller, slug: string): string {
  const dotted = ['anthropic', 'ark'].includes(seller.id)
    ? slug
    : slug.replace(/(\d)-(\d)/, '$1.$2')
  return cardIds[`${seller.id}/${dotted}`] ?? dotted
}

/** The id that is sent, from how a price table writes it. */
function sentId(seller: Seller, id: string): string {
  if (seller.id === 'zhipu' || seller.id === 'zai') return id.toLowerCase()
  if (seller.id !== 'fireworks') return id
  const name = id.replace(/^fireworks-ai\//, '')
  if (name.includes('/')) return name
  // Fireworks sells its fast and its American variants as routers.
  return `accounts/fireworks/${/-(fast|us|turbo)$/.test(name) ? 'routers' : 'models'}/${name}`
}

function whyUnusable(row: ModelsDevRow): string | null {
  if (isEmbedding(row.id)) return null
  if (!row.in.includes('text')) return 'neither chat nor embeddings'
  // models.dev lists some of Poe's text models as makers of images.
  const speaks = row.out.includes('text') || (row.provider === 'poe' && /gpt-5/.test(row.id))
  return speaks ? null : 'neither chat nor embeddings'
}

const embeddings =
  /embed|(^|\/)(bge|gte|e5|multilingual-e5|uae|m2-bert|bert-base|msmarco|all-minilm|all-mpnet|multi-qa|paraphrase)-|UAE-Large/

function isEmbedding(id: string): boolean {
  return embeddings.test(id)
}

interface Tables {
  readonly row: ModelsDevRow | undefined
  readonly effective: ReadonlyMap<string, EffectiveRow>
  readonly yuanCards: ReadonlyMap<string, CnyRow>
  readonly facts: Facts
}

function offersOf(
  seller: Seller,
  id: string,
  tables: Tables & {
    readonly modes: ReadonlyMap<string, ModeCard>
    readonly hold: (id: string, reason: string, detail?: string) => void
  },
): readonly Offer[] {
  const { row, effective, modes, yuanCards, facts, hold } = tables
  const isFree = free.some((one) => one.provider === seller.id && one.id.test(id))
  const offers: Offer[] = []

  const card = yuanCards.get(id)
  const printed = card && cardOffer(card)
  if (printed) offers.push(printed)

  const dated = effectiveOf(seller, id, effective)
  if (dated) {
    const steps = dated.segments.filter(
      ({ from }) => !cancelled.some((step) => step.id === dated.id && step.from === from),
    )
    if (steps.length < dated.segments.length)
      hold(id, 'announced and cancelled', dated.segments.at(-1)!.from)
    const made = steps.flatMap((step) => {
      const price = pricesOf(step.price, isFree)
      return price
        ? [
            {
              ...(step.from !== undefined && { from: step.from }),
              price,
              tiers: tiersOf(step.tiers),
            },
          ]
        : []
    })
    const last = made.at(-1)
    const about = { origin: 'effective' as const, ...repositoryOf(facts.effective) }
    if (last && seller.id === 'zhipu') {
      const yuan = inYuan(last.price, genaiYuan)
      const source = `${about.source}, whose dollars are bigmodel.cn's yuan at 7.25`
      if (yuan)
        offers.push({ ...about, source, currency: 'CNY', price: yuan, tiers: [], dated: [] })
      else hold(id, 'dollars of genai-prices that are no plain yuan at 7.25')
    } else if (last) offers.push({ ...about, currency: 'USD', ...last, dated: made })
  }

  if (row?.price) {
    const price = pricesOf(row.price, isFree)
    const about = { origin: 'modelsDev' as const, ...repositoryOf(facts.modelsDev), dated: [] }
    const yuan = price && seller.id === 'qwen-cn' ? inYuan(price, alibabaYuan) : null
    if (yuan) {
      const source = `${about.source}, whose dollars are the Beijing card at 0.1433525 USD per yuan`
      offers.push({ ...about, source, currency: 'CNY', price: yuan, tiers: [] })
    } else if (price) offers.push({ ...about, currency: 'USD', price, tiers: tiersOf(row.tiers) })
    else hold(id, 'zero: a plan or a free tier, not a price')
  }

  const mode = modes.get(id)
  const modePrice = mode && pricesOf(mode.row.price, isFree)
  if (mode && modePrice) {
    const bounds = mode.tiers.map(({ price, aboveInputTokens = 0 }) => ({
      ...price,
      aboveInputTokens,
    }))
    offers.push({
      origin: 'modes',
      ...repositoryOf(facts.modes),
      currency: 'USD',
      price: modePrice,
      tiers: tiersOf(bounds).map((tier) => ({ ...tier, price: withoutSearch(tier.price) })),
      dated: [],
    })
  }
  return offers
}

function withoutSearch<P extends { search?: unknown }>(price: P): Omit<P, 'search'> {
  const { search: _search, ...rest } = price
  return rest
}

/** Anthropic's rows there stand under the family: one card for all dated ids of it. */
function effectiveOf(
  seller: Seller,
  id: string,
  effective: ReadonlyMap<string, EffectiveRow>,
): EffectiveRow | undefined {
  if (seller.id === 'bedrock' && geography.test(id)) {
    const regional = id.replace(geography, 'regional.').replace(/(?:-v\d+)?(?::\d+)?$/, '')
    return [...effective].find(
      ([name]) => name.replace(/(?:-v\d+)?(?::\d+)?$/, '') === regional,
    )?.[1]
  }
  const exact = effective.get(id)
  if (exact || seller.id !== 'anthropic') return exact
  const family = id.replace(/-(\d{8}|latest)$/, '')
  return effective.get(family) ?? effective.get(`${family}-latest`) ?? effective.get(`${family}-0`)
}

/** Sellers with a card in yuan whose model stands in the facts in dollars only. */
const yuanSellers = new Set(['zhipu', 'moonshot-cn', 'qwen-cn', 'ling'])

function noted(seller: Seller, segments: readonly CardSegment[]): readonly CardSegment[] {
  if (!yuanSellers.has(seller.id)) return segments
  return segments.map((segment) =>
    segment.currency === 'CNY' || Object.values(segment.price).every((text) => text === '0')
      ? segment
      : {
          ...segment,
          source: `${segment.source}: in dollars; the seller's card in yuan is not in the facts`,
        },
  )
}

function embedOnly(segment: CardSegment): CardSegment {
  const { output: _output, search: _search, ...price } = segment.price
  return { ...segment, price }
}

function describe(
  seller: Seller,
  id: string,
  tables: Tables & {
    readonly card: Card | undefined
    readonly weights: ReadonlyMap<string, boolean>
  },
): ModelRow {
  const { row, card, effective, yuanCards, weights, facts } = tables
  const author = authorOf(id, row?.base) ?? firstParty[seller.id] ?? null
  const openWeights = weightsOf(seller, author, id, row, weights)
  const licence = row?.licence ?? licenceOf(author, id, openWeights)
  const listed = effectiveOf(seller, id, effective)
  const yuanCard = yuanCards.get(id)
  const name = row?.name ?? listed?.name ?? yuanCard?.name
  const isEmbed = isEmbedding(id)
  const context = row ? row.context : (listed?.context ?? yuanCard?.context ?? 0)
  const outputMax = isEmbed ? 0 : (row?.maxOutput ?? yuanCard?.maxOutput ?? 0)
  const inputs = (row?.in ?? ['text']) as Modality[]
  const outputs = ((row && row.out.includes('text') ? row.out : undefined) ?? [
    'text',
  ]) as Modality[]
  const end = shutdownOf(seller, id, facts)
  return {
    id,
    ...(name !== undefined && name !== id && { name }),
    author,
    openWeights,
    ...(licence !== null && { licence }),
    ...(isEmbed && { operations: ['embed'] }),
    ...(context > 0 && { context }),
    ...(outputMax > 0 && { outputMax }),
    ...(String(inputs) !== 'text' && { inputs }),
    ...(String(outputs) !== 'text' && { outputs }),
    tools: row?.tools ?? null,
    structured: row?.structured ?? null,
    reasoning: row?.reasoning ?? null,
    ...(row?.released && { released: row.released }),
    ...end,
    ...card?.row,
  }
}

/** Who sells mostly what it makes. */
const firstParty: Readonly<Record<string, string>> = {
  ark: 'bytedance',
  baidu: 'baidu',
  cohere: 'cohere',
  deepseek: 'deepseek',
  google: 'google',
  hunyuan: 'tencent',
  ling: 'ant',
  mistral: 'mistral',
  moonshot: 'moonshot',
  'moonshot-cn': 'moonshot',
  openai: 'openai',
  qwen: 'alibaba',
  'qwen-cn': 'alibaba',
  xai: 'xai',
  zai: 'zhipu',
  zhipu: 'zhipu',
}

/** Their makers have published no weights under these names. */
const closed =
  /^(claude|gemini|(ft:)?gpt-(3|4|5|audio)|chatgpt|chat-latest|(ft:)?o[134](-|$)|text-embedding-|computer-use|codex|babbage|davinci)/

function weightsOf(
  seller: Seller,
  author: string | null,
  id: string,
  row: ModelsDevRow | undefined,
  weights: ReadonlyMap<string, boolean>,
): boolean | null {
  const name = plainName(id)
  if (closed.test(name)) return false
  if (licenceOf(author, id, true) !== null) return true
  if (row && author !== null && author === firstParty[seller.id]) return row.openWeights
  return weights.get(name) ?? row?.openWeights ?? null
}

const announcers: Readonly<Record<string, string>> = {
  OpenAI: 'openai',
  Anthropic: 'anthropic',
  Google: 'google',
  gemini: 'google',
  groq: 'groq',
  Cohere: 'cohere',
  DeepSeek: 'deepseek',
}

/**
 * LiteLLM's map is believed for Groq and Gemini only: its dates for the others contradict models.dev,
 * which still lists the models a year later.
 */
function shutdownOf(
  seller: Seller,
  id: string,
  facts: Facts,
): Pick<ModelRow, 'shutdown' | 'replacement'> {
  const row = facts.deprecations.rows.find(
    (one) =>
      announcers[one.provider] === seller.id &&
      one.id
        .replace(/^(groq|gemini)\//, '')
        .split(', ')
        .includes(id),
  )
  // The name of V4 Flash outlived the model: see its card.
  if (!row || id === 'deepseek-v4-flash') return {}
  const replacement = row.replacement?.replace(/or(gpt-.*)$/, '').replace('*', '')
  return {
    ...(row.shutdown !== null && { shutdown: row.shutdown }),
    ...(replacement !== undefined && /^[\w.-]+$/.test(replacement) && { replacement }),
  }
}

/**
 * Ids that only a price table has, and that are a dated snapshot or the `-latest` name of a model at
 * that model's price, become its aliases: they then follow its card.
 */
function withAliases(seller: Seller, shelf: ReadonlyMap<string, Item>): ReadonlyMap<string, Item> {
  const given = new Map<string, string[]>()
  const gone = new Set<string>()
  for (const [id, item] of shelf) {
    const stem = id.replace(/-(\d{4}-\d{2}-\d{2}|\d{8}|latest)$/, '')
    const base = shelf.get(stem)
    if (stem === id || item.described || !base || !isSameCard(item, base)) continue
    given.set(stem, [...(given.get(stem) ?? []), id])
    gone.add(id)
  }
  const taken = new Set(
    cards.flatMap(({ provider, row }) => (provider === seller.id ? (row?.aliases ?? []) : [])),
  )
  const names = seller.id === 'poe' ? lastParts(shelf) : new Map<string, string>()
  return new Map(
    [...shelf]
      .filter(([id]) => !gone.has(id) && !taken.has(id))
      .map(([id, item]) => {
        const all = [
          ...(item.row.aliases ?? []),
          ...(aliases[`${seller.id}/${id}`] ?? []),
          ...(given.get(id) ?? []).filter((alias) => !taken.has(alias)),
          ...(names.get(id) === undefined ? [] : [names.get(id)!]),
          ...(seller.id === 'bedrock' ? profilesOf(id).filter((name) => !shelf.has(name)) : []),
        ]
        const unique = [...new Set(all)].filter(
          (alias) => !taken.has(alias) || item.row.aliases?.includes(alias),
        )
        return [
          id,
          { ...item, row: { ...item.row, ...(unique.length > 0 && { aliases: unique }) } },
        ]
      }),
  )
}

/**
 * The profile of the United States costs what its region us-east-1 does, but for Claude from 4.5 on.
 * What the profiles of other parts of the world cost is told by no table.
 */
function profilesOf(id: string): readonly string[] {
  const dearer = /claude-(?:fable|[a-z]+-(?:4-[5-9]|[5-9]))/
  return /^(?:\w+\.)?\w+\./.test(id) && !/^(?:global|us|eu|au|jp)\./.test(id) && !dearer.test(id)
    ? [`us.${id}`]
    : []
}

/** Poe takes the bot's name alone, where it is the name of one bot only. */
function lastParts(shelf: ReadonlyMap<string, Item>): ReadonlyMap<string, string> {
  const byPart = Object.groupBy(shelf.keys(), (id) => id.split('/').at(-1)!)
  const unique = Object.entries(byPart).filter(([, ids]) => ids?.length === 1)
  return new Map(
    unique.flatMap(([part, ids]) => (ids?.[0] === part ? [] : [[ids![0]!, part] as const])),
  )
}

function isSameCard(item: Item, base: Item): boolean {
  const [only] = item.segments
  if (!only || item.segments.length > 1) return false
  return base.segments.some(
    (segment) =>
      (segment.currency ?? 'USD') === (only.currency ?? 'USD') &&
      segment.price.input === only.price.input &&
      segment.price.output === only.price.output,
  )
}

const shared: readonly (keyof SharedFields)[] = [
  'author',
  'openWeights',
  'tools',
  'structured',
  'reasoning',
]

const rowFields: readonly (keyof ModelRow)[] = [
  'id',
  'aliases',
  'name',
  'author',
  'openWeights',
  'licence',
  'operations',
  'context',
  'outputMax',
  'inputs',
  'outputs',
  'tools',
  'structured',
  'reasoning',
  'released',
  'shutdown',
  'replacement',
]

/** In one order and without what is the default, so that files differ only where facts do. */
function rowOf(segment: Omit<CardSegment, 'source' | 'readOn'>, source: string): SegmentRow {
  const { id, from, to, windows, days, utcOffsetMinutes, price, currency, tiers } = segment
  return {
    ...(id !== undefined && { id }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(windows && { windows }),
    ...(days && { days }),
    ...(utcOffsetMinutes !== undefined && { utcOffsetMinutes }),
    price: ordered(price),
    ...(currency === 'CNY' && { currency }),
    ...(tiers && { tiers: tiers.map((tier) => ({ ...tier, price: ordered(tier.price) })) }),
    source,
  }
}

function ordered(price: Price): Price {
  return Object.fromEntries(
    kinds.flatMap((kind) => (price[kind] === undefined ? [] : [[kind, price[kind]]])),
  )
}

function fileOf(seller: Seller, shelf: ReadonlyMap<string, Item>): CatalogFile {
  const items = [...shelf.values()]
  const defaults = Object.fromEntries(
    shared.flatMap((field) => {
      const common = mostCommon(items.map(({ row }) => row[field] ?? null))
      return common === null ? [] : [[field, common]]
    }),
  ) as Partial<SharedFields>
  const sources = new Map<string, string>()
  const models = items.map(({ row, segments, modes }): ModelRow => {
    const isDefault = (field: string) =>
      shared.includes(field as keyof SharedFields) &&
      (row[field as keyof SharedFields] ?? null) === (defaults[field as keyof SharedFields] ?? null)
    const own = rowFields.flatMap((field) =>
      row[field] === undefined || isDefault(field) ? [] : [[field, row[field]]],
    )
    const rowFrom = ({ source, readOn, ...segment }: CardSegment): SegmentRow => {
      const origin = JSON.stringify({ source, readOn })
      if (!sources.has(origin)) sources.set(origin, String(sources.size + 1))
      return rowOf(segment, sources.get(origin)!)
    }
    const prices = segments.map(rowFrom)
    const served = Object.entries(modes ?? {}).map(([mode, of]) => [mode, of.map(rowFrom)])
    return Object.fromEntries([
      ...own,
      ...(prices.length > 0 ? [['prices', prices]] : []),
      ...(served.length > 0 ? [['modes', Object.fromEntries(served)]] : []),
    ]) as ModelRow
  })
  return {
    provider: seller.id,
    defaults,
    sources: Object.fromEntries([...sources].map(([origin, key]) => [key, JSON.parse(origin)])),
    models,
  }
}

function mostCommon<Value>(values: readonly (Value | null)[]): Value | null {
  const counts = new Map<Value | null, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].toSorted((left, right) => right[1] - left[1])[0]?.[0] ?? null
}
