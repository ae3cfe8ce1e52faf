import { join } from 'node:path'
import type { Instant } from '../../src/core/clock.ts'
import { firstIdAt } from '../../src/core/ids.ts'
import type { Money } from '../../src/core/money.ts'
import { seeded } from '../../src/core/random.ts'
import type { AttemptRecord, EndState } from '../../src/core/record.ts'
import { noUsage } from '../../src/core/usage.ts'
import { openStore } from '../../src/store/offline.ts'
import { aRecord } from '../../src/store/rows.suite.ts'
import type { Town } from '../journeys/town.ts'

/** How a model of the week answers. */
export interface Behaviour {
  /** 'provider/model' */
  readonly model: string
  /** Its part of the task's calls. */
  readonly share: number
  readonly firstMs: number
  readonly tokensPerS: number
  /** Picodollars a call; null: it has no price. */
  readonly cost: number | null
  readonly fails: number
}

export interface Usual {
  readonly task: string
  readonly perDay: number
  readonly models: readonly Behaviour[]
}

const hourUs = 3_600_000_000
const days = 7

/**
 * Writes a week of calls into the store of a town that is stopped meanwhile: more by day than by night, with
 * an afternoon on which one provider mostly fails.
 */
export async function liveAWeek(
  town: Town,
  usual: readonly Usual[],
  outage: string | null = null,
): Promise<void> {
  await town.end()
  const store = openStore(join(town.folder, 'data'))
  const random = seeded(11)
  const now = Date.now() * 1_000
  let number = 0
  try {
    for (let hour = days * 24; hour > 0; hour -= 1) {
      const begins = now - hour * hourUs
      const clock = new Date(begins / 1_000).getUTCHours()
      const busy = 0.35 + Math.max(0, Math.sin(((clock - 5) / 24) * 2 * Math.PI)) * 1.5
      for (const { task, perDay, models } of usual) {
        const calls = Math.round((perDay / 24) * busy * (0.8 + 0.4 * random.next()))
        for (let call = 0; call < calls; call += 1) {
          const at = Math.floor(begins + random.next() * hourUs) as Instant
          number += 1
          for (const record of attempts({ task, models, at, number, random, outage, hour }))
            store.append(record)
        }
      }
    }
    await store.flushed()
  } finally {
    await store.close()
  }
  await town.restart()
}

interface Scene {
  readonly task: string
  readonly models: readonly Behaviour[]
  readonly at: Instant
  readonly number: number
  readonly random: { next(): number }
  readonly outage: string | null
  readonly hour: number
}

function attempts(scene: Scene): readonly AttemptRecord[] {
  const { models, at, number, random, hour, outage } = scene
  const id = firstIdAt(at)
  const callId = `${id.slice(0, 24)}${number.toString(16).padStart(12, '0')}` as typeof id
  const draw = random.next()
  let sum = 0
  const first = models.findIndex(({ share }) => (sum += share) > draw)
  const records: AttemptRecord[] = []
  for (let place = Math.max(0, first); place < models.length; place += 1) {
    const behaviour = models[place]!
    const isOut = hour > 40 && hour < 44 && behaviour.model.startsWith(`${outage}/`)
    const failed = random.next() < (isOut ? 0.7 : behaviour.fails)
    records.push(recordOf(scene, behaviour, callId, records.length, failed))
    if (!failed) break
  }
  return records
}

const failures: readonly (readonly [EndState, string, number | null, string])[] = [
  ['provider_error', 'provider_failed', 500, 'The model is overloaded. Please come again later.'],
  ['provider_error', 'provider_failed', 503, 'upstream connect error'],
  ['provider_error', 'provider_rate_limited', 429, 'Rate limit reached for requests'],
  ['timeout', 'provider_timeout', null, 'No first content within 20 s.'],
]

function recordOf(
  { task, at, random, number }: Scene,
  { model: name, firstMs, tokensPerS, cost }: Behaviour,
  callId: AttemptRecord['callId'],
  place: number,
  failed: boolean,
): AttemptRecord {
  const slash = name.indexOf('/')
  const stretch = Math.exp((random.next() + random.next() + random.next() - 1.5) * 0.9)
  const first = Math.round(firstMs * 1_000 * stretch)
  const output = 60 + Math.floor(random.next() * 380)
  const total = first + Math.round((output / (tokensPerS * (0.6 + 0.8 * random.next()))) * 1e6)
  const [endState, errorCode, status, errorText] = failures[Math.floor(random.next() ** 2 * 4)]!
  return aRecord({
    callId,
    attempt: place + 1,
    at,
    task,
    modelAsked: task,
    provider: name.slice(0, slash),
    model: name.slice(slash + 1),
    modelServed: name.slice(slash + 1),
    customer: `customer-${number % 9}`,
    role: place === 0 ? 'served' : 'fallback',
    stream: true,
    usage: failed ? null : { ...noUsage, input: 400 + Math.floor(random.next() * 900), output },
    cost: failed
      ? (0n as Money)
      : cost === null
        ? null
        : (BigInt(Math.round(cost * stretch)) as Money),
    costSource: failed ? 'none' : cost === null ? 'unknown' : 'table',
    priceId: null,
    ...(failed
      ? {
          endState,
          errorCode,
          status,
          errorText,
          finish: null,
          firstContentUs: null,
          totalUs: 300_000,
        }
      : { firstContentUs: first, totalUs: total }),
  })
}
