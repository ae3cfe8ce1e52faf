import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { bedrock } from '../src/providers/bedrock.ts'
import { providers } from '../src/providers/index.ts'
import { notShown, unbuilt } from './deviations/not-shown.ts'
import { type Column, columns, shown } from './deviations/shown.ts'
import { trafficOf } from './traffic/exchange.ts'

/** Each way in which a vendor leaves the dialect that it claims has an exchange or a test that shows it. */
const facts = '../shared/reference/vendors.md'
const isHere = existsSync(facts)

describe('what shows a deviation', () => {
  const places = Object.entries(shown).flatMap(([provider, row]) =>
    Object.entries(row).flatMap(([column, found]) =>
      found.map((place) => [provider, column, place] as const),
    ),
  )

  test.each(places)('%s, %s: %p is there', (provider, _column, place) => {
    if (typeof place === 'object' && 'test' in place) {
      expect(readFileSync(place.file, 'utf8')).toContain(place.test)
      return
    }
    const { of, name } = typeof place === 'string' ? { of: provider, name: place } : place
    const traffic = trafficOf(providers.get(of)!)!
    expect(traffic.exchanges.map((exchange) => exchange.name)).toContain(name)
  })

  test('is a provider, and says something of each that is shown', () => {
    for (const [provider, row] of Object.entries(shown)) {
      expect(providers.has(provider.split(' ')[0]!)).toBe(true)
      for (const column of Object.keys(row)) {
        expect(columns).toContain(column as Column)
        expect(row[column as Column]!.length).toBeGreaterThan(0)
      }
    }
  })

  test('or is said to be missing, with a reason, of a provider that is there', () => {
    for (const { provider, fact, why } of notShown) {
      expect(providers.has(provider)).toBe(true)
      expect(Math.min(fact.length, why.length)).toBeGreaterThan(15)
    }
    for (const name of Object.keys(unbuilt)) expect(providers.has(name)).toBe(false)
  })
})

describe("the tables of vendors' deviations", () => {
  if (!isHere) test.skip(`are not compared: ${facts} is missing`, () => {})

  test.if(isHere)('have no cell of which nothing is shown', () => {
    const cells = cellsIn(readFileSync(facts, 'utf8'))
    expect(cells.length).toBeGreaterThan(180)
    const lacking = cells.filter(
      ({ provider, column }) =>
        !Object.hasOwn(unbuilt, provider) &&
        shown[provider]?.[column] === undefined &&
        !notShown.some((each) => each.provider === provider && each.column === column),
    )
    expect(lacking).toEqual([])
  })

  test.if(isHere)('have every row that is shown', () => {
    const cells = cellsIn(readFileSync(facts, 'utf8'))
    const named = new Set(cells.map(({ provider, column }) => `${provider}, ${column}`))
    const ours = Object.entries(shown).flatMap(([provider, row]) =>
      Object.keys(row).map((column) => `${provider}, ${column}`),
    )
    expect(ours.filter((each) => !named.has(each))).toEqual([])
  })
})

test("an unknown beta header of a caller's never reaches Bedrock", () => {
  expect(bedrock.passHeaders ?? []).toEqual([])
})

/** A table's heading, and what its columns behind the provider are here. */
const tables: readonly (readonly [heading: string, columns: readonly Column[]])[] = [
  ['## 2. Requests', ['request']],
  ['## 3. Answers', ['usage', 'cached', 'finish', 'turn']],
  ['### 4.1', ['error body', 'error codes']],
  ['### 4.2', ['limits']],
]

interface Cell {
  readonly provider: string
  readonly column: Column
}

/** Every cell that says something. */
function cellsIn(page: string): readonly Cell[] {
  return tables.flatMap(([heading, named]) => {
    const from = page.indexOf(heading)
    const [table = ''] = /(?:^\|.*\n)+/m.exec(page.slice(from)) ?? []
    const [, , ...rows] = table.trim().split('\n')
    return rows.flatMap((row) => {
      const [ids = '', ...cells] = row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim())
      return providersIn(ids).flatMap((provider) =>
        named.flatMap((column, index): Cell[] =>
          /^(?:–|n\/a|none)?$/.test(cells[index] ?? '') ? [] : [{ provider, column }],
        ),
      )
    })
  })
}

/** 'deepseek, zhipu †' are two, 'engines' are all who are one. */
function providersIn(ids: string): readonly string[] {
  return ids.split(',').flatMap((id) => {
    const name = id.replace('†', '').trim()
    if (name === 'baidu v2') return ['baidu']
    if (name !== 'engines') return [name]
    return [...providers.values()].flatMap((each) => (each.kind === 'engine' ? [each.id] : []))
  })
}
