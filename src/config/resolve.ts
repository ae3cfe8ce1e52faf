import { dirname, isAbsolute, join } from 'node:path'
import { withOwnPrices, type Catalog } from '../catalog/catalog.ts'
import type { PriceVersion } from '../catalog/book.ts'
import { catalogOf } from '../catalog/index.ts'
import type { Instant } from '../core/clock.ts'
import type { LiveProvider, Snapshot } from '../gateway/pipeline/snapshot.ts'
import { boundsOf } from './bounds.ts'
import type { Environment } from './environment.ts'
import { hashOf } from './hash.ts'
import type { Report } from './report.ts'
import { checkAdvice, resolveAdvice } from './resolve-advice.ts'
import { resolveKeys } from './resolve-keys.ts'
import { resolvePrices } from './resolve-prices.ts'
import { listedProviders, providersOfEnvironment, type Known } from './resolve-providers.ts'
import { resolveTasks, type Names } from './resolve-tasks.ts'
import type { Config } from './schema/index.ts'
import type { Settings } from './settings.ts'
import type { Draft } from './validate.ts'

/** What a configuration is read against. */
export interface World extends Known {
  readonly env: Environment
  /** Prices are those of this moment, where it is asked whether there is one. */
  readonly now: Instant
  /** Versions of prices that the store keeps; they go before the shipped catalog, and after `prices:`. */
  readonly book?: readonly PriceVersion[]
}

export interface Resolved {
  readonly settings: Settings
  readonly snapshot: Snapshot
}

/**
 * What a configuration comes to: names are looked up, demands are met, limits are joined. What is
 * wrong goes into the report; with that the result is not to be used.
 * @param path  of the file; null when there is none, and the environment says who is live
 */
export function resolve(draft: Draft, path: string | null, world: World, report: Report): Resolved {
  const { config, keyPlaces, broken } = draft
  const live =
    path === null
      ? providersOfEnvironment(world.env, world, report)
      : listedProviders(config, world.env, world, report)
  const listed = {
    live,
    known: world,
    isListed: (provider: string) =>
      has(config.providers, provider) || broken.has('providers', provider),
    isTask: (name: string) => has(config.tasks, name) || broken.has('tasks', name),
    folder: path === null ? '.' : dirname(path),
  }
  const prices = resolvePrices(config, listed, report)
  const catalog = withOwnPrices(printedCatalog(live, world.book ?? []), prices)
  const names: Names = { ...listed, catalog, now: world.now }
  const tasks = resolveTasks(config, names, report)
  const keys = resolveKeys(config, keyPlaces, names, report)
  checkAdvice(config, names, report)
  warnOfUnpriced(tasks, catalog, config, world.now, report)
  const settings = settingsOf(config, path)
  const { default: customerDefault, ...customers } = config.customers
  const body = {
    payloads: config.payloads,
    unknownPrices: config.unknown_prices,
    providers: live,
    tasks,
    keys,
    customers: mapped(customers),
    customerDefault: customerDefault ? boundsOf(customerDefault) : null,
    features: mapped(config.features),
    media: config.media.fetch
      ? { bytesMax: config.media.size, origins: new Set(config.media.origins) }
      : null,
  }
  const providers = [...live.values()].map(({ facts, ...said }) => ({ type: facts.id, ...said }))
  const book = world.book?.map(({ id, knownTo }) => [id, knownTo]) ?? []
  const hash = hashOf({ settings, ...body, providers, prices, ...(book.length > 0 && { book }) })
  return { settings, snapshot: { hash, ...body, catalog } }
}

function has(entries: object, name: string): boolean {
  return Object.hasOwn(entries, name)
}

/** A vendor under another name sells what the vendor sells. */
function printedCatalog(
  live: ReadonlyMap<string, LiveProvider>,
  book: readonly PriceVersion[],
): Catalog {
  const providers = [...live.values()].map(({ id, facts, region = null }) => ({
    id,
    vendor: facts.id,
    region,
  }))
  return catalogOf(providers, book)
}

function settingsOf(config: Config, path: string | null): Settings {
  const { host, port, workers, body_limit, body_timeout, drain } = config.server
  const folder = path === null ? '.' : dirname(path)
  return {
    server: {
      host,
      port,
      workers,
      bodyLimitBytes: body_limit,
      bodyTimeoutMs: body_timeout,
      drainMs: drain,
    },
    storePath: isAbsolute(config.store) ? config.store : join(folder, config.store),
    timezone: config.timezone,
    alarmWebhook: config.alarms.webhook ?? null,
    files: {
      bytesMax: config.files.size,
      totalMax: config.files.total,
      keepMs: config.files.keep,
    },
    batches: { concurrent: config.batches.concurrent, atVendors: config.batches.at_vendors },
    ledger: {
      whenUnavailable: config.ledger.when_unavailable,
      queueBytesMax: config.ledger.queue,
    },
    economics: {
      paymentShare: config.economics.payment_share ?? null,
      paymentFixed: config.economics.payment_fixed ?? null,
      servers: config.economics.servers ?? null,
      people: config.economics.people ?? null,
      other: config.economics.other ?? null,
      cash: config.economics.cash ?? null,
      revenueGrowth: config.economics.revenue_growth ?? null,
      costGrowth: config.economics.cost_growth ?? null,
      advice: resolveAdvice(config.economics.advice),
    },
    retention: { payloadsMs: config.retention.payloads, rowsMs: config.retention.rows },
  }
}

function mapped(written: Config['customers']): Snapshot['customers'] {
  return new Map(Object.entries(written).map(([name, bounds]) => [name, boundsOf(bounds)]))
}

function warnOfUnpriced(
  tasks: Snapshot['tasks'],
  catalog: Catalog,
  { unknown_prices }: Config,
  now: Instant,
  report: Report,
): void {
  const told = new Set<string>()
  for (const [task, { candidates }] of tasks) {
    for (const { provider, model } of candidates) {
      const name = `${provider}/${model}`
      const found = catalog.find(provider, model, now)
      if (found?.segment || found?.model.machine || told.has(name)) continue
      told.add(name)
      const outcome =
        unknown_prices === 'refuse' ? 'its calls are refused' : 'what it costs will be unknown'
      report.warn(
        ['tasks', task],
        `asks ${name}, which has no price: ${outcome}. Name it under prices.`,
      )
    }
  }
}
