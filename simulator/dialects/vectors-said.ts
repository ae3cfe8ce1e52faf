import type { Json } from '../json.ts'
import type { Said } from './dialect.ts'

/** What is said by a model that writes nothing: it has no streams, and counts what it read. */
export function vectorsSaid(input: number, firstMs: number, whole: () => Json): Said {
  return {
    headers: {},
    stream: false,
    whole,
    events: null,
    contentEvents: 0,
    tokens: {
      input,
      cacheRead: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: 0,
      reasoning: 0,
    },
    pace: { firstMs, tokenMs: 0 },
    usage: () => ({ total_tokens: input }),
    text: '',
  }
}
