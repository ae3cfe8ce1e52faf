import {
  type Answered,
  type AskedTool,
  type Caller,
  CallFailed,
  type Embedder,
} from '../core/caller.ts'
import { usd } from '../core/money.ts'

export interface PublicDoor {
  readonly url: string
  readonly key: string
}

/** Asks the gateway as any client does, and pays attention to nothing that a client could not see. */
export function httpCaller(door: PublicDoor): Caller {
  return async ({ model, messages, params, feature }, signal) => {
    const began = performance.now()
    const response = await post(
      door,
      '/v1/chat/completions',
      { ...params, model, messages, stream: false },
      feature,
      signal,
    )
    const latencyMs = performance.now() - began
    return { ...answerOf(response.body), ...factsOf(response.headers), latencyMs }
  }
}

export function httpEmbedder(door: PublicDoor, feature: string): Embedder {
  return async (model, texts, signal) => {
    const { headers, body } = await post(
      door,
      '/v1/embeddings',
      { model, input: texts, encoding_format: 'float' },
      feature,
      signal,
    )
    const data = (body as { data?: { index: number; embedding: readonly number[] }[] }).data ?? []
    return {
      vectors: data
        .toSorted((one, other) => one.index - other.index)
        .map(({ embedding }) => embedding),
      cost: factsOf(headers).cost,
    }
  }
}

interface Answer {
  readonly headers: Headers
  readonly body: unknown
}

/** @throws CallFailed */
async function post(
  { url, key }: PublicDoor,
  path: string,
  body: object,
  feature: string,
  signal: AbortSignal,
): Promise<Answer> {
  let response: Response
  let text: string
  try {
    response = await fetch(url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'x-freehold-feature': feature,
        // An answer that the task's cache has is no new sample.
        'cache-control': 'no-store',
      },
      body: JSON.stringify(body),
      signal,
      redirect: 'error', // the key is for this address
      // The gateway has clocks of its own, and says which of them ran out.
      timeout: false,
    })
    text = await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw new CallFailed(
      `The gateway does not answer: ${(error as Error).message}`,
      null,
      null,
      null,
    )
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    parsed = null
  }
  const { status, headers } = response
  if (!response.ok) throw failureOf(status, headers, parsed)
  if (typeof parsed !== 'object' || parsed === null)
    throw new CallFailed('The gateway answered with no JSON.', status, null, null)
  return { headers, body: parsed }
}

function failureOf(status: number, headers: Headers, body: unknown): CallFailed {
  const { error } = (body ?? {}) as { error?: { message?: unknown; code?: unknown } }
  const message =
    typeof error?.message === 'string'
      ? error.message
      : `The gateway answered with status ${status}.`
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const waitMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null
  return new CallFailed(
    message,
    status,
    typeof error?.code === 'string' ? error.code : null,
    waitMs,
  )
}

function factsOf(headers: Headers): Pick<Answered, 'callId' | 'model' | 'cost'> {
  const cost = headers.get('x-freehold-cost-usd')
  return {
    callId: headers.get('x-request-id'),
    model: headers.get('x-freehold-model'),
    cost: cost === null ? null : usd(cost),
  }
}

interface WireAnswer {
  readonly choices?: readonly {
    readonly message?: {
      readonly content?: unknown
      readonly refusal?: unknown
      readonly tool_calls?: readonly { readonly function?: Partial<AskedTool> }[]
    }
    readonly finish_reason?: unknown
    readonly logprobs?: {
      readonly content?: readonly { readonly logprob?: unknown }[] | null
    } | null
  }[]
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown } | null
}

function answerOf(body: unknown): Omit<Answered, 'callId' | 'model' | 'cost' | 'latencyMs'> {
  const { choices, usage } = body as WireAnswer
  const [choice] = choices ?? []
  const { content, refusal, tool_calls: calls } = choice?.message ?? {}
  const logprobs = (choice?.logprobs?.content ?? []).map(({ logprob }) => logprob)
  return {
    text: typeof content === 'string' ? content : null,
    refusal: typeof refusal === 'string' ? refusal : null,
    toolCalls: (calls ?? []).map(({ function: called }) => ({
      name: called?.name ?? '',
      arguments: called?.arguments ?? '',
    })),
    finish: typeof choice?.finish_reason === 'string' ? choice.finish_reason : null,
    inputTokens: countOf(usage?.prompt_tokens),
    outputTokens: countOf(usage?.completion_tokens),
    logprobs:
      logprobs.length > 0 && logprobs.every((each) => typeof each === 'number') ? logprobs : null,
  }
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}
