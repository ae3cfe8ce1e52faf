import { garbageOfACall } from '../garbage.ts'
import { freeholdOn } from '../subjects/freehold.ts'
import { figures, type Measure } from './measure.ts'

const rounds = 3

/** What a call leaves to the collector: unlike its time it can be compared from one machine to another. */
export const objects: Measure = {
  says: 'objects that a plain call makes on the thread that serves it',
  seconds: [15, 6],
  run: async (scene) => {
    const counts: number[] = []
    let byClass: Readonly<Record<string, number>> = {}
    for (let round = 1; round <= (scene.quick ? 1 : rounds); round += 1) {
      const garbage = await garbageOfACall()
      counts.push(garbage.objects)
      byClass = garbage.byClass
      scene.tell(`round ${round}`)
    }
    return {
      conditions: { on: freeholdOn, by_class: byClass },
      rows: [
        {
          what: 'objects of a plain call',
          unit: 'objects',
          goal: null,
          holds: null,
          figures: figures({ freehold: counts }),
          ratio: null,
        },
      ],
    }
  },
}
