import { faults } from '../../../simulator/faults.ts'
import { callers, type CallerName } from './callers.ts'
import { type VendorKind, type VendorName, vendorKinds } from './vendors.ts'

/** One fault of one vendor, played to one caller. */
export interface Case {
  /** In all there are: its call, its models and its task are named by it. */
  readonly number: number
  readonly fault: string
  readonly vendor: VendorName
  readonly from: CallerName
  readonly stream: boolean
  /** Another model stands behind the one that fails. */
  readonly routed: boolean
}

/** What is no conversation is asked for and given in one format. */
const alone = ['openai-completions', 'embeddings', 'rerank'] as const
type Alone = (typeof alone)[number]

export function isAlone(name: string): name is Alone {
  return (alone as readonly string[]).includes(name)
}

export const vendorNames = Object.keys(vendorKinds) as VendorName[]
const conversing = (Object.keys(callers) as CallerName[]).filter((name) => !isAlone(name))

/** Whose callers a vendor can be asked by. */
export function callersOf(vendor: VendorName): readonly CallerName[] {
  return isAlone(vendor) ? [vendor] : conversing
}

export function waysOf(vendor: VendorName): readonly boolean[] {
  const { whole = false } = vendorKinds[vendor] as VendorKind
  return whole ? [false] : [false, true]
}

/** Answers of megabytes take their time; they are played by few pairs, or apart. */
const large: ReadonlySet<string> = new Set(['giant-event', 'big-answer', 'big-stream'])

/** The number that a general fault is played with. */
const numbers: Readonly<Record<string, number>> = {
  'http-N': 418,
  'flaky-N': 2,
  'slow-N': 30,
  'cut-N': 400,
  'ending-N': 400,
}

/** Every fault of every vendor to every caller, whole and streamed, with and without somebody to turn to. */
export function allCases(vendor: VendorName, from: number): Case[] {
  const cases: Case[] = []
  for (const general of Object.keys(faults)) {
    if (large.has(general)) continue
    for (const caller of callersOf(vendor)) {
      for (const stream of waysOf(vendor)) {
        for (const routed of [false, true]) {
          const number = from + cases.length
          const fault =
            general === 'limited-N'
              ? `limited-${number}` // each call is one of a number of its own
              : general.replace('N', String(numbers[general]))
          cases.push({ number, fault, vendor, from: caller, stream, routed })
        }
      }
    }
  }
  return cases
}

/** The large ones, of conversations: each pair once, or all of them in both ways. */
export function largeCases(vendor: VendorName, from: number, every: boolean): Case[] {
  if (isAlone(vendor)) return []
  const cases: Case[] = []
  const pairs = callersOf(vendor).map((caller, place) => ({ caller, place }))
  const at = vendorNames.indexOf(vendor)
  for (const [index, fault] of [...large].entries()) {
    for (const { caller, place } of pairs) {
      for (const stream of [true, false]) {
        const isTurn = (place + at + index) % pairs.length === 0 && stream
        if (!every && (!isTurn || fault === 'big-stream')) continue
        cases.push({
          number: from + cases.length,
          fault,
          vendor,
          from: caller,
          stream,
          routed: false,
        })
      }
    }
  }
  return cases
}

/**
 * A stream that breaks off at every byte, in order and not by turns: one caller after another meets one,
 * or each of them meets every one.
 */
export function cutCases(vendor: VendorName, bytes: number, from: number, every: boolean): Case[] {
  const callers = callersOf(vendor)
  const cases: Case[] = []
  for (let at = 1; at <= bytes; at += 1) {
    for (const [place, caller] of callers.entries()) {
      if (!every && at % callers.length !== place) continue
      const kind = (Math.floor(at / callers.length) + place) % 2 === 0 ? 'cut' : 'ending'
      const number = from + cases.length
      const fault = `${kind}-${at}`
      cases.push({ number, fault, vendor, from: caller, stream: true, routed: false })
    }
  }
  return cases
}

/** One that is too short to be cut there, for its length. */
export function uncutCase(vendor: VendorName, number: number): Case {
  const [from] = callersOf(vendor)
  return { number, fault: 'cut-99999', vendor, from: from!, stream: true, routed: false }
}
