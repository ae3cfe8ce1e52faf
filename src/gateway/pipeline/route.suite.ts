import { instant } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { seeded } from '../../core/random.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { Latencies } from '../health/latencies.ts'
import { Affinity } from './affinity.ts'
import type { Parts } from './parts.ts'
import { route } from './route.ts'
import { TokenRatios } from './token-ratio.ts'
import type { Trip } from './trip.ts'

export const routedAt = instant('2026-11-22T00:00:00Z')

export type Router = (
  model: string,
  more?: Partial<Trip>,
  content?: string,
) => ReturnType<typeof route>

/**
 * Routes chat calls that ask for nothing but a model, by a snapshot of which only the tasks, providers and
 * catalog are needed.
 * @param snapshot  the same object is the same configuration
 * @param experiments  what runs beside a task; nothing does without it
 */
export function routerOf(snapshot: object, experiments: object = {}): Router {
  const parts = {
    random: seeded(1),
    tokenRatios: new TokenRatios(),
    affinity: new Affinity(() => 0),
    latencies: new Latencies(() => 0),
    experiments: { drills: { of: () => null }, ...experiments },
  } as unknown as Parts
  return (model, more = {}, content = 'words') => {
    const body = JSON.stringify({ model, messages: [{ role: 'user', content }] })
    const trip = {
      id: 'a call',
      at: routedAt,
      call: openaiChat.readCall(readJsonObject(body)),
      key: { id: 'web', role: 'caller', tasks: null },
      attribution: { session: null, customer: null, feature: null },
      header: () => null,
      pinnedTo: null,
      wantedAt: null,
      conversation: null,
      snapshot,
      ...more,
    } as unknown as Trip
    return route(trip, parts)
  }
}
