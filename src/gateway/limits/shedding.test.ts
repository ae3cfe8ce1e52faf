import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../core/errors.ts'
import { Shedding, type Urgency } from './shedding.ts'

describe('shedding', () => {
  test('below the threshold everybody is let in', () => {
    const { late, refusal } = scene()
    late(90, 100)
    expect([refusal('interactive'), refusal('batch')]).toEqual([null, null])
  })

  test('lines of batches are turned away first, and told to come back later than others', () => {
    const { late, refusal } = scene()
    late(200, 100)
    expect(refusal('interactive')).toBeNull()
    expect(refusal('batch')).toMatchObject({
      code: 'gateway_overloaded',
      status: 503,
      retryAfterMs: 7_500,
    })
    late(1_000, 100)
    expect(refusal('interactive')).toMatchObject({ status: 503, retryAfterMs: 1_500 })
  })

  test('the later the loop, the more are turned away', () => {
    let drawn = 0
    const { late, refusal } = scene(() => (drawn = (drawn + 0.01) % 1))
    const shareOf = (): number =>
      Array.from({ length: 200 }, () => refusal('interactive')).filter(Boolean).length / 200
    late(600, 100)
    const few = shareOf()
    late(900, 100)
    const many = shareOf()
    expect(few).toBeGreaterThan(0)
    expect(many).toBeGreaterThan(2 * few)
    expect(many).toBeLessThan(1)
  })

  test('one long pause turns no caller away who waits for an answer', () => {
    const { late, refusal } = scene(() => 0)
    late(3_600_000, 1)
    expect(refusal('interactive')).toBeNull()
  })

  test('it is told once when it begins and once when it is over', () => {
    const { late, refusal, told, shedding } = scene()
    late(200, 100)
    expect(told).toEqual([])
    refusal('batch')
    refusal('batch')
    late(0, 100)
    expect(refusal('batch')).toBeNull()
    expect(told).toEqual([true, false])
    expect(shedding.shed).toBe(2)
  })
})

function scene(chance = (): number => 0.5) {
  const told: boolean[] = []
  const shedding = new Shedding({
    elapsedUs: () => 0,
    chance,
    onChange: (isShedding) => told.push(isShedding),
  })
  return {
    shedding,
    told,
    late: (ms: number, times: number): void => {
      for (let time = 0; time < times; time += 1) shedding.observe(ms)
    },
    refusal: (urgency: Urgency): GatewayError | null => {
      try {
        shedding.admit(urgency)
        return null
      } catch (error) {
        return error as GatewayError
      }
    },
  }
}
