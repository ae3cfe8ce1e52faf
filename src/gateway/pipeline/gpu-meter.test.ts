import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { decimal, usd } from '../../core/money.ts'
import { GpuMeter, type GpuStay, machineCost } from './gpu-meter.ts'

test('one attempt alone pays for the machine, two at once share it', () => {
  const { meter, at } = aMeter()
  const first = meter.enter('house/qwen')
  at(1_000)
  const second = meter.enter('house/qwen')
  at(3_000)
  expect(meter.leave(first)).toBe(2_000) // 1,000 alone and half of 2,000
  at(4_000)
  expect(meter.leave(second)).toBe(2_000)
})

test('machines are metered apart', () => {
  const { meter, at } = aMeter()
  const one = meter.enter('house/a')
  meter.enter('house/b')
  at(500)
  expect(meter.leave(one)).toBe(500)
})

test('the shares of all attempts add up to the time in which somebody ran', () => {
  const steps = fc.array(fc.tuple(fc.nat(1_000), fc.boolean(), fc.nat(20)), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (list) => {
      const { meter, at } = aMeter()
      const open: GpuStay[] = []
      let now = 0
      let busy = 0
      let shared = 0
      for (const [pass, enters, pick] of list) {
        if (open.length > 0) busy += pass
        now += pass
        at(now)
        if (enters || open.length === 0) open.push(meter.enter('m'))
        else shared += meter.leave(open.splice(pick % open.length, 1)[0]!)
      }
      for (const stay of open) shared += meter.leave(stay)
      expect(Math.abs(shared - busy)).toBeLessThan(0.01)
    }),
  )
})

test('an hour of two GPUs costs twice their rent', () => {
  const machine = { gpus: 2, usdPerGpuHour: decimal('1.79') }
  expect(machineCost(machine, 3_600_000_000)).toBe(usd('3.58'))
  expect(machineCost(machine, 0)).toBe(usd('0'))
})

function aMeter() {
  let nowUs = 0
  return { meter: new GpuMeter(() => nowUs), at: (us: number) => (nowUs = us) }
}
