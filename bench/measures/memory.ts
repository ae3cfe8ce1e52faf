import { load } from '../harness/load.ts'
import { residentMb } from '../harness/proc.ts'
import { plainBody } from '../load/target.ts'
import type { Subject } from '../subjects/subject.ts'
import { median } from '../harness.ts'
import { atMost, figures, lists, type Measure } from './measure.ts'

export const memory: Measure = {
  says: 'memory idle, at work and afterwards; cold start',
  seconds: [60, 15],
  run: async (scene) => {
    const of = { cold: lists(), idle: lists(), steady: lists(), recovered: lists() }
    const seconds = scene.quick ? 1.5 : 5
    const running: Subject[] = []
    try {
      for (const name of scene.present) {
        const starts = scene.quick || name === 'litellm' ? 1 : 5
        for (let at = 1; at <= starts; at += 1) {
          const began = performance.now()
          const subject = await scene.fresh(name)
          of.cold[name].push((performance.now() - began) / 1_000)
          if (at < starts) await subject.end()
          else running.push(subject)
        }
      }
      scene.tell('started')
      await Bun.sleep(scene.quick ? 1_000 : 3_000)
      for (const { name, pid } of running) of.idle[name].push(residentMb(pid))
      for (const { name, pid, target } of running) {
        const to = target('plain')
        const body = plainBody(to.model)
        const seen: number[] = []
        const looking = setInterval(() => seen.push(residentMb(pid)), 200)
        await load('closed', { target: to, body, connections: 32, seconds })
        clearInterval(looking)
        // The second half of the time: what it takes at work, not while it grows into it.
        of.steady[name].push(median(seen.slice(seen.length >> 1)))
        scene.tell(name)
      }
      await Bun.sleep(scene.quick ? 2_000 : 10_000)
      for (const { name, pid } of running) of.recovered[name].push(residentMb(pid))
    } finally {
      for (const subject of running) await subject.end()
    }
    const idle = figures(of.idle)
    const cold = figures(of.cold)
    const row = { unit: 'MB', goal: null, holds: null, ratio: null }
    return {
      conditions: {
        idle: 'after the first call and some seconds of rest',
        at_work: `median over the second half of ${seconds} s with 32 callers`,
        afterwards: 'after 10 s without a call (2 s in a quick run)',
        cold_start: 'from the spawn to the first call that is answered with 200',
      },
      rows: [
        {
          ...row,
          what: 'memory idle',
          goal: '<= 70',
          holds: atMost(idle.freehold, 70),
          figures: idle,
        },
        { ...row, what: '  at work', figures: figures(of.steady) },
        { ...row, what: '  afterwards', figures: figures(of.recovered) },
        {
          ...row,
          what: 'cold start, spawn to first 200',
          unit: 's',
          goal: '<= 0.25',
          holds: atMost(cold.freehold, 0.25),
          figures: cold,
        },
      ],
    }
  },
}
