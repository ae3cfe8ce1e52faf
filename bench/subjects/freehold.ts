import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstLine, start } from '../harness/processes.ts'
import { plainBody } from '../load/target.ts'
import { answering, path, type Place, type StartSubject, type Subject } from './subject.ts'

const executable = join(import.meta.dir, '..', '..', 'bin', 'freehold')
/** A caller's key in that configuration. */
export const key = 'bench-secret-0123456789'

/** Everything that a team would have on: key, rates, budgets, prices, rows, payloads redacted. */
export const config = ({ plain, stream }: Pick<Place, 'plain' | 'stream'>): string => `
payloads: redacted
server: { body_limit: 64MB }
providers:
  acme: { type: openai-compatible, base_url: 'http://127.0.0.1:${plain}/v1', api_key: acme-key-0123456789 }
  birch: { type: openai-compatible, base_url: 'http://127.0.0.1:${stream}/v1', api_key: birch-key-0123456789 }
tasks:
  support: acme/large
  talk: { models: [birch/large], timeouts: { idle: 15m, total: 1h } }
keys:
  - { id: web, secret: ${key}, tasks: [support, talk], budget: { limit: 100000000 USD, per: month }, rate: { requests: 100000000/min, tokens: 1000000000000/min, concurrent: 100000 } }
prices:
  acme/large: { input: 0.15, output: 0.60, cache_read: 0.015 }
  birch/large: { input: 0.15, output: 0.60, cache_read: 0.015 }
`

export const freeholdOn =
  'key, task, rates (calls, tokens, concurrent), budget hold, price, journal, ledger row in SQLite, roll-ups, payloads redacted'

let count = 0

export const startFreehold: StartSubject = async (place, core) => {
  count += 1
  const folder = place.scratch.sub(`freehold-${count}`)
  const file = place.scratch.file(join(`freehold-${count}`, 'freehold.yaml'), config(place))
  const running = start(['sh', executable, 'serve', '--json', '--port', '0', '--config', file], {
    core,
    cwd: folder,
    stdout: 'pipe',
  })
  const { url } = JSON.parse(await firstLine(running)) as { url: string }
  const subject: Subject = {
    name: 'freehold',
    pid: running.pid,
    target: (door) => ({
      url: `${url}${path}`,
      headers: { authorization: `Bearer ${key}` },
      model: door === 'plain' ? 'support' : 'talk',
    }),
    payloadsDropped: async () => {
      const admin = readFileSync(join(folder, 'data', 'admin.key'), 'utf8').trim()
      const headers = { authorization: `Bearer ${admin}` }
      const status = await fetch(`${url}/api/status`, { headers })
      const { ledger } = (await status.json()) as { ledger: { payloads_dropped: number } }
      return ledger.payloads_dropped
    },
    end: () => running.end(),
  }
  return await answering(subject, plainBody('support'))
}
