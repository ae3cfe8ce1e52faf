import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import type { ModerateReply } from '../../core/moderate.ts'
import { ProviderFault } from '../dialect.ts'
import { aStamp, aTarget, callOf } from '../meaning.suite.ts'
import { mistralModerations, openaiModerations as dialect } from './index.ts'

describe('a question', () => {
  test('keeps its text but for the model', () => {
    const text = '{"input":["a", "b"],"model":"task","more":null}'
    for (const each of [dialect, mistralModerations]) {
      const { text: sent } = each.writeCall(callOf(dialect, text), aTarget('omni'))
      expect(sent).toBe('{"input":["a", "b"],"model":"omni"}')
    }
  })

  test('knows its pictures from its texts', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    const input = [{ type: 'text', text: 'a' }, image]
    expect(callOf(dialect, { model: 'm', input }).hasMedia).toBe(true)
    expect(callOf(dialect, { model: 'm', input: 'a' }).hasMedia).toBe(false)
    expect(callOf(dialect, { model: 'm', input }).meaning()).toEqual({
      operation: 'moderate',
      input,
      extra: {},
    })
  })

  test.each([[{}], [{ input: [] }], [{ input: 7 }], [{ input: [7] }]])(
    'of %j is refused',
    (body) => {
      expect(() => callOf(dialect, { model: 'm', ...body })).toThrow(/'input/)
    },
  )
})

describe('a verdict', () => {
  const call = callOf(dialect, { model: 'task', input: ['a', 'b'] })

  test('that Mistral leaves to its reader is given', () => {
    const wire = {
      id: 'mod-1',
      model: 'mistral-moderation-latest',
      results: [
        { categories: { pii: false, law: false }, category_scores: { pii: 0.1, law: 0.2 } },
        { categories: { pii: true, law: false }, category_scores: { pii: 0.9, law: 0.2 } },
      ],
    }
    const reply = mistralModerations.readReply(JSON.stringify(wire), {})
    const told = JSON.parse(dialect.writeReply(reply, call, aStamp)) as typeof wire
    expect(told).toMatchObject(wire)
    expect(told.results.map((result) => (result as { flagged?: boolean }).flagged)).toEqual([
      false,
      true,
    ])
    expect(told.results[0]).toMatchObject({
      category_applied_input_types: { pii: ['text'], law: ['text'] },
    })
  })

  test('that was given stays', () => {
    const wire = { id: 'm', model: 'm', results: [{ flagged: true, categories: { pii: false } }] }
    const reply = mistralModerations.readReply(JSON.stringify(wire), {}) as ModerateReply
    expect(reply.results[0]!['flagged']).toBe(true)
  })

  test('is counted only where somebody counts', () => {
    const wire = { id: 'm', model: 'm', results: [] }
    expect(dialect.readReply(JSON.stringify(wire), {})).toMatchObject({ measured: null })
    const counted = { ...wire, usage: { prompt_tokens: 5, total_tokens: 5 } }
    expect(dialect.readReply(JSON.stringify(counted), {})).toMatchObject({
      measured: { usage: { input: 5 } },
    })
  })

  test.each(['', '<html>', '[]', '{}', '{"results":[1]}'])('that is %p is none', (text) => {
    expect(() => dialect.readReply(text, {})).toThrow(ProviderFault)
  })
})

const file = '../shared/data/fixtures/vendor-traffic/moderations.openai.ndjson'

describe('recorded verdicts', () => {
  if (!existsSync(file))
    test.skip(`are not here: ${file} is missing, so they are skipped`, () => {})

  test.if(existsSync(file))('are read and told with nothing lost', () => {
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    expect(lines.length).toBe(3)
    for (const line of lines) {
      const { req, res } = JSON.parse(line) as { req: { body: object }; res: { body: object } }
      const call = callOf(dialect, req.body)
      expect(JSON.parse(dialect.writeCall(call, aTarget(call.model)).text)).toEqual(req.body)
      for (const each of [dialect, mistralModerations]) {
        const reply = each.readReply(JSON.stringify(res.body), {})
        expect(JSON.parse(dialect.writeReply(reply, call, aStamp))).toEqual(res.body)
      }
    }
  })
})
