import type { OwnPrice } from '../catalog/catalog.ts'
import type { Price } from '../catalog/model.ts'
import type { Decimal } from '../core/money.ts'
import type { Kind } from '../core/usage.ts'
import { partsOf } from './model-name.ts'
import type { Report } from './report.ts'
import type { Names } from './resolve-tasks.ts'
import type { Config } from './schema/index.ts'
import { didYouMean } from '../core/spelling.ts'

type Written = Config['prices'][string]
type Named = Exclude<keyof Written, 'modes' | 'gpus' | 'usd_per_gpu_hour'>

/** What each kind of token is called in the file. */
const spelt = {
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
} as const satisfies Record<Kind, Named>

/** Own contracts and own machines. */
export function resolvePrices(
  config: Config,
  { live, isListed }: Pick<Names, 'live' | 'isListed'>,
  report: Report,
): OwnPrice[] {
  const own: OwnPrice[] = []
  for (const [name, written] of Object.entries(config.prices)) {
    const path = ['prices', name]
    const { provider, model } = partsOf(name)
    if (!live.has(provider) && !isListed(provider)) {
      report.warn(
        path,
        `is not used: no provider ${provider} is live.${didYouMean(provider, live.keys())}`,
      )
    }
    const { gpus, usd_per_gpu_hour: usdPerGpuHour } = written
    const price = priceOf(written)
    if ((gpus === undefined) !== (usdPerGpuHour === undefined)) {
      report.wrong(path, 'needs gpus and usd_per_gpu_hour together.', 'name')
    } else if (gpus !== undefined && usdPerGpuHour !== undefined) {
      if (Object.keys(price).length === 0)
        own.push({ provider, model, machine: { gpus, usdPerGpuHour } })
      else report.wrong(path, 'has prices both for tokens and for cards. Keep one kind.', 'name')
    } else if (Object.keys(price).length > 0) {
      const modes = Object.entries(written.modes ?? {}).map(([mode, of]) => [mode, priceOf(of)])
      own.push({
        provider,
        model,
        price,
        ...(modes.length > 0 && { modes: Object.fromEntries(modes) as Record<string, Price> }),
      })
    } else
      report.wrong(
        path,
        `names no price: write ${Object.values(spelt).join(', ')}, or gpus and usd_per_gpu_hour.`,
        'name',
      )
  }
  return own
}

function priceOf(written: Pick<Written, Named>): Price {
  const price: Partial<Record<Kind, Decimal>> = {}
  for (const [kind, name] of Object.entries(spelt) as [Kind, Named][]) {
    const amount = written[name]
    if (amount !== undefined) price[kind] = amount
  }
  return price
}
