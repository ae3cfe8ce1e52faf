import type { Found } from '../../catalog/catalog.ts'
import { batchMode, inMode, modeNamed } from '../../catalog/mode.ts'
import type { Call } from '../../core/call.ts'
import { editJson, readJsonObject } from '../../core/json.ts'
import type { Instant } from '../../core/clock.ts'
import { isObject } from '../../dialects/fields.ts'
import type { Candidate } from '../../routing/policy.ts'
import { doorFor } from './request.ts'
import type { Trip } from './trip.ts'

/** The member under which these dialects say how a call is to be served; the others have none. */
const members: Readonly<Record<string, string>> = {
  'openai-chat': 'service_tier',
  'openai-responses': 'service_tier',
  'bedrock-converse': 'serviceTier',
}
const usualMember = 'service_tier'

/** How the caller itself wants to be served; null: it does not say, or as everybody is. */
export function modeAsked({ dialect, body }: Call): string | null {
  const said = body.value[members[dialect] ?? usualMember]
  // Bedrock has an object there.
  const word = isObject(said) ? said['type'] : said
  return typeof word === 'string' ? modeNamed(word) : null
}

/**
 * In which modes a model may be asked for a call, besides as everybody asks: those that its seller has a price
 * for. None where the caller says itself how it is to be served, and no batch: nobody waits for one.
 */
export function modesFor(
  { call, snapshot, at }: Pick<Trip, 'call' | 'snapshot' | 'at'>,
  { provider, model }: Candidate,
): readonly string[] {
  if (call.operation !== 'chat') return []
  if (Object.hasOwn(call.body.value, members[call.dialect] ?? usualMember)) return []
  const modes = snapshot.catalog.find(provider, model, at)?.model.modes
  const live = snapshot.providers.get(provider)
  if (modes === undefined || live === undefined) return []
  if (members[doorFor(live, call, model).dialect.id] === undefined) return []
  return Object.keys(modes).filter((mode) => mode !== batchMode)
}

export { batchMode }

/** The model at the price that its card has for batches; null where it has none. */
export function inBatch(
  { snapshot }: Pick<Trip, 'snapshot'>,
  { provider, model }: Pick<Candidate, 'provider' | 'model'>,
  at: Instant,
): Found | null {
  const found = snapshot.catalog.find(provider, model, at)
  if (found?.model.modes?.[batchMode] === undefined) return null
  return inMode(found, batchMode, at, snapshot.catalog)
}

/** The same call, to be served in a mode. */
export function inAskedMode(call: Call, mode: string): Call {
  const body =
    members[call.dialect] === usualMember
      ? readJsonObject(editJson(call.body, new Map([[usualMember, JSON.stringify(mode)]])))
      : call.body
  return {
    ...call,
    body,
    meaning: () => {
      const meaning = call.meaning()
      return meaning.operation === 'chat' ? { ...meaning, serviceTier: mode } : meaning
    },
  }
}
