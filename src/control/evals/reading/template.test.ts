import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fill, fillDeep, TemplateFault } from './template.ts'

const vars = { name: 'Ada', user: { age: 36, tags: ['x', 'y'] }, n: 0, no: null }

describe('a template is filled', () => {
  test.each([
    ['Hello {{name}}!', 'Hello Ada!'],
    ['{{ user.age }} of {{user.tags[1]}}', '36 of y'],
    ['{{ user }}', '{"age":36,"tags":["x","y"]}'],
    ['{{n}} and {{no}}.', '0 and .'],
    ['{{ name | upper }} {{ user.tags | length }} {{ name | json }}', 'ADA 2 "Ada"'],
    ["{{ missing | default('none') }}", 'none'],
    ['{# a remark #}{ "json": {{n}} }', '{ "json": 0 }'],
    ['no slots {here}', 'no slots {here}'],
  ])('%s', (template, text) => {
    expect(fill(template, vars)).toBe(text)
  })

  test('a slot alone gives the value itself, within lists and objects', () => {
    expect(fillDeep({ a: ['{{user}}', '{{n}}', 'n {{n}}', 7, null] }, vars)).toEqual({
      a: [vars.user, 0, 'n 0', 7, null],
    })
  })
})

describe('what cannot be filled is told', () => {
  test.each([
    ['{{nme}}', 'There is no variable {{nme}}. The case has name, user, n, no.'],
    ['{{name | shout}}', 'The filter "shout" is not known here.'],
    ['{% if name %}x{% endif %}', 'is a tag of a template language that is not read here'],
    ['{{ 1 + name() }}', 'is no name of a variable'],
    ['{{ constructor }}', 'There is no variable {{constructor}}.'],
  ])('%s', (template, sentence) => {
    expect(() => fill(template, vars)).toThrow(TemplateFault)
    expect(() => fill(template, vars)).toThrow(sentence)
  })

  test('any text is filled, or refused with a sentence; what a variable holds is never read again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '%', '#', 'a', '.', '|', ' ') }),
        (text) => {
          try {
            fill(text, { a: '{{a}}' })
          } catch (error) {
            expect(error).toBeInstanceOf(TemplateFault)
          }
        },
      ),
    )
    expect(fill('{{a}}', { a: '{{b}} {%' })).toBe('{{b}} {%')
  })
})
