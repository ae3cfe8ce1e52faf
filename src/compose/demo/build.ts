import { type Instant, instant, isoText } from '../../core/clock.ts'
import { journalFolder } from '../../store/folders.ts'
import { JournalWriter } from '../../store/journal/writer.ts'
import { laneOf } from '../../store/lanes.ts'
import { LocalStore } from '../../store/local.ts'
import { storeDefaults } from '../../store/options.ts'
import type { Payload } from '../../store/ports.ts'
import { type Simulated, writeSimulated } from '../../store/simulated.ts'
import { lockFolder } from '../../store/sqlite/lock.ts'
import { configured } from '../configured.ts'
import { events, manners } from './company.ts'
import { Dice } from './dice.ts'
import { feedbackTo } from './feedback.ts'
import { alarmsBefore, experimentsOf, revenueOf, shockOf } from './past.ts'
import { callsOf, hourUs, type SimulatedCall, type TrafficOptions } from './traffic.ts'
import { payloadOf } from './words.ts'

const days = 30
const dayUs = 24 * hourUs
/** Words of all calls of the last day are kept, and of a few before. */
const wordsShare = 0.03

export interface BuildOptions {
  readonly configPath: string
  readonly seed: number
  /** What there is already; null: nothing. */
  readonly before: Simulated | null
  readonly now: Instant
  /** @param share  of the time that is simulated, from 0 to 1 */
  readonly onProgress: (share: number, attempts: number) => void
  readonly signal: AbortSignal
}

export interface Built {
  /** Attempts that were written. */
  readonly attempts: number
  readonly simulated: Simulated
}

/**
 * Writes what happened at the simulated company into the store of a configuration, the way a gateway does it:
 * attempts into the journal, from which the ledger and its sums are loaded, words among the payloads, prices
 * into the book. A store that has a demo gets the time since then.
 * @throws Error when another process owns the store, or the signal ended it
 */
export async function buildDemo(options: BuildOptions): Promise<Built> {
  const { configPath, seed, before, now } = options
  const { inForce, folder, openBook } = configured({ configPath, env: {} })
  const lock = lockFolder(folder)
  const store = new LocalStore(folder, storeDefaults, { masker: null })
  try {
    store.catchUp()
    const first = before === null ? ((now - days * dayUs) as Instant) : instant(before.since)
    const end = (first + days * dayUs) as Instant
    if (before === null) {
      const { draft, at } = shockOf(inForce.current.snapshot.catalog, end)
      await store.addPrices([draft], at)
      await store.addRevenue(revenueOf(first, now))
      for (const alarm of alarmsBefore(end)) await store.putAlarm(alarm)
    }
    await openBook(store)
    const { catalog, hash: configHash } = inForce.current.snapshot
    const since = before === null ? first : instant(before.until)
    const traffic = { seed: before?.seed ?? seed, end, until: now, catalog, configHash }
    const told = new Told(end)
    await writeCalls(store, folder, since, traffic, told, options)
    if (before === null) store.shelve(experimentsOf(end, told))
    const simulated = { seed: traffic.seed, since: isoText(first), until: isoText(now) }
    writeSimulated(folder, simulated)
    return { attempts: told.attempts, simulated }
  } finally {
    await store.close().finally(() => lock.release())
  }
}

async function writeCalls(
  store: LocalStore,
  folder: string,
  since: Instant,
  traffic: TrafficOptions,
  told: Told,
  { now, onProgress, signal }: BuildOptions,
): Promise<void> {
  const lane = store.segments.filter((segment) => laneOf(segment) === 0)
  const journal = new JournalWriter({ folder: journalFolder(folder), after: Math.max(0, ...lane) })
  try {
    for (let hour = Math.floor(since / hourUs) * hourUs; hour < now; hour += hourUs) {
      if (signal.aborted) throw new Error('The demo was not made: it was told to stop.')
      const dice = new Dice(traffic.seed, `words ${hour}`)
      const payloads: Payload[] = []
      for (const call of callsOf(hour as Instant, traffic)) {
        const last = call.attempts.findLast(({ role }) => role !== 'shadow')!
        const feedback = feedbackTo(last, dice)
        const keeps = last.at > traffic.until - dayUs || dice.happens(wordsShare)
        if (call.attempts[0]!.at < since) continue
        for (const record of call.attempts) journal.append(record)
        told.note(call)
        if (keeps && last.attempt > 0) payloads.push(payloadOf(last, call.feature.task, dice))
        if (feedback !== null) await store.addFeedback(feedback, 'full')
      }
      await journal.flushed()
      store.keep(payloads)
      store.load()
      onProgress(Math.min(1, (hour + hourUs - since) / (now - since)), told.attempts)
    }
  } finally {
    await journal.close()
  }
  store.catchUp()
}

const canaryModel = manners[events.canary.name].model

/** What the experiments have seen so far. */
class Told {
  readonly canarySince: Instant
  attempts = 0
  canaryCalls = 0
  shadows = 0

  constructor(end: Instant) {
    const { daysAgo, step } = events.canary
    this.canarySince = (end - (daysAgo - 2 * step) * dayUs) as Instant
  }

  note({ feature, attempts }: SimulatedCall): void {
    this.attempts += attempts.length
    for (const { role, provider, model, at } of attempts) {
      if (role === 'shadow') this.shadows += 1
      else if (feature.task === 'support' && `${provider}/${model}` === canaryModel)
        this.canaryCalls += at >= this.canarySince ? 1 : 0
    }
  }
}
