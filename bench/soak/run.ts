import { type Simulator, startSimulator } from '../../simulator/server.ts'
import {
  bytesIn,
  connectionsTo,
  descriptorsOf,
  type Descriptors,
  memoryOf,
  type Memory,
} from '../harness/proc.ts'
import { scratch } from '../harness/processes.ts'
import { unsound } from '../torture/faults.ts'
import { chances } from '../torture/part.ts'
import { startWatched, type WatchedGateway } from './gateway.ts'
import type { Inside } from './inside.ts'
import { config, type Counts, oneCall, paced, playFaults } from './traffic.ts'

/** Traffic in stretches, with a rest behind each in which everything has to be as it was. */
export interface SoakOptions {
  readonly stretches: number
  readonly stretchMs: number
  readonly perSecond: number
  readonly seed: number
  readonly customers: number
  /** Between two samples while there is traffic. */
  readonly sampleMs: number
  /** How lifelike vendors wait: 1 wholly, 0 not at all. */
  readonly speed: number
  readonly tell: (told: { readonly stretch: number; readonly sample: Sample | null }) => void
}

export interface Sample extends Descriptors, Memory {
  readonly seconds: number
  readonly storeMb: number
}

/** Nobody calls, what was left has been closed, and garbage is collected. */
export interface Rest extends Sample {
  readonly calls: number
  readonly activeCalls: number
  /** Calls that vendors still see as open. */
  readonly openAtVendors: number
  /** Connections that callers keep to the gateway, and the gateway to vendors, as the kernel counts them. */
  readonly fromCallers: number
  readonly toVendors: number
  readonly inside: Inside
}

export interface Soaked {
  readonly samples: readonly Sample[]
  readonly rests: readonly Rest[]
  readonly counts: Counts
  /** What the gateway's own check of its ledger found. */
  readonly unsound: readonly string[]
  /** Of the gateway, when vendors are gone, more than before the first call and without those of callers. */
  readonly socketsLeft: number
}

/** How long what is under way may take to end. */
const restMsMax = 15_000
/** How long the gateway may take to close what vendors who are gone have closed. */
const emptyMsMax = 15_000

export async function soak(options: SoakOptions): Promise<Soaked> {
  const { stretches, stretchMs, perSecond, seed, customers, sampleMs, speed, tell } = options
  const place = scratch()
  const vendors = ['acme', 'birch'].map((_, at) =>
    startSimulator({ seed: seed + at, waitMs: 50, speed, historyMax: 2_000 }),
  ) as [Simulator, Simulator]
  const addresses = { acme: vendors[0].url, birch: vendors[1].url }
  let gateway: WatchedGateway | null = null
  try {
    const watched = await startWatched(place, config(addresses))
    gateway = watched
    const started = performance.now()
    const counts: Counts = { calls: 0, whole: 0, refused: 0, left: 0, cut: 0, late: 0, faults: 0 }
    const traffic = { url: watched.url, chance: chances(seed), counts, customers }
    playFaults(vendors)
    const seen = vendors.map(() => 0)
    const countFaults = (): void =>
      vendors.forEach((vendor, at) => {
        const fresh = vendor.history(seen[at])
        seen[at] = fresh.at(-1)?.id ?? seen[at]!
        counts.faults += fresh.filter(({ fault }) => fault !== null).length
      })
    const sample = (): Sample => ({
      seconds: (performance.now() - started) / 1_000,
      ...memoryOf(watched.pid),
      storeMb: bytesIn(place.folder) / 1e6,
      ...descriptorsOf(watched.pid),
    })
    const samples: Sample[] = []
    const rests: Rest[] = [await rest(watched, vendors, counts, sample, null)]
    for (let stretch = 1; stretch <= stretches; stretch += 1) {
      const calls = paced(perSecond, () => oneCall(traffic))
      const until = performance.now() + stretchMs
      while (performance.now() < until) {
        await Bun.sleep(Math.min(sampleMs, until - performance.now()))
        const taken = sample()
        samples.push(taken)
        countFaults()
        tell({ stretch, sample: taken })
      }
      await calls.stop()
      rests.push(await rest(watched, vendors, counts, sample, rests[0]!))
      countFaults()
      tell({ stretch, sample: null })
    }
    const found = await unsound(watched)
    await Promise.all(vendors.map((vendor) => vendor.stop()))
    const until = performance.now() + emptyMsMax
    const port = portOf(watched.url)
    // Callers keep some connections for the next call; the gateway closes those after a minute.
    const left = (): number =>
      descriptorsOf(watched.pid).sockets - rests[0]!.sockets - connectionsTo(port)
    while (left() > 0 && performance.now() < until) await Bun.sleep(200)
    return {
      samples,
      rests,
      counts,
      unsound: found,
      socketsLeft: left(),
    }
  } finally {
    await gateway?.end()
    await Promise.all(vendors.map((vendor) => vendor.stop()))
    place.remove()
  }
}

/** The sockets of a gateway that are nobody's: neither a caller's, nor kept for a vendor, nor there from the beginning. */
export function strays(
  { sockets, fromCallers, toVendors }: Pick<Rest, 'sockets' | 'fromCallers' | 'toVendors'>,
  first: Rest,
): number {
  const always = first.sockets - first.fromCallers - first.toVendors
  return sockets - fromCallers - toVendors - always
}

/** Waits until what is under way has ended, and sockets that are being closed are, and looks. */
async function rest(
  gateway: WatchedGateway,
  vendors: readonly Simulator[],
  { calls }: Counts,
  sample: () => Sample,
  first: Rest | null,
): Promise<Rest> {
  const until = performance.now() + restMsMax
  const open = (): number =>
    vendors.reduce(
      (sum, vendor) => sum + vendor.history().filter(({ ending }) => ending === 'open').length,
      0,
    )
  const connections = () => ({
    fromCallers: connectionsTo(portOf(gateway.url)),
    toVendors: vendors.reduce((sum, { url }) => sum + connectionsTo(portOf(url)), 0),
  })
  while (performance.now() < until && (open() > 0 || (await activeCalls(gateway)) > 0)) {
    await Bun.sleep(100)
  }
  await Bun.sleep(500) // the ledger's thread takes in the last rows
  const inside = await gateway.look()
  const active = await activeCalls(gateway)
  let looked = { ...sample(), ...connections() }
  const isOdd = (): boolean => first !== null && strays(looked, first) !== 0
  while (performance.now() < until && isOdd()) {
    await Bun.sleep(200)
    looked = { ...sample(), ...connections() }
  }
  return { ...looked, calls, activeCalls: active, openAtVendors: open(), inside }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

async function activeCalls({ url, adminKey }: WatchedGateway): Promise<number> {
  const response = await fetch(`${url}/metrics`, {
    headers: { authorization: `Bearer ${adminKey}`, connection: 'close' },
  })
  const text = await response.text()
  return Number(/^freehold_active_calls (\d+)/m.exec(text)?.[1] ?? Number.NaN)
}
