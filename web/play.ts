import { faultOf, unreachable } from './fault.ts'

export interface Played {
  readonly body: unknown
  readonly requestId: string | null
  /** 'provider/model' that answered. */
  readonly model: string | null
  readonly costUsd: string | null
  readonly adapted: string | null
  readonly tookMs: number
}

/** Of the wire formats, those that a signed-in browser may ask in. */
export const playPaths: Readonly<Record<string, string>> = {
  'openai-chat': '/api/playground',
  'anthropic-messages': '/api/playground/messages',
  'openai-responses': '/api/playground/responses',
}

/** A call like any other, whole. It costs what it costs, and is booked. @throws Fault */
export async function play(
  path: string,
  request: object,
  { feature, signal }: { readonly feature: string; readonly signal?: AbortSignal },
): Promise<Played> {
  const began = performance.now()
  let response: Response
  let text: string
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-freehold-feature': feature },
      body: JSON.stringify(request),
      ...(signal === undefined ? {} : { signal }),
      redirect: 'error',
    })
    text = await response.text()
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw unreachable(false, 0)
  }
  if (!response.ok) throw faultOf(response, text)
  const { headers } = response
  return {
    body: JSON.parse(text) as unknown,
    requestId: headers.get('x-request-id'),
    model: headers.get('x-freehold-model'),
    costUsd: headers.get('x-freehold-cost-usd'),
    adapted: headers.get('x-freehold-adapted'),
    tookMs: performance.now() - began,
  }
}
