import { expect, test } from 'bun:test'
import { aCall, aStamp, foldStream } from '../meaning.suite.ts'
import { anthropicMessages } from './index.ts'

const think = { type: 'reasoning', choice: 0, text: 'Hm.' } as const
const seal = { type: 'seal', choice: 0, signature: 's', sealed: null } as const
const say = { type: 'text', choice: 0, text: 'Yes.' } as const

test.each([
  ['its own signature', [think, seal, say], 's'],
  ['an empty one when it has none', [think, say], ''],
  ['an empty one when nothing else comes', [think], ''],
] as const)('a thought ends with %s', (_, deltas, signature) => {
  const writer = anthropicMessages.startWriting!(aCall(anthropicMessages), aStamp)
  const text = String(writer.write([...deltas])) + String(writer.end())
  const events = text.split('\n').flatMap((line) => {
    if (!line.startsWith('data: ')) return []
    const { index, delta } = JSON.parse(line.slice('data: '.length)) as {
      index?: number
      delta?: { type?: string; signature?: string }
    }
    return delta?.type === 'signature_delta' ? [[index, delta.signature]] : []
  })
  expect(events).toEqual([[0, signature]])
  const [part] = foldStream(Buffer.from(text), anthropicMessages).choices[0]!.parts
  expect(part).toMatchObject({ type: 'reasoning', text: 'Hm.' })
})
