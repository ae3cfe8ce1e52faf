import type { CallId } from '../core/ids.ts'
import type { AttemptRecord } from '../core/record.ts'
import type { CallQuery, LedgerReader, WholeCall } from '../store/ports.ts'
import type { CallsJson } from './contract/calls.ts'
import { callsJson } from './json.ts'

/** Calls whose words are looked through for one page. Whoever looks further asks for the next page. */
const lookedMax = 500
const pageCalls = 100

/**
 * Calls in which a text was said, in any case of its letters: by who asked, by a model, or by an error. There is no
 * index of what was said, which would have to be forgotten with it; other filters make the search short.
 */
export async function searchCalls(
  store: Pick<LedgerReader, 'calls' | 'call'>,
  query: CallQuery,
  text: string,
): Promise<CallsJson> {
  const wanted = text.toLowerCase()
  const found: AttemptRecord[] = []
  let calls = 0
  let looked = 0
  /** Whoever follows what comes goes on to later calls, everybody else to earlier ones. */
  const onward = query.after === undefined ? 'before' : 'after'
  let next: CallId | null = query[onward] ?? null
  for (;;) {
    const page = await store.calls({
      ...query,
      limit: Math.min(pageCalls, lookedMax - looked),
      ...(next === null ? {} : { [onward]: next }),
    })
    const byCall = Map.groupBy(page.attempts, ({ callId }) => callId)
    for (const [id, attempts] of byCall) {
      looked += 1
      next = id
      const whole = await store.call(id)
      if (whole === null || !says(whole, wanted)) continue
      found.push(...attempts)
      calls += 1
      if (calls === query.limit) return { calls: callsJson(found), next: id, looked }
    }
    if (page.next === null) return { calls: callsJson(found), next: null, looked }
    next = page.next
    // An empty page is all that the store looks through in one go.
    if (looked >= lookedMax || byCall.size === 0) return { calls: callsJson(found), next, looked }
  }
}

function says({ attempts, request, answers }: WholeCall, wanted: string): boolean {
  const texts = [
    typeof request === 'string' ? request : JSON.stringify(request),
    ...answers.values(),
    ...attempts.map(({ errorText }) => errorText ?? ''),
  ]
  // Both as it was written and as JSON writes it, where quotes and lines are escaped.
  const escaped = JSON.stringify(wanted).slice(1, -1)
  return texts.some((each) => {
    const low = each.toLowerCase()
    return low.includes(wanted) || low.includes(escaped)
  })
}
