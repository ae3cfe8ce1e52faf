import { CpuWatch, load } from '../harness/load.ts'
import type { Name } from '../subjects/subject.ts'
import { atMost, figures, lists, type Measure, ratioOf } from './measure.ts'

/** A model that writes fifty tokens a second, each an event. */
const everyMs = 20
/** They take long to open 200 streams, and are measured once. */
const slowStarters: ReadonlySet<Name> = new Set(['portkey', 'litellm'])
/** Open while compilers and caches warm. */
const warmOpen = { quick: 100, slow: 20 } as const

const sizes = [
  { open: 20, goal: 35 },
  { open: 200, goal: 30 },
] as const

export const events: Measure = {
  says: 'CPU per streamed event at 20 and at 200 open streams',
  seconds: [150, 30],
  run: async (scene) => {
    const rounds = scene.quick ? 1 : 3
    const windowSeconds = scene.quick ? 1.5 : 3
    const cpu = { 20: lists(), 200: lists() }
    const perSecond = { 20: lists(), 200: lists() }
    const warmSeconds = scene.quick ? 1 : 12
    const pattern = { events: 1_000_000, everyMs, firstMs: 0 }
    let lost = 0
    for (const name of scene.present) {
      const { target } = await scene.subject(name)
      const streams = slowStarters.has(name) ? warmOpen.slow : warmOpen.quick
      const opened = { target: target('stream'), streams, opensPerSecond: 200, pattern }
      await load('streams', { ...opened, windowSeconds: warmSeconds })
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const { open } of sizes) {
        for (const name of scene.present) {
          if (round > 1 && slowStarters.has(name)) continue
          const subject = await scene.subject(name)
          const watch = new CpuWatch(subject.pid)
          const result = await load(
            'streams',
            {
              target: subject.target('stream'),
              streams: open,
              opensPerSecond: 200,
              pattern,
              windowSeconds,
            },
            watch,
          )
          cpu[open][name].push(watch.us / result.events)
          perSecond[open][name].push(result.events / result.seconds)
          lost += result.lost
        }
      }
      scene.tell(`round ${round} of ${rounds}`)
    }
    return {
      conditions: {
        rounds,
        window_seconds: windowSeconds,
        every_ms: everyMs,
        warm_up: `${warmSeconds} s of ${warmOpen.quick} streams; ${warmOpen.slow} where opening takes long`,
        lost,
        counted: 'in a window in which all streams are open, without opening and closing',
      },
      rows: sizes.flatMap(({ open, goal }) => {
        const shown = figures(cpu[open])
        return [
          {
            what: `CPU per streamed event, ${open} open streams`,
            unit: 'µs',
            goal: `<= ${goal}`,
            holds: atMost(shown.freehold, goal),
            figures: shown,
            ratio: ratioOf('× nginx', cpu[open].freehold, cpu[open].nginx),
          },
          {
            what: `  events that came (due: ${(open * 1_000) / everyMs})`,
            unit: '1/s',
            goal: null,
            holds: null,
            figures: figures(perSecond[open]),
            ratio: null,
          },
        ]
      }),
    }
  },
}
