import { z } from 'zod'
import { type CallFacts, startTown, type Town } from './town.ts'

/**
 * For SDKs that speak to every vendor: a vendor of each dialect. `acme` speaks chat completions, `birch`
 * Anthropic's messages, `cedar` Gemini's, `dover` Responses.
 */
export const vendors = ['acme', 'birch', 'cedar', 'dover'] as const

export const apiKey = 'web-secret-0123456789'

export function startFourVendors(): Promise<Town> {
  return startTown({
    config: `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}', api_key: acme-key-0123456789 }
  birch: { type: anthropic-compatible, base_url: '{{birch}}', api_key: birch-key-0123456789 }
  cedar: { type: gemini-compatible, base_url: '{{cedar}}', api_key: cedar-key-0123456789 }
  dover: { type: openai-responses-compatible, base_url: '{{dover}}', api_key: dover-key-0123456789 }
tasks:
  hello: acme/small
keys:
  - { id: web, secret: ${apiKey} }
prices:
  acme/echo: { input: 1, output: 2 }
  birch/echo: { input: 3, output: 15 }
  cedar/echo: { input: 0.30, output: 2.50 }
  dover/echo: { input: 1.25, output: 10 }
`,
    vendors: {
      acme: { key: 'acme-key-0123456789' },
      birch: { key: 'birch-key-0123456789' },
      cedar: { key: 'cedar-key-0123456789' },
      // The ids of its answers must differ from those of others.
      dover: { key: 'dover-key-0123456789', seed: 11 },
    },
  })
}

/** What the vendors are asked to describe. */
export const place = z.object({
  name: z.string(),
  size: z.number().int().min(1),
  note: z.string().nullable(),
})

/** A PNG of one point. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** The calls of a session, once they are on the ledger. */
export async function callsOf(town: Town, session: string): Promise<readonly CallFacts[]> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { calls } = await town.api<{ calls: CallFacts[] }>(`/api/calls?session=${session}`)
    if (calls.length > 0) return calls
    await Bun.sleep(20)
  }
  throw new Error(`no call of session ${session} came to the ledger`)
}

/** What a request was rejected with; null when it was not. */
export async function rejected(request: PromiseLike<unknown>): Promise<unknown> {
  try {
    await request
    return null
  } catch (error) {
    return error
  }
}
