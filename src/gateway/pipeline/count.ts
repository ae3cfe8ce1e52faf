import { nothing, usdText } from '../../core/money.ts'
import type { Call, Chat, Part } from '../../core/call.ts'
import { Demand } from '../../routing/demand.ts'
import { admit } from './admit.ts'
import { closeTrip } from './close.ts'
import type { Parts } from './parts.ts'
import { headerText } from './relay.ts'
import type { Relayed } from './relayed.ts'
import { rateHeadersOf } from './rate-headers.ts'
import { route } from './route.ts'
import type { Trip } from './trip.ts'

/** What a picture is counted as: Anthropic's own figure for the largest that it does not shrink. */
const pictureTokens = 1_600

/**
 * How many tokens would this be? A provider that counts is asked as for any other call. For one that
 * does not the gateway estimates, from the length of the text and what the provider's tokeniser has
 * made of such texts so far, and says so. Nobody is asked then, so there is no attempt on the ledger.
 * @returns null when the call goes on to a provider
 * @throws task_forbidden, model_not_found, operation_unsupported, rate_exceeded
 */
export function estimateCount(trip: Trip, parts: Parts): Relayed | null {
  const { call, dialect } = trip
  if (call.operation !== 'count') return null
  const chat = asChat(call)
  const { task, stops } = route({ ...trip, call: chat }, parts)
  const [first] = stops
  if (first === undefined || first.provider.facts.doors.count) return null
  trip.task = task
  admit(trip, [{ ...first, found: null, ceiling: nothing }], parts)
  const ratio = parts.tokenRatios.of(first.provider.id, first.model) ?? 1
  const inputTokens = Math.ceil(new Demand(chat).tokens * ratio) + picturesIn(chat) * pictureTokens
  const model = `${first.provider.id}/${first.model}`
  const stamp = { callId: trip.id, nowS: Math.floor(parts.clock.now() / 1_000_000), model }
  const reply = { operation: 'count', inputTokens, model: first.model, measured: null } as const
  const body = dialect.writeReply(reply, call, stamp)
  closeTrip(trip, null, parts)
  return {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache',
      'x-freehold-model': headerText(model),
      'x-freehold-attempts': '0',
      'x-freehold-overhead-ms': (trip.overheadUs(parts.clock.elapsedUs()) / 1_000).toFixed(3),
      'x-freehold-cache': 'off',
      'x-freehold-cost-usd': usdText(nothing),
      'x-freehold-adapted': 'input_tokens~estimate',
      ...(trip.rates === null ? {} : rateHeadersOf(trip, trip.rates, parts)),
    },
    body,
  }
}

/** The same conversation, as it would be sent to be answered; its length is what is asked after. */
function asChat(call: Call): Call {
  return { ...call, operation: 'chat', inputTokensMax: 0, meaning: () => chatIn(call) }
}

function chatIn(call: Call): Chat {
  const meaning = call.meaning()
  if (meaning.operation !== 'count') throw new TypeError('a count without a conversation')
  return meaning.chat
}

function picturesIn(call: Call): number {
  const meaning = call.meaning()
  if (call.hasMedia === false || meaning.operation !== 'chat') return 0
  const count = (found: readonly Part[]): number =>
    found.reduce((sum, part) => {
      if (part.type === 'toolResult') return sum + count(part.parts)
      return part.type === 'image' ? sum + 1 : sum
    }, 0)
  return meaning.messages.reduce((sum, { parts }) => sum + count(parts), 0)
}
