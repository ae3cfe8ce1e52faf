import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { notShown, shown } from './faults/shown.ts'

/** Each thing that goes wrong between clients, vendors, ledger and tenants has a test that shows what happens then. */
const facts = '../shared/reference/faults.md'
const isHere = existsSync(facts)

describe('what shows a fault', () => {
  const places = Object.entries(shown).flatMap(([row, found]) =>
    found.map(({ file, test: title }) => [row, file, title] as const),
  )

  test.each(places)('%s: %s has %p', (_, file, title) => {
    const text = readFileSync(file, 'utf8')
    // A title may be written in either kind of quotes, and so with its own escaped.
    expect(text.replaceAll("\\'", "'")).toContain(title)
  })

  test('is there, or is said to be missing with a reason, and never both', () => {
    for (const [row, found] of Object.entries(shown)) {
      expect({ row, shown: found.length > 0 }).toEqual({ row, shown: true })
      expect(Object.hasOwn(notShown, row)).toBe(false)
    }
    for (const why of Object.values(notShown)) expect(why.length).toBeGreaterThan(20)
  })
})

describe('the tables of faults', () => {
  if (!isHere) test.skip(`are not compared: ${facts} is missing`, () => {})

  test.if(isHere)('have no row of which nothing is said', () => {
    const rows = rowsIn(readFileSync(facts, 'utf8'))
    expect(rows.length).toBeGreaterThan(60)
    expect(rows.toSorted()).toEqual([...Object.keys(shown), ...Object.keys(notShown)].toSorted())
  })
})

/** The first cell of every row: V1, C12, S4, T9. */
function rowsIn(text: string): string[] {
  return [...text.matchAll(/^\| ([VCST]\d{1,2}) \|/gm)].map(([, row]) => row!)
}
