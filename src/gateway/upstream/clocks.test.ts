import { afterEach, beforeEach, describe, expect, jest, test } from 'bun:test'
import type { GatewayError } from '../../core/errors.ts'
import { type ClockName, Clocks } from './clocks.ts'

const names = {
  connect: 'the connection',
  headers: 'the first headers',
  first_content: 'the first content',
  idle: 'the next part of the answer',
  total: 'the whole answer',
} satisfies Record<ClockName, string>

describe('clocks', () => {
  let struck: GatewayError[]
  let clocks: Clocks
  beforeEach(() => {
    jest.useFakeTimers()
    struck = []
    clocks = new Clocks('acme', (error) => struck.push(error))
  })
  afterEach(() => {
    jest.useRealTimers()
  })
  const messages = () => struck.map(({ message }) => message)

  test.each(Object.entries(names) as [ClockName, string][])(
    '%s strikes when its time is up, once, and says so',
    (name, words) => {
      clocks.start(name, 1_500)
      jest.advanceTimersByTime(1_499)
      expect([struck.length, clocks.isRunning(name)]).toEqual([0, true])
      jest.advanceTimersByTime(10_000)
      expect(messages()).toEqual([`acme did not answer in time: ${words} took longer than 1.5 s.`])
      expect([struck[0]!.code, clocks.isRunning(name)]).toEqual(['provider_timeout', false])
    },
  )

  test('what they limit may be told itself', () => {
    const limited = { struck: (error: GatewayError) => void struck.push(error) }
    new Clocks('acme', limited).start('idle', 150)
    jest.advanceTimersByTime(150)
    expect(struck).toHaveLength(1)
  })

  test('short limits are told in milliseconds', () => {
    clocks.start('idle', 150)
    jest.advanceTimersByTime(150)
    expect(messages()[0]).toContain('longer than 150 ms.')
  })

  test('a clock that was stopped does not strike, and the others do', () => {
    clocks.start('headers', 100)
    clocks.start('total', 200)
    clocks.stop('headers')
    clocks.stop('idle')
    jest.advanceTimersByTime(1_000)
    expect(messages()).toEqual([expect.stringContaining('the whole answer')])
  })

  test('a clock that is started again runs from the beginning', () => {
    clocks.start('idle', 100)
    jest.advanceTimersByTime(99)
    clocks.start('idle', 100)
    jest.advanceTimersByTime(99)
    expect(struck).toHaveLength(0)
    jest.advanceTimersByTime(1)
    expect(struck).toHaveLength(1)
  })

  test('without a limit there is no clock', () => {
    clocks.start('idle', undefined)
    expect([clocks.isRunning('idle'), jest.getTimerCount()]).toEqual([false, 0])
  })

  test('all of them can be stopped', () => {
    for (const name of Object.keys(names) as ClockName[]) clocks.start(name, 100)
    expect(jest.getTimerCount()).toBe(1)
    clocks.stopAll()
    expect([jest.getTimerCount(), clocks.isRunning('total')]).toEqual([0, false])
    jest.advanceTimersByTime(1_000)
    expect(struck).toHaveLength(0)
  })

  test('a limit that no timer can hold does not strike at once', () => {
    jest.useRealTimers()
    for (const limit of [2 ** 31, Number.POSITIVE_INFINITY]) clocks.start('total', limit)
    return Bun.sleep(5).then(() => {
      expect(struck).toHaveLength(0)
      clocks.stopAll()
    })
  })
})
