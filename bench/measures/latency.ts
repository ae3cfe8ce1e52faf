import type { Scene } from '../harness/scene.ts'
import { load } from '../harness/load.ts'
import type { Latencies } from '../load/latencies.ts'
import { plainBody, type Target } from '../load/target.ts'
import type { Name } from '../subjects/subject.ts'
import { atMost, figures, lists, type Measure, type Row } from './measure.ts'

const shares = ['p50', 'p99', 'p999'] as const
type Share = (typeof shares)[number]

/** What each share of the calls waits longer for than without anybody between. */
type Added = Record<Share, Record<Name, number[]>>

/** The rate that all of them can take, and one for those who can take more. */
const slowPerSecond = 100
const fastPerSecond = 1_000
/** At the slow rate everybody is measured, which takes longest. */
const slowRounds = 2

export const latency: Measure = {
  says: 'added latency: with one caller, and at a fixed rate of arrivals',
  seconds: [150, 25],
  run: async (scene) => {
    const rounds = scene.quick ? 1 : 3
    const seconds = scene.quick ? 2 : 5
    const one = added()
    const free = added()
    const slow = added()
    const fast = added()
    const swift = scene.among('freehold', 'nginx')
    // On all cores, as it would run: the ledger's thread then does not share one with the calls.
    const unpinned = await scene.fresh('freehold', { core: null })
    try {
      await warm(scene, unpinned.target('plain'))
      for (let round = 1; round <= rounds; round += 1) {
        const caller = async (target: Target): Promise<Latencies> => {
          const body = plainBody(target.model)
          const second = scene.quick ? 1 : 2
          return (await load('closed', { target, body, connections: 1, seconds: second })).us
        }
        const open = (perSecond: number) => async (target: Target) => {
          const body = plainBody(target.model)
          return (await load('open', { target, body, perSecond, seconds })).us
        }
        await compare(scene, scene.present, one, caller)
        const direct = await caller(scene.direct('plain'))
        take(free, 'freehold', await caller(unpinned.target('plain')), direct)
        if (round <= slowRounds) await compare(scene, scene.present, slow, open(slowPerSecond))
        await compare(scene, swift, fast, open(fastPerSecond))
        scene.tell(`round ${round} of ${rounds}`)
      }
    } finally {
      await unpinned.end()
    }
    return {
      conditions: {
        rounds,
        seconds_per_round: seconds,
        added:
          'the quantile with a gateway less the same quantile straight to the vendor in the same round',
        open_loop:
          'calls come at a fixed rate, and their time runs from when they were due: coordinated omission is corrected',
      },
      rows: [
        ...rowsOf('added latency, one caller, one core', one, { p50: 0.3, p99: 1 }),
        ...rowsOf('added latency, one caller, all cores', free, { p50: 0.3, p99: 1 }),
        ...rowsOf(`added latency, ${slowPerSecond} calls/s`, slow, {}),
        ...rowsOf(`added latency, ${fastPerSecond} calls/s`, fast, {}),
      ],
    }
  },
}

async function warm(scene: Scene, target: Target): Promise<void> {
  const body = plainBody(target.model)
  await load('closed', { target, body, connections: 8, seconds: scene.quick ? 1 : 2 })
}

async function compare(
  scene: Scene,
  some: readonly Name[],
  into: Added,
  measured: (target: Target) => Promise<Latencies>,
): Promise<void> {
  const direct = await measured(scene.direct('plain'))
  for (const name of some) {
    const subject = await scene.subject(name)
    take(into, name, await measured(subject.target('plain')), direct)
  }
}

function added(): Added {
  return { p50: lists(), p99: lists(), p999: lists() }
}

function take(into: Added, name: Name, with_: Latencies, direct: Latencies): void {
  for (const share of shares) into[share][name].push((with_[share] - direct[share]) / 1_000)
}

function rowsOf(what: string, of: Added, goals: Partial<Record<Share, number>>): Row[] {
  return shares.map((share, at) => {
    const shown = figures(of[share])
    const goal = goals[share]
    const words = { p50: 'p50', p99: 'p99', p999: 'p99.9' }
    return {
      what: at === 0 ? `${what}: p50` : `  ${words[share]}`,
      unit: 'ms',
      goal: goal === undefined ? null : `<= ${goal}`,
      holds: goal === undefined ? null : atMost(shown.freehold, goal),
      figures: shown,
      ratio: null,
    }
  })
}
