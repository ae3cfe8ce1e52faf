/** The dialects that the simulator speaks as a provider, and where in it each is found. */
export interface VendorKind {
  /** The type of provider that speaks it. */
  readonly type: string
  /** What stands behind the simulator's address without its /v1. */
  readonly path: string
  /** The simulator's model as this vendor's clients name it. */
  readonly model: (name: string) => string
  /** It has no streams. */
  readonly whole?: true
  /** Its streams have no end mark behind the event that says why they ended. */
  readonly unmarked?: boolean
  /** The event with which its stream is complete; left out: the one that says why it ended. */
  readonly completeAt?: 'finish' | 'end'
  /** The event that holds the count of a stream; left out: the one that says why it ended. */
  readonly countsAt?: 'finish' | 'usage' | 'end'
  /** It counts on every event, and so also behind what is broken off. */
  readonly countsAlways?: boolean
}

const asItIs = (name: string): string => name

export const vendorKinds = {
  'openai-chat': { type: 'openai-compatible', path: '/v1', model: asItIs, countsAt: 'usage' },
  'anthropic-messages': { type: 'anthropic-compatible', path: '/v1', model: asItIs },
  'openai-responses': {
    type: 'openai-responses-compatible',
    path: '/v1',
    model: asItIs,
    completeAt: 'end',
    countsAt: 'end',
  },
  gemini: {
    type: 'gemini-compatible',
    path: '/v1',
    model: asItIs,
    unmarked: true,
    countsAlways: true,
  },
  'cohere-chat': { type: 'cohere', path: '/v2', model: asItIs },
  'bedrock-converse': {
    type: 'bedrock',
    path: '',
    model: (name: string) => `us.sim.${name}-v1:0`,
    countsAt: 'end',
  },
  'openai-completions': { type: 'vllm', path: '/v1', model: asItIs, countsAt: 'usage' },
  embeddings: { type: 'openai-compatible', path: '/v1', model: asItIs, whole: true },
  rerank: { type: 'vllm', path: '/v1', model: asItIs, whole: true },
} satisfies Record<string, VendorKind>

export type VendorName = keyof typeof vendorKinds
