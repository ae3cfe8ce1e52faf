import type { Price } from '../catalog/model.ts'
import { type Clock, type Instant, isoText } from '../core/clock.ts'
import type { Snapshot } from '../gateway/pipeline/snapshot.ts'
import type { Store } from '../store/ports.ts'
import type { ModelJson } from './contract/models.ts'
import type { StatusJson } from './contract/status.ts'

/** What a gateway is made of right now, for people and pages. Everything is read, nothing remembered. */

export interface StatusSources {
  readonly version: string
  readonly startedAt: Instant
  readonly simulated: StatusJson['simulated']
  readonly config: {
    readonly path: string | null
    readonly loadedAt: Instant
    readonly warnings: readonly string[]
    readonly refused: readonly string[]
  }
  readonly snapshot: Snapshot
  readonly store: Store
  readonly resting: readonly {
    readonly subject: string
    readonly cause: StatusJson['resting'][number]['cause']
    readonly waitMs: number
  }[]
  readonly learnedRates?: readonly {
    readonly subject: string
    readonly perMinute: number
    readonly waitMs: number
  }[]
  readonly activeCalls: number
}

export async function statusJson(sources: StatusSources): Promise<StatusJson> {
  const { snapshot, config } = sources
  const health = await sources.store.health()
  return {
    version: sources.version,
    started_at: isoText(sources.startedAt),
    simulated: sources.simulated && {
      since: sources.simulated.since,
      until: sources.simulated.until,
    },
    config: {
      path: config.path,
      hash: snapshot.hash,
      loaded_at: isoText(config.loadedAt),
      warnings: config.warnings,
      refused: config.refused,
    },
    tasks: [...snapshot.tasks.values()].map(({ name, policy, candidates, margin }) => ({
      name,
      policy,
      models: candidates.map(({ provider, model }) => `${provider}/${model}`),
      margin: margin ?? null,
    })),
    providers: [...snapshot.providers.values()].map((provider) => ({
      id: provider.id,
      name: provider.facts.name,
      base_url: provider.baseUrl,
      keys: provider.keys.length,
      data: provider.data,
      jurisdiction: provider.jurisdiction,
    })),
    resting: sources.resting.map(({ subject, cause, waitMs }) => ({
      subject,
      cause,
      wait_ms: Math.round(waitMs),
    })),
    learned_rates: (sources.learnedRates ?? []).map(({ subject, perMinute, waitMs }) => ({
      subject,
      per_minute: Math.round(perMinute * 10) / 10,
      wait_ms: Math.round(waitMs),
    })),
    ledger: {
      rows: health.rows,
      behind_bytes: health.behindBytes,
      recovered: health.recovered,
      journal_faults: health.journalFaults,
      payloads_kept: health.payloadsKept,
      payloads_dropped: health.payloadsDropped,
      disk_free_bytes: health.diskFreeBytes,
      store_bytes: health.storeBytes,
    },
    active_calls: sources.activeCalls,
  }
}

const priceNames = {
  input: 'input',
  cacheRead: 'cache_read',
  cacheWrite5m: 'cache_write',
  cacheWrite1h: 'cache_write_1h',
  output: 'output',
  reasoning: 'reasoning',
  audioIn: 'audio_in',
  audioOut: 'audio_out',
  search: 'search',
  imageIn: 'image_in',
  imageOut: 'image_out',
  images: 'images',
  characters: 'characters',
  seconds: 'seconds',
} satisfies Record<keyof Price, string>

/** Every model that a live provider is known to sell, with its price as of now. */
export function modelsJson({ providers, catalog }: Snapshot, clock: Clock): readonly ModelJson[] {
  const now = clock.now()
  return [...providers.values()].flatMap((provider) =>
    catalog.models(provider.id).map((model): ModelJson => {
      const segment = catalog.find(provider.id, model.id, now)?.segment ?? null
      return {
        id: `${provider.id}/${model.id}`,
        provider: provider.id,
        author: model.author,
        name: model.name,
        open_weights: model.openWeights,
        licence: model.licence,
        jurisdiction: provider.jurisdiction,
        data: provider.data,
        operations: model.operations,
        context: model.context,
        output_max: model.outputMax,
        inputs: model.inputs,
        tools: model.tools,
        reasoning: model.reasoning,
        shutdown: model.shutdown,
        price: segment === null ? null : named(segment.price),
        currency: segment?.currency ?? null,
        price_id: segment?.id ?? null,
        price_source: segment?.source ?? null,
      }
    }),
  )
}

function named(price: Price): Readonly<Record<string, string>> {
  const entries = Object.entries(price) as [keyof Price, string][]
  return Object.fromEntries(entries.map(([kind, rate]) => [priceNames[kind], rate]))
}
