import type { Model, Modality } from '../catalog/model.ts'
import type { Call } from '../core/call.ts'
import type { Demand } from './demand.ts'

/** Why a model is not the one for a call. */
export interface Lack {
  readonly reason: string
  /**
   * `hard`: it would refuse the call or lose part of it. `soft`: it can answer when the gateway leaves
   * something out, bounds it or does it in its place, and the caller is told so.
   */
  readonly kind: 'hard' | 'soft'
}

/** What our estimate of tokens may be too high by, where the provider's counts are not known yet. */
const estimateTooHighBy = 1.5

/**
 * What a model is known to lack for a call; null when nothing is known to be in the way. What the
 * catalog does not know never stands against a model.
 * @param tokenRatio  the provider's count of tokens as a share of our estimate; null: not measured
 */
export function lackOf(demand: Demand, model: Model, tokenRatio: number | null): Lack | null {
  return (
    tooLong(demand, model, tokenRatio) ??
    unseen(demand, model) ??
    withoutTools(demand, model) ??
    tooShort(demand.call, model) ??
    withoutSchema(demand, model) ??
    withoutReasoning(demand, model)
  )
}

function tooLong(demand: Demand, { context }: Model, tokenRatio: number | null): Lack | null {
  const { call } = demand
  // Vectors and orders are limited by the text; who counts wants to know whether it would fit.
  if (context === null || call.operation !== 'chat') return null
  const answer = call.maxTokens ?? 0
  // No tokeniser makes more tokens than bytes, so that most calls need no estimate.
  if (call.inputTokensMax + answer <= context) return null
  const ratio = tokenRatio ?? 1 / estimateTooHighBy
  const prompt = Math.floor(demand.tokens * ratio)
  if (prompt + answer <= context) return null
  const asked = answer > 0 ? ` and an answer of up to ${answer}` : ''
  return {
    kind: 'hard',
    reason: `about ${prompt} tokens${asked} do not fit into its context of ${context}`,
  }
}

const names = {
  text: 'text',
  image: 'images',
  audio: 'audio',
  video: 'video',
  pdf: 'documents',
} satisfies Record<Modality, string>

function unseen(demand: Demand, { inputs }: Model): Lack | null {
  if (inputs.length === 0 || demand.call.hasMedia === false) return null
  for (const input of demand.needs.inputs) {
    if (!inputs.includes(input)) return { kind: 'hard', reason: `it takes no ${names[input]}` }
  }
  return null
}

function withoutTools(demand: Demand, { tools }: Model): Lack | null {
  if (tools !== false || !demand.mayNeed('tools') || !demand.needs.tools) return null
  return { kind: 'hard', reason: 'it calls no tools' }
}

function tooShort({ maxTokens, operation }: Call, { outputMax }: Model): Lack | null {
  if (operation !== 'chat' || maxTokens === null || outputMax === null) return null
  if (maxTokens <= outputMax) return null
  return { kind: 'soft', reason: `its answers end at ${outputMax} tokens` }
}

function withoutSchema(demand: Demand, { structured }: Model): Lack | null {
  if (structured !== false || !demand.mayNeed('schema') || !demand.needs.schema) return null
  return { kind: 'soft', reason: 'it keeps to no JSON Schema' }
}

function withoutReasoning(demand: Demand, { reasoning }: Model): Lack | null {
  if (reasoning !== false || !demand.mayNeed('reasoning') || !demand.needs.reasoning) return null
  return { kind: 'soft', reason: 'it does not reason' }
}
