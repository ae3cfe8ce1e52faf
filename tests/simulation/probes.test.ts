import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instant } from '../../src/core/clock.ts'
import { abandoned, Clients } from './clients.ts'
import { Disk } from './disk.ts'
import type { Heard } from './heard.ts'
import { Network, type Outage } from './network.ts'
import { Process } from './process.ts'
import { World } from './world.ts'

/** Many calls at once, all of which would ask a model that is down: what becomes of those that need not. */
const folder = mkdtempSync(join(tmpdir(), 'freehold-probes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hourUs = 3_600_000_000
/** By then it is known to be down: with its clocks a call takes six seconds to fail. */
const learnedUs = 7_000_000
/** The first rest is 12.5 s at most. */
const restedUs = learnedUs + 13_000_000
const burst = 60

describe.each(['no-answer', 'http-500', 'http-503-empty'] as const)('a vendor in %s', (how) => {
  test('is asked by one of many calls when its rest is over, and the others ask the next', async () => {
    const { world, network, clients, ask, asksOf } = await scene(how)
    ask(how === 'http-503-empty' ? 30 : 15)
    await world.passUntil(restedUs)
    const [before, asked] = [network.heard.length, clients.asked.length]
    ask(burst)
    await world.passUntil(restedUs + 60_000_000)
    expect(asksOf(before).length).toBe(1)
    // Who was not over a limit of its own, and did not leave, has an answer.
    const letIn = clients.asked
      .slice(asked)
      .filter(({ left, code }) => !left && code !== 'rate_limit_exceeded')
    expect(letIn.length).toBeGreaterThan(burst / 4)
    expect(letIn.filter(({ whole }) => !whole)).toEqual([])
  })

  test('is asked once behind each rest, however it fails', async () => {
    const { world, network, clients, ask, asksOf } = await scene(how)
    ask(how === 'http-503-empty' ? 30 : 15)
    await world.passUntil(restedUs)
    const before = network.heard.length
    // One call a second: the second rest lasts 15 s at least.
    for (let second = 0; second < 14; second += 1) {
      ask(1)
      await world.passUntil(restedUs + (second + 1) * 1_000_000)
    }
    const left = abandoned(network.heard, clients.asked)
    expect(asksOf(before).filter((each) => !left.has(each)).length).toBe(1)
  })
})

async function scene(how: Outage['how']) {
  const world = new World(7, instant('2024-03-30T12:00:00Z'))
  const network = new Network(world, ['acme'], [], hourUs, 0)
  network.outages.splice(0, 1, { vendor: 'acme', how, fromUs: 0, toUs: hourUs })
  const place = {
    world,
    network,
    disk: new Disk(world),
    folder: mkdtempSync(join(folder, 'day-')),
    sabotage: <Parts>(parts: Parts): Parts => parts,
  }
  const process = await Process.start(0, 0, new Map(), place)
  const clients = new Clients(world)
  const ask = (count: number): void => {
    for (let asked = 0; asked < count; asked += 1) void clients.ask(process, 'pair')
  }
  const asksOf = (from: number): readonly Heard[] =>
    network.heard.slice(from).filter(({ vendor }) => vendor === 'acme')
  return { world, network, clients, ask, asksOf }
}
