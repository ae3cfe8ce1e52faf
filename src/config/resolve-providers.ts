import { jurisdictionOf } from '../catalog/jurisdictions.ts'
import { Secret } from '../core/secret.ts'
import type { LiveProvider } from '../gateway/pipeline/snapshot.ts'
import { addressNames, baseUrlFrom, keyFrom, keyWays } from '../providers/environment.ts'
import type { Provider } from '../providers/provider.ts'
import { boundsOf, unbound } from './bounds.ts'
import type { Environment } from './environment.ts'
import type { Path } from './issue.ts'
import type { Report } from './report.ts'
import type { Config } from './schema/index.ts'
import { didYouMean } from '../core/spelling.ts'
import { definedOf } from './timeouts.ts'

/** Who can be a provider: the vendors and engines that are known by name, and the types for any URL. */
export interface Known {
  readonly providers: ReadonlyMap<string, Provider>
  readonly compatible: ReadonlyMap<string, Provider>
}

type Written = Config['providers'][string]

/** The providers that the file lists, and the simulator. */
export function listedProviders(
  config: Config,
  env: Environment,
  known: Known,
  report: Report,
): Map<string, LiveProvider> {
  const live = new Map<string, LiveProvider>()
  for (const [id, written] of Object.entries(config.providers)) {
    const path = ['providers', id]
    const facts = factsOf(id, written, known, path, report)
    const provider = facts && liveProvider(id, written, facts, env, path, report)
    if (provider) live.set(id, provider)
  }
  return withSimulator(live, known)
}

/** Without a file: whose keys stand in the environment, and the simulator. */
export function providersOfEnvironment(
  env: Environment,
  known: Known,
  report: Report,
): Map<string, LiveProvider> {
  const live = new Map<string, LiveProvider>()
  for (const { facts, name, key } of vendorsIn(env, known)) {
    const baseUrl = baseUrlFrom(facts, env)
    if (key === null) {
      report.warnings.push(`${name} ${unsendable}, so ${facts.id} is not live.`)
    } else if (baseUrl === null || !URL.canParse(baseUrl)) {
      const names = addressNames(facts.baseUrl).join(' and ')
      report.warnings.push(
        `${name} is set and ${names} names no address, so ${facts.id} is not live.`,
      )
    } else live.set(facts.id, { ...asItIs(facts), baseUrl, keys: [key] })
  }
  return withSimulator(live, known)
}

/** A vendor whose key stands in the environment under `name`; null when no header can carry it. */
interface FoundVendor {
  readonly facts: Provider
  readonly name: string
  readonly key: Secret | null
}

function vendorsIn(env: Environment, { providers }: Known): readonly FoundVendor[] {
  return [...providers.values()].flatMap((facts) => {
    const found = facts.baseUrl === null ? null : keyInEnvironment(facts, env)
    return found ? [{ facts, ...found }] : []
  })
}

const unsendable = 'holds characters that no header can carry'

function factsOf(
  id: string,
  { type }: Written,
  { providers, compatible }: Known,
  path: Path,
  report: Report,
): Provider | null {
  const facts = providers.get(type ?? id) ?? compatible.get(type ?? id)
  if (facts !== undefined) return facts
  const names = [...providers.keys(), ...compatible.keys()]
  if (type === undefined) {
    const meant = didYouMean(id, providers.keys())
    const types = names.filter((name) => compatible.has(name) || isEngine(providers.get(name)))
    const sentence = `is no vendor that is known by this name.${meant || ` Give it a type: ${types.join(', ')}, or a vendor's name.`}`
    report.wrong(path, sentence, 'name')
  } else {
    const meant = didYouMean(type, names)
    report.wrong(
      [...path, 'type'],
      `names nothing that is known.${meant || ` There are: ${names.join(', ')}.`}`,
    )
  }
  return null
}

function isEngine(provider: Provider | undefined): boolean {
  return provider?.kind === 'engine'
}

function liveProvider(
  id: string,
  written: Written,
  facts: Provider,
  env: Environment,
  path: Path,
  report: Report,
): LiveProvider | null {
  const baseUrl = written.base_url ?? baseUrlFrom(facts, env)
  if (facts.kind !== 'simulator' && (baseUrl === null || !URL.canParse(baseUrl))) {
    const names = addressNames(facts.baseUrl)
    const why =
      names.length === 0
        ? `needs a base_url: ${facts.id} stands for any address.`
        : `has no address: the environment has no ${names.join(' and no ')} that makes one. Set it, or write base_url.`
    report.wrong(path, why, 'name')
    return null
  }
  const keys = keysOf(written, facts, env, path, report)
  if (keys === null) return null
  return {
    ...asItIs(facts),
    id,
    baseUrl: baseUrl ?? '',
    baseUrlOverridden: written.base_url !== undefined,
    keys,
    data: written.data ?? facts.data,
    jurisdiction: written.jurisdiction ?? jurisdictionOf(facts.id),
    region: written.region ?? regionIn(baseUrl ?? ''),
    timeouts: definedOf(written.timeouts),
    modelTimeouts: new Map(
      Object.entries(written.models ?? {}).map(([model, each]) => [
        model,
        definedOf(each.timeouts),
      ]),
    ),
    headers: headersOf(written, [...path, 'headers'], report),
    bounds: boundsOf(written),
  }
}

/** The simulator needs no listing: its models answer, clearly marked, whoever else is live. */
function withSimulator(
  live: Map<string, LiveProvider>,
  { providers }: Known,
): Map<string, LiveProvider> {
  const sim = providers.get('sim')
  if (sim && !live.has('sim')) live.set('sim', asItIs(sim))
  return live
}

function asItIs(facts: Provider): LiveProvider {
  return {
    id: facts.id,
    facts,
    baseUrl: facts.baseUrl ?? '',
    baseUrlOverridden: false,
    keys: [],
    data: facts.data,
    jurisdiction: jurisdictionOf(facts.id),
    region: regionIn(facts.baseUrl ?? ''),
    timeouts: {},
    modelTimeouts: new Map(),
    headers: new Map(),
    bounds: unbound,
  }
}

/** 'us-east-1' of bedrock-runtime.us-east-1.amazonaws.com, 'cn-beijing' of ark.cn-beijing.volces.com. */
function regionIn(url: string): string | null {
  const labels = URL.canParse(url) ? new URL(url).hostname.split('.') : []
  return labels.find((label) => /^[a-z]{2,4}(?:-[a-z]+)+-\d$|^cn-[a-z]+$/.test(label)) ?? null
}

function keysOf(
  written: Written,
  facts: Provider,
  env: Environment,
  path: Path,
  report: Report,
): readonly Secret[] | null {
  if (written.api_key && written.api_keys) {
    report.wrong([...path, 'api_keys'], 'stands beside api_key. Keep one of them.', 'name')
    return null
  }
  const named = written.api_keys ?? (written.api_key ? [written.api_key] : [])
  if (new Set(named.map((key) => key.reveal())).size < named.length) {
    report.wrong([...path, 'api_keys'], 'names one key twice.')
    return null
  }
  if (named.length > 0) return named
  const found = keyInEnvironment(facts, env)
  if (found?.key) return [found.key]
  if (found) {
    report.wrong(path, `has no key that can be sent: ${found.name} ${unsendable}.`, 'name')
    return null
  }
  if (facts.keyOptional === true || facts.keyNames.length === 0) return []
  report.wrong(
    path,
    `has no key: the environment has no ${keyWays(facts).join(' and no ')}. Set it, write api_key, or take ${path.at(-1)} out.`,
    'name',
  )
  return null
}

function keyInEnvironment(
  facts: Provider,
  env: Environment,
): { readonly name: string; readonly key: Secret | null } | null {
  const found = keyFrom(facts, env)
  if (found === null) return null
  const { name, text } = found
  return { name, key: /^[\x21-\x7e]+$/.test(text) ? new Secret(text) : null }
}

/** Of the connection and of the message, which the gateway writes itself, and where keys go. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
])

function headersOf(
  { headers = {} }: Written,
  path: Path,
  report: Report,
): ReadonlyMap<string, Secret> {
  const named = new Map<string, Secret>()
  for (const [written, value] of Object.entries(headers)) {
    const name = written.toLowerCase()
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)) {
      report.wrong([...path, written], 'is no name for a header.', 'name')
    } else if (ownHeaders.has(name)) {
      const why = /auth|key/.test(name) ? 'Keys go under api_key.' : 'The gateway writes it itself.'
      report.wrong([...path, written], `cannot be set here. ${why}`, 'name')
    } else if (named.has(name)) {
      report.wrong(
        [...path, written],
        'stands here twice: headers are the same in capitals.',
        'name',
      )
    } else named.set(name, value)
  }
  return named
}
