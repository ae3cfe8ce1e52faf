import { readFileSync } from 'node:fs'
import { picodollars } from '../../control/economics/charge-line.ts'
import { type Instant, isoText } from '../../core/clock.ts'
import { type Money, usdText } from '../../core/money.ts'
import type { CostsJson } from '../../server/contract/costs.ts'
import type { ReRatingJson, ReRatingWishJson } from '../../server/prices-json.ts'
import type { Client } from '../client.ts'
import { CommandError, type Context, UsageError } from '../command.ts'
import { tell } from '../exports/charges.ts'
import { timeOf } from '../time-of.ts'
import { reRatingText } from './text.ts'

/** So much is rated in one go: of a busy day some seconds. */
const stepUs = 6 * 3_600_000_000

/** Stopped and begun again it goes on: what is corrected already is right, and is not corrected twice. */
export async function rateAnew(context: Context, client: Client): Promise<0> {
  const { json, print, signal } = context
  const kind = context.option('kind')
  if (kind === undefined)
    throw new UsageError('prices rerate needs --kind table_error, usage_error or contract.')
  const asked = context.option('since')
  if (asked === undefined)
    throw new UsageError('prices rerate needs --since: from when on calls are rated anew.')
  if (context.flag('dry') === context.flag('yes'))
    throw new UsageError('Give --dry to see what it would book, or --yes to book it.')
  const usages = usagesOf(context.option('usages'), kind)
  const { timezone } = await client.get<CostsJson>('/api/costs?since=1h')
  const { since, until } = timeOf(context, asked, timezone)
  const parts: ReRatingJson[] = []
  for (let at = since; at < until;) {
    if (signal.aborted) {
      throw new CommandError(
        `Stopped at ${isoText(at)}. What was booked stays; run the same again to go on.`,
      )
    }
    const to = Math.min(at + stepUs, until) as Instant
    tell(context, `${isoText(at).slice(0, 16)}`)
    const wish = {
      since: isoText(at),
      until: isoText(to),
      provider: context.option('provider') ?? null,
      kind: kind as ReRatingWishJson['kind'],
      dry: context.flag('dry'),
      usages,
    } satisfies ReRatingWishJson
    parts.push(await client.post<ReRatingJson>('/api/prices/rerate', wish))
    at = to
  }
  tell(context, null)
  const found = together(parts)
  print.out(json ? JSON.stringify(found) : reRatingText(found, context.flag('dry'), print))
  return 0
}

function together(parts: readonly ReRatingJson[]): ReRatingJson {
  const count = (of: (part: ReRatingJson) => number): number =>
    parts.reduce((sum, part) => sum + of(part), 0)
  const dollarsOf = (texts: readonly string[]): string =>
    usdText(texts.reduce((sum, text) => sum + picodollars(text), 0n) as Money)
  const models = Map.groupBy(
    parts.flatMap((part) => part.models),
    ({ model }) => model,
  )
  return {
    looked: count(({ looked }) => looked),
    corrected: count(({ corrected }) => corrected),
    newly_known: count((part) => part.newly_known),
    still_unknown: count((part) => part.still_unknown),
    difference_usd: dollarsOf(parts.map((part) => part.difference_usd)),
    models: [...models].map(([model, rows]) => ({
      model,
      corrected: rows.reduce((sum, { corrected }) => sum + corrected, 0),
      difference_usd: dollarsOf(rows.map((row) => row.difference_usd)),
    })),
  }
}

/** @throws UsageError, CommandError */
function usagesOf(file: string | undefined, kind: string): ReRatingWishJson['usages'] {
  if ((kind === 'usage_error') !== (file !== undefined)) {
    throw new UsageError(
      'rerate --kind usage_error needs --usages FILE, and no other kind takes it: lines of {"call_id": "...", "attempt": 1, "tokens": {"input": 10, "output": 5}}.',
    )
  }
  if (file === undefined) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, place): ReRatingWishJson['usages'][number][] => {
    if (line.trim() === '') return []
    try {
      const value = JSON.parse(line) as ReRatingWishJson['usages'][number]
      const { call_id: id, attempt, tokens } = value
      if (typeof id === 'string' && Number.isSafeInteger(attempt) && typeof tokens === 'object')
        return [value]
    } catch {
      // Said below.
    }
    throw new CommandError(
      `${file}:${place + 1} is not {"call_id": "...", "attempt": 1, "tokens": {...}}.`,
    )
  })
}
