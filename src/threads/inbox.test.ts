import { expect, test } from 'bun:test'
import { newCallId } from '../core/ids.ts'
import type { Payload } from '../store/ports.ts'
import { noon } from '../store/rows.suite.ts'
import { PayloadPack } from '../store/thread/payload-pack.ts'
import { Inbox } from './inbox.ts'

const none = { packed: null, large: [] }

test('payloads come out in the order in which they were sent, packed or not, and each once', () => {
  const inbox = new Inbox(() => {})
  expect(inbox.isEmpty).toBe(true)
  inbox.add(none)
  expect(inbox.isEmpty).toBe(true)
  const sent: Payload[] = []
  for (let tick = 0; tick < 50; tick += 1) {
    const packed = Array.from({ length: tick % 40 }, () => aPayload(10))
    const large = Array.from({ length: tick % 3 }, () => aPayload(1_000))
    sent.push(...packed, ...large)
    inbox.add({ packed: packOf(packed), large })
  }
  expect(taken(inbox).flat()).toEqual(sent)
  expect(inbox.isEmpty).toBe(true)
  expect(inbox.next()).toEqual([])
})

test('a transaction ends after so many payloads, or so much text, and none is too long for one', () => {
  const inbox = new Inbox(() => {})
  const many = Array.from({ length: 1_500 }, () => aPayload(1))
  const long = [aPayload(200_000), aPayload(200_000), aPayload(900_000), aPayload(900_000)]
  inbox.add({ packed: packOf(many), large: long })
  const batches = taken(inbox)
  expect(batches.map(({ length }) => length)).toEqual([600, 600, 303, 1])
  expect(batches.flat()).toEqual([...many, ...long])
})

test('is full when a transaction would end, by what is packed as by what is not', () => {
  const inbox = new Inbox(() => {})
  inbox.add({ packed: packOf([aPayload(1)]), large: [] })
  expect(inbox.isFull).toBe(false)
  inbox.add({ packed: packOf([aPayload(600_000)]), large: [] })
  expect(inbox.isFull).toBe(true)
  taken(inbox)
  expect(inbox.isFull).toBe(false)
  inbox.add({ packed: packOf(Array.from({ length: 1_300 }, () => aPayload(1))), large: [] })
  inbox.next()
  expect(inbox.isFull).toBe(true)
})

test('long texts that come by themselves, and what is left of a pack, fill it as well', () => {
  const inbox = new Inbox(() => {})
  inbox.add({ packed: null, large: [aPayload(600_000), aPayload(600_000)] })
  expect(inbox.isFull).toBe(true)
  inbox.next()
  expect(inbox.isFull).toBe(true)
  inbox.next()
  expect(inbox.isFull).toBe(false)
  inbox.add({ packed: packOf(Array.from({ length: 40 }, () => aPayload(50_000))), large: [] })
  inbox.next()
  expect(inbox.isFull).toBe(true)
  taken(inbox)
  expect(inbox.isFull).toBe(false)
})

function taken(inbox: Inbox): (readonly Payload[])[] {
  const batches: (readonly Payload[])[] = []
  while (!inbox.isEmpty) batches.push(inbox.next())
  return batches
}

function packOf(payloads: readonly Payload[]) {
  const pack = new PayloadPack()
  for (const payload of payloads) pack.add(payload)
  return pack.take()
}

function aPayload(length: number): Payload {
  return {
    callId: newCallId(),
    attempt: 1,
    at: noon,
    dialect: 'openai-chat',
    request: 'q'.repeat(length),
    answer: null,
    mode: 'full',
  }
}
