import { GatewayError, invalidRequest, providerFailed } from '../../core/errors.ts'
import type { Departure } from '../../core/departure.ts'
import type { Secret } from '../../core/secret.ts'
import { readOpenaiError } from '../../dialects/openai-error.ts'
import { isRateRefusal, type ScopedRate } from '../limits/rates.ts'
import { rateError } from '../pipeline/admit.ts'
import { credentialName } from '../pipeline/attempt.ts'
import { asOurs, refusal } from '../pipeline/faults.ts'
import type { Parts } from '../pipeline/parts.ts'
import { limitsFor, signed } from '../pipeline/request.ts'
import type { ApiKey, LiveProvider } from '../pipeline/snapshot.ts'
import type { Exchange } from '../upstream/upstream.ts'

/** One question to a provider about its objects. */
export interface ProviderAsk {
  readonly live: LiveProvider
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** '/files/file-abc', with a query when there is one. */
  readonly path: string
  readonly body?: { readonly mediaType: string; readonly bytes: string | Uint8Array }
  /** Objects belong to the account whose key it was. */
  readonly credential: Secret | null
}

type NeededParts = Pick<Parts, 'upstream' | 'clock' | 'rates' | 'health'>

/** Who asks, as far as it matters here. */
export interface By {
  readonly key: ApiKey
  readonly header: (name: string) => string | null
  readonly departure: Departure
}

/**
 * Asks, and resolves with an answer that is a success. It is no call of a model: it leaves no row, and
 * counts as one request in the rates of its key and of the provider.
 * @throws rate_limit_exceeded, what the provider said, and what `Upstream.open` throws
 */
export async function askProvider(ask: ProviderAsk, by: By, parts: NeededParts): Promise<Exchange> {
  const { live, credential } = ask
  countRequest(by.key, live, parts)
  const asked = { stop: { provider: live, model: 'its objects' }, credential }
  try {
    const exchange = await open(ask, by, parts)
    if (exchange.status >= 200 && exchange.status < 300) return exchange
    const words = readOpenaiError(await exchange.text())
    throw refusal(asked, words, exchange, parts.clock)
  } catch (thrown) {
    throw by.departure.reason ?? asOurs(thrown, asked, parts.clock)
  }
}

/** The same for an answer that is one JSON object. */
export async function askForJson(
  ask: ProviderAsk,
  by: By,
  parts: NeededParts,
): Promise<Readonly<Record<string, unknown>>> {
  const exchange = await askProvider(ask, by, parts)
  const text = await exchange.text()
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw providerFailed(ask.live.id, 'its answer is not the JSON object that was asked for')
}

function open(
  { live, method, path, body, credential }: ProviderAsk,
  { header, departure }: By,
  { upstream, clock }: NeededParts,
): Promise<Exchange> {
  const url = urlAt(live, path)
  const bytes = body?.bytes ?? ''
  const headers: Record<string, string> = {
    accept: '*/*',
    'user-agent': 'freehold',
    ...(body ? { 'content-type': body.mediaType } : {}),
    ...live.facts.headers,
  }
  for (const name of live.facts.passHeaders ?? []) {
    const value = header(name)
    if (value !== null && /^[ -~]{1,1000}$/.test(value)) headers[name] = value
  }
  for (const [name, value] of live.headers) headers[name] = value.reveal()
  const unsigned = { method, url, headers, body: bytes, at: clock.now() }
  return upstream.open({
    provider: live.id,
    url,
    method,
    headers: signed(unsigned, live.facts.sign, credential),
    body: bytes,
    limits: limitsFor(false, live, null, null),
    // A listing asks several at once.
    departure: departure.branch(),
  })
}

/** A query of the base URL stays, behind that of the path. */
function urlAt({ facts, baseUrl }: LiveProvider, path: string): string {
  const base = facts.objects?.at?.(baseUrl) ?? baseUrl
  const query = base.indexOf('?')
  if (query === -1) return base.replace(/\/$/, '') + path
  const joint = path.includes('?') ? '&' : '?'
  return `${base.slice(0, query)}${path}${joint}${base.slice(query + 1)}`
}

/** @throws rate_limit_exceeded */
function countRequest(
  key: ApiKey,
  live: LiveProvider,
  { rates, clock }: Pick<Parts, 'rates' | 'clock'>,
): void {
  const scoped: ScopedRate[] = [
    ...(key.bounds.rate ? [{ kind: 'key', value: key.id, rate: key.bounds.rate } as const] : []),
    ...(live.bounds.rate
      ? [{ kind: 'provider', value: live.id, rate: live.bounds.rate } as const]
      : []),
  ]
  const nowUs = clock.elapsedUs()
  const taken = rates.take(scoped, () => 0, nowUs)
  if (isRateRefusal(taken)) throw rateError(taken)
  rates.giveBack(taken, 0, nowUs)
}

/** The key of the account that has an object; the next one that need not rest when it is not known. */
export function credentialOf(
  { id, keys }: LiveProvider,
  fingerprint: string | null,
  { health }: Pick<Parts, 'health'>,
): Secret | null {
  if (fingerprint !== null) {
    const known = keys.find((key) => key.fingerprint() === fingerprint)
    if (known) return known
    if (keys.length > 0) throw accountGone(id)
  }
  return keys.find((key) => health.waitMs(credentialName(id, key)) === 0) ?? keys[0] ?? null
}

function accountGone(provider: string): GatewayError {
  return invalidRequest(
    `This was made with another key of ${provider} than the gateway has now. Put that key back among providers.${provider}.api_keys.`,
  )
}
