import type { GaugeSources } from '../../server/gauges.ts'
import type { Look } from './protocol.ts'

type Counted = Omit<Look, 'counts'>

/**
 * All threads as one: what they count is added up, the latest event loop is how late they are, and
 * whoever rests for one of them rests.
 */
export function together(looks: readonly Counted[]): {
  readonly activeCalls: number
  readonly journal: ReturnType<GaugeSources['journal']>
  readonly shedding: Look['shedding']
  readonly resting: Look['resting']
  readonly learnedRates: Look['learnedRates']
} {
  const sum = (of: (look: Counted) => number): number =>
    looks.reduce((total, look) => total + of(look), 0)
  const resting = new Map<string, Look['resting'][number]>()
  for (const each of looks.flatMap((look) => look.resting)) {
    const known = resting.get(each.subject)
    if (known === undefined || known.waitMs < each.waitMs) resting.set(each.subject, each)
  }
  // What a provider lets through is what all threads together get.
  const rates = new Map<string, Look['learnedRates'][number]>()
  for (const each of looks.flatMap((look) => look.learnedRates)) {
    const { perMinute = 0, waitMs = 0 } = rates.get(each.subject) ?? {}
    rates.set(each.subject, {
      subject: each.subject,
      perMinute: perMinute + each.perMinute,
      waitMs: Math.max(waitMs, each.waitMs),
    })
  }
  return {
    activeCalls: sum(({ activeCalls }) => activeCalls),
    journal: {
      queuedBytes: sum(({ journal }) => journal.queuedBytes),
      recordsLost: sum(({ journal }) => journal.recordsLost),
      faults: sum(({ journal }) => journal.faults),
    },
    shedding: {
      delayMs: Math.max(...looks.map(({ shedding }) => shedding.delayMs)),
      shed: sum(({ shedding }) => shedding.shed),
    },
    resting: [...resting.values()],
    learnedRates: [...rates.values()],
  }
}
