import { datedSegments, standard } from '../catalog/book.ts'
import { isOwnPrice } from '../catalog/catalog.ts'
import { catalogOf } from '../catalog/index.ts'
import type { Alarms } from '../alarms/alarms.ts'
import { type Clock, type Instant, instant, isoText } from '../core/clock.ts'
import { correctionOf } from '../core/correction.ts'
import { newCallId } from '../core/ids.ts'
import { type Money, usdText } from '../core/money.ts'
import { spanOf } from '../core/zone.ts'
import { type Kind, kinds, noUsage, tokensMax, type Usage } from '../core/usage.ts'
import { priceAsKnown } from '../control/economics/re-rate.ts'
import { type Added, addCorrections, attemptName, reRated } from '../control/economics/re-rating.ts'
import { Charges } from '../control/exports/charges.ts'
import { rowsOf } from '../control/exports/rows.ts'
import type { Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { CardWish, PriceDesk } from '../server/control.ts'
import {
  type CardJson,
  type ChargesJson,
  type ChargesWish,
  type DriftWishJson,
  type ImportJson,
  type ImportWishJson,
  type PriceVersionJson,
  priceVersionJson,
  type ReRatingJson,
  type ReRatingWishJson,
  segmentJson,
} from '../server/prices-json.ts'
import { Calendar } from '../store/calendar.ts'
import type { LedgerReader, LedgerWriter } from '../store/ports.ts'
import type { PriceBook, PriceRow } from '../store/prices.ts'
import { segmentsOf, versionsOf } from './book.ts'
import { proposalsOf } from './price-import.ts'

export interface PriceDeskOptions {
  readonly store: PriceBook & Pick<LedgerReader, 'calls'>
  /** Where corrections are written. */
  readonly ledger: Pick<LedgerWriter, 'append' | 'flushed'>
  readonly alarms: Alarms
  readonly clock: Clock
  readonly timezone: string
  readonly snapshot: () => Snapshot
  /** Puts what the book says now in force. @returns why not; empty when it is */
  readonly onChange: () => Promise<readonly string[]>
}

/** What people do with prices, with a gateway or without one. */
export class Prices implements PriceDesk {
  readonly #options: PriceDeskOptions
  readonly #calendar: Calendar
  #isReRating = false

  constructor(options: PriceDeskOptions) {
    this.#options = options
    this.#calendar = new Calendar(options.timezone)
  }

  async versions(): Promise<readonly PriceVersionJson[]> {
    return (await this.#options.store.prices()).map(versionJson)
  }

  async card(name: string, { at, known, region, mode }: CardWish): Promise<CardJson | null> {
    const { store, snapshot } = this.#options
    const slash = name.indexOf('/')
    const [id, asked] = [name.slice(0, slash), name.slice(slash + 1)]
    const vendor = snapshot().providers.get(id)?.facts.id ?? id
    const printed = catalogOf([{ id, vendor }]).find(id, asked, at)?.model
    const found = snapshot().catalog.find(id, asked, at)
    const model = printed?.id ?? asked
    const names = new Set([model, asked, ...(printed?.aliases ?? [])])
    const versions = versionsOf(await store.prices()).filter(
      (version) =>
        (version.provider === id || version.provider === vendor) &&
        names.has(version.model) &&
        version.region === region &&
        version.mode === mode,
    )
    const isStandard = mode === standard
    const shipped = isStandard ? printed?.prices : printed?.modes?.[mode]
    const segments = datedSegments((region === standard ? shipped : undefined) ?? [], versions)
    // What the file says goes before the book, wherever the model is served.
    const inForce = (isStandard ? found?.model.prices : found?.model.modes?.[mode]) ?? []
    const all = [...segments, ...inForce.filter(isOwnPrice)]
    if (all.length === 0) return null
    const valid = priceAsKnown(all, at, known)
    const facts = { provider: id, model, region, mode }
    return { ...facts, segments: all.map(segmentJson), valid: valid?.id ?? null }
  }

  async take(wish: ImportWishJson): Promise<ImportJson> {
    const { store, snapshot, clock } = this.#options
    const rows = await store.prices()
    const here = { snapshot: snapshot(), versions: versionsOf(rows), rows, now: clock.now() }
    const { proposals, ...counts } = proposalsOf(wish, here)
    const news = wish.dry ? [] : proposals.filter(({ held }) => held === null)
    const added = await store.addPrices(
      news.map(({ draft }) => draft),
      clock.now(),
    )
    const rowOf = new Map(news.map((proposal, place) => [proposal, added[place]!]))
    const refused = added.some(({ state }) => state === 'known') ? await this.#changed() : []
    return {
      ...counts,
      refused,
      proposals: proposals.map((proposal) => {
        const { draft, diff, sources, held } = proposal
        const { provider, model, region, mode, doubts } = draft
        const row = rowOf.get(proposal) ?? held
        return {
          ...diff,
          at: diff.at === null ? null : isoText(diff.at),
          provider,
          model,
          region,
          mode,
          sources,
          all_doubts: doubts,
          id: row?.id ?? null,
          state: row?.state ?? null,
        }
      }),
    }
  }

  async decide(
    id: number,
    confirmed: boolean,
  ): Promise<{ readonly version: PriceVersionJson; readonly refused: readonly string[] } | null> {
    const { store, clock } = this.#options
    const row = await store.decidePrice(id, confirmed, clock.now())
    if (row === null) return null
    return { version: versionJson(row), refused: confirmed ? await this.#changed() : [] }
  }

  async reRate(wish: ReRatingWishJson): Promise<ReRatingJson> {
    if (this.#isReRating) {
      throw new RangeError('Another re-rating is under way. Wait until it is done, then ask again.')
    }
    this.#isReRating = true
    try {
      return await this.#reRate(wish)
    } finally {
      this.#isReRating = false
    }
  }

  async #reRate({ kind, dry, ...wish }: ReRatingWishJson): Promise<ReRatingJson> {
    const { store, ledger, clock, snapshot } = this.#options
    const { catalog, hash: configHash } = snapshot()
    const since = instant(wish.since)
    const until = instant(wish.until)
    const added = new Map<string, Added>()
    const later = { filters: { role: 'correction' }, since, until: clock.now() }
    for await (const page of rowsOf(store, later)) addCorrections(added, page)
    const usages = usagesOf(wish.usages)
    const models = new Map<string, { corrected: number; difference: bigint }>()
    let [looked, corrected, newlyKnown, stillUnknown, total] = [0, 0, 0, 0, 0n]
    const filters = wish.provider === null ? {} : { provider: wish.provider }
    for await (const page of rowsOf(store, { filters, since, until })) {
      for (const record of page) {
        if (record.role === 'correction') continue
        looked += 1
        const rated = reRated(record, kind, catalog, { added, usages })
        if (rated === 'unknown') stillUnknown += 1
        if (typeof rated === 'string') continue
        const { difference, priceId, wasUnknown } = rated
        corrected += 1
        total += difference
        if (wasUnknown) newlyKnown += 1
        const name = `${record.provider}/${record.model}`
        const sum = models.get(name) ?? { corrected: 0, difference: 0n }
        models.set(name, {
          corrected: sum.corrected + 1,
          difference: sum.difference + difference,
        })
        const about = { kind, difference, priceId, configHash }
        const row = { ...about, id: newCallId(), at: clock.now() }
        if (!dry) ledger.append(correctionOf(record, row))
      }
      if (!dry) await ledger.flushed()
    }
    return {
      looked,
      corrected,
      newly_known: newlyKnown,
      still_unknown: stillUnknown,
      difference_usd: usdText(total as Money),
      models: [...models].map(([model, sum]) => ({
        model,
        corrected: sum.corrected,
        difference_usd: usdText(sum.difference as Money),
      })),
    }
  }

  async charges({ since, until }: ChargesWish): Promise<ChargesJson> {
    const { store, snapshot, timezone } = this.#options
    const month = (at: Instant) => spanOf('month', at, timezone)
    const charges = new Charges(snapshot().catalog, (at) => isoText(month(at).start))
    let rows = 0n
    for await (const page of rowsOf(store, { filters: {}, since, until })) {
      for (const record of page) {
        rows += record.cost ?? 0n
        charges.add(record, isoText(this.#calendar.dayStart(record.at)))
      }
    }
    return {
      since: isoText(since),
      until: isoText(until),
      timezone,
      rows_usd: usdText(rows as Money),
      coverage: charges.coverage(),
      lines: charges.lines().map((line) => ({
        day: line.day,
        day_end: isoText(this.#calendar.dayEnd(instant(line.day))),
        month: isoText(month(instant(line.day)).start),
        month_end: isoText(month(instant(line.day)).end),
        provider: line.provider,
        model: line.model,
        author: line.author,
        region: line.region,
        mode: line.mode,
        above_input_tokens: line.above,
        meter: line.meter,
        price_id: line.priceId,
        unit_price: line.unitPrice,
        currency: line.currency,
        source: line.source,
        cost_source: line.costSource,
        customer: line.customer,
        feature: line.feature,
        purpose: line.purpose,
        correction: line.correction,
        corrected_month: line.corrected,
        units: String(line.units),
        attempts: line.attempts,
        cost_usd: usdText(line.cost as Money),
      })),
    }
  }

  drift({ provider, period, drifts }: DriftWishJson): void {
    const { alarms } = this.#options
    const subject = `${provider} ${period}`
    if (drifts.length === 0) {
      alarms.resolve('invoice_drift', subject)
      return
    }
    const [first] = drifts
    const more = drifts.length > 1 ? `, and ${drifts.length - 1} more` : ''
    const text = `The invoice of ${provider} for ${period} does not match what was measured: ${first!.sku} is off by ${first!.drift}${more}.`
    alarms.raise('invoice_drift', subject, text)
  }

  #changed(): Promise<readonly string[]> {
    return this.#options.onChange()
  }
}

function versionJson(row: PriceRow): PriceVersionJson {
  return priceVersionJson(row, segmentsOf(row.body))
}

/** @throws RangeError for what is no count */
function usagesOf(written: ReRatingWishJson['usages']): ReadonlyMap<string, Usage> {
  return new Map(
    written.map(({ call_id: callId, attempt, tokens }) => {
      const usage: Record<Kind, number> = { ...noUsage }
      for (const [name, count] of Object.entries(tokens)) {
        const kind = kinds.find((each) => each === name)
        if (kind === undefined || !Number.isSafeInteger(count) || count < 0 || count > tokensMax) {
          throw new RangeError(
            `${callId}: ${name} ${count} is no count. There are ${kinds.join(', ')}.`,
          )
        }
        usage[kind] = count
      }
      return [attemptName({ callId, attempt }), usage]
    }),
  )
}
