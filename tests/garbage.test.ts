import { expect, test } from 'bun:test'
import { endAll } from '../bench/harness/processes.ts'
import { garbageOfACall } from '../bench/garbage.ts'

/** What a call makes with everything on, and a third more, because it hangs on what was compiled by then: whoever makes a call dearer than that says why. */
const objectsMax = 300

test('a plain call makes no more objects than it did', async () => {
  try {
    const { objects, byClass } = await garbageOfACall()
    expect(objects, JSON.stringify(byClass)).toBeLessThan(objectsMax)
    // So that nothing is counted that is no call.
    expect(byClass['Request']).toBeCloseTo(1, 1)
  } finally {
    await endAll()
  }
}, 60_000)
