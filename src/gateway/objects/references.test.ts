import { expect, test } from 'bun:test'
import { type Instant, systemClock } from '../../core/clock.ts'
import { readJsonObject } from '../../core/json.ts'
import { openaiChat } from '../../dialects/openai-chat/index.ts'
import { MemoryShelf } from '../../store/memory-shelf.ts'
import type { ApiKey, Snapshot } from '../pipeline/snapshot.ts'
import { Owned } from './owned.ts'
import { withFilesOutward, withFilesResolved } from './references.ts'

const clock = systemClock
const shelf = new MemoryShelf(() => clock.now(), 1_000_000)
const web: ApiKey = {
  id: 'web',
  role: 'caller',
  env: null,
  tasks: null,
  bounds: { budget: null, rate: null },
}

const providers = new Map(['acme', 'birch'].map((id) => [id, {}]))
const snapshot = () => ({ providers }) as unknown as Snapshot

for (const provider of ['acme', 'birch']) {
  new Owned({ shelf, clock }).note('file', {
    outward: `file-${provider}~file-1`,
    owner: 'web',
    provider,
    id: 'file-1',
    credential: null,
    object: {},
    at: clock.now() as Instant,
  })
}

function resolve(content: unknown, key = web) {
  const text = JSON.stringify({ model: 'hello', messages: [{ role: 'user', content }] })
  return resolveText(text, key)
}

function resolveText(text: string, key = web) {
  return withFilesResolved(readJsonObject(text), key, { shelf, clock, snapshot }, (body) =>
    openaiChat.readCall(body),
  )
}

const file = (id: string) => ({ type: 'file', file: { file_id: id } })

test('a file is named as its provider names it, and its provider is asked', async () => {
  const call = await resolve([
    { type: 'text', text: 'see "file_id": "file-acme~file-1"' },
    file('file-acme~file-1'),
  ])
  expect(call.heldBy).toBe('acme')
  expect(call.body.text).toContain('"file_id":"file-1"')
  // What people say of a file is no reference to it.
  expect(call.body.text).toContain(String.raw`see \"file_id\": \"file-acme~file-1\"`)
})

test("a call without files, or with a provider's own ids, is left as it is", async () => {
  for (const content of ['"file-acme~file-1"', [file('file-1')], [file('file-x~')]]) {
    const call = await resolve(content)
    expect(call.heldBy).toBeUndefined()
    expect((call.body.value['messages'] as { content: unknown }[])[0]!.content).toEqual(content)
  }
})

test("another key's file is not there by its provider's own id either, however that is written", async () => {
  const stranger = { ...web, id: 'stranger' }
  const written = [
    '{"file_id":"file-1"}',
    '{"file_id" : "file-1"}',
    String.raw`{"file_\u0069d":"file-1"}`,
    String.raw`{"file_id":"\u0066ile-1"}`,
    String.raw`{"file_id":"file\u002D1"}`,
  ]
  for (const each of written) {
    const text = `{"model":"hello","messages":[{"role":"user","content":[{"type":"file","file":${each}}]}]}`
    await expect(resolveText(text, stranger)).rejects.toMatchObject({ code: 'object_not_found' })
    expect((await resolveText(text)).body.value).toEqual(JSON.parse(text))
    await resolveText(text.replace('-1"', '-2"').replace('D1"', 'D2"'), stranger)
  }
})

test.each([
  ["somebody else's", [file('file-acme~file-1')], { ...web, id: 'other' }, 'object_not_found'],
  [
    'at two providers',
    [file('file-acme~file-1'), file('file-birch~file-1')],
    web,
    'invalid_request',
  ],
  ["the gateway's own", [file(`file-${'0'.repeat(32)}`)], web, 'invalid_request'],
] as const)('files that are %s are refused', async (_, content, key, code) => {
  const refused = await resolve(content, key).then(
    () => null,
    (error: { code: string }) => error.code,
  )
  expect(refused).toBe(code)
})

test('an answer that quotes a file names it as callers know it, whole and streamed', async () => {
  const answer = String.raw`{"text":"of \"file_id\":\"file-1\"","annotations":[{"file_id":"file-1"}]}`
  const outward = answer.replace('{"file_id":"file-1"}', '{"file_id":"file-acme~file-1"}')
  expect(withFilesOutward(answer, 'acme')).toBe(outward)
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from(`data: ${answer}\n\n`))
      controller.enqueue(Buffer.from('data: {"text":"ü"}\n\n'))
      controller.close()
    },
  })
  const told = withFilesOutward(stream, 'acme') as ReadableStream<Uint8Array>
  expect(await new Response(told).text()).toBe(`data: ${outward}\n\ndata: {"text":"ü"}\n\n`)
})
