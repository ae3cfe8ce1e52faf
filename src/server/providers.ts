import { isoText } from '../core/clock.ts'
import type { AttemptRecord, EndState } from '../core/record.ts'
import type { LiveProvider, Task } from '../gateway/pipeline/snapshot.ts'
import { pageCallsMax } from '../store/ports.ts'
import type { Asked } from './asked.ts'
import type { FailureJson, FailuresJson, ProviderJson, ProvidersJson } from './contract/failures.ts'
import { instantOf, momentOf } from './query.ts'

/** GET /api/providers and /api/failures: who may be asked, and what went wrong there. */

export function listProviders({ control }: Asked): ProvidersJson {
  const { providers, tasks } = control.snapshot()
  return {
    providers: [...providers.values()].map((provider) =>
      providerJson(provider, [...tasks.values()]),
    ),
  }
}

function providerJson(provider: LiveProvider, tasks: readonly Task[]): ProviderJson {
  const { rate } = provider.bounds
  const perMin = (pace: { readonly count: number; readonly perMs: number } | null) =>
    pace && (pace.count / pace.perMs) * 60_000
  return {
    id: provider.id,
    name: provider.facts.name,
    base_url: provider.baseUrl,
    region: provider.region ?? null,
    jurisdiction: provider.jurisdiction,
    data: provider.data,
    keys: provider.keys.length,
    rate: rate && {
      requests_per_min: perMin(rate.requests),
      tokens_per_min: perMin(rate.tokens),
      concurrent: rate.concurrent,
    },
    tasks: tasks
      .filter(({ candidates }) => candidates.some((each) => each.provider === provider.id))
      .map(({ name }) => name),
  }
}

/** Kinds of failure, from the last failed calls of a time. @throws invalid_request */
export async function listFailures({ control, query }: Asked): Promise<FailuresJson> {
  const { clock, store } = control
  const since = instantOf(query, 'since', control) ?? momentOf('24h', 'since', control)
  const until = instantOf(query, 'until', control) ?? clock.now()
  const [provider, task] = [query.get('provider'), query.get('task')]
  const { attempts, next } = await store.calls({
    filters: { ...(provider === null ? {} : { provider }), ...(task === null ? {} : { task }) },
    status: 'error',
    limit: pageCallsMax,
    since,
    until,
  })
  const failed = attempts.filter(
    (record) =>
      !elsewhere.has(record.endState) &&
      record.provider !== null &&
      (provider === null || record.provider === provider),
  )
  return {
    since: isoText(since),
    until: isoText(until),
    looked: new Set(failed.map(({ callId }) => callId)).size,
    whole: next === null,
    failures: kindsOf(failed),
  }
}

/** Ends that say nothing of the provider that was asked. */
const elsewhere: ReadonlySet<EndState> = new Set([
  'complete',
  'caller_left',
  'cancelled',
  'refused',
  'shutdown',
])

function kindsOf(records: readonly AttemptRecord[]): readonly FailureJson[] {
  const kinds = Map.groupBy(records, ({ provider, endState, errorCode, status }) =>
    JSON.stringify([provider, endState, errorCode, status]),
  )
  return [...kinds.values()]
    .map((alike): FailureJson => {
      const last = alike.reduce((one, other) => (other.at > one.at ? other : one))
      return {
        provider: last.provider,
        end_state: last.endState,
        error_code: last.errorCode,
        status: last.status,
        count: alike.length,
        models: [...new Set(alike.flatMap(({ model }) => model ?? []))].slice(0, 20),
        last_at: isoText(last.at),
        last_call: last.callId,
        last_text: last.errorText,
      }
    })
    .toSorted((left, right) => right.count - left.count)
}
