import { expect } from 'bun:test'
import type { Entry } from '../../../simulator/history.ts'
import { tokensOf } from '../../../simulator/tokens.ts'
import type { Got } from '../../journeys/bad-answers/callers.ts'
import type { CallFacts } from '../../journeys/town.ts'
import { callers } from './callers.ts'
import type { Case } from './cases.ts'
import { type Seen, simulated, textOf, vendorKey } from './city.ts'
import { type End, type Row, rowOf } from './rows.ts'
import { type VendorKind, vendorKinds } from './vendors.ts'

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

type Attempt = CallFacts['attempts'][number]

/** What is due by the fault's row, and by how far the vendor came. */
interface Due {
  readonly row: Row
  readonly end: End
  /** The model behind the one that fails answers in its stead. */
  readonly bySpare: boolean
  /** The last exchange with the one that fails; undefined: its key rests, and it was not asked. */
  readonly last: Entry | undefined
}

/** @throws Error for whatever is not as the fault's row says */
export function check(each: Case, { seen, call, exchanges }: Records, tally: Tally): void {
  expect(seen.id).toMatch(/^[0-9a-f-]{36}$/)
  const { faulty, spare } = simulated(each)
  const theirs = exchanges.get(faulty) ?? []
  const behind = each.routed ? (exchanges.get(spare) ?? []) : []
  const due = dueFor(each, theirs.at(-1))
  if (!due.row.rests || !each.routed) expect(theirs.length).toBeGreaterThan(0)
  const end = endOf(seen)
  expect(end).toBe(due.end)
  checkNothingLeaks(seen)
  if (end === 'answer') checkAnswer(seen, due, each)
  else if (end === 'break') checkBreak(seen, due, each)
  else checkRefusal(seen, due.row, each)
  checkLines(theirs, due, each)
  for (const { ending } of behind) expect(ending).toBe('finished')

  expect(call).toBeDefined()
  const { attempts, ok } = call!
  expect(ok).toBe(end === 'answer')
  expect(attempts.map((attempt) => attempt['attempt'])).toEqual(attempts.map((_, at) => at + 1))
  const isSpare = ({ provider }: Attempt): boolean => provider?.startsWith('spare-') === true
  const [ours, spares] = [attempts.filter((one) => !isSpare(one)), attempts.filter(isSpare)]
  checkTries(ours, theirs, due.row)
  checkPairs(ours, theirs, due.row, tally)
  checkPairs(spares, behind, null, tally)
  // Behind the first words, and for the caller's own mistake, nobody else is asked.
  expect(spares.filter(hasAnswered).length).toBe(due.bySpare ? 1 : 0)
  checkAccounts(attempts, seen, due, each)
  tally.exchanges += theirs.length + behind.length
  tally.rows += attempts.length
  tally.ends[typeof end === 'number' ? 'refused' : end] += 1
}

function endOf({ status, got }: Seen): End {
  if (got === null) return status
  return got.error === null ? 'answer' : 'break'
}

function dueFor(each: Case, last: Entry | undefined): Due {
  const { fault, vendor, stream, routed } = each
  const row = rowOf(fault, vendor)
  const ends = stream ? row.stream : row.whole
  const alone = typeof ends === 'function' ? ends(last!, vendor, routed) : ends
  // With somebody to turn to, what fails before the first words is answered.
  const bySpare = routed && typeof alone === 'number' && row.passedOn !== true
  return { row, end: bySpare ? 'answer' : alone, bySpare, last }
}

function checkNothingLeaks({ bytes, headers }: Seen): void {
  const all = `${Buffer.from(bytes).toString()} ${JSON.stringify([...headers])}`
  expect(all).not.toContain(vendorKey)
  expect(all).not.toMatch(/<html|<center>|<h1>/)
}

function checkAnswer({ got, headers }: Seen, { row, bySpare }: Due, each: Case): void {
  const { text, tools, end, marked, ends } = got!
  const { says = 'the text', told = 'done' } = bySpare ? {} : row
  switch (says) {
    case 'the text':
      expect([text, tools]).toEqual([textOf(each), []])
      break
    case 'nothing':
      expect([text, tools]).toEqual(['', []])
      break
    case 'a call':
      // By the name that nobody gave it, which is the vendor's word.
      expect(tools.map(({ name }) => name)).toEqual(['other_look'])
      break
    case 'much':
      checkMuch(text, each)
  }
  expect(end).toBe(endTold(told, each))
  expect(headers.get('content-type')).toMatch(typeOf(each))
  if (!each.stream) return
  const { unmarked = false } = callers[each.from] as { unmarked?: true }
  if (!unmarked) expect(marked).toBe(true)
  // Gemini has no other mark of its end than why it ended: where nobody said why there is none.
  expect(ends).toBe(each.from === 'gemini' && told === 'unsaid' ? 0 : 1)
}

/** How a caller's dialect says why an answer ended. */
function endTold(told: NonNullable<Row['told']>, { vendor, from }: Case): Got['end'] {
  switch (told) {
    case 'done':
      return 'stop'
    case 'unsaid':
      // Converse always says why; of another vendor that did not, by a word of its own.
      return from === 'bedrock-converse' && vendor !== from ? 'another' : null
    case 'unknown':
      // The vendor's own word goes to callers of its dialect, and is never taken for the model's own end.
      return from === vendor || from === 'bedrock-converse' ? 'another' : 'error'
    case 'tools':
      // Responses and Gemini have no word of their own for it.
      return from === 'openai-responses' || from === 'gemini' ? 'stop' : 'tools'
  }
}

function typeOf({ stream, from }: Case): RegExp {
  if (!stream) return /^application\/json$/
  return from === 'bedrock-converse'
    ? /^application\/vnd\.amazon\.eventstream/
    : /^text\/event-stream/
}

const mega = 1024 * 1024
const lengths: Readonly<Record<string, number>> = {
  'giant-event': 4 * mega,
  'big-answer': 8 * mega,
  'big-stream': 64 * mega,
}

/** Numbered lines of 64 bytes, over and over. */
function checkMuch(text: string, { fault }: Case): void {
  expect(text.length).toBe(lengths[fault]!)
  const page = text.slice(0, 256 * 64)
  expect(page.startsWith('000 ..') && page.endsWith('.\n')).toBe(true)
  expect(text === page.repeat(text.length / page.length)).toBe(true)
}

/** After the first words: what was said so far, a sentence, and nothing that looks like an end. */
function checkBreak({ got, id }: Seen, { row, last }: Due, each: Case): void {
  const { text, marked, end, ends, error } = got!
  const { says = 'the text' } = row
  if (says === 'nothing') expect(text).toBe('')
  else if (says === 'much') expect(text.length).toBe(lengths[each.fault]!)
  else {
    // Echoed token by token: of each that went out whole the caller has heard.
    const said = tokensOf(textOf(each)).slice(0, last!.tokens!.output).join('')
    if (row.lossy) expect(said.startsWith(text)).toBe(true)
    else expect(text).toBe(said)
  }
  expect(marked).toBe(false)
  // Responses ends what failed by an event that says so.
  const failed = each.from === 'openai-responses'
  expect([ends, end]).toEqual(failed ? [1, 'error'] : [0, null])
  expect(callers[each.from].error(error!, id).length).toBeGreaterThan(20)
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

/** None is left open, a vendor that says nothing more sees the line closed, and no redirect is followed. */
function checkLines(
  theirs: readonly Entry[],
  { row, end, bySpare }: Due,
  { vendor, stream }: Case,
): void {
  const { line: how = 'finished' } = row
  const line = how === 'given up in a stream' ? (stream ? 'given up' : 'finished') : how
  for (const entry of theirs) {
    expect(entry.path).not.toContain('__sim')
    if (line === 'given up' && (end !== 'answer' || bySpare)) {
      expect(['finished', 'left']).toContain(entry.ending)
      continue
    }
    const due = typeof line === 'function' ? line(entry, vendor) : line
    // Seen of Bedrock alone, on a busy machine: the gateway is gone before its vendor comes to break the line.
    if (due === 'broken' && row.lossy === true && vendor === 'bedrock-converse') {
      expect(['broken', 'left']).toContain(entry.ending)
      continue
    }
    expect(entry.ending).toBe(due === 'given up' ? 'finished' : due)
  }
}

/**
 * Over a kept connection that its other side closes while the request is on its way it goes unread, and
 * nothing comes back. Nothing at all: what was sent unasked is never taken for its answer.
 */
function mayBeUnread(attempt: Attempt): boolean {
  const { connect } = attempt['timings_us'] as { connect: number | null }
  const code = attempt['error_code']
  const broke = code === 'provider_hung_up' || code === 'provider_failed'
  return broke && connect === null && attempt['status'] === null
}

function hasAnswered(attempt: Attempt): boolean {
  return attempt.end_state === 'complete'
}

/**
 * Once more, where that may help: a failure of the provider itself, and a rate that was given back in a
 * moment. And once more over a new connection where a kept one was closed.
 */
function checkTries(ours: readonly Attempt[], theirs: readonly Entry[], row: Row): void {
  const codes = ours.map((attempt) => String(attempt['error_code']))
  const hasHungUp = codes.includes('provider_hung_up')
  const helps = codes.some((code) => mayHelp.has(code)) && !row.once && !row.passedOn
  const most = (helps ? 2 : 1) + (hasHungUp ? 1 : 0)
  expect(ours.length).toBeLessThanOrEqual(most)
  expect(theirs.length).toBeLessThanOrEqual(most)
}

const mayHelp: ReadonlySet<string> = new Set([
  'provider_failed',
  'provider_rate_limited',
  'provider_hung_up',
])

/** Every exchange has its row and every row its exchange, with one status and the vendor's own tokens. */
function checkPairs(
  rows: readonly Attempt[],
  entries: readonly Entry[],
  row: Row | null,
  tally: Tally,
): void {
  // Those that must have an exchange are found first.
  const left = rows.toSorted((one, two) => Number(mayBeUnread(one)) - Number(mayBeUnread(two)))
  for (const { status } of entries) {
    const place = left.findIndex((attempt) => row?.lossy === true || attempt['status'] === status)
    expect(place).not.toBe(-1)
    left.splice(place, 1)
  }
  expect(left.filter((attempt) => !mayBeUnread(attempt))).toEqual([])
  for (const { tokens, cost_usd: cost, usage_source: source } of rows) {
    expect(cost).toMatch(/^\d+(\.\d+)?$/)
    for (const count of Object.values(tokens ?? {})) {
      expect(Number.isSafeInteger(count)).toBe(true)
      expect(count).toBeGreaterThanOrEqual(0)
    }
    if (source !== 'provider') continue
    const counted = entries.filter((entry) => entry.tokens !== null).map(tokensOfEntry)
    expect(counted).toContain(sumOf(tokens))
    tally.tokens += sumOf(tokens)
  }
}

/** Who counted, and that what was shown is paid for. */
function checkAccounts(
  attempts: readonly Attempt[],
  { got }: Seen,
  { row, end, bySpare, last }: Due,
  each: Case,
): void {
  const complete = attempts.filter(hasAnswered)
  expect(complete.length).toBe(end === 'answer' ? 1 : 0)
  const final = attempts.at(-1)!
  const source = final['usage_source']
  if (end === 'answer') {
    expect(hasAnswered(final)).toBe(true)
    const { countsWhole, countsStream } = bySpare ? {} : (row as Partial<Row>)
    const counts = (each.stream ? countsStream : countsWhole) ?? 'provider'
    expect(source).toBe(typeof counts === 'function' ? counts(last!, each.vendor) : counts)
    expect(sumOf(final.tokens)).toBeGreaterThan(0)
  }
  if (end !== 'break') return
  const { countsAlways = false }: VendorKind = vendorKinds[each.vendor]
  expect(source).toBe(countsAlways ? 'provider' : 'estimate')
  expect(final.tokens!['input']).toBeGreaterThan(0)
  // Words that were passed on are paid for, and thoughts as well.
  const { output = 0, reasoning = 0 } = final.tokens!
  if (got!.text !== '' || row.says === 'nothing') expect(output + reasoning).toBeGreaterThan(0)
}

function tokensOfEntry({ tokens }: Entry): number {
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
  return `${fault} (${vendor} to ${from}, ${way}, call ${number})`
}
