import { startTown } from '../../tests/journeys/town.ts'
import { statusOf } from './client.ts'
import { type Part, type PartResult, together, Wrongs } from './part.ts'

const key = 'torture-secret-0123456789'
const affordable = 100
const atOnce = 500
const tokens = 10

/** Ten tokens at a dollar a million are ten millionths of a dollar, and nothing else costs anything. */
const config = (workers: number): string => `
server: { workers: ${workers} }
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
keys:
  - { id: web, secret: ${key} }
customers:
  default: { budget: { limit: 0.001 USD, per: total } }
prices:
  acme/small: { input: 0, output: 1 }
`

export const budgets: Part = {
  says: 'a budget for exactly 100 calls, 500 at once: 100 are let in, every time, by one thread and by four',
  count: 1_000,
  run: (options) => together([1, 4], options, runWith),
}

async function runWith(
  workers: number,
  count: number,
  seed: number,
  tell: (done: number) => void,
): Promise<PartResult> {
  const town = await startTown({
    config: config(workers),
    vendors: { acme: { seed, speed: 0.05 } },
  })
  try {
    const wrongs = new Wrongs()
    let served = 0
    for (let run = 0; run < count; run += 1) {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'x-freehold-customer': `customer-${seed}-${run}`,
      }
      const body = JSON.stringify({
        model: 'acme/small',
        max_tokens: tokens,
        messages: [{ role: 'user', content: 'tell me of the sea' }],
      })
      const url = `${town.url}/v1/chat/completions`
      const statuses = await Promise.all(
        Array.from({ length: atOnce }, () => statusOf(url, headers, body)),
      )
      const admitted = statuses.filter((status) => status === 200).length
      const refused = statuses.filter((status) => status === 402).length
      served += admitted
      if (admitted !== affordable || refused !== atOnce - affordable) {
        const others = [...new Set(statuses)].join(', ')
        wrongs.add(
          `${workers} threads, run ${run}: ${admitted} were let in, ${refused} refused (statuses ${others})`,
        )
      }
      tell(run + 1)
    }
    // A second way to count: what the customers' money came to.
    const { total } = await town.api<{ total: { cost_usd: string } }>(
      '/api/costs?by=provider&provider=acme',
    )
    const due = (served * tokens) / 1e6
    if (Math.abs(Number(total.cost_usd) - due) > 1e-9)
      wrongs.add(`the ledger has ${total.cost_usd} USD for ${served} calls of ${tokens} tokens`)
    return { wrong: wrongs.all(), figures: { runs: count, at_once: atOnce, admitted: served } }
  } finally {
    await town.close()
  }
}
