import { expect, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import { callerLeft } from '../../core/errors.ts'
import { CacheFlights, landed } from './cache-flights.ts'
import type { KeptAnswer } from './keeping.ts'

const answer = { callId: 'first', body: 'yes' } as KeptAnswer

test('who comes while a call is under way gets its answer, and who comes later leads anew', async () => {
  const flights = new CacheFlights()
  expect(flights.find('a')).toBeUndefined()
  const tell = flights.lead('a')
  const waiting = [1, 2, 3].map(() => landed(flights.find('a')!, new Departure()))
  expect(flights.find('b')).toBeUndefined()
  tell(answer)
  expect(await Promise.all(waiting)).toEqual([answer, answer, answer])
  expect(flights.find('a')).toBeUndefined()
})

test('a caller who leaves waits no longer, and the others do', async () => {
  const flights = new CacheFlights()
  const tell = flights.lead('a')
  const leaving = new Departure()
  const left = landed(flights.find('a')!, leaving).catch((error: unknown) => error)
  const stays = landed(flights.find('a')!, new Departure())
  leaving.leave(callerLeft())
  expect(await left).toMatchObject({ code: 'caller_left' })
  tell(null)
  expect(await stays).toBeNull()
})
