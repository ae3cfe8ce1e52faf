import type { Simulator } from '../../simulator/server.ts'
import type { CallFacts, Town } from '../../tests/journeys/town.ts'
import type { Received } from './client.ts'
import { Wrongs } from './part.ts'

/** One exchange, as a vendor saw it. */
export interface Exchange {
  readonly vendor: string
  readonly marker: string
  readonly input: number
  readonly output: number
}

/** Copies what ended out of the vendors' histories, which keep the last exchanges alone. */
export class Histories {
  readonly exchanges: Exchange[] = []
  readonly #vendors: Readonly<Record<string, Simulator>>
  readonly #read = new Map<string, number>()

  constructor(vendors: Readonly<Record<string, Simulator>>) {
    this.#vendors = vendors
  }

  /** @returns how many are under way */
  read(): number {
    let open = 0
    for (const [vendor, simulator] of Object.entries(this.#vendors)) {
      for (const entry of simulator.history(this.#read.get(vendor) ?? 0)) {
        if (entry.ending === 'open') {
          open += 1
          break
        }
        this.#read.set(vendor, entry.id)
        const marker = /call-\d+-/.exec(entry.body)?.[0]
        if (marker === undefined) continue
        const { input = 0, cacheRead = 0, output = 0, reasoning = 0 } = entry.tokens ?? {}
        this.exchanges.push({
          vendor,
          marker,
          input: input + cacheRead,
          output: output + reasoning,
        })
      }
    }
    return open
  }

  async readAll(): Promise<void> {
    for (let looks = 0; looks < 100 && this.read() > 0; looks += 1) await Bun.sleep(50)
  }
}

/** Every call on the ledger, as /api tells it. */
export async function callsOn(town: Town): Promise<Map<string, CallFacts>> {
  const calls = new Map<string, CallFacts>()
  for (let before = ''; ;) {
    const page = await town.api<{ calls: CallFacts[]; next: string | null }>(
      `/api/calls?limit=1000${before}`,
    )
    for (const call of page.calls) calls.set(call.id, call)
    if (page.next === null) return calls
    before = `&before=${page.next}`
  }
}

export interface Verdict {
  readonly wrong: string[]
  readonly tokens: number
  readonly exchanges: number
  readonly rows: number
}

/**
 * Holds three records against each other: what clients received, what vendors answered, and what the
 * ledger says. It knows nothing of how the gateway works.
 */
export function compare(
  received: readonly Received[],
  exchanges: readonly Exchange[],
  calls: ReadonlyMap<string, CallFacts>,
): Verdict {
  const wrongs = new Wrongs()
  const byMarker = Map.groupBy(exchanges, ({ marker }) => marker)
  const seen = new Set<string>()
  let tokens = 0
  let rows = 0
  for (const client of received) {
    const { marker, id } = client
    if (id === null) {
      wrongs.add(`${marker}: its client got no headers`)
      continue
    }
    if (seen.has(id)) wrongs.add(`${marker}: the id ${id} was given twice`)
    seen.add(id)
    const call = calls.get(id)
    if (!call) {
      wrongs.add(`${marker} (${id}): it is not on the ledger`)
      continue
    }
    rows += call.attempts.length
    tokens += compareCall(client, call, byMarker.get(marker) ?? [], wrongs)
  }
  for (const id of calls.keys())
    if (!seen.has(id)) wrongs.add(`${id}: it is on the ledger, and nobody asked`)
  return { wrong: wrongs.all(), tokens, exchanges: exchanges.length, rows }
}

/** @returns tokens that vendors counted and the ledger has */
function compareCall(
  { marker, status, whole, usage }: Received,
  { attempts }: CallFacts,
  exchanges: readonly Exchange[],
  wrongs: Wrongs,
): number {
  let tokens = 0
  const asked = attempts.filter(({ provider }) => provider !== null)
  const numbers = asked.map((row) => row['attempt'])
  if (new Set(numbers).size < numbers.length)
    wrongs.add(`${marker}: attempts ${numbers.join(', ')}`)
  for (const vendor of new Set([...exchanges, ...asked].map(nameOf))) {
    const theirs = exchanges.filter((exchange) => exchange.vendor === vendor)
    const ours = asked.filter(({ provider }) => provider === vendor)
    // A connection that broke before the vendor read anything is a row, and no exchange.
    const unheard = ours.filter(
      ({ end_state: end }) => end === 'unreachable' || end === 'provider_cut',
    )
    // What a vendor read is a row each, also when a kept connection broke and nothing was answered.
    if (theirs.length > ours.length || theirs.length < ours.length - unheard.length) {
      wrongs.add(
        `${marker}: ${vendor} answered ${theirs.length} times, the ledger has ${ours.length}`,
      )
      continue
    }
    for (const row of ours) {
      if (row['usage_source'] !== 'provider' || row.tokens === null) continue
      const has = {
        input: (row.tokens['input'] ?? 0) + (row.tokens['cache_read'] ?? 0),
        output: (row.tokens['output'] ?? 0) + (row.tokens['reasoning'] ?? 0),
      }
      const match = theirs.find(({ input, output }) => input === has.input && output === has.output)
      if (match) tokens += has.input + has.output
      else
        wrongs.add(
          `${marker}: the ledger has ${JSON.stringify(has)} tokens of ${vendor}, which sent ${JSON.stringify(theirs)}`,
        )
    }
  }
  if (status === 200 && whole) {
    const served = attempts.filter(({ end_state: end }) => end === 'complete')
    if (served.length !== 1)
      wrongs.add(`${marker}: it was answered, and ${served.length} rows are complete`)
    const row = served[0]
    if (row?.['usage_source'] === 'provider' && usage && row.tokens) {
      const output = (row.tokens['output'] ?? 0) + (row.tokens['reasoning'] ?? 0)
      if (output !== usage.output)
        wrongs.add(
          `${marker}: its client was told of ${usage.output} tokens, the ledger of ${output}`,
        )
    }
  }
  return tokens
}

function nameOf(either: { vendor?: string; provider?: string | null }): string {
  return either.vendor ?? either.provider ?? ''
}
