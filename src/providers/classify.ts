import {
  contentFiltered,
  contextTooLong,
  GatewayError,
  modelRetired,
  providerAccountUnpaid,
  providerFailed,
  providerKeyRefused,
  providerOverloaded,
  providerQuotaSpent,
  providerRateLimited,
  providerRefused,
} from '../core/errors.ts'
import type { ProviderWords } from '../dialects/dialect.ts'
import type { ErrorClass, ErrorRule, HeaderReader, Provider } from './provider.ts'

/**
 * What a provider's error means. The provider's own rules are read first, then the words that many
 * use alike, then the status: a 429 alone may be a rate, a quota, an overload or a locked account.
 */
export function classify(provider: Provider, status: number, words: ProviderWords): ErrorClass {
  const meant = statusMeant(status, words)
  const rule =
    provider.errors?.find((each) => fits(each, meant, words)) ??
    common.find((each) => fits(each, meant, words))
  return rule?.class ?? classOfStatus(meant)
}

/** An error under status 200 or in a stream may name the status that it stands for as its code. */
function statusMeant(status: number, { code }: ProviderWords): number {
  if (status >= 400) return status
  const named = Number(code)
  return Number.isInteger(named) && named >= 400 && named < 600 ? named : status
}

function fits(rule: ErrorRule, status: number, words: ProviderWords): boolean {
  if (rule.status !== undefined && rule.status !== status) return false
  if (rule.codes && !rule.codes.some((code) => code === words.code || code === words.type))
    return false
  return rule.message === undefined || rule.message.test(words.message)
}

/** Codes and sentences that more than one vendor uses; more telling ones first. */
const common: readonly ErrorRule[] = [
  {
    class: 'quota',
    codes: ['insufficient_quota', 'exceeded_current_quota_error', 'billing_hard_limit_reached'],
  },
  {
    class: 'arrears',
    codes: ['insufficient_balance', 'billing_not_active', 'billing_error', 'account_deactivated'],
  },
  {
    class: 'context',
    codes: ['context_length_exceeded', 'tokens_too_long', 'string_above_max_length'],
  },
  {
    class: 'context',
    message:
      /maximum (?:context|prompt) length|input token count .*exceeds|longer than the model's (?:maximum )?context|context (?:length|window) (?:exceeded|is)|exceed(?:s|ed) (?:the |max )?(?:model's )?(?:maximum )?context|prompt (?:is )?too long|input (?:is|tokens?) too (?:long|many)|reduce the length of the (?:messages|prompt|input)/i,
  },
  {
    class: 'content',
    codes: [
      'content_filter',
      'content_policy_violation',
      'ResponsibleAIPolicyViolation',
      'unsafe_request',
      'data_inspection_failed',
    ],
  },
  {
    class: 'retired',
    codes: ['model_not_found', 'DeploymentNotFound', 'model_decommissioned', 'model_deprecated'],
  },
  {
    class: 'retired',
    status: 404,
    message:
      /^model: |\bmodels?\b.*\b(?:not found|does not exist|removed|retired|deprecated)|was removed on/i,
  },
  {
    class: 'key',
    codes: ['invalid_api_key', 'authentication_error', 'invalid_authentication_error'],
  },
  {
    class: 'overload',
    codes: ['overloaded_error', 'engine_overloaded_error', 'capacity_exceeded'],
  },
  { class: 'rate', codes: ['rate_limit_exceeded', 'rate_limit_error', 'rate_limit_reached_error'] },
  { class: 'caller', status: 200, codes: ['invalid_request_error'] },
]

function classOfStatus(status: number): ErrorClass {
  switch (status) {
    case 401:
    case 403:
      return 'key'
    case 402:
      return 'arrears'
    case 408:
      return 'vendor'
    case 410:
      return 'retired'
    case 429:
      return 'rate'
    case 498:
    case 503:
    case 529:
      return 'overload'
    default:
      return status >= 400 && status < 500 ? 'caller' : 'vendor'
  }
}

/**
 * What the caller is told, in the gateway's own words around the provider's.
 * @param provider  its id in the configuration
 * @param words  masked: neither key nor personal data in them
 */
export function errorOf(
  kind: ErrorClass,
  provider: string,
  model: string,
  status: number,
  words: ProviderWords,
): GatewayError {
  switch (kind) {
    case 'caller':
      return refused(provider, status, words)
    case 'context':
      return contextTooLong(provider, words.message).at(words.param)
    case 'content':
      return contentFiltered(provider, words.message).at(words.param)
    case 'key':
      return providerKeyRefused(provider)
    case 'quota':
      return providerQuotaSpent(provider)
    case 'arrears':
      return providerAccountUnpaid(provider)
    case 'rate':
      return providerRateLimited(provider)
    case 'overload':
      return providerOverloaded(provider)
    case 'vendor':
      return providerFailed(provider, `status ${status}: ${words.message}`)
    case 'retired':
      return modelRetired(provider, model)
  }
}

/** The caller's own mistake keeps the provider's status, code and field. */
function refused(provider: string, status: number, words: ProviderWords): GatewayError {
  const known = providerRefused(provider, words.message)
  const kind = status === 404 ? 'not_found' : status === 413 ? 'too_large' : known.kind
  const facts = {
    code: words.code ?? known.code,
    kind,
    status: status >= 400 && status < 500 ? status : known.status,
    again: known.again,
  } as const
  return new GatewayError(facts, known.message).at(words.param)
}

/**
 * How long a provider asks to wait, in the three forms that are in use. The longest wait that is
 * believed is an hour.
 * @param nowMs  milliseconds since 1970, for dates
 * @returns milliseconds, or null when it does not say
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMs(headers: HeaderReader, nowMs: number): number | null {
  const ms = largestIn(headers.get('retry-after-ms') ?? '')
  if (Number.isFinite(ms) && ms >= 0) return Math.min(ms, hourMs)
  const after = headers.get('retry-after')
  if (after === null || after.trim() === '') return null
  const seconds = largestIn(after)
  if (Number.isFinite(seconds)) return seconds < 0 ? null : Math.min(seconds * 1_000, hourMs)
  const date = Date.parse(after)
  return Number.isNaN(date) ? null : Math.min(Math.max(date - nowMs, 0), hourMs)
}

/** A header that was sent twice comes as one, with a comma. Not finite where there is no number. */
function largestIn(text: string): number {
  const said = text.split(',').filter((part) => part.trim() !== '')
  return Math.max(...said.map(Number))
}

const hourMs = 3_600_000
