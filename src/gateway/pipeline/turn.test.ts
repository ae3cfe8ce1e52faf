import { describe, expect, test } from 'bun:test'
import { Departure } from '../../core/departure.ts'
import { callerLeft, providerRateLimited } from '../../core/errors.ts'
import { Health } from '../health/health.ts'
import { untilTurn } from './turn.ts'

const minute = 60_000

describe('a key that was refused for its rate', () => {
  test('is asked by one after the other, as fast as it takes', async () => {
    const { refuse, ask, waits } = scene()
    refuse()
    for (let count = 0; count < 3; count += 1) await ask()
    // One was taken in its first second; from then on seven in ten seconds.
    expect(waits.map((ms) => Math.round(ms))).toEqual([1_429, 2_857, 4_286])
  })

  test('keeps nobody waiting past its deadline: who would be late is told when to come back', async () => {
    const { refuse, ask, waits } = scene()
    refuse()
    await ask({ total: 10 * minute, firstContent: 2_000 })
    const late = ask({ total: 10 * minute, firstContent: 2_000 })
    expect(await late.catch((error: unknown) => error)).toMatchObject({
      code: 'provider_rate_limited',
      retryAfterMs: 2_858,
    })
    expect(waits.length).toBe(1)
  })

  test('what is gone of the deadline counts', async () => {
    const { refuse, ask } = scene({ goneMs: 1_000 })
    refuse()
    const late = ask({ total: 2_000, firstContent: undefined })
    expect(await late.catch((error: unknown) => error)).toMatchObject({
      code: 'provider_rate_limited',
    })
  })

  test('a caller who leaves waits no longer', async () => {
    const { refuse, ask, departure } = scene({ sleeps: () => new Promise(() => {}) })
    refuse()
    const asking = ask()
    departure.leave(callerLeft())
    expect(await asking.catch((error: unknown) => error)).toMatchObject({ code: 'caller_left' })
  })

  test('others wait for nothing', async () => {
    const { refuse, ask, waits } = scene()
    refuse('acme#2222')
    await ask()
    expect(waits).toEqual([])
  })
})

interface Scene {
  readonly goneMs?: number
  readonly sleeps?: () => Promise<void>
}

function scene({ goneMs = 0, sleeps = () => Promise.resolve() }: Scene = {}) {
  const waits: number[] = []
  const elapsedUs = (): number => goneMs * 1_000
  const health = new Health({ elapsedUs, chance: () => 0.5, onChange: () => {} })
  const departure = new Departure()
  const clock = {
    now: () => 0 as never,
    elapsedUs,
    sleep: (ms: number) => {
      waits.push(ms)
      return sleeps()
    },
  }
  return {
    waits,
    departure,
    refuse: (credential = 'acme#1f3a') =>
      health.failed('acme/large', credential, providerRateLimited('acme')),
    ask: (limits: { total: number; firstContent: number | undefined } = anyTime) =>
      untilTurn(
        { arrivedUs: 0 },
        { name: 'acme/large', credentialed: 'acme#1f3a', limits },
        { health, clock },
        departure,
      ),
  }
}

const anyTime = { total: 10 * minute, firstContent: undefined }
