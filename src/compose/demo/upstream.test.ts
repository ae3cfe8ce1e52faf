import { expect, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import type { UpstreamRequest } from '../../gateway/upstream/upstream.ts'
import { DemoUpstream } from './upstream.ts'

test('an address that somebody edits into the demo is not asked', async () => {
  const upstream = new DemoUpstream()
  const request: UpstreamRequest = {
    provider: 'acme',
    url: 'https://api.acme.example/v1/chat/completions',
    headers: {},
    body: '{}',
    limits: {
      connect: 1_000,
      headers: undefined,
      firstContent: undefined,
      idle: undefined,
      total: 1_000,
    },
    departure: new Departure(),
  }
  await expect(upstream.open(request)).rejects.toThrow(
    'the demo asks nobody outside of this machine',
  )
  upstream.close()
})
