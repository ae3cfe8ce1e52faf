import type { Detail, GraderKind } from '../grader.ts'
import { judged, noVerdict } from '../grader.ts'
import { jsonIn } from './json.ts'
import { nothingWanted, textOf, wantedOf } from './wanted.ts'

/** The share of equal leaves of two JSON values, with every difference by its path. */
export const jsonDiff: GraderKind = {
  says: 'the share of members that are as expected, path by path',
  threshold: 1,
  make: (options) => {
    const wanted = wantedOf(options)
    const search = options.flag('search', false)
    const rules: DiffRules = {
      ignore: (options.texts('ignore') ?? []).map(pathPattern),
      unordered: options.flag('unordered', false),
      tolerance: options.number('tolerance') ?? 0,
    }
    return () => (input) => {
      const said = wanted(input)
      if (said === undefined) return noVerdict(nothingWanted)
      const expected = typeof said === 'string' ? jsonIn(said, false) : said
      if (expected === undefined)
        return noVerdict('The expected answer is no JSON. Give an object, or JSON text.')
      const found = jsonIn(input.answer.text ?? '', search)
      if (found === undefined) return judged(false, 'The answer is no JSON.')
      const { equal, total, details } = diff(expected, found, rules)
      if (total === 0) return judged(true, 'Nothing is left to compare.')
      return {
        score: equal / total,
        why: equal === total ? 'All members are equal.' : `${equal} of ${total} members are equal.`,
        details: details.slice(0, detailsMax),
      }
    }
  },
}

const detailsMax = 100

export interface DiffRules {
  readonly ignore: readonly RegExp[]
  /** Lists are compared as sets: each item with the one that is most like it. */
  readonly unordered: boolean
  /** Absolute, between numbers. */
  readonly tolerance: number
}

export interface Diff {
  /** Leaves that are equal. */
  readonly equal: number
  /** Leaves of either: one that is only expected or only found is one that differs. */
  readonly total: number
  readonly details: readonly Detail[]
}

/** Leaves are texts, numbers, true, false, null, and lists and objects that are empty. */
export function diff(expected: unknown, found: unknown, rules: DiffRules): Diff {
  return at(expected, found, '', rules)
}

function at(expected: unknown, found: unknown, path: string, rules: DiffRules): Diff {
  if (rules.ignore.some((pattern) => pattern.test(path))) return none
  if (isMap(expected) && isMap(found)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(found)])
    if (names.size === 0) return same
    return sum(
      [...names].map((name) => {
        const inner = path === '' ? name : `${path}.${name}`
        if (!Object.hasOwn(found, name)) return absent(expected[name], inner, 'expected', rules)
        if (!Object.hasOwn(expected, name)) return absent(found[name], inner, 'found', rules)
        return at(expected[name], found[name], inner, rules)
      }),
    )
  }
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length === 0 && found.length === 0) return same
    return rules.unordered
      ? asSets(expected, found, path, rules)
      : inOrder(expected, found, path, rules)
  }
  if (!isLeaf(expected) || !isLeaf(found)) {
    const one = leaves(expected, path, rules)
    const other = leaves(found, path, rules)
    const total = Math.max(one, other)
    return total === 0 ? none : { equal: 0, total, details: [detail(path, expected, found)] }
  }
  return isEqual(expected, found, rules)
    ? same
    : { equal: 0, total: 1, details: [detail(path, expected, found)] }
}

function inOrder(
  expected: readonly unknown[],
  found: readonly unknown[],
  path: string,
  rules: DiffRules,
): Diff {
  const length = Math.max(expected.length, found.length)
  return sum(
    Array.from({ length }, (_, index) => {
      const inner = `${path}[${index}]`
      if (index >= found.length) return absent(expected[index], inner, 'expected', rules)
      if (index >= expected.length) return absent(found[index], inner, 'found', rules)
      return at(expected[index], found[index], inner, rules)
    }),
  )
}

/** Longer lists are compared in order of their JSON: each with each would take the square of it. */
const pairsMax = 10_000

function asSets(
  expected: readonly unknown[],
  found: readonly unknown[],
  path: string,
  rules: DiffRules,
): Diff {
  if (expected.length * found.length > pairsMax) {
    const sorted = (list: readonly unknown[]): readonly unknown[] =>
      list.toSorted((one, other) => textOf(one).localeCompare(textOf(other)))
    return inOrder(sorted(expected), sorted(found), path, rules)
  }
  const left = new Set(found.keys())
  // Those that have an equal one take it first, so that no near one takes it away from them.
  const takes = expected.map((item) => {
    const index = [...left].find((each) => Bun.deepEquals(item, found[each]))
    if (index !== undefined) left.delete(index)
    return index
  })
  const parts = expected.map((item, place) => {
    const inner = `${path}[${place}]`
    const taken = takes[place]
    if (taken !== undefined) return at(item, found[taken], inner, rules)
    let best: { index: number; diff: Diff } | null = null
    for (const index of left) {
      const tried = at(item, found[index], inner, rules)
      if (best === null || shareOf(tried) > shareOf(best.diff)) best = { index, diff: tried }
    }
    if (best === null) return absent(item, inner, 'expected', rules)
    left.delete(best.index)
    return best.diff
  })
  const more = [...left].map((index) => absent(found[index], `${path}[${index}]`, 'found', rules))
  return sum([...parts, ...more])
}

const none: Diff = { equal: 0, total: 0, details: [] }
const same: Diff = { equal: 1, total: 1, details: [] }

function absent(value: unknown, path: string, where: 'expected' | 'found', rules: DiffRules): Diff {
  const total = leaves(value, path, rules)
  if (total === 0) return none
  const missing = '(absent)'
  const details =
    where === 'expected'
      ? [{ where: path, expected: shown(value), found: missing }]
      : [{ where: path, expected: missing, found: shown(value) }]
  return { equal: 0, total, details }
}

/** How many leaves a value has that are not ignored. */
function leaves(value: unknown, path: string, rules: DiffRules): number {
  if (rules.ignore.some((pattern) => pattern.test(path))) return 0
  if (isLeaf(value)) return 1
  const counts = Array.isArray(value)
    ? value.map((item, index) => leaves(item, `${path}[${index}]`, rules))
    : Object.entries(value as object).map(([name, item]) =>
        leaves(item, path === '' ? name : `${path}.${name}`, rules),
      )
  return counts.reduce((total, count) => total + count, 0)
}

function sum(parts: readonly Diff[]): Diff {
  return {
    equal: parts.reduce((total, { equal }) => total + equal, 0),
    total: parts.reduce((all, { total }) => all + total, 0),
    details: parts.flatMap(({ details }) => details),
  }
}

function shareOf({ equal, total }: Diff): number {
  return total === 0 ? 1 : equal / total
}

function isEqual(expected: unknown, found: unknown, { tolerance }: DiffRules): boolean {
  if (typeof expected === 'number' && typeof found === 'number')
    return Math.abs(expected - found) <= tolerance
  return Bun.deepEquals(expected, found)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.keys(value).length === 0
}

function detail(path: string, expected: unknown, found: unknown): Detail {
  return { where: path === '' ? 'the whole' : path, expected: shown(expected), found: shown(found) }
}

const shownMax = 200

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

/** 'items[*].id' and all that is within: a star stands for any name or place. */
function pathPattern(path: string): RegExp {
  const escaped = path.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
  const open = escaped.replaceAll(String.raw`\[*\]`, String.raw`\[\d+\]`).replaceAll('*', '[^.[]+')
  return new RegExp(String.raw`^${open}(?:$|[.[])`)
}
