import { load } from '../harness/load.ts'
import { residentMb } from '../harness/proc.ts'
import { atMost, figures, lists, type Measure } from './measure.ts'

const probesPerSecond = 200

/** Thousands of slow streams at once, every event of each counted, with short ones beside them. */
export const openStreams: Measure = {
  says: 'thousands of open streams: no event lost, and the first token of others',
  seconds: [65, 20],
  run: async (scene) => {
    const streams = scene.quick ? 1_000 : 5_000
    const opensPerSecond = scene.quick ? 500 : 700
    const everyMs = 1_000
    // The last is open for some seconds before the first ends.
    const count = Math.ceil(streams / opensPerSecond) + (scene.quick ? 4 : 20)
    const p50 = lists()
    const p99 = lists()
    const lost = lists()
    const whole = lists()
    const grown = lists()
    const details: Record<string, object> = {}
    for (const name of scene.among('freehold', 'nginx')) {
      const subject = await scene.fresh(name)
      try {
        const before = residentMb(subject.pid)
        let most = before
        const looking = setInterval(() => {
          most = Math.max(most, residentMb(subject.pid))
        }, 500)
        const result = await load('streams', {
          target: subject.target('stream'),
          streams,
          opensPerSecond,
          pattern: { events: count, everyMs, firstMs: 0 },
          windowSeconds: null,
          probes: {
            direct: scene.direct('stream'),
            perSecond: probesPerSecond,
            seconds: 2,
            rounds: scene.quick ? 1 : 7,
          },
        })
        clearInterval(looking)
        const { probeMs } = result
        p50[name].push(...probeMs.map(({ target, direct }) => target.p50 - direct.p50))
        p99[name].push(...probeMs.map(({ target, direct }) => target.p99 - direct.p99))
        lost[name].push(result.lost)
        whole[name].push(result.whole)
        grown[name].push(((most - before) * 1_024) / streams)
        details[name] = result
      } finally {
        await subject.end()
      }
      scene.tell(name)
    }
    const shown = { lost: figures(lost), p99: figures(p99), whole: figures(whole) }
    const all = (shown.whole.freehold?.median ?? 0) === streams
    const row = { unit: 'ms', goal: null, holds: null, ratio: null }
    return {
      conditions: {
        streams,
        events_of_each: count,
        every_ms: everyMs,
        opens_per_second: opensPerSecond,
        probes: `${probesPerSecond} a second, by turns through the gateway and straight to the vendor while all are open, in rounds of 2 s; figures are of rounds, because a shared machine may take a core for a while every few seconds`,
        details,
      },
      rows: [
        {
          ...row,
          what: `${streams.toLocaleString('en-US')} open streams: read to their end`,
          unit: '',
          goal: `${streams.toLocaleString('en-US')}`,
          holds: all,
          figures: shown.whole,
        },
        {
          ...row,
          what: '  events lost or out of order',
          unit: '',
          goal: '0',
          holds: atMost(shown.lost.freehold, 0),
          figures: shown.lost,
        },
        { ...row, what: '  added TTFT beside them: p50', figures: figures(p50) },
        {
          ...row,
          what: '  added TTFT beside them: p99',
          goal: '<= 2',
          holds: atMost(shown.p99.freehold, 2),
          figures: shown.p99,
        },
        { ...row, what: '  memory for each stream', unit: 'kB', figures: figures(grown) },
      ],
    }
  },
}
