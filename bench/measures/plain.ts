import { freeholdOn } from '../subjects/freehold.ts'
import { load } from '../harness/load.ts'
import { cpuUs } from '../harness/proc.ts'
import { plainBody } from '../load/target.ts'
import { atMost, figures, lists, type Measure, ratioOf } from './measure.ts'

const connections = 64
/** Bun compiles for more than a second of CPU, nearly all of it during so many calls. */
const warmCalls = 25_000

/** CPU of everything that the process does for a call, and the pace of 64 callers who never pause. */
export const plain: Measure = {
  says: 'CPU per plain call, all threads and children',
  seconds: [105, 35],
  run: async (scene) => {
    const rounds = scene.quick ? 2 : 5
    const seconds = scene.quick ? 1 : 1.5
    const looksMax = scene.quick ? 2 : 8
    const { present } = scene
    const cpu = lists()
    const pace = lists()
    let failed = 0
    for (const name of present) {
      const { target } = await scene.subject(name)
      const body = plainBody(target('plain').model)
      // Compilers and caches warm; LiteLLM loads half of itself with the first calls.
      let warmed = 0
      for (let look = 0; look < looksMax && warmed < warmCalls; look += 1) {
        warmed += (await load('closed', { target: target('plain'), body, connections, seconds }))
          .calls
      }
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const name of present) {
        const { target, pid } = await scene.subject(name)
        const body = plainBody(target('plain').model)
        const before = cpuUs(pid)
        const result = await load('closed', { target: target('plain'), body, connections, seconds })
        await Bun.sleep(700) // what these calls gave the other threads to do belongs to them
        cpu[name].push((cpuUs(pid) - before) / result.calls)
        pace[name].push(result.calls / result.seconds)
        failed += result.failed
      }
      scene.tell(`round ${round} of ${rounds}`)
    }
    const dropped = lists()
    for (const name of present) {
      const count = await (await scene.subject(name)).payloadsDropped?.()
      if (count !== undefined) dropped[name].push(count)
    }
    const lost = figures(dropped)
    const toNginx = ratioOf('× nginx', cpu.freehold, cpu.nginx)
    const toPortkey = ratioOf('× less than portkey', cpu.portkey, cpu.freehold)
    const base = { unit: 'µs', goal: null, holds: null, ratio: null }
    return {
      conditions: {
        rounds,
        seconds_per_round: seconds,
        warm_up: `${warmCalls} calls, or ${looksMax * seconds} s`,
        connections,
        request_bytes: Buffer.byteLength(plainBody('support')),
        on: freeholdOn,
        failed,
      },
      rows: [
        {
          ...base,
          what: 'CPU per plain call',
          goal: '<= 3 x nginx',
          holds: toNginx && toNginx.median <= 3,
          figures: figures(cpu),
          ratio: toNginx,
        },
        {
          ...base,
          what: '  the same, beside Portkey',
          goal: '>= 30 x less',
          holds: toPortkey && toPortkey.median >= 30,
          figures: {},
          ratio: toPortkey,
        },
        {
          ...base,
          what: 'pace of 64 callers, closed loop',
          unit: 'calls/s',
          figures: figures(pace),
          ratio: ratioOf('× nginx', pace.freehold, pace.nginx),
        },
        {
          ...base,
          what: 'payloads dropped behind them',
          unit: '',
          goal: '0',
          holds: atMost(lost.freehold, 0),
          figures: lost,
        },
      ],
    }
  },
}
