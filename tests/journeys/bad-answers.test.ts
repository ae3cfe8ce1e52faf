import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  type CallerName,
  callers,
  eventsIn,
  type Got,
  type Json,
  nothing,
} from './bad-answers/callers.ts'
import { goodText } from './bad-answers/answers.ts'
import { type Fault, faults, largeFaults } from './bad-answers/faults.ts'
import { type FormatName, formats } from './bad-answers/formats.ts'
import { type RawVendor, startVendor } from './bad-answers/vendor.ts'
import { type CallFacts, startTown, type Town } from './town.ts'

/**
 * Vendors who answer wrongly in every way that is known, to callers of four dialects, whole and
 * streamed. Each gets the answer as it was meant, or a clear error; what was not counted is marked as
 * an estimate; and the gateway goes on as if nothing had happened.
 */
let town: Town
let vendor: RawVendor

const key = 'web-secret-0123456789'

const types = {
  'openai-chat': 'openai-compatible',
  'anthropic-messages': 'anthropic-compatible',
  gemini: 'gemini-compatible',
  'cohere-chat': 'cohere',
  'bedrock-converse': 'bedrock',
  'openai-responses': 'openai-responses-compatible',
  'openai-completions': 'vllm',
  embeddings: 'openai-compatible',
  rerank: 'openai-compatible',
} satisfies Record<FormatName, string>
/** What is no conversation is asked for and given in one format. */
const alone = ['openai-completions', 'embeddings', 'rerank'] as const
const providers = (Object.keys(types) as FormatName[]).filter((name) => !isAlone(name))
const callerNames = (Object.keys(callers) as CallerName[]).filter((name) => !isAlone(name))
const all = [...faults, ...largeFaults]

function isAlone(name: FormatName): name is (typeof alone)[number] {
  return (alone as readonly FormatName[]).includes(name)
}

beforeAll(async () => {
  vendor = startVendor(({ head, body }) => {
    const [, format, place] = /(?:\/|")([a-z-]+)--(\d+)/.exec(decodeURIComponent(head) + body)!
    const isStream = /stream/i.test(head.split('\r\n')[0]!) || /"stream":\s*true/.test(body)
    return all[Number(place)]!.answer(format as FormatName, isStream)!
  })
  town = await startTown({
    config: `
providers:
${Object.keys(types)
  .map(
    (name) =>
      `  ${name}: { type: ${types[name as FormatName]}, base_url: '${vendor.url}', api_key: vendor-key-0123456789 }`,
  )
  .join('\n')}
keys:
  - { id: web, secret: ${key} }
prices:
${Object.keys(types)
  .flatMap((name) => all.map((_, at) => `  ${name}/${name}--${at}: { input: 3, output: 15 }`))
  .join('\n')}
`,
  })
})
afterAll(async () => {
  await town.close()
  vendor.stop()
})

interface Case {
  readonly fault: Fault
  readonly provider: FormatName
  readonly from: CallerName
  readonly stream: boolean
}

describe.each(providers)('a vendor of %s', (provider) => {
  test.each(callerNames)('who answers wrongly to a caller of %s', async (from) => {
    expect(await wrongs(casesOf(provider, from))).toEqual([])
  })
})

test.each(alone)('a vendor who answers wrongly to a caller of %s', async (name) => {
  expect(await wrongs(casesOf(name, name))).toEqual([])
})

function casesOf(provider: FormatName, from: CallerName): readonly Case[] {
  const ways = formats[provider].plain ? [false] : [false, true]
  return faults.flatMap((fault) =>
    ways
      .filter((stream) => fault.of === undefined || (fault.of === 'stream') === stream)
      .filter((stream) => fault.answer(provider, stream) !== null)
      .map((stream): Case => ({ fault, provider, from, stream })),
  )
}

describe('answers that are large', () => {
  test.each(providers)('of a vendor of %s', async (provider) => {
    const cases = largeFaults.flatMap((fault): Case[] =>
      fault.of === 'whole'
        ? [{ fault, provider, from: 'anthropic-messages', stream: false }]
        : [
            { fault, provider, from: 'openai-chat', stream: false },
            { fault, provider, from: 'anthropic-messages', stream: true },
          ],
    )
    for (const each of cases) expect(await wrongs([each])).toEqual([])
  })
})

test('the gateway is as it was: good answers are good, and none of its own faults were seen', async () => {
  const [good] = faults
  const cases = providers.flatMap((provider) =>
    callerNames.flatMap((from) =>
      [false, true].map((stream): Case => ({ fault: good!, provider, from, stream })),
    ),
  )
  expect(await wrongs(cases)).toEqual([])
  expect(town.log()).not.toContain('internal_error')
})

async function wrongs(cases: readonly Case[]): Promise<readonly string[]> {
  const waiting = [...cases]
  const found: string[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await check(next)
      } catch (error) {
        const { fault, provider, from, stream } = next
        const why = Bun.stripANSI((error as Error).message)
          .replaceAll(/\s+/g, ' ')
          .slice(0, 600)
        found.push(
          `${fault.name} (${provider} to ${from}, ${stream ? 'streamed' : 'whole'}): ${why}`,
        )
      }
    }
  }
  await Promise.all(Array.from({ length: 100 }, work))
  return found
}

let count = 0

async function check({ fault, provider, from, stream }: Case): Promise<void> {
  const caller = callers[from]
  const model = `${provider}/${provider}--${all.indexOf(fault)}`
  count += 1
  const nonce = `nonce-${count}`
  const response = await fetch(town.url + caller.path(model, stream), {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(caller.body(model, nonce, stream)),
  })
  const id = response.headers.get('x-request-id')!
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  const text = await response.text()
  let failed: boolean
  if (response.status === 200) {
    if (fault.passes === true && from === provider)
      return checkLedger(fault, await town.call(id), false, vendor.asked(nonce))
    const got = stream ? readStream(text, from) : caller.whole(JSON.parse(text) as Json)
    failed = got.error !== null
    if (failed) checkBroken(fault, got, from, id)
    else checkAnswer(fault, got, { fault, provider, from, stream })
  } else {
    failed = true
    checkError(fault, response, text, from, id)
  }
  checkLedger(fault, await town.call(id), failed, vendor.asked(nonce), formats[provider].plain)
}

function readStream(text: string, from: CallerName): Got {
  const got = nothing()
  for (const data of eventsIn(text)) callers[from].event(data, got)
  return got
}

function checkAnswer(fault: Fault, got: Got, { from, stream }: Case): void {
  expect(fault.gives).not.toBe('error')
  expect(got.text === (fault.text ?? goodText) || got.text.slice(0, 200)).toBe(true)
  // A whole answer that came in another shape, or a turn that called a tool, may end by either.
  const ends = fault.ends ?? ['stop']
  expect(ends).toContain(got.end)
  if (stream && callers[from].unmarked !== true) expect(got.marked).toBe(true)
  expect(got.tools).toHaveLength(fault.calls === undefined ? 0 : 1)
  for (const { id, name } of got.tools) {
    expect(id).toMatch(/./)
    expect(name).toBe('look')
  }
}

/** After the first words: a sentence, and nothing that looks like an end. */
function checkBroken(fault: Fault, got: Got, from: CallerName, id: string): void {
  expect(fault.gives).not.toBe('answer')
  expect(got.text.length + got.tools.length).toBeGreaterThan(0)
  expect((fault.text ?? goodText).startsWith(got.text)).toBe(true)
  expect(got.marked).toBe(false)
  expect([null, 'error']).toContain(got.end)
  expect(callers[from].error(got.error, id).length).toBeGreaterThan(20)
}

function checkError(
  fault: Fault,
  response: Response,
  text: string,
  from: CallerName,
  id: string,
): void {
  expect(fault.gives).not.toBe('answer')
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(fault.statuses ?? [502, 503, 504]).toContain(response.status)
  const sentence = callers[from].error(JSON.parse(text) as Json, id)
  expect(sentence.length).toBeGreaterThan(20)
  expect(sentence).not.toMatch(/<h1>|vendor-key/)
}

function checkLedger(
  fault: Fault,
  facts: CallFacts,
  failed: boolean,
  asked: number,
  plain = false,
): void {
  expect(facts.attempts).toHaveLength(asked)
  expect(facts.ok).toBe(!failed)
  for (const { tokens, cost_usd: cost } of facts.attempts) {
    expect(cost).toMatch(/^\d+(\.\d+)?$/)
    for (const tally of Object.values(tokens ?? {})) {
      expect(Number.isSafeInteger(tally)).toBe(true)
      expect(tally).toBeGreaterThanOrEqual(0)
    }
  }
  const last = facts.attempts.at(-1)!
  if (failed) {
    expect(last.end_state).not.toBe('complete')
    return
  }
  const counts = fault.counts ?? 'vendor'
  const isGood = last.tokens?.['input'] === 11 && last.tokens['output'] === (plain ? 0 : 7)
  if (counts === 'vendor') expect([last['usage_source'], isGood]).toEqual(['provider', true])
  if (counts === 'estimate') expect(last['usage_source']).toBe('estimate')
  // One of the two counts may have been a number after all.
  if (last['usage_source'] === 'estimate') expect(last.tokens!['input']).toBeGreaterThan(0)
}
