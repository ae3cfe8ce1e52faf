import { type Instant, instant, isoText } from '../../core/clock.ts'
import { type Money, usdText } from '../../core/money.ts'
import { spanOf } from '../../core/zone.ts'
import { type ChargeLine, picodollars } from '../../control/economics/charge-line.ts'
import type { CostsJson } from '../../server/contract/costs.ts'
import type { ChargesJson } from '../../server/prices-json.ts'
import type { Client } from '../client.ts'
import { CommandError, type Context } from '../command.ts'

/** The time of an export, in whole hours of the store's time zone. */
export interface Window {
  readonly since: Instant
  readonly until: Instant
  readonly timezone: string
  /** By customer, as the sums of the ledger have it; the last entry of a long list may be missing. */
  readonly costs: CostsJson
}

const usual = '30d'

async function windowOf(client: Client, context: Context): Promise<Window> {
  const query = new URLSearchParams({ by: 'customer', since: context.option('since') ?? usual })
  const until = context.option('until')
  if (until !== undefined) query.set('until', until)
  const costs = await client.get<CostsJson>(`/api/costs?${query}`)
  const window = { since: instant(costs.since), until: instant(costs.until) }
  return { ...window, timezone: costs.timezone, costs }
}

/** So much is asked for in one go: of a busy day some seconds. */
const stepUs = 6 * 3_600_000_000

/** A day after the other: more is never in memory. @throws CommandError when it is stopped */
export async function* chargesOf(
  client: Client,
  { since, until, timezone }: Omit<Window, 'costs'>,
  context: Context,
): AsyncGenerator<ChargesJson> {
  const days = Math.max(1, Math.ceil((until - since) / 86_400_000_000))
  let done = 0
  for (let at = since; at < until;) {
    const { end } = spanOf('day', at, timezone)
    const to = end < until ? end : until
    tell(context, `day ${done + 1} of ${days}`)
    const parts: ChargesJson[] = []
    for (let from = at; from < to; from = (from + stepUs) as Instant) {
      if (context.signal.aborted)
        throw new CommandError('Stopped. Nothing was written; begin again.')
      const query = new URLSearchParams({
        since: isoText(from),
        until: isoText(Math.min(from + stepUs, to) as Instant),
      })
      parts.push(await client.get<ChargesJson>(`/api/exports/charges?${query}`))
    }
    yield ofDay(parts)
    at = to
    done += 1
  }
  tell(context, null)
}

/** Parts of one day, with one line for all that their lines have in common. */
function ofDay(parts: readonly ChargesJson[]): ChargesJson {
  const [first, ...others] = parts
  if (others.length === 0) return first!
  const lines = new Map<string, ChargeLine>()
  for (const line of parts.flatMap((part) => part.lines)) {
    const { units, attempts, cost_usd: cost, ...same } = line
    const name = JSON.stringify(Object.values(same))
    const known = lines.get(name)
    const more = known && {
      units: String(BigInt(known.units) + BigInt(units)),
      attempts: known.attempts + attempts,
      cost_usd: text(picodollars(known.cost_usd) + picodollars(cost)),
    }
    lines.set(name, more ? { ...line, ...more } : line)
  }
  const count = (name: keyof ChargesJson['coverage']): number =>
    parts.reduce((sum, { coverage }) => sum + coverage[name], 0)
  return {
    ...first!,
    until: others.at(-1)!.until,
    lines: [...lines.values()],
    rows_usd: text(parts.reduce((sum, part) => sum + picodollars(part.rows_usd), 0n)),
    coverage: {
      attempts: count('attempts'),
      unknown: count('unknown'),
      free: count('free'),
      unsplit: count('unsplit'),
    },
  }
}

/** On a terminal alone, and never beside an object for machines. */
export function tell({ json }: Context, text: string | null): void {
  if (json || !process.stderr.isTTY) return
  process.stderr.write(text === null ? '\r\u001b[K' : `\r\u001b[K${text}`)
}

/** Three ways to say what was spent, which have to come to the same. */
export interface Reconciled {
  readonly ok: boolean
  readonly since: string
  readonly until: string
  /** The sums that are kept by customer. */
  readonly customers_usd: string
  /** The rows of all calls. */
  readonly calls_usd: string
  /** The lines of an export. */
  readonly lines_usd: string
  readonly customers: number
  /** Customers whose lines come to something else than their sum. */
  readonly differing: readonly {
    readonly customer: string | null
    readonly sum_usd: string
    readonly lines_usd: string
  }[]
  readonly attempts: number
  /** Attempts whose cost is not known: in none of the three. */
  readonly unknown: number
  /** Attempts whose cost is told in one line without meters. */
  readonly unsplit: number
}

/** Adds up what an export is made of, beside what the ledger's own sums say. */
export class Reconciliation {
  readonly #lines = new Map<string | null, bigint>()
  #rows = 0n
  #attempts = 0
  #unknown = 0
  #unsplit = 0

  add({ lines, rows_usd: rows, coverage }: ChargesJson): void {
    for (const line of lines) this.#add(line)
    this.#rows += picodollars(rows)
    this.#attempts += coverage.attempts
    this.#unknown += coverage.unknown
    this.#unsplit += coverage.unsplit
  }

  #add({ customer, cost_usd: cost }: ChargeLine): void {
    this.#lines.set(customer, (this.#lines.get(customer) ?? 0n) + picodollars(cost))
  }

  against({ since, until, rows, total, cut }: CostsJson): Reconciled {
    const sums = new Map(
      rows.map((row) => [row.group['customer'] ?? null, picodollars(row.cost_usd)]),
    )
    const names = new Set([...sums.keys(), ...this.#lines.keys()])
    const differing = [...names].flatMap((customer) => {
      const [sum, lines] = [sums.get(customer) ?? 0n, this.#lines.get(customer) ?? 0n]
      // Of a list that was cut the dearest are given, and only those can be compared.
      if (sum === lines || (cut && !sums.has(customer))) return []
      return [{ customer, sum_usd: text(sum), lines_usd: text(lines) }]
    })
    const lines = [...this.#lines.values()].reduce((sum, each) => sum + each, 0n)
    const customers = cut
      ? picodollars(total.cost_usd)
      : [...sums.values()].reduce((sum, each) => sum + each, 0n)
    return {
      ok: differing.length === 0 && lines === this.#rows && customers === lines,
      since,
      until,
      customers_usd: text(customers),
      calls_usd: text(this.#rows),
      lines_usd: text(lines),
      customers: names.size,
      differing,
      attempts: this.#attempts,
      unknown: this.#unknown,
      unsplit: this.#unsplit,
    }
  }
}

/** Calls may end while this reads, so it reads again when the sums have moved meanwhile. */
const triesMax = 3

/** @param onDay  what else is done with each day; told to begin anew with null */
export async function reconciled(
  client: Client,
  context: Context,
  onDay: (day: ChargesJson | null) => void | Promise<void> = () => {},
): Promise<Reconciled> {
  for (let tries = 1; ; tries += 1) {
    const window = await windowOf(client, context)
    const reconciliation = new Reconciliation()
    await onDay(null)
    for await (const day of chargesOf(client, window, context)) {
      reconciliation.add(day)
      await onDay(day)
    }
    const found = reconciliation.against(window.costs)
    if (found.ok || tries === triesMax) return found
    const again = await windowOf(client, context)
    if (again.costs.total.cost_usd === window.costs.total.cost_usd) return found
  }
}

export function reconciledText(found: Reconciled): string {
  const { ok, differing, unknown, unsplit } = found
  return [
    `${found.since.slice(0, 16).replace('T', ' ')} to ${found.until.slice(0, 16).replace('T', ' ')} UTC`,
    `sum by customer  $${found.customers_usd}`,
    `sum of calls     $${found.calls_usd}`,
    `sum of exports   $${found.lines_usd}`,
    ok
      ? 'They are the same, to the last digit.'
      : 'They differ. Where rows are older than retention.rows only sums are left; otherwise look with: freehold ledger verify',
    ...differing
      .slice(0, 20)
      .map(
        ({ customer, sum_usd: sum, lines_usd: lines }) =>
          `  ${customer ?? '(none)'}: $${sum} in sums, $${lines} in lines`,
      ),
    ...(unknown > 0
      ? [`${unknown} attempts have no known price and are in none of the three.`]
      : []),
    ...(unsplit > 0
      ? [`The cost of ${unsplit} attempts is told in one line, without meters.`]
      : []),
  ].join('\n')
}

function text(amount: bigint): string {
  return usdText(amount as Money)
}
