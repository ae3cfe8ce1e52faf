import { expect } from 'bun:test'
import type { Entry } from '../../../simulator/history.ts'
import type { CallFacts } from '../../journeys/town.ts'
import { callers } from './callers.ts'
import type { Case } from './cases.ts'
import { type Seen, simulated, textOf, vendorKey } from './city.ts'
import { generalOf, type Row, rowOf } from './rows.ts'

/** Three records of one call, none of which the gateway's own counters made. */
export interface Records {
  readonly seen: Seen
  readonly call: CallFacts | undefined
  readonly exchanges: ReadonlyMap<string, readonly Entry[]>
}

/** Tokens that are equal in the vendor's history and on the ledger. */
export interface Tally {
  exchanges: number
  rows: number
  tokens: number
  ends: { answer: number; break: number; refused: number }
}

export function newTally(): Tally {
  return { exchanges: 0, rows: 0, tokens: 0, ends: { answer: 0, break: 0, refused: 0 } }
}

/** @throws Error for whatever is not as the fault's row says */
export function check(each: Case, { seen, call, exchanges }: Records, tally: Tally): void {
  const row = rowOf(each.fault, each.vendor)
  expect(seen.id).toMatch(/^[0-9a-f-]{36}$/)
  const end = endOf(seen)
  checkEnd(end, row, each)
  checkNothingLeaks(seen)
  if (end === 'answer') checkAnswer(seen, row, each)
  else if (end === 'break') checkBreak(seen, each)
  else checkRefusal(seen, row, each)

  const { faulty, spare } = simulated(each)
  const theirs = exchanges.get(faulty) ?? []
  const behind = each.routed ? (exchanges.get(spare) ?? []) : []
  checkSockets(theirs, each.fault, row)
  // Behind the first words, and for the caller's own mistake, nobody else is asked.
  if (end !== 'answer') expect(behind).toEqual([])
  if (row.passedOn) expect(theirs.filter(({ bytesSent }) => bytesSent > 0).length).toBe(1)
  // Once, over a new connection where a kept one was closed, once more, and somebody else.
  const heard = [...theirs, ...behind].filter(({ bytesSent }) => bytesSent > 0)
  expect(heard.length).toBeLessThanOrEqual(4)

  expect(call).toBeDefined()
  checkLedger(call!, end, row, [...theirs, ...behind], tally)
  tally.ends[typeof end === 'number' ? 'refused' : end] += 1
}

type Ended = 'answer' | 'break' | number

function endOf({ status, got }: Seen): Ended {
  if (got === null) return status
  return got.error === null ? 'answer' : 'break'
}

/** With somebody to turn to, what fails before the first words is answered. */
function checkEnd(end: Ended, row: Row, { stream, routed }: Case): void {
  const ends = stream ? row.stream : row.whole
  const turned = ends.map((each) => (typeof each === 'number' && !row.passedOn ? 'answer' : each))
  expect(routed ? turned : ends).toContain(end)
}

function checkNothingLeaks({ bytes, headers }: Seen): void {
  const all = `${Buffer.from(bytes).toString()} ${JSON.stringify([...headers])}`
  expect(all).not.toContain(vendorKey)
  expect(all).not.toMatch(/<html|<center>|<h1>/)
}

function checkAnswer({ got, headers }: Seen, row: Row, each: Case): void {
  const { text, tools, end, marked } = got!
  if (!row.otherWords) expect(text).toBe(textOf(each))
  else checkOtherWords(text, tools.length, each)
  if (!row.endless && !row.otherWords) expect(end).toBe('stop')
  const type = headers.get('content-type')
  if (!each.stream) {
    expect(type).toBe('application/json')
    return
  }
  expect(type).toMatch(
    each.from === 'bedrock-converse'
      ? /^application\/vnd\.amazon\.eventstream/
      : /^text\/event-stream/,
  )
  const { unmarked = false } = callers[each.from] as { unmarked?: true }
  if (!unmarked) expect(marked).toBe(true)
  // Nothing says why it ended where the vendor did not, and there is no other mark.
  if (!unmarked || !row.endless) expect(got!.ends).toBe(1)
}

/** Numbered lines of 64 bytes, over and over; or a tool that nobody offered. */
function checkOtherWords(text: string, tools: number, each: Case): void {
  const { fault, from } = each
  if (fault === 'tool-other-name') {
    expect(tools).toBe(
      from === 'openai-completions' || from === 'embeddings' || from === 'rerank' ? 0 : 1,
    )
    return
  }
  if (fault === 'says-nothing' || fault === 'thinks-only') {
    expect(['', textOf(each)]).toContain(text)
    return
  }
  const mega = 1024 * 1024
  const lengths: Readonly<Record<string, number>> = {
    'giant-event': 4 * mega,
    'big-answer': 8 * mega,
    'big-stream': 64 * mega,
  }
  expect(text.length).toBe(lengths[fault]!)
  const page = text.slice(0, 256 * 64)
  expect(page.startsWith('000 ..') && page.endsWith('.\n')).toBe(true)
  expect(text === page.repeat(text.length / page.length)).toBe(true)
}

/** After the first words: what was said so far, a sentence, and nothing that looks like an end. */
function checkBreak({ got, id }: Seen, each: Case): void {
  expect(textOf(each).startsWith(got!.text)).toBe(true)
  expect(got!.marked).toBe(false)
  if (each.from !== 'openai-responses')
    expect(got!.ends).toBeLessThanOrEqual(got!.end === null ? 0 : 1)
  expect(callers[each.from].error(got!.error!, id).length).toBeGreaterThan(20)
}

function checkRefusal({ status, headers, says }: Seen, row: Row, each: Case): void {
  expect(headers.get('content-type')).toBe('application/json')
  expect(says!.length).toBeGreaterThan(20)
  // The gateway has asked again already, or said when to: a client that does so too multiplies the load.
  if (status >= 429) expect(headers.get('x-should-retry')).toBe('false')
  if (row.retryAfterS === undefined || each.routed) return
  const [from, to] = row.retryAfterS
  const after = Number(headers.get('retry-after'))
  expect(after).toBeGreaterThanOrEqual(from)
  expect(after).toBeLessThanOrEqual(to)
}

/** None is left open, and a vendor that says nothing more sees the line closed. */
function checkSockets(theirs: readonly Entry[], fault: string, row: Row): void {
  for (const { ending, path } of theirs) {
    expect(path).not.toContain('__sim')
    if (row.hangs) expect(ending).toBe('left')
    else expect(['finished', 'left', 'broken']).toContain(ending)
    if (/^(reset|close)-/.test(fault)) expect(['broken', 'left']).toContain(ending)
  }
}

function checkLedger(
  { attempts, ok }: CallFacts,
  end: Ended,
  row: Row,
  exchanges: readonly Entry[],
  tally: Tally,
): void {
  expect(ok).toBe(end === 'answer')
  expect(new Set(attempts.map((each) => each['attempt'])).size).toBe(attempts.length)
  // On a kept connection that its other side closes a request may go unread, and an answer unsaid.
  // Where no connection could be made there was nothing to read.
  const unread = attempts.filter(
    (each) => each['error_code'] === 'provider_hung_up' || each['status'] === null,
  ).length
  const silent = exchanges.filter(({ bytesSent }) => bytesSent === 0).length
  expect(attempts.length - unread).toBeLessThanOrEqual(exchanges.length)
  expect(attempts.length).toBeGreaterThanOrEqual(exchanges.length - silent)
  for (const { tokens, cost_usd: cost } of attempts) {
    expect(cost).toMatch(/^\d+(\.\d+)?$/)
    for (const count of Object.values(tokens ?? {})) {
      expect(Number.isSafeInteger(count)).toBe(true)
      expect(count).toBeGreaterThanOrEqual(0)
    }
  }
  const complete = attempts.filter(({ end_state: state }) => state === 'complete')
  expect(complete.length).toBe(end === 'answer' ? 1 : 0)
  tally.exchanges += exchanges.length
  tally.rows += attempts.length
  for (const attempt of attempts) {
    if (attempt['usage_source'] !== 'provider' || row.counts === 'either') continue
    // Behind a break the vendor's count may be the one that it began with.
    if (attempt.end_state !== 'complete') continue
    const counted = exchanges.filter(({ tokens }) => tokens !== null).map(tokensOf)
    expect(counted).toContain(sumOf(attempt.tokens))
    tally.tokens += sumOf(attempt.tokens)
  }
  const last = attempts.at(-1)!
  const isSpare = String(last['model']).includes('slow-1')
  if (end === 'answer' && (row.counts === undefined || isSpare))
    expect(last['usage_source']).toBe('provider')
  if (end === 'answer' && row.counts === 'estimate' && !isSpare) {
    expect(last['usage_source']).toBe('estimate')
    expect(sumOf(last.tokens)).toBeGreaterThan(0)
  }
  // Words that were passed on are paid for.
  if (end === 'break') expect(sumOf(last.tokens)).toBeGreaterThan(0)
}

function tokensOf({ tokens }: Entry): number {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output } = tokens!
  return input + cacheRead + cacheWrite5m + cacheWrite1h + output
}

/** All kinds: each token is of one. */
function sumOf(tokens: Readonly<Record<string, number>> | null): number {
  return Object.values(tokens ?? {}).reduce((sum, count) => sum + count, 0)
}

/** What a sentence about a case is called by. */
export function nameOf({ fault, vendor, from, stream, routed, number }: Case): string {
  const way = `${stream ? 'streamed' : 'whole'}${routed ? ', with another route' : ''}`
  return `${generalOf(fault) === fault ? fault : `${fault}`} (${vendor} to ${from}, ${way}, call ${number})`
}
