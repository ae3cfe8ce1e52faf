import type { Instant } from '../../../core/clock.ts'
import { Departure } from '../../../core/departure.ts'
import { asGatewayError, type GatewayError } from '../../../core/errors.ts'
import { newCallId } from '../../../core/ids.ts'
import type { JsonObject } from '../../../core/json.ts'
import type { Dialect } from '../../../dialects/dialect.ts'
import { handle } from '../../pipeline/handle.ts'
import type { Parts } from '../../pipeline/parts.ts'
import type { ApiKey } from '../../pipeline/snapshot.ts'
import { withFilesOutward, withFilesResolved } from '../references.ts'

/** What came of a line, in the words of a batch's output. */
export interface LineAnswer {
  readonly requestId: string
  readonly status: number
  /** JSON. */
  readonly text: string
  /** Null when it was answered. */
  readonly error: GatewayError | null
}

export interface LineAsk {
  readonly dialect: Dialect
  readonly body: JsonObject
  readonly key: ApiKey
  readonly header: (name: string) => string | null
  readonly departure: Departure
  /** When its answer was wanted, where it has waited since for a lower price. */
  readonly wantedAt?: Instant
}

/** A line is a call like any other: it goes the way of a call, with the batch's key. */
export async function askLine(ask: LineAsk, parts: Parts): Promise<LineAnswer> {
  const { dialect, body, key, header, departure, wantedAt } = ask
  const id = newCallId()
  let heldBy: string | undefined
  try {
    const relayed = await handle(
      {
        id,
        dialect,
        credential: null,
        key,
        urgency: 'batch',
        header,
        readCall: async () => {
          const call = await withFilesResolved(body, key, parts, (each) => dialect.readCall(each))
          heldBy = call.heldBy
          return call
        },
        departure,
        arrivedUs: parts.clock.elapsedUs(),
        ended: () => {},
        ...(wantedAt === undefined ? {} : { wantedAt }),
      },
      parts,
    )
    const outward = heldBy === undefined ? relayed.body : withFilesOutward(relayed.body, heldBy)
    const text = typeof outward === 'string' ? outward : await new Response(outward).text()
    return { requestId: id, status: 200, text, error: null }
  } catch (thrown) {
    const error = asGatewayError(thrown)
    return { requestId: id, status: error.status, text: dialect.writeError(error, id), error }
  }
}

const firstWaitMs = 1_000
const longestWaitMs = 60_000
/** A failure that may pass is tried so often; the pipeline has tried each time already. */
const triesMax = 3

/** No rate is a reason to give up a line before the batch's time is over. */
const paced = new Set([
  'rate_limit_exceeded',
  'provider_rate_limited',
  'ledger_unavailable',
  'gateway_overloaded',
])
const passing = new Set([
  'provider_overloaded',
  'provider_timeout',
  'provider_unreachable',
  'provider_failed',
  'model_unavailable',
])

/** Milliseconds after which a line is asked again; null when what came is its answer. */
export function waitAfter({ error }: LineAnswer, tries: number): number | null {
  if (error === null) return null
  const again = paced.has(error.code) || (passing.has(error.code) && tries + 1 < triesMax)
  if (!again) return null
  return error.retryAfterMs ?? Math.min(firstWaitMs * 2 ** Math.min(tries, 10), longestWaitMs)
}
