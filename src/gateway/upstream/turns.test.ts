import { expect, test } from 'bun:test'
import { Turns } from './turns.ts'

const turnOfLoop = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function aTurns() {
  const turns = new Turns()
  const told: string[] = []
  const wait = (name: string, then: () => void = () => {}): void =>
    turns.wait({
      looked() {
        told.push(name)
        then()
      },
    })
  return { told, wait }
}

test('whoever waits is told behind two turns, and no sooner', async () => {
  const { told, wait } = aTurns()
  await turnOfLoop()
  wait('one')
  await turnOfLoop()
  expect(told).toEqual([])
  await turnOfLoop()
  expect(told).toEqual(['one'])
  await turnOfLoop()
  expect(told).toEqual(['one'])
})

test('those who wait at the same time are told in their order', async () => {
  const { told, wait } = aTurns()
  for (const name of ['one', 'two', 'three']) wait(name)
  for (let turn = 0; turn < 3; turn += 1) await turnOfLoop()
  expect(told).toEqual(['one', 'two', 'three'])
})

test('who comes between two turns is not told with those who came before', async () => {
  const { told, wait } = aTurns()
  wait('early')
  await turnOfLoop()
  wait('late')
  await turnOfLoop()
  expect(told).toEqual(['early'])
  for (let turn = 0; turn < 2; turn += 1) await turnOfLoop()
  expect(told).toEqual(['early', 'late'])
})

test('who waits again while it is told waits for turns of its own', async () => {
  const { told, wait } = aTurns()
  wait('first', () => wait('again'))
  for (let turn = 0; turn < 3; turn += 1) await turnOfLoop()
  expect(told).toEqual(['first'])
  for (let turn = 0; turn < 3; turn += 1) await turnOfLoop()
  expect(told).toEqual(['first', 'again'])
})
