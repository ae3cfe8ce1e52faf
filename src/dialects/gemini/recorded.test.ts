import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { aCall, aStamp, aTarget, callOf, placeOf } from '../meaning.suite.ts'
import { geminiCount } from './index.ts'

/** Counts of tokens as Google and Vertex AI were recorded giving them. */
const folder = '../shared/data/fixtures/vendor-traffic'
const files = ['count-tokens.gemini.ndjson', 'count-tokens.vertexai.ndjson'].map(
  (file) => `${folder}/${file}`,
)
const isHere = files.every((file) => existsSync(file))

interface Exchange {
  readonly id: string
  readonly req: { readonly url: string; readonly body: Record<string, unknown> }
  readonly res: { readonly body: { readonly totalTokens: number } }
}

describe('recorded counts', () => {
  if (!isHere) test.skip(`are not here: ${folder} is missing, so they are skipped`, () => {})
  const exchanges = isHere
    ? files.flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Exchange),
      )
    : []

  test.each(exchanges.map((exchange) => [exchange.id, exchange] as const))(
    '%s',
    (_, { req, res }) => {
      const model = /models\/([^:]+):/.exec(req.url)![1]!
      const call = callOf(geminiCount, req.body, placeOf(model))
      expect(JSON.parse(geminiCount.writeCall(call, aTarget(model)).text)).toEqual(req.body)
      const meaning = call.meaning()
      if (meaning.operation !== 'count') throw new Error('no count')
      const asked = JSON.stringify(req.body)
      const texts = meaning.chat.messages.flatMap(({ parts }) =>
        parts.map((part) => (part.type === 'text' ? part.text : '')),
      )
      expect(texts.length).toBeGreaterThan(0)
      for (const text of texts) expect(asked).toContain(JSON.stringify(text))
      if (meaning.chat.tools.every(({ foreign }) => foreign === null)) {
        const anew = geminiCount.writeCall({ ...call, dialect: 'another' }, aTarget(model))
        const again = callOf(geminiCount, anew.text, placeOf(model)).meaning()
        expect(again).toEqual(meaning)
      }
      const reply = geminiCount.readReply(JSON.stringify(res.body), {})
      expect(reply).toMatchObject({ operation: 'count', inputTokens: res.body.totalTokens })
      const written = geminiCount.writeReply(reply, aCall(geminiCount), aStamp)
      expect(geminiCount.readReply(written, {})).toEqual(reply)
    },
  )
})

test.each(['{}', '{"totalTokens":-1}', '{"totalTokens":1.5}', '[]', 'x'])(
  '%s is no count',
  (text) => {
    expect(() => geminiCount.readReply(text, {})).toThrow()
  },
)
