import type { Target } from '../load/target.ts'
import type { Scratch } from '../harness/processes.ts'

/** Who is measured, in the order of the columns. */
export const names = ['freehold', 'nginx', 'portkey', 'litellm'] as const
export type Name = (typeof names)[number]

/** Which of the vendors answers. */
export type Door = 'plain' | 'stream'

export interface Subject {
  readonly name: Name
  readonly pid: number
  target(door: Door): Target
  /** Payloads that found no room behind the calls so far; whoever keeps none has no such figure. */
  payloadsDropped?(): Promise<number>
  end(): Promise<void>
}

export interface Place {
  readonly scratch: Scratch
  /** Ports of the vendors. */
  readonly plain: number
  readonly stream: number
}

/** Starts it, on a core or on all, and waits until it answers a call. */
export type StartSubject = (place: Place, core: number | null) => Promise<Subject>

export const path = '/v1/chat/completions'

/** How long one may take to come up; LiteLLM takes ten seconds on a quiet machine. */
const startMs = 90_000

/** @throws Error when it does not answer in time */
export async function answering(subject: Subject, body: string): Promise<Subject> {
  const { url, headers } = subject.target('plain')
  const until = performance.now() + startMs
  let last = 'nothing'
  while (performance.now() < until) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
      const text = await response.text()
      if (response.ok) return subject
      last = `${response.status} ${text.slice(0, 200)}`
    } catch (error) {
      last = String(error)
    }
    await Bun.sleep(10)
  }
  await subject.end()
  throw new Error(`${subject.name} gave no answer in ${startMs / 1_000} s: ${last}`)
}
