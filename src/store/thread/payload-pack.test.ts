import { expect, test } from 'bun:test'
import type { Instant } from '../../core/clock.ts'
import { newCallId } from '../../core/ids.ts'
import type { Payload } from '../ports.ts'
import { PayloadPack, unpacked } from './payload-pack.ts'

function payload(request: string | null, answer: string | null): Payload {
  return {
    callId: newCallId(),
    attempt: 2,
    at: 1_760_000_000_000_000 as Instant,
    dialect: 'openai-chat',
    request,
    answer,
    mode: 'redacted',
  }
}

test('what is packed comes out the same, in its order', () => {
  const payloads = [
    payload('{"model":"large"}', null),
    payload(null, ''),
    payload('Grüße 世界 🎈 \0', 'data: [DONE]\n\n'),
  ]
  const pack = new PayloadPack()
  for (const each of payloads) pack.add(each)
  expect(unpacked(pack.take())).toEqual(payloads)
})

test('taken is taken: what comes later is a pack of its own, and nothing is none', () => {
  const pack = new PayloadPack()
  expect(pack.take()).toBeNull()
  const [first, second] = [payload('one', 'two'), payload('three', 'four')]
  pack.add(first)
  const taken = pack.take()
  pack.add(second)
  expect(unpacked(taken)).toEqual([first])
  expect(unpacked(pack.take())).toEqual([second])
  expect(unpacked(pack.take())).toEqual([])
})

test('there is room for the longest payload, whatever came before it', () => {
  const pack = new PayloadPack()
  const payloads = [
    payload('short', 'a'.repeat(200_000)),
    payload('世'.repeat(3_000_000), 'b'.repeat(90_000)),
    payload('short', 'short'),
  ]
  for (const each of payloads) pack.add(each)
  expect(unpacked(pack.take())).toEqual(payloads)
})
