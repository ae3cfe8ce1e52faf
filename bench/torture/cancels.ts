import { startTown } from '../../tests/journeys/town.ts'
import { quantile } from '../harness.ts'
import { ask } from './client.ts'
import { chances, oneOf, type Part, Wrongs } from './part.ts'

const key = 'torture-secret-0123456789'

const config = `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
keys:
  - { id: web, secret: ${key} }
`

/** A vendor that is silent, before its headers, behind them, or in the middle of an answer. */
const silences = ['no-answer', 'headers-then-silence', 'stall-mid-stream']
/** A vendor that has not noticed by then never will. */
const noticedMs = 5_000

export const cancels: Part = {
  says: 'a client leaves while the vendor is silent: how long until the vendor sees it',
  count: 500,
  run: async ({ count, seed, tell }) => {
    const chance = chances(seed)
    const clock = (): number => performance.timeOrigin + performance.now()
    const vendors = { acme: { seed, waitMs: 60_000, now: clock } }
    const town = await startTown({ config, vendors })
    const wrongs = new Wrongs()
    try {
      const waits: number[] = []
      for (let index = 0; index < count; index += 1) {
        const leaving = new AbortController()
        const marker = `call-${index}-`
        const asking = ask({
          url: town.url,
          key,
          marker,
          model: `acme/fault/${oneOf(silences, chance)}`,
          stream: true,
          signal: leaving.signal,
        })
        const vendor = town.vendors['acme']!
        const entry = () => vendor.history(index).find(({ body }) => body.includes(marker))
        while (!entry()) await Bun.sleep(1)
        await Bun.sleep(chance() * 20)
        const left = clock()
        leaving.abort()
        await asking
        while ((entry()?.endedAt ?? null) === null && clock() - left < noticedMs) await Bun.sleep(1)
        const ended = entry()?.endedAt ?? null
        if (ended === null) wrongs.add(`${marker}: the vendor never saw that its client left`)
        else waits.push(ended - left)
        tell(index + 1)
      }
      const ms = (share: number): number => Number(quantile(waits, share).toFixed(2))
      return {
        wrong: wrongs.all(),
        figures: { cancels: waits.length, p50_ms: ms(0.5), p99_ms: ms(0.99), max_ms: ms(1) },
      }
    } finally {
      await town.close()
    }
  },
}
