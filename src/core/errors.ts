/** Where asking again may help. Failover reads this and nothing else. */
export type Again = 'here' | 'elsewhere' | 'later' | 'never'

/**
 * What kind of trouble it is, in the words of the field's wire formats: each dialect has a name of
 * its own for each. An infrastructure fault is never `authentication`.
 */
export type ErrorKind =
  | 'invalid_request'
  | 'authentication'
  | 'permission'
  | 'not_found'
  | 'too_large'
  | 'rate_limit'
  | 'billing'
  | 'overloaded'
  | 'timeout'
  | 'upstream'
  | 'internal'

export interface ErrorFacts {
  readonly code: string
  readonly kind: ErrorKind
  readonly status: number
  readonly again: Again
}

export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: string
  readonly kind: ErrorKind
  readonly status: number
  readonly again: Again
  /** The request's field that is wrong ('messages[2].content'), when one is. */
  param: string | null = null
  /** How long to wait before asking again, when somebody said so. */
  retryAfterMs: number | null = null
  /** What its answer says besides, in headers of the caller's dialect. */
  headers: Readonly<Record<string, string>> | null = null

  constructor(facts: ErrorFacts, message: string) {
    super(message)
    this.code = facts.code
    this.kind = facts.kind
    this.status = facts.status
    this.again = facts.again
  }

  /** Keeps what led here for the log. Callers see the sentence, never the cause. */
  because(cause: unknown): this {
    this.cause = cause
    return this
  }

  at(param: string | null): this {
    this.param = param
    return this
  }

  after(retryAfterMs: number | null): this {
    this.retryAfterMs = retryAfterMs
    return this
  }

  telling(headers: Readonly<Record<string, string>>): this {
    this.headers = headers
    return this
  }
}

function defineError<Facts extends unknown[]>(
  code: string,
  kind: ErrorKind,
  status: number,
  again: Again,
  say: (...facts: Facts) => string,
) {
  const row: ErrorFacts = { code, kind, status, again }
  const make = (...facts: Facts): GatewayError => new GatewayError(row, say(...facts))
  return Object.assign(make, row)
}

// What the caller did. Nothing was sent to a provider.

export const invalidJson = defineError(
  'invalid_json',
  'invalid_request',
  400,
  'never',
  (why: string) => `The request body is not the JSON that this path takes: ${why}`,
)

export const invalidRequest = defineError(
  'invalid_request',
  'invalid_request',
  400,
  'never',
  (why: string) => why,
)

export const unsupportedContent = defineError(
  'unsupported_content',
  'invalid_request',
  400,
  'elsewhere',
  (what: string, where: string) =>
    `${where} cannot take ${what}. Send the call to a model that can, or leave it out.`,
)

export const mediaUnfetched = defineError(
  'media_unfetched',
  'invalid_request',
  400,
  'elsewhere',
  (why: string) =>
    `What the call names by address could not be fetched: ${why}. Send its bytes, or an address on the open internet.`,
)

export const parametersDropped = defineError(
  'parameters_dropped',
  'invalid_request',
  400,
  'elsewhere',
  (model: string, names: readonly string[]) =>
    `${model} has no way to take ${names.join(', ')}, and this call is strict. Leave it out, name a model that takes it, or make the call without x-freehold-strict and the task without strict: true.`,
)

export const idempotencyKeyReused = defineError(
  'idempotency_key_reused',
  'invalid_request',
  422,
  'never',
  () =>
    'This Idempotency-Key was sent with another request before. Send the same request again, or use a new key for this one.',
)

export const idempotencyKeyBusy = defineError(
  'idempotency_key_busy',
  'invalid_request',
  409,
  'later',
  () =>
    'The first call with this Idempotency-Key is still under way. Ask again in a second for its answer.',
)

export const bodyTooLarge = defineError(
  'body_too_large',
  'too_large',
  413,
  'never',
  (limit: string) =>
    `The request body is larger than ${limit}. Send less, or raise server.body_limit in freehold.yaml.`,
)

export const bodyTimeout = defineError(
  'body_timeout',
  'timeout',
  408,
  'later',
  (seconds: number) =>
    `The request body did not arrive within ${seconds} s. Send it again in one piece.`,
)

export const encodingUnsupported = defineError(
  'encoding_unsupported',
  'invalid_request',
  415,
  'never',
  (encoding: string) =>
    `Request bodies in content-encoding ${encoding} are not read here. Send the body without it.`,
)

export const ambiguousHttp = defineError(
  'ambiguous_http',
  'invalid_request',
  400,
  'never',
  (what: string) =>
    `The request carries ${what}, which two servers could read in two ways. Send exactly one.`,
)

export const keyMissing = defineError(
  'key_missing',
  'authentication',
  401,
  'never',
  () =>
    'No key was sent. Send one as "Authorization: Bearer KEY" or "x-api-key: KEY". To make one: freehold keys create NAME',
)

export const keyUnknown = defineError(
  'key_unknown',
  'authentication',
  401,
  'never',
  () => 'This key is not known here. To see the keys there are: freehold keys',
)

export const linkSpent = defineError(
  'sign_in_link_spent',
  'authentication',
  401,
  'never',
  () =>
    'This one-time link was used before, or is older than 15 minutes. For another one: freehold dashboard',
)

export const roleMissing = defineError(
  'role_missing',
  'permission',
  403,
  'never',
  (key: string, role: string) => `Key ${key} may not do this: it takes the role ${role}.`,
)

export const guessedTooOften = defineError(
  'guessed_too_often',
  'rate_limit',
  429,
  'later',
  () =>
    'Too many wrong keys came from this address. Wait a moment, and see that every client there has a key that is known here.',
)

export const originForeign = defineError(
  'origin_foreign',
  'permission',
  403,
  'never',
  () =>
    'A page of another site asked for this. What changes something under /api is taken from pages of this address alone, and from programs, which send no Origin.',
)

export const taskForbidden = defineError(
  'task_forbidden',
  'permission',
  403,
  'never',
  (key: string, model: string, allowed: readonly string[]) =>
    `Key ${key} may not call ${model}. It may call: ${allowed.join(', ') || 'nothing'}.`,
)

export const modelUnknown = defineError(
  'model_not_found',
  'not_found',
  404,
  'never',
  (model: string, hint: string) => `There is no task or model named ${model} here. ${hint}`,
)

export const operationUnsupported = defineError(
  'operation_unsupported',
  'invalid_request',
  400,
  'elsewhere',
  (model: string, operation: string) =>
    `${model} does not offer ${operation}. GET /v1/models lists what there is.`,
)

export const noneCapable = defineError(
  'no_candidate_fits',
  'invalid_request',
  400,
  'never',
  (model: string, reasons: readonly string[]) =>
    `Nobody behind ${model} can take this call. ${reasons.join(' ')} Change the call, or name a model that can.`,
)

export const pathUnknown = defineError(
  'path_unknown',
  'not_found',
  404,
  'never',
  (method: string, path: string) =>
    `There is no ${method} ${path} here. The paths are listed in docs/reference/http.md.`,
)

export const methodUnknown = defineError(
  'method_not_allowed',
  'invalid_request',
  405,
  'never',
  (method: string, path: string, allowed: string) =>
    `${path} does not take ${method}. It takes ${allowed}.`,
)

export const callNotFound = defineError(
  'call_not_found',
  'not_found',
  404,
  'never',
  (id: string) =>
    `No call ${id} is on the ledger. Rows are kept as retention says, and appear within 2 s of the call's end.`,
)

export const evalNotFound = defineError(
  'eval_not_found',
  'not_found',
  404,
  'never',
  (id: string) =>
    `No run of evaluations ${id} is kept here, or it has no such case. The last 200 runs are kept: see GET /api/evals.`,
)

export const responseNotFound = defineError(
  'response_not_found',
  'not_found',
  404,
  'never',
  (id: string) =>
    `No response ${JSON.stringify(id)} is kept for this key. Responses are kept for 30 days for the key that asked for them, unless store was false. Send the conversation's items yourself.`,
)

export const objectNotFound = defineError(
  'object_not_found',
  'not_found',
  404,
  'never',
  (what: string, id: string) =>
    `There is no ${what} ${id} that this key may use. A ${what} belongs to the key that made it.`,
)

export const objectNotOffered = defineError(
  'object_not_offered',
  'invalid_request',
  400,
  'never',
  (why: string) => why,
)

export const budgetCannotHold = defineError(
  'budget_cannot_hold',
  'billing',
  402,
  'never',
  (scope: string, provider: string, what: string) =>
    `What a ${what} at ${provider} costs is not on the ledger, so the budget of ${scope} could not hold. Use a key without a budget${what === 'batch' ? ', or upload its file with "x-freehold-provider: freehold": then the gateway runs the batch, and each line is counted' : ''}.`,
)

export const noRoom = defineError('no_room', 'too_large', 413, 'never', (why: string) => why)

export const budgetSpent = defineError(
  'budget_spent',
  'billing',
  402,
  'later',
  (scope: string, limit: string, per: string, left: string, ceiling: string) =>
    `The budget of ${scope} does not allow this call: ${limit} per ${per}, ${left} left, and the call may cost up to ${ceiling}. Raise the budget, lower max_tokens, or wait for the next ${per}.`,
)

export const budgetRanOut = defineError(
  'budget_ran_out',
  'billing',
  402,
  'later',
  (scope: string, limit: string, per: string) =>
    `The budget of ${scope} ran out in the middle of this answer: ${limit} per ${per}. It ends here, and what was said is charged. Raise the budget, or send max_tokens, so that a call which does not fit is refused before it begins.`,
)

export const rateExceeded = defineError(
  'rate_limit_exceeded',
  'rate_limit',
  429,
  'later',
  (scope: string, limit: string, waitMs: number) =>
    `The rate of ${scope} is used up: ${limit}. Ask again in ${(Math.ceil(waitMs / 100) / 10).toFixed(1)} s.`,
)

export const priceUnknown = defineError(
  'price_unknown',
  'billing',
  402,
  'never',
  (model: string, why: string) =>
    `${model} has no price, so ${why}. Name it under prices: in freehold.yaml.`,
)

// What a provider did. `provider` is its id in the configuration.

export const providerRefused = defineError(
  'provider_refused',
  'invalid_request',
  400,
  'never',
  (provider: string, words: string) => `${provider} refused the request: ${words}`,
)

export const contextTooLong = defineError(
  'context_length_exceeded',
  'invalid_request',
  400,
  'elsewhere',
  (provider: string, words: string) => `The prompt is too long for ${provider}: ${words}`,
)

export const contentFiltered = defineError(
  'content_filter',
  'invalid_request',
  400,
  'never',
  (provider: string, words: string) => `${provider} refused the content: ${words}`,
)

export const providerKeyRefused = defineError(
  'provider_key_refused',
  'upstream',
  502,
  'elsewhere',
  (provider: string) =>
    `${provider} refused the gateway's own key. This is not your key: tell whoever runs the gateway to check providers.${provider}.api_key.`,
)

export const providerQuotaSpent = defineError(
  'provider_quota_spent',
  'overloaded',
  503,
  'elsewhere',
  (provider: string) =>
    `The gateway's allowance at ${provider} is used up. Tell whoever runs the gateway.`,
)

export const providerAccountUnpaid = defineError(
  'provider_account_unpaid',
  'overloaded',
  503,
  'elsewhere',
  (provider: string) =>
    `The gateway's account at ${provider} is not paid, or was suspended. Tell whoever runs the gateway.`,
)

export const providerRateLimited = defineError(
  'provider_rate_limited',
  'rate_limit',
  429,
  'elsewhere',
  (provider: string) =>
    `${provider} limits the gateway's rate. Ask again later, or name a stand-in model in the task.`,
)

export const providerOverloaded = defineError(
  'provider_overloaded',
  'overloaded',
  503,
  'elsewhere',
  (provider: string) => `${provider} is overloaded. Ask again later.`,
)

export const providerFailed = defineError(
  'provider_failed',
  'upstream',
  502,
  'here',
  (provider: string, what: string) => `${provider} failed: ${what}`,
)

/** A connection that was kept may be closed by the other side at any time, and that is no failure. */
export const providerHungUp = defineError(
  'provider_hung_up',
  'upstream',
  502,
  'here',
  (provider: string) =>
    `${provider} closed a kept connection while the request was on its way, and said nothing. Whether it had worked on the request is not known.`,
)

export const providerTimeout = defineError(
  'provider_timeout',
  'timeout',
  504,
  'elsewhere',
  (provider: string, clock: string, limit: string) =>
    `${provider} did not answer in time: ${clock} took longer than ${limit}.`,
)

export const providerUnreachable = defineError(
  'provider_unreachable',
  'upstream',
  502,
  'elsewhere',
  (provider: string, why: string) => `${provider} could not be reached: ${why}.`,
)

export const answerUnfit = defineError(
  'answer_unfit',
  'upstream',
  502,
  'elsewhere',
  (model: string, why: string) =>
    `${model} was asked twice, and still its answer is not what the call wants: ${why}. Ask again, or name a model that has this by itself.`,
)

export const modelRetired = defineError(
  'model_retired',
  'not_found',
  404,
  'elsewhere',
  (provider: string, model: string) =>
    `${provider} no longer has, or never had, ${model}. Name another model in the task.`,
)

export const modelUnavailable = defineError(
  'model_unavailable',
  'upstream',
  502,
  'later',
  (model: string) => `Nobody could answer for ${model}.`,
)

// What happened to the gateway itself.

export const callerLeft = defineError(
  'caller_left',
  'invalid_request',
  499,
  'never',
  () => 'The caller closed the connection before the answer ended.',
)

export const hedgeLost = defineError(
  'hedge_lost',
  'internal',
  500,
  'never',
  (winner: string) => `${winner} was asked at the same time and answered first.`,
)

export const ledgerUnavailable = defineError(
  'ledger_unavailable',
  'overloaded',
  503,
  'later',
  () =>
    'The ledger cannot be written, and no call is served unrecorded. Ask again later; whoever runs the gateway finds the reason in its log.',
)

export const gatewayOverloaded = defineError(
  'gateway_overloaded',
  'overloaded',
  503,
  'later',
  () =>
    'The gateway has more to do than it can, and turns calls away so that those it took are answered. Ask again after the time in retry-after; batches are turned away first.',
)

export const limitsFull = defineError(
  'limits_full',
  'overloaded',
  503,
  'later',
  (most: number) =>
    `More than ${most} keys, customers and features have limits that hold at this moment, and no more can be counted. No call is served uncounted: ask again later.`,
)

export const shuttingDown = defineError(
  'shutting_down',
  'overloaded',
  503,
  'later',
  () => 'The gateway is stopping. Ask again in a few seconds.',
)

export const internalFault = defineError(
  'internal_error',
  'internal',
  500,
  'later',
  () => 'The gateway met a fault of its own. It is in the log under this request id.',
)

/** Any thrown thing as an error that may be shown; what is not ours becomes `internal_error`. */
export function asGatewayError(thrown: unknown): GatewayError {
  return thrown instanceof GatewayError ? thrown : internalFault().because(thrown)
}
