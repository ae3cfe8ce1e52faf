import { describe, expect, test } from 'bun:test'
import { unreachable } from './reach.ts'

describe('what is out of reach', () => {
  const told = (code: unknown): string =>
    unreachable('acme', Object.assign(new Error('fetching "https://x/?key=sk-secret"'), { code }))
      .message

  test.each([
    ['ENOTFOUND', 'acme could not be reached: its name is not known to DNS.'],
    ['EODD', 'acme could not be reached: the connection failed with EODD.'],
    ['constructor', 'acme could not be reached: the connection failed with constructor.'],
    [undefined, 'acme could not be reached: the connection failed.'],
    [7, 'acme could not be reached: the connection failed.'],
  ])('is told by its code, %p, and never in words that may quote a key', (code, message) => {
    expect(told(code)).toBe(message)
  })

  test('keeps what led there for the log', () => {
    const cause = new Error('quoted')
    expect(unreachable('acme', cause).cause).toBe(cause)
  })
})
