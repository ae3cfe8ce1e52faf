import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { makeTable, SharedTable } from './shared-table.ts'

const one = { fields: 1 } as const
const never = (): boolean => false

test('whatever is made and given away, each name finds its own slot and no other', () => {
  const step = fc.record({ name: fc.nat(40), rests: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const shape = { ...one, slots: 16 }
      const table = new SharedTable(makeTable(shape), shape, 0)
      const alive = new Map<string, number>()
      let count = 0
      for (const { name: number, rests } of steps) {
        const name = `customer ${number}`
        if (table.find(name) === -1) {
          const gone = alive.keys().next().value
          const isAtRest = (slot: number): boolean =>
            rests && gone !== undefined && table.number(slot, 0) === alive.get(gone)
          if (alive.size === 16 && !rests) {
            expect(() => table.make(name, isAtRest)).toThrow('More than 16')
            continue
          }
          const slot = table.make(name, isAtRest)
          if (alive.size === 16) alive.delete(gone!)
          count += 1
          table.setNumber(slot, 0, count)
          alive.set(name, count)
        }
        for (const [each, value] of alive) expect(table.number(table.find(each), 0)).toBe(value)
      }
      expect(table.size).toBeLessThanOrEqual(16)
    }),
  )
})

test('two threads find each other’s names', () => {
  const shape = { ...one, slots: 1_024 }
  const memory = makeTable(shape)
  const [here, there] = [new SharedTable(memory, shape, 0), new SharedTable(memory, shape, 1)]
  for (let number = 0; number < 800; number += 1) {
    const maker = number % 2 === 0 ? here : there
    maker.setNumber(maker.make(`key ${number}`, never), 0, number)
  }
  for (let number = 0; number < 800; number += 1) {
    for (const table of [here, there]) {
      expect(table.number(table.find(`key ${number}`), 0)).toBe(number)
    }
  }
  expect(here.find('key 800')).toBe(-1)
})

test('a slot that was given to another name is not found under the old one, which a thread may remember', () => {
  const shape = { ...one, slots: 2 }
  const memory = makeTable(shape)
  const [here, there] = [new SharedTable(memory, shape, 0), new SharedTable(memory, shape, 1)]
  here.make('first', never)
  here.make('second', never)
  expect(there.find('first')).toBe(0)
  here.make('third', (slot) => slot === 0)
  expect([there.find('first'), there.find('second'), there.find('third')]).toEqual([-1, 1, 0])
})

test('a full table gives nothing away that is in use, and says so', () => {
  const shape = { ...one, slots: 4 }
  const table = new SharedTable(makeTable(shape), shape, 0)
  for (const name of ['a', 'b', 'c', 'd']) table.make(name, never)
  expect(() => table.make('e', never)).toThrow(
    expect.objectContaining({ code: 'limits_full', status: 503 }),
  )
})
