import { freeholdOn } from '../subjects/freehold.ts'
import { load } from '../harness/load.ts'
import { cpuUs } from '../harness/proc.ts'
import { plainBody } from '../load/target.ts'
import { atMost, figures, lists, type Measure, ratioOf } from './measure.ts'

const connections = 64

/** CPU of everything that the process does for a call, and the pace of 64 callers who never pause. */
export const plain: Measure = {
  says: 'CPU per plain call, all threads and children',
  seconds: [130, 35],
  run: async (scene) => {
    const rounds = scene.quick ? 2 : 5
    const seconds = scene.quick ? 1 : 1.5
    // A runtime that compiles while it runs does so for some ten thousand calls.
    const warmSeconds = scene.quick ? 3 : 15
    const { present } = scene
    const cpu = lists()
    const pace = lists()
    let failed = 0
    for (const name of present) {
      const { target } = await scene.subject(name)
      const body = plainBody(target('plain').model)
      await load('closed', { target: target('plain'), body, connections, seconds: warmSeconds })
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
        warm_up_seconds: warmSeconds,
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
