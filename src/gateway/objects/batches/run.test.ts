import { afterEach, expect, spyOn, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, type Instant, systemClock } from '../../../core/clock.ts'
import { openaiChat } from '../../../dialects/openai-chat/index.ts'
import { KeptFiles, newFileId } from '../../../store/files/kept-files.ts'
import { scratch } from '../../../store/scratch.suite.ts'
import type { Parts } from '../../pipeline/parts.ts'
import type { BatchFacts } from './facts.ts'
import { BatchRun } from './run.ts'
import type { Slots } from './slots.ts'

const folder = scratch()
const endpoint = '/v1/chat/completions'
const line = JSON.stringify({
  custom_id: 'one',
  method: 'POST',
  url: endpoint,
  body: { model: 'acme/large', messages: [{ role: 'user', content: 'Well?' }] },
})
const dayUs = 86_400_000_000

/** A batch of one line, whose key is gone: to ask it is to write that down. Its place is given by the test. */
async function scene(text: string, windowUs = dayUs, more: Partial<BatchFacts> = {}) {
  let nowUs = systemClock.now() as number
  const clock: Clock = { ...systemClock, now: () => nowUs as Instant }
  const made = folder()
  const kept = await KeptFiles.open(made, { bytesMax: 1_000_000 }, clock)
  const expiresAt = (nowUs + 40 * dayUs) as Instant
  const file = { owner: 'web', name: 'a.jsonl', purpose: 'batch', expiresAt }
  const { id: input } = await kept.add(file, Buffer.from(text))
  const place = Promise.withResolvers<void>()
  const asking = Promise.withResolvers<void>()
  const slots = {
    count: 1,
    take: () => {
      asking.resolve()
      return place.promise
    },
    free: () => {},
  } as unknown as Slots
  const parts = { clock, health: { isClear: true }, keyring: { named: () => null } }
  const facts = {
    id: newFileId(),
    owner: 'web',
    at: nowUs,
    endpoint,
    input,
    expiresAt: nowUs + windowUs,
    headers: {},
    keepMs: 86_400_000,
    status: 'validating',
    ending: null,
    output: newFileId(),
    error: newFileId(),
    moments: {},
    ...more,
  } as unknown as BatchFacts
  const run = new BatchRun(facts, {
    parts: parts as unknown as Parts,
    kept,
    slots,
    dialects: new Map([[endpoint, openaiChat]]),
    atVendors: () => false,
    save: () => Promise.resolve(),
  })
  return {
    run,
    place,
    asking: asking.promise,
    pass: (us: number) => void (nowUs += us),
    refused: () => readFileSync(join(made, facts.error), 'utf8'),
  }
}

afterEach(() => void spyOn(globalThis, 'setTimeout').mockRestore())

test('a file that begins with a byte order mark is read again as it was read at first', async () => {
  const { run, place, refused } = await scene(`\ufeff${line}\n`)
  place.resolve()
  await run.run()
  expect(run.facts).toMatchObject({ status: 'completed', total: 1, failed: 1 })
  expect(refused()).toContain('"custom_id":"one"')
})

test.each(['cancelled', 'stopped'])(
  'a line that waits for its place is not begun once its batch is %s',
  async (how) => {
    const { run, place, asking, refused } = await scene(line)
    const ended = run.run()
    await asking
    if (how === 'stopped') run.stop()
    else await run.cancel()
    place.resolve()
    await ended
    expect(run.facts).toMatchObject({ total: 1, completed: 0, failed: 0 })
    if (how === 'stopped') expect(refused()).toBe('')
    else expect(refused()).toContain('batch_cancelled')
  },
)

test('a window that no timer can hold is not over before its end', async () => {
  const timers: { readonly wake: () => void; readonly ms: number }[] = []
  const { run, place, asking, pass } = await scene(line, 30 * dayUs)
  spyOn(globalThis, 'setTimeout').mockImplementation(((wake: () => void, ms: number) => {
    timers.push({ wake, ms })
    return 0
  }) as never)
  const ended = run.run()
  await asking
  for (const { wake, ms } of timers.splice(0)) {
    pass(ms * 1_000)
    wake()
  }
  expect(run.facts.ending).toBeNull()
  for (const { wake, ms } of timers.splice(0)) {
    pass(ms * 1_000)
    wake()
  }
  expect(run.facts.ending).toBe('expired')
  place.resolve()
  await ended
  expect(run.facts.status).toBe('expired')
})

test('lines that a power cut took out of an output that was whole are asked again', async () => {
  const before = { status: 'finalizing', ending: 'completed' } as const
  const { run, place, refused } = await scene(line, dayUs, before)
  place.resolve()
  await run.run()
  expect(run.facts).toMatchObject({ status: 'completed', total: 1, failed: 1 })
  expect(refused()).not.toContain('batch_incomplete')
})
