import { expect } from 'bun:test'
import { ResponseFault } from './response-fault.ts'
import type { ResponseHeaders } from './response-headers.ts'
import { ResponseParser } from './response-parser.ts'

export interface ResponseHead {
  readonly status: number
  readonly headers: ResponseHeaders
}

/** What a parser made of some bytes. */
export interface Read {
  readonly heads: readonly ResponseHead[]
  readonly body: string
  /** Whether the connection may be used again; null: the answer did not end. */
  readonly reusable: boolean | null
  readonly fault: string | null
}

/** Feeds the parts, then closes. Any error but a fault of the answer fails the test. */
export function read(...parts: readonly (string | Buffer)[]): Read {
  const heads: ResponseHead[] = []
  const bodies: Buffer[] = []
  let reusable: boolean | null = null
  let ends = 0
  const parser = new ResponseParser({
    head: (status, headers) => {
      expect(ends).toBe(0)
      heads.push({ status, headers })
    },
    body: (bytes) => {
      expect([heads.length, ends, bytes.length > 0]).toEqual([1, 0, true])
      bodies.push(Buffer.from(bytes))
    },
    end: (again) => {
      ends += 1
      reusable = again
    },
  })
  let fault: string | null = null
  try {
    for (const part of parts)
      parser.feed(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
    expect(parser.close()).toBe(ends === 1)
  } catch (error) {
    if (!(error instanceof ResponseFault)) throw error
    fault = error.message
  }
  expect(ends).toBeLessThanOrEqual(1)
  return { heads, body: Buffer.concat(bodies).toString('latin1'), reusable, fault }
}
