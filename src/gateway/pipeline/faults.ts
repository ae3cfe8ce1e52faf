import type { Clock } from '../../core/clock.ts'
import { GatewayError, internalFault, providerFailed } from '../../core/errors.ts'
import type { EndState } from '../../core/record.ts'
import type { Secret } from '../../core/secret.ts'
import { ProviderFault, type ProviderWords } from '../../dialects/dialect.ts'
import { redact } from '../../privacy/redact.ts'
import { classify, errorOf, retryAfterMs } from '../../providers/classify.ts'
import type { HeaderReader } from '../../providers/provider.ts'
import { rateRoom } from '../../providers/rate-room.ts'
import type { Exchange } from '../upstream/upstream.ts'
import type { LiveProvider } from './snapshot.ts'

/** Who was asked, and with which key. */
export interface Asked {
  readonly stop: { readonly provider: LiveProvider; readonly model: string }
  readonly credential: Secret | null
}

/** What a provider's refusal means, in the gateway's words. */
export function refusal(
  attempt: Asked,
  words: ProviderWords,
  { status, headers }: Pick<Exchange, 'status' | 'headers'>,
  clock: Clock,
): GatewayError {
  if (status >= 300 && status < 400) {
    const what = `it redirects (status ${status}), which is not followed. Check its base_url.`
    return providerFailed(attempt.stop.provider.id, what)
  }
  return errorFor(attempt, status, words, headers, clock)
}

/** Whatever was thrown while an answer was awaited or read, as an error with a row of its own. */
export function asOurs(thrown: unknown, attempt: Asked, clock: Clock): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  if (!(thrown instanceof ProviderFault)) return internalFault().because(thrown)
  if (thrown.words !== null) return errorFor(attempt, 200, thrown.words, null, clock)
  const said = { code: null, type: null, message: thrown.message, param: null }
  return providerFailed(attempt.stop.provider.id, masked(said, attempt).message)
}

function errorFor(
  attempt: Asked,
  status: number,
  said: ProviderWords,
  headers: HeaderReader | null,
  clock: Clock,
): GatewayError {
  const { provider, model } = attempt.stop
  const words = masked(said, attempt)
  const error = errorOf(classify(provider.facts, status, words), provider.id, model, status, words)
  if (headers === null) return error
  const nowMs = clock.now() / 1_000
  const wait = retryAfterMs(headers, nowMs) ?? provider.facts.waitMs?.(headers, words) ?? null
  if (wait !== null || status !== 429) return error.after(wait)
  const room = rateRoom(headers, nowMs)
  return error.after(room?.share === 0 ? room.resetMs : null)
}

const wordsLengthMax = 1_000

/** Providers quote what they were sent: neither the gateway's secrets nor anybody's data goes further. */
function masked(words: ProviderWords, attempt: Asked): ProviderWords {
  const secrets = secretsOf(attempt)
  const hide = (text: string, lengthMax: number): string => {
    const clean = secrets.reduce(without, text)
    return redact(clean.slice(0, 4 * wordsLengthMax)).text.slice(0, lengthMax)
  }
  return {
    code: words.code === null ? null : hide(words.code, 100),
    type: words.type === null ? null : hide(words.type, 100),
    message: hide(words.message, wordsLengthMax),
    param: words.param === null ? null : hide(words.param, 200),
  }
}

/** Shorter values of configured headers are words like any other. */
const secretLengthMin = 8

function secretsOf({ credential, stop }: Asked): readonly string[] {
  const sent = [...(credential ? [credential] : []), ...stop.provider.headers.values()]
  return sent.map((secret) => secret.reveal()).filter(({ length }) => length >= secretLengthMin)
}

/** A secret may be quoted in part: its beginning goes wherever it stands, and a shorter one where the text was cut. */
function without(text: string, secret: string): string {
  const whole = withoutBeginnings(text, secret)
  for (
    let length = Math.min(secret.length, whole.length);
    length >= secretLengthMin / 2;
    length -= 1
  )
    if (whole.endsWith(secret.slice(0, length))) return `${whole.slice(0, -length)}[secret]`
  return whole
}

function withoutBeginnings(text: string, secret: string): string {
  const beginning = secret.slice(0, secretLengthMin)
  let clean = ''
  let from = 0
  for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, from)) {
    clean += `${text.slice(from, at)}[secret]`
    from = at + beginning.length
    while (from - at < secret.length && text[from] === secret[from - at]) from += 1
  }
  return clean + text.slice(from)
}

export function endStateOf({ code }: GatewayError): EndState {
  switch (code) {
    case 'caller_left':
      return 'caller_left'
    case 'provider_timeout':
      return 'timeout'
    case 'provider_unreachable':
    case 'provider_hung_up':
      return 'unreachable'
    case 'ledger_unavailable':
    case 'internal_error':
      return 'gateway_error'
    case 'shutting_down':
      return 'shutdown'
    case 'budget_ran_out':
      return 'refused'
    case 'hedge_lost':
      return 'cancelled'
    default:
      return 'provider_error'
  }
}

/** Of a stream that had begun: a provider that says nothing of an error and stops has cut it. */
export function brokenState(fault: Error, error: GatewayError): EndState {
  if (fault instanceof ProviderFault) return 'provider_error'
  const endState = endStateOf(error)
  return endState === 'provider_error' ? 'provider_cut' : endState
}
