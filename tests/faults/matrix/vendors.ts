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
  /** Its streams are frames: no lines, no comments and no end mark can be wrong in them. */
  readonly frames?: true
  /** Its streams have no end mark, and so neither two nor one too few. */
  readonly unmarked?: true
}

const asItIs = (name: string): string => name

export const vendorKinds = {
  'openai-chat': { type: 'openai-compatible', path: '/v1', model: asItIs },
  'anthropic-messages': { type: 'anthropic-compatible', path: '/v1', model: asItIs },
  'openai-responses': { type: 'openai-responses-compatible', path: '/v1', model: asItIs },
  gemini: { type: 'gemini-compatible', path: '/v1', model: asItIs, unmarked: true },
  'cohere-chat': { type: 'cohere', path: '/v2', model: asItIs },
  'bedrock-converse': {
    type: 'bedrock',
    path: '',
    model: (name: string) => `us.sim.${name}-v1:0`,
    frames: true,
    unmarked: true,
  },
  'openai-completions': { type: 'vllm', path: '/v1', model: asItIs },
  embeddings: { type: 'openai-compatible', path: '/v1', model: asItIs, whole: true },
  rerank: { type: 'vllm', path: '/v1', model: asItIs, whole: true },
} satisfies Record<string, VendorKind>

export type VendorName = keyof typeof vendorKinds
