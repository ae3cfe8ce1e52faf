import { scratch } from './harness/processes.ts'
import { plainAnswer, plainBody } from './load/target.ts'
import type { Inside } from './soak/inside.ts'
import { startWatched, type WatchedGateway } from './soak/gateway.ts'
import { config, key } from './subjects/freehold.ts'
import { path } from './subjects/subject.ts'

/** Calls that go before, so that what is made once has been made. */
const warmCalls = 1_000
/** So few that the collector seldom comes in between: what was made is all there. */
const countedCalls = 200
const triesMax = 10

export interface Garbage {
  /** Objects of the runtime's heap, strings and closures among them, for each call. */
  readonly objects: number
  /** Of these the classes of which a call makes one or more. */
  readonly byClass: Readonly<Record<string, number>>
}

/**
 * What one plain call leaves to the collector on the thread that serves it, one call after another. It is
 * nearly the same in each run, on any machine: what makes calls dearer is seen where time itself swings.
 */
export async function garbageOfACall(): Promise<Garbage> {
  const place = scratch()
  const headers = { 'content-type': 'application/json' }
  const vendor = Bun.serve({ port: 0, fetch: () => new Response(plainAnswer, { headers }) })
  const port = vendor.port ?? 0
  let gateway: WatchedGateway | null = null
  try {
    const watched = await startWatched(place, config({ plain: port, stream: port }))
    gateway = watched
    await calls(watched.url, warmCalls)
    const { before, after } = await counted(watched)
    const each = Object.entries(after.types)
      .map(([name, count]) => [name, (count - (before.types[name] ?? 0)) / countedCalls] as const)
      .filter(([, count]) => count > 0)
      .toSorted(([, left], [, right]) => right - left)
    return {
      objects: each.reduce((sum, [, count]) => sum + count, 0),
      byClass: Object.fromEntries(each.filter(([, count]) => count >= 1)),
    }
  } finally {
    await gateway?.end()
    await vendor.stop(true)
    place.remove()
  }
}

/** @throws Error when the collector comes in between each time */
async function counted(gateway: WatchedGateway): Promise<{ before: Inside; after: Inside }> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const before = await gateway.look()
    await calls(gateway.url, countedCalls)
    const after = await gateway.count()
    if (areAllThere(before, after)) return { before, after }
  }
  throw new Error('The collector came in between, each time.')
}

/** Each call is one request: where some of them are gone, the collector has come in between. */
function areAllThere({ types: before }: Inside, { types: after }: Inside): boolean {
  return (after['Request'] ?? 0) - (before['Request'] ?? 0) >= countedCalls
}

async function calls(url: string, count: number): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const body = plainBody('support')
  for (let made = 0; made < count; made += 1) {
    const answer = await fetch(url + path, { method: 'POST', headers, body })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`A call was answered with ${answer.status}: ${text}`)
  }
}
