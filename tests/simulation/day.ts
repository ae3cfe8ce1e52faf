import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Instant, instant } from '../../src/core/clock.ts'
import { seeded } from '../../src/core/random.ts'
import type { AttemptRecord } from '../../src/core/record.ts'
import type { CallId } from '../../src/core/ids.ts'
import type { Parts } from '../../src/gateway/pipeline/parts.ts'
import { type Asked, Clients } from './clients.ts'
import { vendorKeys } from './config.ts'
import { Disk, type DiskFigures, type Sickness } from './disk.ts'
import type { Heard } from './heard.ts'
import { type Flap, Network, type Outage } from './network.ts'
import { openStore, Process } from './process.ts'
import { pick, waitMs, World } from './world.ts'

/**
 * From half past ten in the evening, so that a day has two midnights in it; the second one ends a month,
 * and clocks are put forward in between.
 */
const startsAt = instant('2024-03-30T22:30:00Z')
export const dayUs = 86_400_000_000
const minuteMs = 60_000
const hourMs = 3_600_000
/** From the beginning: of the last day of March, and of April. */
const midnightsMs = [30 * minuteMs, 23.5 * hourMs] as const
/** All that is under way is over when so much time has passed: a call takes a minute at most. */
const lastMs = 10 * minuteMs

const callsADay = 3_000
const tasks = ['pair', 'pair', 'mixed', 'mixed', 'private'] as const

/** Three histories of one day, and what happened in it. */
export interface Day {
  readonly seed: number
  readonly asked: readonly Asked[]
  readonly heard: readonly Heard[]
  readonly rows: readonly AttemptRecord[]
  readonly outages: readonly Outage[]
  readonly flaps: readonly Flap[]
  /** When each process began and ended, in microseconds. */
  readonly lives: readonly { readonly fromUs: number; readonly toUs: number }[]
  /** Which price list a configuration has, by its hash. */
  readonly rounds: ReadonlyMap<string, number>
  readonly disk: DiskFigures
  readonly figures: DayFigures
  /** What the last process still remembers when nothing is under way. */
  readonly last: Process
  readonly wall: Instant
  /** SHA-256 of the histories. */
  readonly hash: string
}

export interface DayFigures {
  strokes: number
  kills: number
  tornWrites: number
  reloads: number
  refusedReloads: number
  clocksSet: number
  sicknesses: number
  bursts: number
}

/**
 * One day of a gateway, its clients, its vendors, its network and its disk. One seed is one day.
 * @param sabotage  what is given to each process in place of its own parts, to see who notices
 */
export async function liveThrough(
  seed: number,
  sabotage: (parts: Parts) => Parts = (parts) => parts,
): Promise<Day> {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-day-'))
  const told = new Course(seed, folder, sabotage)
  try {
    return await told.run()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class Course {
  readonly #seed: number
  readonly #folder: string
  readonly #sabotage: (parts: Parts) => Parts
  readonly #world: World
  readonly #network: Network
  readonly #disk: Disk
  readonly #clients: Clients
  readonly #rounds = new Map<string, number>()
  readonly #lives: { fromUs: number; toUs: number }[] = []
  readonly #figures: DayFigures = {
    strokes: 0,
    kills: 0,
    tornWrites: 0,
    reloads: 0,
    refusedReloads: 0,
    clocksSet: 0,
    sicknesses: 0,
    bursts: 0,
  }
  /** Null while none runs. */
  #process: Process | null = null
  #round = 0
  #over = false

  constructor(seed: number, folder: string, sabotage: (parts: Parts) => Parts) {
    this.#seed = seed
    this.#folder = folder
    this.#sabotage = sabotage
    this.#world = new World(seed, startsAt)
    this.#network = new Network(
      this.#world,
      ['acme', 'birch'],
      [vendorKeys[0], vendorKeys[2]],
      dayUs,
    )
    this.#disk = new Disk(this.#world)
    this.#clients = new Clients(this.#world)
  }

  async run(): Promise<Day> {
    await this.#start()
    this.#every('calls', 86_400_000 / callsADay, (random) => this.#ask(pick(tasks, random), 1))
    this.#every('bursts', 1.5 * hourMs, (random) => {
      this.#figures.bursts += 1
      this.#ask(pick(tasks, random), 20 + Math.floor(random.next() * 60))
    })
    this.#every('kills', 1.2 * hourMs, (random) => this.#kill(random))
    this.#every('reloads', 0.7 * hourMs, () => this.#reload())
    this.#every('disk', 1.5 * hourMs, (random) => this.#sicken(random))
    this.#every('clocks', 3 * hourMs, (random) => {
      this.#figures.clocksSet += 1
      // A few minutes on, or back to what it should be.
      this.#world.setClockTo((random.next() - 0.5) * 4 * minuteMs)
    })
    this.#aroundMidnight()
    await this.#world.passUntil(dayUs)
    this.#over = true
    await this.#world.passUntil(dayUs + lastMs * 1_000)
    return this.#tell()
  }

  /** Something that comes about by chance, again and again. */
  #every(matter: string, everyMs: number, come: (random: ReturnType<typeof seeded>) => void): void {
    const random = this.#world.chance(matter)
    const next = (): void =>
      this.#world.after(waitMs(random, everyMs), () => {
        if (this.#over) return
        come(random)
        next()
      })
    next()
  }

  async #start(): Promise<void> {
    const place = {
      world: this.#world,
      network: this.#network,
      disk: this.#disk,
      folder: this.#folder,
      sabotage: this.#sabotage,
    }
    // A process whose disk is full does not start; whoever watches it tries again.
    if (this.#disk.sickness === 'full' || this.#disk.sickness === 'broken') {
      this.#world.after(1_000, () => void this.#start())
      return
    }
    this.#process = await Process.start(this.#lives.length, this.#round, this.#rounds, place)
    this.#lives.push({ fromUs: this.#world.nowUs, toUs: Number.POSITIVE_INFINITY })
  }

  #ask(task: string, count: number): void {
    for (let asked = 0; asked < count; asked += 1)
      if (this.#process) void this.#clients.ask(this.#process, task)
  }

  /**
   * A process that starts with a clock that was set back behind a midnight that its predecessor has seen
   * cannot know of it, and forgets at the second one what was spent behind the first: none starts then.
   */
  get #isNearMidnight(): boolean {
    const nowMs = this.#world.nowUs / 1_000
    return midnightsMs.some((atMs) => Math.abs(atMs - nowMs) < 10 * minuteMs)
  }

  /** Between two awaits of calls that have just begun, or in the middle of a write. */
  #kill(random: ReturnType<typeof seeded>): void {
    const process = this.#process
    if (process === null || this.#isNearMidnight) return
    this.#ask(pick(tasks, random), 3)
    const dead = (): void => this.#bury(process)
    if (random.next() < 0.4) {
      process.mount.dieInWrite(Math.floor(random.next() * 8), () => {
        this.#figures.tornWrites += 1
        dead()
      })
      return
    }
    const awaits = Math.floor(random.next() * 150)
    void (async () => {
      for (let passed = 0; passed < awaits; passed += 1) await Promise.resolve()
      dead()
    })()
  }

  #bury(process: Process): void {
    if (process.over) return
    process.kill()
    this.#network.hangUp(process)
    this.#figures.kills += 1
    this.#lives.at(-1)!.toUs = this.#world.nowUs
    this.#process = null
    this.#world.after(1_500, () => void this.#start())
  }

  #reload(): void {
    const wrong = this.#figures.reloads % 4 === 3
    this.#figures.reloads += 1
    const process = this.#process
    if (process === null) return
    if (process.reload(this.#round + 1, wrong)) this.#round += 1
    else this.#figures.refusedReloads += 1
  }

  #sicken(random: ReturnType<typeof seeded>): void {
    if (this.#disk.sickness !== null) return
    this.#figures.sicknesses += 1
    this.#disk.sickness = pick(['full', 'broken', 'slow'] as const satisfies Sickness[], random)
    this.#world.after(5_000 + random.next() * 55_000, () => {
      this.#disk.sickness = null
    })
    // Somebody finds out.
    this.#ask('pair', 5)
  }

  /** Many calls on both sides of each midnight, and none of them is forgotten by a process that dies. */
  #aroundMidnight(): void {
    for (const midnightMs of midnightsMs) {
      for (const seconds of [-60, -5, -1, 0, 1, 5, 60])
        this.#world.after(midnightMs + seconds * 1_000, () => this.#ask('pair', 10))
    }
  }

  async #tell(): Promise<Day> {
    const last = this.#process
    if (last === null || this.#clients.open > 0)
      throw new Error(`seed ${this.#seed}: ${this.#clients.open} calls never ended`)
    this.#lives.at(-1)!.toUs = this.#world.nowUs
    await last.writer.close()
    this.#figures.strokes = this.#world.strokes
    const rows = await this.#ledger()
    const { asked } = this.#clients
    const { heard } = this.#network
    return {
      seed: this.#seed,
      asked,
      heard,
      rows,
      outages: this.#network.outages,
      flaps: this.#network.flaps,
      lives: this.#lives,
      rounds: this.#rounds,
      disk: this.#disk.figures,
      figures: this.#figures,
      last,
      wall: this.#world.wall,
      hash: new Bun.CryptoHasher('sha256').update(textOf([asked, heard, rows])).digest('hex'),
    }
  }

  /** What whoever comes after the last process finds on the disk. */
  async #ledger(): Promise<AttemptRecord[]> {
    const store = openStore(this.#folder, this.#world)
    try {
      store.catchUp()
      const rows: AttemptRecord[] = []
      for (let before: CallId | undefined; ;) {
        const page = await store.calls({
          filters: {},
          limit: 1_000,
          ...(before === undefined ? {} : { before }),
        })
        rows.push(...page.attempts)
        if (page.next === null) return rows
        before = page.next
      }
    } finally {
      await store.close()
    }
  }
}

function textOf(histories: unknown): string {
  return JSON.stringify(histories, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}
