import type { Quirks } from '../dialects/dialect.ts'
import { bearer, type ErrorRule } from './provider.ts'

/**
 * Engines on machines of one's own. What they promise of data depends on whose machine it is, so the
 * file has to say `data: on-premises`, and `jurisdiction` where a task asks for one.
 */
export const engine = {
  kind: 'engine',
  sign: bearer,
  keyNames: [],
  keyOptional: true,
  data: 'any',
} as const

/** While the weights load, and when the card is full: the first passes, the second repeats. */
export const engineErrors: readonly ErrorRule[] = [
  { class: 'overload', message: /loading model|still loading|model is loading/i },
  { class: 'vendor', message: /out of memory/i },
  { class: 'context', message: /should not exceed max_(?:seq_len|num_tokens|input_len)/ }, // TensorRT-LLM
  { class: 'context', message: /`inputs` (?:tokens \+|must have less)/ }, // TGI
]

/**
 * Engines put whatever role they are given into a template that was trained on system and user. They
 * keep the prefixes that they have computed, unless their server was told otherwise.
 */
export const engineQuirks: Quirks = { developerRole: 'system', cachesUnasked: true }
