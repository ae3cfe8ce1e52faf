import { invalidRequest } from '../core/errors.ts'
import type { Asked } from './asked.ts'
import type { ErasureJson } from './contract/erasure.ts'
import type { ErasureState } from './control.ts'
import { decoded } from './request.ts'

/** /api/customers/NAME/erase: what a customer said is forgotten: begun, looked after and stopped. */

/** @throws invalid_request */
export async function startErasure(asked: Asked): Promise<ErasureJson> {
  const { control, key, rest, readBody } = asked
  const { value } = await readBody()
  const { dry = true } = value
  if (typeof dry !== 'boolean')
    throw invalidRequest("'dry' has to be true or false: false erases.").at('dry')
  const customer = customerOf(rest)
  try {
    return erasureJson(customer, control.erasures.start(customer, dry, key.id))
  } catch (error) {
    throw error instanceof RangeError ? invalidRequest(error.message) : error
  }
}

export function showErasure({ control, rest }: Asked): ErasureJson {
  const customer = customerOf(rest)
  return erasureJson(customer, control.erasures.look(customer))
}

export function stopErasure({ control, rest }: Asked): ErasureJson {
  const customer = customerOf(rest)
  return erasureJson(customer, control.erasures.stop(customer))
}

/** @throws invalid_request */
function customerOf(rest: string): string {
  const customer = decoded(rest)
  if (customer === '') throw invalidRequest('The path has to name a customer.')
  return customer
}

/** What no store can do anything about, and what it keeps on purpose. */
const notReached: readonly string[] = [
  'Scores and labels stay, and the ledger keeps its rows: amounts, tokens, times, the names of customer and session, what it paid, and what a provider said of a call that failed, masked and cut to 500 characters. The journal holds the same rows and no prompts.',
  'Files and batches of /v1/files belong to keys and not to customers; they are deleted there.',
  'Calls that replays, rehearsals and judges made of its words are of no customer; their prompts go with retention.payloads, and what judges answered stays with their evaluation. Calls of an evaluation whose run is kept are found by it. What routing learned from prompts is numbers and hashes, and stays.',
  'Copies: backups of the store, exports, and data sets that were written elsewhere.',
  'Providers keep what they were sent by their own terms.',
]

function erasureJson(customer: string, state: ErasureState): ErasureJson {
  const { leftMs } = state
  return {
    customer,
    state: state.state,
    dry: state.dry,
    share: state.share,
    seconds_left: leftMs === null ? null : Math.ceil(leftMs / 1_000),
    counts: state.counts,
    error: state.error,
    not_reached: notReached,
  }
}
