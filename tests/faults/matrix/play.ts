import { inParallel, Wrongs } from '../../../bench/torture/part.ts'
import type { CallFacts } from '../../journeys/town.ts'
import type { Case } from './cases.ts'
import { check, nameOf, newTally, type Records, type Tally } from './check.ts'
import {
  ask,
  callsSince,
  type City,
  exchangesAfter,
  type Seen,
  simulated,
  yamlFor,
} from './city.ts'

/** A configuration may have a megabyte; a case takes 300 bytes of it. */
const atOnce = 2_000
const usualWidth = 64

export interface Played {
  readonly wrong: readonly string[]
  readonly tally: Tally
}

/** Plays the cases, many at a time, and holds the three records of each against each other. */
export async function playAll(
  city: City,
  cases: readonly Case[],
  tell: (done: number) => void = () => {},
  width = usualWidth,
): Promise<Played> {
  const wrongs = new Wrongs()
  const tally = newTally()
  // What is said unasked may cross another call's request on a kept line, where nobody can tell it from the answer.
  const apart = cases.filter(speaksOn)
  const others = cases.filter((each) => !speaksOn(each))
  let done = 0
  for (const group of [others, apart])
    for (let from = 0; from < group.length; from += atOnce) {
      const some = group.slice(from, from + atOnce)
      await playSome(city, some, width, wrongs, tally)
      done += some.length
      tell(done)
    }
  if (apart.length > 0) await Bun.sleep(quietMs)
  return { wrong: wrongs.all(), tally }
}

function speaksOn({ fault }: Case): boolean {
  return fault === 'unasked-response'
}

/** By then the last of them has been said. */
const quietMs = 300

async function playSome(
  { town, vendor, address, configure }: City,
  cases: readonly Case[],
  width: number,
  wrongs: Wrongs,
  tally: Tally,
): Promise<void> {
  const since = new Date()
  const after = vendor.history().at(-1)?.id ?? 0
  await configure(yamlFor(address, cases))
  const all = new Map<Case, Seen>()
  let exchanges: Records['exchanges'] = new Map()
  const blame = (each: Case, error: unknown, call?: CallFacts): void => {
    const why = Bun.stripANSI((error as Error).message)
      .replaceAll(/\s+/g, ' ')
      .slice(0, 400)
    const rows = (call?.attempts ?? []).map(
      (row) => `${row.role} ${row.end_state} ${String(row['error_code'])} ${String(row['status'])}`,
    )
    const { faulty, spare } = simulated(each)
    const lines = [...(exchanges.get(faulty) ?? []), ...(exchanges.get(spare) ?? [])].map(
      ({ status, ending, bytesSent }) => `${status} ${ending} ${bytesSent} bytes`,
    )
    wrongs.add(`${nameOf(each)}: ${why} (rows: ${rows.join(', ')}; exchanges: ${lines.join(', ')})`)
  }
  await inParallel(cases.length, width, async (index) => {
    const each = cases[index]!
    try {
      all.set(each, await ask(town.url, each))
    } catch (error) {
      blame(each, error)
    }
  })
  exchanges = await exchangesAfter(vendor, after)
  const calls = await callsSince(town, since)
  const ids = new Set<string>()
  for (const [each, seen] of all) {
    const call = calls.get(seen.id)
    try {
      check(each, { seen, call, exchanges }, tally)
    } catch (error) {
      blame(each, error, call)
    }
    ids.add(seen.id)
  }
  if (ids.size < all.size) wrongs.add(`${all.size - ids.size} ids were given twice`)
  for (const id of calls.keys())
    if (!ids.has(id) && all.size === cases.length)
      wrongs.add(`${id}: it is on the ledger, and nobody asked`)
}

/** How many bytes a stream comes to, with the frames of HTTP around them. */
export async function streamBytes(city: City, each: Case): Promise<number> {
  const before = city.vendor.history().at(-1)?.id ?? 0
  const { wrong } = await playAll(city, [each])
  if (wrong.length > 0) throw new Error(wrong.join(' '))
  return city.vendor.history(before)[0]!.bytesSent
}
