import { asInBook, type PriceVersion } from './book.ts'
import { makeCatalog, type Catalog } from './catalog.ts'
import akashchat from './data/akashchat.json' with { type: 'text' }
import akashml from './data/akashml.json' with { type: 'text' }
import anthropic from './data/anthropic.json' with { type: 'text' }
import ark from './data/ark.json' with { type: 'text' }
import azure from './data/azure.json' with { type: 'text' }
import baidu from './data/baidu.json' with { type: 'text' }
import bedrock from './data/bedrock.json' with { type: 'text' }
import cohere from './data/cohere.json' with { type: 'text' }
import deepinfra from './data/deepinfra.json' with { type: 'text' }
import deepseek from './data/deepseek.json' with { type: 'text' }
import fireworks from './data/fireworks.json' with { type: 'text' }
import globalapi from './data/globalapi.json' with { type: 'text' }
import google from './data/google.json' with { type: 'text' }
import groq from './data/groq.json' with { type: 'text' }
import hunyuan from './data/hunyuan.json' with { type: 'text' }
import ling from './data/ling.json' with { type: 'text' }
import mistral from './data/mistral.json' with { type: 'text' }
import moonshot from './data/moonshot.json' with { type: 'text' }
import moonshotCn from './data/moonshot-cn.json' with { type: 'text' }
import openai from './data/openai.json' with { type: 'text' }
import openrouter from './data/openrouter.json' with { type: 'text' }
import poe from './data/poe.json' with { type: 'text' }
import qwen from './data/qwen.json' with { type: 'text' }
import qwenCn from './data/qwen-cn.json' with { type: 'text' }
import sim from './data/sim.json' with { type: 'text' }
import together from './data/together.json' with { type: 'text' }
import xai from './data/xai.json' with { type: 'text' }
import zai from './data/zai.json' with { type: 'text' }
import zhipu from './data/zhipu.json' with { type: 'text' }
import { modelsOf, type CatalogFile } from './file.ts'
import type { Model } from './model.ts'

/** A provider whose catalog is that of a known vendor under another name. */
interface Renamed {
  readonly id: string
  readonly vendor: string
  /** Where it is served; null or absent: not known. */
  readonly region?: string | null
}

/**
 * What these providers are known to sell, at which prices. Only their data files are parsed.
 * Providers without a file, engines of one's own for example, sell nothing known.
 * @param book  versions of cards that go before the printed ones
 */
export function catalogOf(
  providers: readonly (string | Renamed)[],
  book: readonly PriceVersion[] = [],
): Catalog {
  const named = providers.map((one) => (typeof one === 'string' ? { id: one, vendor: one } : one))
  const unique = new Map(named.map((one) => [one.id, one]))
  return makeCatalog(
    [...unique.values()].flatMap((one: Renamed) =>
      asInBook(soldBy(one.id, one.vendor), book, { ...one, provider: one.id }),
    ),
  )
}

/**
 * Every data file as its text: a text costs its bytes, and only those of the providers that are live
 * are parsed. Imported, not read, so that a single executable carries them.
 */
const texts = {
  akashchat,
  akashml,
  anthropic,
  ark,
  azure,
  baidu,
  bedrock,
  cohere,
  deepinfra,
  deepseek,
  fireworks,
  globalapi,
  google,
  groq,
  hunyuan,
  ling,
  mistral,
  moonshot,
  'moonshot-cn': moonshotCn,
  openai,
  openrouter,
  poe,
  qwen,
  'qwen-cn': qwenCn,
  sim,
  together,
  xai,
  zai,
  zhipu,
} as unknown as Readonly<Record<string, string>> // TypeScript takes them for what they say

/** A configuration is read again and again; what the files say stays the same. */
const parsed = new Map<string, readonly Model[]>()

function soldBy(provider: string, vendor: string): readonly Model[] {
  const text = Object.hasOwn(texts, vendor) ? texts[vendor] : undefined
  if (text === undefined) return []
  const key = `${provider} ${vendor}`
  const known = parsed.get(key)
  if (known) return known
  const models = modelsOf(JSON.parse(text) as CatalogFile, provider)
  parsed.set(key, models)
  return models
}
