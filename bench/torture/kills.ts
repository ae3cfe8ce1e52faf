import { startTown } from '../../tests/journeys/town.ts'
import { callsOn } from './checker.ts'
import { ask, type Received } from './client.ts'
import { unsound } from './faults.ts'
import { chances, type Part, type PartResult, together, Wrongs } from './part.ts'

const key = 'torture-secret-0123456789'

const config = (workers: number): string => `
server: { workers: ${workers} }
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
keys:
  - { id: web, secret: ${key} }
prices:
  acme/small: { input: 3, output: 15 }
`

const clients = 24
/** A gateway lives this long at least, and up to three times as long. */
const lifeMs = 60

export const kills: Part = {
  says: 'kill -9 at random moments under load, of one thread and of two: nothing that a client received is missing',
  count: 200,
  run: (options) => together([1, 2], options, runWith),
}

async function runWith(
  workers: number,
  count: number,
  seed: number,
  tell: (done: number) => void,
): Promise<PartResult> {
  const chance = chances(seed)
  const town = await startTown({
    config: config(workers),
    vendors: { acme: { seed, speed: 0.02 } },
  })
  try {
    const received: Received[] = []
    let asked = 0
    const stopping = new AbortController()
    /** Clients wait here while the gateway is being started again. */
    let up = Promise.resolve()
    const client = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        await up
        asked += 1
        const marker = `call-${asked}-`
        received.push(
          await ask({ url: town.url, key, marker, model: 'acme/small', stream: chance() < 0.5 }),
        )
      }
    }
    const load = Promise.all(Array.from({ length: clients }, client))
    let killed = 0
    try {
      for (; killed < count; killed += 1) {
        await Bun.sleep(lifeMs + chance() * 2 * lifeMs)
        const down = Promise.withResolvers<void>()
        up = down.promise
        try {
          await town.end('SIGKILL')
          await town.restart()
        } finally {
          down.resolve()
        }
        tell(killed + 1)
      }
    } finally {
      stopping.abort()
      await load
    }
    const calls = await callsOn(town)
    const wrongs = new Wrongs()
    const whole = received.filter((each) => each.status === 200 && each.whole)
    for (const { marker, id, usage } of whole) {
      const call = id === null ? undefined : calls.get(id)
      if (!call) {
        wrongs.add(`${marker} (${id}): its client has the answer, the ledger has no row`)
        continue
      }
      const complete = call.attempts.filter(({ end_state: end }) => end === 'complete')
      if (complete.length !== 1) {
        wrongs.add(`${marker} (${id}): ${complete.length} complete rows`)
        continue
      }
      const tokens = complete[0]!.tokens
      const output = (tokens?.['output'] ?? 0) + (tokens?.['reasoning'] ?? 0)
      if (usage && output !== usage.output)
        wrongs.add(
          `${marker} (${id}): ${output} tokens on the ledger, its client has ${usage.output}`,
        )
    }
    const rows = [...calls.values()].flatMap(({ attempts }) => attempts)
    return {
      wrong: [...wrongs.all(), ...(await unsound(town))],
      figures: {
        kills: killed,
        calls: received.length,
        received_whole: whole.length,
        rows: rows.length,
        unknown_outcome: rows.filter(({ end_state: end }) => end === 'unknown').length,
      },
    }
  } finally {
    await town.close()
  }
}
