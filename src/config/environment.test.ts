import { expect, test } from 'bun:test'
import { assert, property, string, stringMatching } from 'fast-check'
import { expand } from './environment.ts'
import { readTree } from './read.ts'

const name = stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/)

test('a value is put in as it is: quotes, colons, line breaks and more dollars mean nothing', () => {
  assert(
    property(name, string({ unit: 'binary' }), (key, value) => {
      const env = { [key]: value }
      expect(expand(`a\${${key}}b`, env)).toEqual({ text: `a${value}b`, used: true })
      const { tree, findings } = readTree(`x: "\${${key}}"\ny: \${${key}}\n`, env)
      expect(findings).toEqual([])
      expect(tree).toEqual({ x: value, y: value })
    }),
  )
})

test('a doubled dollar stands for itself', () => {
  expect(expand('$${NAME}', { NAME: 'x' })).toEqual({ text: '${NAME}', used: false })
  expect(expand('$$${NAME}', { NAME: 'x' })).toEqual({ text: '$${NAME}', used: false })
  expect(expand('${NAME}$${NAME}${NAME}', { NAME: 'x' })).toEqual({ text: 'x${NAME}x', used: true })
})

test('a dollar alone is a dollar', () => {
  for (const text of ['$', '$NAME', '$$', '5$', '$ {NAME}', '}{$']) {
    expect(expand(text, { NAME: 'x' })).toEqual({ text, used: false })
  }
})

test('a text without names comes out as it went in, or is refused', () => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      const expanded = expand(text, {})
      if (!('text' in expanded)) expect(text).toContain('${')
      else if (!text.includes('$${')) expect(expanded.text).toBe(text)
    }),
  )
})

test('what is not set is named, and so is what is no name', () => {
  expect(expand('x ${NOPE}', {})).toEqual({
    wanted: '${NOPE}',
    sentence: 'The environment has no NOPE. Set it, or take this setting out.',
  })
  for (const text of ['${}', '${A-B}', '${A:-x}', '${', '${A', '${1}']) {
    expect(expand(text, { A: 'x' })).toHaveProperty('sentence')
  }
  expect(expand('${toString}', {})).toHaveProperty('sentence')
  expect(expand('${EMPTY}', { EMPTY: '' })).toEqual({ text: '', used: true })
})
