import { startTown } from '../../tests/journeys/town.ts'
import { ask } from './client.ts'
import { type Part, Wrongs } from './part.ts'

const key = 'torture-secret-0123456789'

const config = (round: number): string => `
providers:
  acme: { type: openai-compatible, base_url: '{{acme}}' }
tasks:
  hello: acme/${round % 2 === 0 ? 'small' : 'echo'}
  round-${round}: acme/echo
keys:
  - { id: web, secret: ${key} }
prices:
  acme/small: { input: 3, output: ${1 + (round % 7)} }
  acme/echo: { input: 3, output: 15 }
`

/** Each of them is refused for another reason. */
const invalid: readonly ((round: number) => string)[] = [
  (round) => config(round).replace('hello: acme/', 'hello: nobody/'),
  (round) => config(round).replace('prices:', 'prizes:'),
  (round) => `${config(round)}  - [`,
  (round) => config(round).replace('input: 3', 'input: minus three'),
  (round) => config(round).slice(0, 60),
]

const clients = 8

export const reloads: Part = {
  says: 'reloads under load, one file in five invalid: no request fails',
  count: 1_000,
  run: async ({ count, seed, tell }) => {
    const town = await startTown({ config: config(0), vendors: { acme: { seed } } })
    const wrongs = new Wrongs()
    try {
      const stopping = new AbortController()
      let calls = 0
      const client = async (): Promise<void> => {
        while (!stopping.signal.aborted) {
          calls += 1
          const asked = { url: town.url, key, marker: `call-${calls}-`, model: 'hello' }
          const { status, whole } = await ask({ ...asked, stream: calls % 2 === 0 })
          if (status !== 200 || !whole)
            wrongs.add(`call ${calls}: status ${status}, whole: ${whole}`)
        }
      }
      const load = Promise.all(Array.from({ length: clients }, client))
      let refused = 0
      try {
        for (let round = 1; round <= count; round += 1) {
          const bad = round % 5 === 0
          town.configure(bad ? invalid[(round / 5) % invalid.length]!(round) : config(round))
          const response = await fetch(`${town.url}/api/reload`, {
            method: 'POST',
            headers: { authorization: `Bearer ${town.adminKey}` },
            body: '{}',
          })
          const said = (await response.json()) as { refused: readonly string[] }
          if (said.refused.length > 0) refused += 1
          if (said.refused.length > 0 !== bad)
            wrongs.add(`reload ${round}: ${bad ? 'was taken' : said.refused.join(' ')}`)
          tell(round)
        }
      } finally {
        stopping.abort()
        await load
      }
      return { wrong: wrongs.all(), figures: { reloads: count, refused, calls } }
    } finally {
      await town.close()
    }
  },
}
