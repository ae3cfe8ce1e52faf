import { describe, expect, test } from 'bun:test'
import { KeyRoom } from './key-room.ts'

describe('room of keys', () => {
  test('what a provider told holds until its rate is whole again', () => {
    let nowUs = 0
    const room = new KeyRoom(() => nowUs)
    room.note('acme/large#1', 0.05, 2_000)
    expect([room.shareOf('acme/large#1'), room.shareOf('acme/large#2')]).toEqual([0.05, 1])
    nowUs = 2_000_000
    expect(room.shareOf('acme/large#1')).toBe(1)
  })
})
