import { describe, expect, test } from 'bun:test'
import { type Filler, Outflow } from './outflow.ts'

describe('an outflow', () => {
  test('is filled as fast as it is read, by one function', async () => {
    const { readable, made } = pieces(100)
    const reader = readable.getReader()
    for (let count = 1; count <= 3; count += 1) {
      expect(await reader.read()).toEqual({ value: Uint8Array.of(count), done: false })
      await Bun.sleep(0)
      expect(made()).toBe(count + 1) // the next one waits
    }
  })

  test('ends behind its last bytes', async () => {
    const { readable } = pieces(5)
    expect(await new Response(readable).bytes()).toEqual(Uint8Array.of(1, 2, 3, 4, 5))
  })

  test('tells that its reader has left, and takes what comes later for nothing', async () => {
    let leavings = 0
    let given: Outflow | null = null
    const outflow = new Outflow({
      fill: async (flow) => {
        given = flow
      },
      left: () => {
        leavings += 1
      },
    })
    const reader = outflow.readable().getReader()
    await Bun.sleep(0)
    await reader.cancel()
    expect(leavings).toBe(1)
    outflow.put(Uint8Array.of(1))
    outflow.end()
    outflow.cut(new Error('late'))
    expect([given === outflow, outflow.full]).toEqual([true, true])
  })

  test('that is cut does not look as if it had come to its end', async () => {
    const filler: Filler = {
      fill: async (outflow) => {
        outflow.put(Uint8Array.of(1))
        await outflow.asked()
        outflow.cut(new Error('broken'))
      },
      left: () => {},
    }
    const reader = new Outflow(filler).readable().getReader()
    expect(await reader.read()).toEqual({ value: Uint8Array.of(1), done: false })
    await expect(reader.read()).rejects.toThrow('broken')
  })
})

test('a reader who takes nothing of what is there is given up, one who is slow is not', async () => {
  const many = (untakenMs: number) => {
    let leavings = 0
    const filler: Filler = {
      fill: async (flow) => {
        for (let count = 0; count < 8; count += 1) {
          flow.put(Uint8Array.of(count))
          if (flow.full) await flow.asked()
        }
        flow.end()
      },
      left: () => {
        leavings += 1
      },
    }
    const readable = new Outflow(filler, untakenMs).readable()
    return { reader: readable.getReader(), leavings: () => leavings }
  }
  const idle = many(20)
  await idle.reader.read()
  await Bun.sleep(120)
  expect(idle.leavings()).toBe(1)
  await expect(idle.reader.read().then(() => idle.reader.read())).rejects.toThrow()
  const slow = many(100)
  let taken = 0
  while (!(await slow.reader.read()).done) {
    taken += 1
    await Bun.sleep(50)
  }
  expect([taken, slow.leavings()]).toEqual([8, 0])
})

test('a fault of who fills it cuts it, and nobody waits for ever', async () => {
  const filler: Filler = {
    fill: async (outflow) => {
      outflow.put(Uint8Array.of(1))
      throw new Error('a bug')
    },
    left: () => {},
  }
  const reader = new Outflow(filler).readable().getReader()
  await expect(reader.read().then(() => reader.read())).rejects.toThrow('a bug')
})

/** One byte each, and how many of them were made. */
function pieces(count: number): { readable: ReadableStream<Uint8Array>; made: () => number } {
  let made = 0
  const outflow = new Outflow({
    fill: async (flow) => {
      while (made < count) {
        made += 1
        flow.put(Uint8Array.of(made))
        if (flow.full) await flow.asked()
      }
      flow.end()
    },
    left: () => {},
  })
  return { readable: outflow.readable(), made: () => made }
}
