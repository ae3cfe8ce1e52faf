import { describe, expect, test } from 'bun:test'
import { Departure } from './departure.ts'
import { callerLeft, hedgeLost, shuttingDown } from './errors.ts'

describe('branches of a departure', () => {
  test('each hears of it, besides whoever listens to the whole', () => {
    const heard: string[] = []
    const departure = new Departure()
    const branches = [departure.branch(), departure.branch()]
    departure.listen(() => heard.push('whole'))
    for (const [place, branch] of branches.entries()) branch.listen(() => heard.push(`${place}`))
    departure.leave(callerLeft())
    expect(heard).toEqual(['whole', '0', '1'])
    expect(branches.map(({ reason }) => reason?.code)).toEqual(['caller_left', 'caller_left'])
  })

  test('one that is told alone leaves the others, and keeps its reason', () => {
    const departure = new Departure()
    const [one, other] = [departure.branch(), departure.branch()]
    one.leave(hedgeLost('acme/large'))
    expect([departure.reason, other.reason]).toEqual([null, null])
    departure.leave(shuttingDown())
    expect([one.reason?.code, other.reason?.code]).toEqual(['hedge_lost', 'shutting_down'])
  })

  test('one that is made too late has heard', () => {
    const departure = new Departure()
    departure.leave(callerLeft())
    expect(() => departure.branch().throwIfLeft()).toThrow(callerLeft().message)
  })
})

test('who listens may be told itself, and is no more once nobody listens', () => {
  const heard: (string | undefined)[] = []
  const listener = { left: ({ code }: { code: string }) => void heard.push(code) }
  const [one, other] = [new Departure(), new Departure()]
  one.listen(listener)
  one.leave(callerLeft())
  other.listen(listener)
  other.listen(null)
  other.leave(shuttingDown())
  other.listen(listener)
  expect(heard).toEqual(['caller_left', 'shutting_down'])
})
