import { load } from '../harness/load.ts'
import { descriptorsOf, residentMb } from '../harness/proc.ts'
import { freePort } from '../harness/processes.ts'
import { atMost, figures, lists, type Measure } from './measure.ts'

export const aborts: Measure = {
  says: 'an abort storm: streams opened and left',
  seconds: [70, 18],
  run: async (scene) => {
    /** Portkey and LiteLLM come to a standstill at the rate of the others. */
    const sizes = {
      fast: { streams: scene.quick ? 400 : 2_000, perSecond: scene.quick ? 200 : 300 },
      slow: { streams: scene.quick ? 60 : 200, perSecond: 40 },
    }
    const speeds = { freehold: 'fast', nginx: 'fast', portkey: 'slow', litellm: 'slow' } as const
    const restMs = scene.quick ? 500 : 2_000
    const of = {
      p50: lists(),
      p99: lists(),
      silent: lists(),
      unseen: lists(),
      begun: lists(),
      sockets: lists(),
      memory: lists(),
    }
    for (const name of scene.present) {
      const { streams, perSecond } = sizes[speeds[name]]
      const vendorPort = await freePort()
      const subject = await scene.fresh(name, { stream: vendorPort })
      try {
        const target = subject.target('stream')
        // A first small one, so that memory and sockets are compared with those of a gateway that has worked.
        await load('storm', { target, vendorPort, streams: 30, perSecond: 40 })
        await Bun.sleep(restMs)
        const before = { sockets: descriptorsOf(subject.pid).sockets, mb: residentMb(subject.pid) }
        const result = await load('storm', { target, vendorPort, streams, perSecond })
        await Bun.sleep(restMs)
        of.p50[name].push(result.closeMs.p50)
        of.p99[name].push(result.closeMs.p99)
        of.silent[name].push(result.silentMs.p99)
        of.unseen[name].push(result.unseen)
        of.begun[name].push(result.left)
        of.sockets[name].push(descriptorsOf(subject.pid).sockets - before.sockets)
        of.memory[name].push(residentMb(subject.pid) - before.mb)
      } finally {
        await subject.end()
      }
      scene.tell(name)
    }
    const p99 = figures(of.p99)
    const silent = figures(of.silent)
    const unseen = figures(of.unseen)
    const sockets = figures(of.sockets)
    const row = { unit: 'ms', goal: null, holds: null, ratio: null }
    return {
      conditions: {
        sizes,
        of_each: speeds,
        left: 'up to 50 ms after the first event; half of the vendors are silent by then',
        measured: "from the client's close to that of the vendor's socket, both in one process",
        looked_at_ms_after: restMs,
      },
      rows: [
        { ...row, what: 'abort storm: vendor socket closed, p50', figures: figures(of.p50) },
        { ...row, what: '  streams that were left', unit: '', figures: figures(of.begun) },
        { ...row, what: '  p99', goal: '<= 10', holds: atMost(p99.freehold, 10), figures: p99 },
        {
          ...row,
          what: '  p99 where the vendor is silent',
          goal: '<= 10',
          holds: atMost(silent.freehold, 10),
          figures: silent,
        },
        {
          ...row,
          what: '  not closed within 5 s',
          unit: '',
          goal: '0',
          holds: atMost(unseen.freehold, 0),
          figures: unseen,
        },
        {
          ...row,
          what: '  sockets left',
          unit: '',
          goal: '0',
          holds: atMost(sockets.freehold, 0),
          figures: sockets,
        },
        {
          ...row,
          what: '  memory after, more than before',
          unit: 'MB',
          figures: figures(of.memory),
        },
      ],
    }
  },
}
