import type { Instant } from '../../src/core/clock.ts'
import type { AttemptRecord } from '../../src/core/record.ts'
import { Wrongs } from '../../bench/torture/part.ts'
import { abandoned, type Asked } from './clients.ts'
import { budgets, onlyKeys, pricesOf, rates, timeZone } from './config.ts'
import type { Day } from './day.ts'
import type { Heard } from './heard.ts'
import { lies, type Outage } from './network.ts'

/**
 * Holds three histories against each other: what clients saw, what vendors saw, and what is found on the
 * disk in the end. It knows what was promised, and nothing of how it is kept.
 */
export function wrongsOf(day: Day): readonly string[] {
  const wrongs = new Wrongs()
  const checks = [answers, exchanges, money, spending, pace, patience, privacy, strangers]
  for (const check of checks) for (const sentence of check(day)) wrongs.add(sentence)
  return wrongs.all()
}

/** The row of a call that was refused is not waited for; a disk is sick for a minute at most. */
const writtenUs = 65_000_000

/** No answer that a client saw is missing, and none is there twice. */
function* answers({ asked, rows, lives }: Day): Generator<string> {
  const byId = Map.groupBy(rows, ({ callId }) => callId)
  for (const each of asked) {
    const { id, marker, whole, left, output, status, cut, endedUs, code, process } = each
    if (endedUs === null) yield `${marker}: it never ended`
    if (code?.startsWith('an error')) yield `${marker}: its stream had ${code}`
    if (code === 'internal_error') yield `${marker}: the gateway failed itself`
    const mine = byId.get(id) ?? []
    const numbers = mine.map(({ attempt }) => attempt)
    if (new Set(numbers).size < numbers.length) yield `${marker}: attempts ${numbers.join(', ')}`
    const isWritten = (endedUs ?? 0) + writtenUs < lives[process]!.toUs
    if (!cut && status !== null && mine.length === 0 && isWritten)
      yield `${marker}: its client got ${status}, and it is not on the ledger`
    if (!whole || left) continue
    const complete = mine.filter(({ endState }) => endState === 'complete')
    if (complete.length !== 1) {
      yield `${marker}: its client has the answer, ${complete.length} rows are complete`
      continue
    }
    const [{ usage, usageSource }] = complete as [AttemptRecord]
    if (usageSource === 'provider' && typeof output === 'number' && usage?.output !== output)
      yield `${marker}: its client was told of ${output} tokens, the ledger of ${usage?.output}`
  }
}

/** Every exchange has its row, every row that says so its exchange, and the tokens are the vendor's. */
function* exchanges({ heard, rows, asked }: Day): Generator<string> {
  const markers = new Map(asked.map(({ id, marker }) => [id, marker] as const))
  const theirs = Map.groupBy(heard, ({ marker, vendor }) => `${marker} ${vendor}`)
  const ours = Map.groupBy(
    rows.filter(({ provider }) => provider !== null),
    ({ callId, provider }) => `${markers.get(callId)} ${provider}`,
  )
  for (const [whose, list] of theirs) {
    const mine = ours.get(whose) ?? []
    if (list.length > mine.length)
      yield `${whose}: asked ${list.length} times, the ledger has ${mine.length}`
    for (const { ending } of list) if (ending === 'open') yield `${whose}: its line is still open`
  }
  for (const [whose, mine] of ours) {
    const list = theirs.get(whose) ?? []
    const answered = mine.filter(({ status }) => status !== null)
    if (answered.length > list.length)
      yield `${whose}: the ledger has ${answered.length} answers, it was asked ${list.length} times`
    for (const row of mine) {
      if (row.endState !== 'complete' || row.usageSource !== 'provider') continue
      if (!list.some((each) => isTokens(each, row)))
        yield `${whose}: ${row.usage?.input}+${row.usage?.output} tokens, its vendor sent ${JSON.stringify(list.map(({ tokens, fault }) => [fault, tokens]))}`
    }
  }
}

function isTokens({ tokens, fault }: Heard, { usage }: AttemptRecord): boolean {
  if (tokens === null || usage === null) return false
  if (fault !== null && lies.has(fault)) return true
  return (
    tokens.input + tokens.cacheRead === usage.input + usage.cacheRead &&
    tokens.output === usage.output
  )
}

const picodollarsPerToken = 1_000_000n

/** Each row costs what its tokens cost by the price list that was in force when its call began. */
function* money({ rows, rounds }: Day): Generator<string> {
  for (const { callId, provider, model, usage, cost, configHash, endState } of rows) {
    if (usage === null || cost === null) continue
    const round = rounds.get(configHash)
    const price = round === undefined ? undefined : pricesOf(round)[`${provider}/${model}`]
    if (price === undefined) {
      yield `${callId}: no price list is known by ${configHash}`
      continue
    }
    const due =
      (BigInt(usage.input) * BigInt(price.input) + BigInt(usage.output) * BigInt(price.output)) *
      picodollarsPerToken
    if (due !== cost) yield `${callId}: ${endState} costs ${cost}, and not ${due} picodollars`
  }
}

/** In no window of any budget was more spent than it allows. */
function* spending({ rows }: Day): Generator<string> {
  for (const { scope, value, usd, per } of budgets) {
    const limit = BigInt(Math.round(Number(usd) * 1e6)) * 1_000_000n
    const windows = new Map<string, bigint>()
    for (const row of rows) {
      if (row[scope] !== value || row.cost === null) continue
      const window = windowOf(per, row.at)
      windows.set(window, (windows.get(window) ?? 0n) + row.cost)
    }
    for (const [window, spent] of windows)
      if (spent > limit)
        yield `${scope} ${value}: ${spent} picodollars in ${window}, and ${limit} are allowed`
  }
}

const local = new Intl.DateTimeFormat('en-CA', { timeZone })

/** '2024-03-31' as the calendar on the wall has it. */
function windowOf(per: 'day' | 'month' | 'total', at: Instant): string {
  const day = local.format(new Date(at / 1_000))
  return per === 'day' ? day : per === 'month' ? day.slice(0, 7) : 'all'
}

/** A burst of the whole count and then one at a time; and never more at once than may be. */
function* pace({ asked, heard }: Day): Generator<string> {
  const ends = new Map<string, number>()
  for (const { marker, endedUs } of heard)
    ends.set(marker, Math.max(ends.get(marker) ?? 0, endedUs ?? 0))
  for (const { key, requests, perMs, concurrent } of rates) {
    const stepUs = (perMs * 1_000) / requests
    const byProcess = Map.groupBy(
      asked.filter((each) => each.key === key && each.code !== 'rate_limit_exceeded'),
      ({ process }) => process,
    )
    for (const [process, mine] of byProcess) {
      const times = mine.map(({ atUs }) => atUs)
      for (const [from, fromUs] of times.entries()) {
        for (let to = from; to < times.length; to += 1) {
          const count = to - from + 1
          const most = requests + (times[to]! - fromUs) / stepUs
          if (count > most + 0.001) {
            yield `key ${key} in process ${process}: ${count} calls in ${times[to]! - fromUs} µs`
            return
          }
        }
      }
      for (const { atUs, marker } of mine) {
        const open = mine.filter(
          (each) => each.atUs <= atUs && whenOver(each, ends) > atUs && each.marker <= marker,
        )
        if (open.length > concurrent) yield `${marker}: ${open.length} calls of key ${key} at once`
      }
    }
  }
}

/** Its places are given back when its answer is there, which its client may learn later. */
function whenOver({ marker, endedUs, atUs }: Asked, ends: ReadonlyMap<string, number>): number {
  return Math.min(endedUs ?? Number.POSITIVE_INFINITY, ends.get(marker) ?? atUs)
}

/** One second try for five first ones, of the last ten seconds or so, and a few that are free. */
const callsPerRetry = 5
const memoryUs = 60_000_000
const free = 3
const refusedKeys: ReadonlySet<string> = new Set([
  'http-401',
  'http-429',
  'http-429-retry-after-ms',
  'http-429-retry-after-seconds',
])
/**
 * Who is known to be down rests for 10 s, and each time for twice as long up to five minutes, give or take
 * a quarter: at the least for 7.5, 15, 30, 60 and 120 s and then for 225 s, which are 20 probes in an hour.
 */
const probesMax = 20
/** So many failures in a row make a vendor known to be down; an overload counts half. */
const failuresToLearn = { 'no-answer': 5, 'http-500': 5, 'http-503-empty': 10, unreachable: 5 }

/** Of a burst some are on their way when it becomes known; connecting takes 8 ms, and hardly ever ten times as much. */
const onTheWayUs = 100_000

/** Vendors that fail are spared: by second tries, and by leaving them alone when they are down. */
function* patience(day: Day): Generator<string> {
  const { heard, outages, lives } = day
  for (const vendor of ['acme', 'birch', 'cedar']) {
    const tries = triesAt(heard, vendor)
    for (const { fromUs, toUs } of lives) {
      const mine = tries.filter(({ atUs }) => atUs >= fromUs && atUs < toUs)
      for (const [from, first] of mine.entries()) {
        if (!first.again) continue
        let agains = 0
        for (let to = from; to < mine.length; to += 1) {
          const last = mine[to]!
          if (!last.again) continue
          agains += 1
          const since = first.atUs - memoryUs
          const firsts = mine.filter(
            ({ atUs, again }) => !again && atUs >= since && atUs <= last.atUs,
          ).length
          const most = free + (last.atUs - first.atUs) / 1_000_000 + firsts / callsPerRetry
          if (agains > most + 1) {
            yield `${vendor}: ${agains} second tries in ${last.atUs - first.atUs} µs for ${firsts} calls`
            return
          }
        }
      }
    }
  }
  for (const outage of outages) {
    // What a process has learned of the outage dies with it: each of them learns, and then spares it.
    for (const life of lives) {
      const count = probesIn(outage, life, day).length
      if (count > probesMax)
        yield `${outage.vendor}: asked ${count} times by one process that knew it was down (${outage.how})`
    }
  }
}

/** What a vendor in an outage was asked by a process that had learned of it, and could have asked another. */
function probesIn(
  { vendor, how, fromUs, toUs }: Outage,
  life: Day['lives'][number],
  { heard, asked, outages, flaps }: Day,
): readonly Heard[] {
  const left = abandoned(heard, asked)
  const isOf = (each: Heard, who: string): boolean =>
    each.vendor === who && each.atUs >= life.fromUs && each.atUs < life.toUs
  const during = heard.filter(
    (each) => isOf(each, vendor) && each.atUs >= fromUs && each.atUs < toUs,
  )
  // Of calls that their clients left nobody learns how they would have ended.
  const failures = during
    .flatMap((each) => (left.has(each) || each.endedUs === null ? [] : [each.endedUs]))
    .toSorted((one, two) => one - two)
  const learnedUs = (failures[failuresToLearn[how] - 1] ?? Number.POSITIVE_INFINITY) + onTheWayUs
  // Calls of a task that have nobody else to ask go to a model that rests: while the other one of the two
  // is down, or the only key of it is refused, and until it has answered somebody again.
  const other = vendor === 'acme' ? 'birch' : 'acme'
  const alone = [...outages, ...flaps]
    .filter((each) => ('vendor' in each ? each.vendor === other : onlyKeys.get(each.key) === other))
    .filter((each) => each.toUs > life.fromUs)
    .map((each) => {
      const again = heard.find(
        (one) => isOf(one, other) && one.atUs >= each.toUs && one.status === 200,
      )
      return { fromUs: each.fromUs, toUs: again?.endedUs ?? Number.POSITIVE_INFINITY }
    })
  // Of a probe that its client left nobody learns anything either: the next call is one.
  return during.filter(
    (each) =>
      !left.has(each) &&
      each.atUs >= learnedUs &&
      !alone.some((some) => each.atUs >= some.fromUs && each.atUs < some.toUs),
  )
}

/** The tries of calls at a vendor in their order; a try with another key is none of the same thing. */
function triesAt(heard: readonly Heard[], vendor: string): { atUs: number; again: boolean }[] {
  const before = new Map<string, Heard>()
  const tries: { atUs: number; again: boolean }[] = []
  for (const each of heard) {
    if (each.vendor !== vendor) continue
    const last = before.get(each.marker)
    const again =
      last !== undefined && !(last.key !== each.key && refusedKeys.has(last.fault ?? ''))
    tries.push({ atUs: each.atUs, again })
    before.set(each.marker, each)
  }
  return tries
}

/** What must stay on the premises was sent nowhere else. */
function* privacy({ asked, heard }: Day): Generator<string> {
  const secret = new Set(asked.filter(({ task }) => task === 'private').map(({ marker }) => marker))
  for (const { marker, vendor } of heard)
    if (secret.has(marker) && vendor !== 'cedar')
      yield `${marker} is private, and ${vendor} was asked`
}

/** Nothing is on the ledger that nobody asked. */
function* strangers({ asked, rows }: Day): Generator<string> {
  const ids = new Set(asked.map(({ id }) => id))
  for (const { callId } of rows) if (!ids.has(callId)) yield `${callId}: nobody asked that`
}
