import { Box } from './store.ts'

/**
 * Answers that were given lately, so that a page which is opened again stands at once, and questions that
 * are on their way, so that two parts of a page which ask the same ask once.
 */
const answersMax = 80
/** An answer about a time that ended so long before is shown until the one about now has come. */
const staleMs = 600_000

interface Kept {
  readonly answer: unknown
  readonly untilMs: number | null
}

const answers = new Map<string, Kept>()

/** @returns undefined: nothing is known */
export function known(url: string): unknown {
  const { key, untilMs } = questionOf(url)
  const kept = answers.get(key)
  return kept !== undefined && isNear(kept.untilMs, untilMs) ? kept.answer : undefined
}

/** Whether both ask the same, of about the same time. */
export function isAlike(url: string, other: string): boolean {
  const [one, two] = [questionOf(url), questionOf(other)]
  return one.key === two.key && isNear(one.untilMs, two.untilMs)
}

function isNear(one: number | null, other: number | null): boolean {
  return one === other || (one !== null && other !== null && Math.abs(one - other) < staleMs)
}

export function keep(url: string, answer: unknown): void {
  const { key, untilMs } = questionOf(url)
  answers.delete(key)
  answers.set(key, { answer, untilMs })
  for (const oldest of answers.keys()) {
    if (answers.size <= answersMax) break
    answers.delete(oldest)
  }
}

/** Of whoever was signed in before. */
export function forget(): void {
  answers.clear()
}

/** The same question is asked again with a time that moves on: its length stays. */
function questionOf(url: string): { readonly key: string; readonly untilMs: number | null } {
  const [path = '', text = ''] = url.split('?')
  const query = new URLSearchParams(text)
  const [since, until] = [
    Date.parse(query.get('since') ?? ''),
    Date.parse(query.get('until') ?? ''),
  ]
  if (Number.isNaN(since) || Number.isNaN(until)) return { key: url, untilMs: null }
  query.delete('until')
  query.set('since', `${until - since} ms before`)
  return { key: `${path}?${query.toString()}`, untilMs: until }
}

interface Flight {
  readonly promise: Promise<unknown>
  readonly ending: AbortController
  users: number
}

const flights = new Map<string, Flight>()
/** How many questions are on their way. */
export const underWay = new Box(0)

/**
 * Asks, or joins who is asking the same.
 * @returns the answer to come, and how to say that it is not wanted any more
 */
export function shared<Answer>(
  url: string,
  ask: (signal: AbortSignal) => Promise<Answer>,
): { readonly promise: Promise<Answer>; readonly leave: () => void } {
  let flight = flights.get(url)
  if (flight === undefined) {
    const ending = new AbortController()
    const made: Flight = { promise: ask(ending.signal), ending, users: 0 }
    flight = made
    flights.set(url, made)
    underWay.put(underWay.value + 1)
    const over = (): void => {
      underWay.put(underWay.value - 1)
      if (flights.get(url) === made) flights.delete(url)
    }
    made.promise.then(over, over)
  }
  const joined = flight
  joined.users += 1
  let hasLeft = false
  return {
    promise: joined.promise as Promise<Answer>,
    leave: () => {
      if (hasLeft) return
      hasLeft = true
      joined.users -= 1
      if (joined.users > 0) return
      if (flights.get(url) === joined) flights.delete(url)
      joined.ending.abort()
    },
  }
}
