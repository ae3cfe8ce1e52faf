import { describe, expect, test } from 'bun:test'
import { type Instant } from '../../../core/clock.ts'
import { nothing } from '../../../core/money.ts'
import { reportOf } from '../report.ts'
import { aCase, aResult } from '../scene.suite.ts'
import type { Suite } from '../suite.ts'
import { htmlOf } from './page.ts'
import { wordsDiff } from './words-diff.ts'

const evil = `<script>alert(1)</script><img src=x onerror='alert(2)'>"&\u0007`

function pageOf(): string {
  const cases = [
    aCase(evil, { description: evil, expected: evil, messages: [{ role: evil, content: evil }] }),
    aCase('2'),
  ]
  const details = [{ where: evil, expected: evil, found: evil }]
  const results = cases.flatMap((each) =>
    [evil, 'acme/small'].map((model) => {
      const result = aResult(each, model, 0, {
        answer: { text: evil, toolCalls: [{ name: evil, arguments: evil }] },
      })
      const checks = result.grade!.checks.map((check) => ({
        ...check,
        name: evil,
        why: evil,
        details,
      }))
      return { ...result, grade: { ...result.grade!, checks, cost: nothing } }
    }),
  )
  const suite: Suite = {
    name: evil,
    file: evil,
    format: 'freehold',
    task: null,
    models: [],
    cases,
    repeats: 1,
    margin: 0.03,
    marginStated: true,
    metric: 'score',
    notes: [{ place: cases[0]!.place, sentence: evil }],
  }
  const plan = { cases, ungradable: [aCase('3', { ungradable: evil })], jobs: [] }
  const options = { models: [evil, 'acme/small'], repeats: 1, seed: 1, margin: 0.03 }
  return htmlOf(reportOf(suite, plan, results, options), 0 as Instant)
}

describe('the page', () => {
  const page = pageOf()

  test('shows what others wrote as text, wherever it stands', () => {
    expect(page).not.toContain('<script')
    expect(page).not.toContain('<img')
    expect(page).not.toContain('\u0007')
    expect(page).not.toMatch(/\son\w+\s*=\s*'/)
    expect(page.split('&lt;script&gt;alert(1)').length).toBeGreaterThan(10)
  })

  test('allows its own style and nothing else', () => {
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page)!
    const hash = new Bun.CryptoHasher('sha256').update(style).digest('base64')
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`.replaceAll(
        "'",
        '&#39;',
      ),
    )
    // An attribute of style would be refused by that policy, and so would anything from elsewhere.
    expect(page).not.toMatch(/\sstyle=/)
    expect(page).not.toMatch(/https?:|url\(|@import|src=(?!x)/)
  })

  test('has every tag closed that it opens', () => {
    const open: string[] = []
    const empty = new Set(['meta', 'line', 'rect', '!doctype'])
    for (const [, slash, name = '', rest = ''] of page
      .replace(/<style>[\s\S]*?<\/style>/, '')
      .matchAll(/<(\/?)([!a-z][\w-]*)([^>]*)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name)
      else if (!empty.has(name) && !rest.endsWith('/')) open.push(name)
    }
    expect(open).toEqual([])
  })
})

test('what differs between two texts is told word by word', () => {
  expect(wordsDiff('the red fox', 'the brown fox ran')).toEqual([
    { kind: 'same', text: 'the ' },
    { kind: 'missing', text: 'red' },
    { kind: 'added', text: 'brown' },
    { kind: 'same', text: ' fox' },
    { kind: 'added', text: ' ran' },
  ])
  expect(wordsDiff('word '.repeat(300), 'x')).toBeNull()
})
