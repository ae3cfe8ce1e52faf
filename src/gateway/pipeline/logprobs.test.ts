import { expect, test } from 'bun:test'
import { type GatewayError, providerRefused } from '../../core/errors.ts'
import { readJsonObject } from '../../core/json.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import type { PricedStop } from './admit.ts'
import type { Answer } from './answer.ts'
import { withLogprobs } from './logprobs.ts'
import type { Parts } from './parts.ts'
import type { Trip } from './trip.ts'

/** Asks a provider that refuses some calls. @returns what came of it, and who is not asked for them again */
async function asked(refuses: (body: Readonly<Record<string, unknown>>) => boolean) {
  const withoutLogprobs = new Set<string>()
  const body = JSON.stringify({ model: 'task', messages: [{ role: 'user', content: 'Well?' }] })
  const trip = { call: openaiChat.readCall(readJsonObject(body)) } as Trip
  const stop = { provider: { id: 'acme' }, model: 'small' } as PricedStop
  const parts = { experiments: { withoutLogprobs } } as unknown as Parts
  const outcome = await withLogprobs(trip, stop, parts, async ({ call }) => {
    if (refuses(call.body.value)) throw providerRefused('acme', 'no')
    return { kind: 'whole' } as Answer
  }).then(
    ({ kind }) => kind as string,
    ({ code }: GatewayError) => code,
  )
  return [outcome, [...withoutLogprobs]]
}

test('a provider that refuses to say how sure it was is not asked for it again', async () => {
  expect(await asked((body) => body['logprobs'] === true)).toEqual(['whole', ['acme/small']])
  expect(await asked(() => false)).toEqual(['whole', []])
})

test('one that refuses the call itself has said nothing of that', async () => {
  expect(await asked(() => true)).toEqual(['provider_refused', []])
})
