import { expect, test } from 'bun:test'
import { AlarmTally } from './alarm-tally.ts'

test('what two threads have raised is over when both say so', () => {
  const { tally, open } = aTally()
  const [first, second] = [tally.of(0), tally.of(1)]
  first.raise('provider_down', 'acme/echo', 'down')
  second.raise('provider_down', 'acme/echo', 'down')
  second.raise('provider_key', 'acme', 'refused')
  first.resolve('provider_down', 'acme/echo')
  expect(open()).toEqual(['provider_down acme/echo', 'provider_key acme'])
  second.resolve('provider_down', 'acme/echo')
  expect(open()).toEqual(['provider_key acme'])
})

test('what a thread alone had raised is over when it has died', () => {
  const { tally, open } = aTally()
  tally.of(1).raise('overloaded', 'gateway', 'late')
  tally.of(2).raise('provider_down', 'acme/echo', 'down')
  tally.of(1).raise('provider_down', 'acme/echo', 'down')
  tally.leave(1)
  expect(open()).toEqual(['provider_down acme/echo'])
})

test('what was raised before anybody counted can be resolved', () => {
  const { tally, open, alarms } = aTally()
  alarms.raise('provider_down', 'acme/echo')
  tally.of(0).resolve('provider_down', 'acme/echo')
  expect(open()).toEqual([])
})

function aTally() {
  const raised = new Set<string>()
  const alarms = {
    raise: (kind: string, subject: string) => void raised.add(`${kind} ${subject}`),
    resolve: (kind: string, subject: string) => void raised.delete(`${kind} ${subject}`),
  }
  return { tally: new AlarmTally(alarms), alarms, open: () => [...raised] }
}
