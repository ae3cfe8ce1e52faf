import { expect, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import { gatewayOverloaded } from '../../core/errors.ts'
import { newCallId } from '../../core/ids.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import type { Urgency } from '../limits/shedding.ts'
import { handle } from './handle.ts'
import type { Parts } from './parts.ts'
import type { ApiKey } from './snapshot.ts'
import type { Incoming } from './trip.ts'

test('what is turned away for too much to do costs nothing: not even its body is read', async () => {
  const asked: Urgency[] = []
  const shedding = {
    admit: (urgency: Urgency) => {
      asked.push(urgency)
      throw gatewayOverloaded().after(1_000)
    },
  }
  let bodies = 0
  const incoming: Incoming = {
    id: newCallId(),
    dialect: openaiChat,
    credential: null,
    key: { id: 'web' } as ApiKey,
    header: () => null,
    readCall: () => {
      bodies += 1
      return Promise.reject(new Error('read'))
    },
    departure: new Departure(),
    arrivedUs: 0,
    ended: () => {},
  }
  const parts = { shedding } as unknown as Parts
  for (const each of [incoming, { ...incoming, urgency: 'batch' } as const]) {
    const error = await handle(each, parts).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'gateway_overloaded', status: 503, retryAfterMs: 1_000 })
  }
  expect([asked, bodies]).toEqual([['interactive', 'batch'], 0])
})
