import { grown } from '../soak/inside.ts'
import { soak, strays } from '../soak/run.ts'
import { type Part, Wrongs } from './part.ts'

const perSecond = 100
const stretches = 4
/** By then the code is compiled, and what is made once has been made. */
const warmStretches = 2

export const leaks: Part = {
  says: 'aborted streams and faults leave nothing behind: no call, no timer, no object, no socket',
  count: 20_000,
  run: async ({ count, seed, tell }) => {
    const wrongs = new Wrongs()
    const { rests, counts, unsound, socketsLeft } = await soak({
      stretches,
      stretchMs: (count / stretches / perSecond) * 1_000,
      perSecond,
      seed,
      // Few enough that all of them are known after the first stretch: what is remembered of each is no leak.
      customers: 50,
      sampleMs: 1_000,
      speed: 0.3,
      tell: ({ stretch }) => tell(Math.round((count * stretch) / stretches)),
    })
    for (const rest of rests) {
      const { calls, activeCalls, openAtVendors } = rest
      const odd = strays(rest, rests[0]!)
      if (odd > 0) wrongs.add(`after ${calls} calls ${odd} sockets are nobody's`)
      if (activeCalls > 0) wrongs.add(`after ${calls} calls ${activeCalls} are still under way`)
      if (openAtVendors > 0) wrongs.add(`after ${calls} calls vendors see ${openAtVendors} open`)
    }
    const warm = rests[warmStretches]!
    const last = rests.at(-1)!
    for (const each of grown(warm.inside, last.inside, last.calls - warm.calls)) {
      wrongs.add(`live objects, ${each}`)
    }
    if (socketsLeft > 0) wrongs.add(`${socketsLeft} sockets are left when everybody is gone`)
    for (const sentence of unsound) wrongs.add(sentence)
    return {
      wrong: wrongs.all(),
      figures: {
        ...counts,
        objects_warm: warm.inside.objects,
        objects_last: last.inside.objects,
        timers_last: last.inside.types['Timeout'] ?? 0,
        sockets_last: last.sockets,
        sockets_of_callers: last.fromCallers,
        sockets_kept_for_vendors: last.toVendors,
        sockets_left: socketsLeft,
      },
    }
  },
}
