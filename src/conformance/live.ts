import type { ChatReply } from '../core/reply.ts'
import { promptTokens } from '../core/usage.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { ask, type Asked, type Seen } from './asker.ts'
import { type Check, failed, none, type Outcome, passed, type Trial } from './matrix.ts'

export interface LiveRun extends Asked {
  readonly chat: Dialect
  readonly embeddings: Dialect
  readonly signal: AbortSignal
  /** 'provider/model' */
  readonly model: string
  /** Null: embeddings are not asked for. */
  readonly embeddingModel: string | null
  /** What the catalog says that the model does not do: it is not asked for it. Null: not known. */
  readonly can: Readonly<Record<'tools' | 'schema' | 'image' | 'reasoning', boolean | null>>
}

interface Question {
  readonly name: string
  readonly checks: readonly Check[]
  readonly request: Readonly<Record<string, unknown>>
  readonly judge: (seen: Seen, reply: ChatReply) => Outcome
  /** Asked only of models that can do this. */
  readonly takes?: keyof LiveRun['can']
}

const user = (content: unknown) => ({ role: 'user', content })

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city, now.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}

const verdict = {
  type: 'object',
  properties: { number: { type: 'integer' }, prime: { type: 'boolean' } },
  required: ['number', 'prime'],
  additionalProperties: false,
}

/** A square of 16 by 16 pixels, all of them red. */
const redSquare =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mP4z8BAEmIY1TCqYfhqAACQ+f8B8u7oVwAAAABJRU5ErkJggg=='

const questions: readonly Question[] = [
  {
    name: 'one word',
    checks: ['chat'],
    request: { messages: [user('Answer with the one word: pong')], max_tokens: 2_000 },
    judge: (seen, reply) => countedText(seen, reply, /pong/i),
  },
  {
    name: 'one word, streamed',
    checks: ['stream'],
    request: {
      messages: [user('Answer with the one word: pong')],
      max_tokens: 2_000,
      stream: true,
    },
    judge: (seen, reply) => countedText(seen, reply, /pong/i),
  },
  {
    name: 'a call of a tool',
    checks: ['tools'],
    takes: 'tools',
    request: { messages: [user('What is the weather in Lisbon? Use the tool.')], tools: [weather] },
    judge: (_seen, reply) => calls(reply, ['lisbon']),
  },
  {
    name: 'two calls at once, streamed',
    checks: ['tools', 'parallel tools', 'stream'],
    takes: 'tools',
    request: {
      messages: [
        user('What is the weather in Lisbon, and what in Oslo? Call the tool for both at once.'),
      ],
      tools: [weather],
      stream: true,
    },
    judge: (_seen, reply) => calls(reply, ['lisbon', 'oslo']),
  },
  {
    name: 'the result of a tool',
    checks: ['tools'],
    takes: 'tools',
    request: {
      messages: [
        user('What is the weather in Lisbon? Use the tool, then answer with the temperature.'),
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'get_weather', arguments: '{"city":"Lisbon"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '{"celsius":23}' },
      ],
      tools: [weather],
    },
    judge: (_seen, reply) => said(reply, /23/),
  },
  {
    name: 'an answer by a schema',
    checks: ['schema'],
    takes: 'schema',
    request: {
      messages: [user('Is 91 a prime? Answer as JSON.')],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'verdict', strict: true, schema: verdict },
      },
    },
    judge: (_seen, reply) => fits(reply),
  },
  {
    name: 'a picture',
    checks: ['image'],
    takes: 'image',
    request: {
      messages: [
        user([
          { type: 'text', text: 'Which colour is this? Answer with one word.' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${redSquare}` } },
        ]),
      ],
      max_tokens: 2_000,
    },
    judge: (_seen, reply) => said(reply, /red/i),
  },
  {
    name: 'thoughts',
    checks: ['reasoning'],
    takes: 'reasoning',
    request: {
      messages: [user('What is 17 * 23? Answer with the number.')],
      reasoning_effort: 'low',
    },
    judge: (_seen, reply) => thought(reply),
  },
]

/** Long enough for every vendor's cache: OpenAI takes prompts from 1,024 tokens, some models of Anthropic from 4,096. */
const longPrompt = Array.from(
  { length: 900 },
  (_, place) => `Line ${place} of a text that is sent twice.`,
).join('\n')

/** Asks a live provider the fixed questions, one after another. They cost what the answers report. */
export async function* tryLive(
  run: LiveRun,
): AsyncGenerator<Trial & { readonly costUsd: string | null }> {
  const provider = run.model.slice(0, run.model.indexOf('/'))
  for (const { name, checks, request, judge, takes } of questions) {
    if (run.signal.aborted) return
    const tried = { provider, checks, name }
    if (takes !== undefined && run.can[takes] === false) {
      yield { ...tried, outcome: none('the catalog says that this model does not'), costUsd: null }
      continue
    }
    const { outcome, costUsd } = await judged(() => chat(run, request), judge)
    yield { ...tried, outcome, costUsd }
  }
  if (run.signal.aborted) return
  yield await tryCache(provider, run)
  yield await tryEmbeddings(provider, run)
  yield { ...(await tryAbort(provider, run)), costUsd: null }
  yield { ...(await tryUnknownModel(provider, run)), costUsd: null }
}

function chat(run: LiveRun, request: Readonly<Record<string, unknown>>): Promise<Seen> {
  return ask(run, run.chat, { model: run.model, ...request }, run.signal)
}

async function judged(
  asking: () => Promise<Seen>,
  judge: Question['judge'],
): Promise<{ outcome: Outcome; costUsd: string | null }> {
  try {
    const seen = await asking()
    const { reply, error, costUsd } = seen
    if (error !== null)
      return { outcome: failed(`status ${seen.status}: ${error.message}`), costUsd }
    if (reply?.operation !== 'chat') return { outcome: failed('no answer came'), costUsd }
    if (!seen.whole) return { outcome: failed('the stream broke off'), costUsd }
    return { outcome: judge(seen, reply), costUsd }
  } catch (error) {
    return { outcome: failed((error as Error).message), costUsd: null }
  }
}

function textOf({ choices }: ChatReply): string {
  const parts = choices[0]?.parts ?? []
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

function said(reply: ChatReply, wanted: RegExp): Outcome {
  const text = textOf(reply)
  return wanted.test(text) ? passed() : failed(`it said ${JSON.stringify(text.slice(0, 120))}`)
}

function countedText({ adapted }: Seen, reply: ChatReply, wanted: RegExp): Outcome {
  const { measured, choices } = reply
  const outcome = said(reply, wanted)
  if (outcome.kind !== 'passed') return outcome
  const finish = choices[0]?.ending?.finish ?? null
  if (finish !== 'stop') return failed(`it finished with ${finish ?? 'nothing'}, not stop`)
  return passed(measured === null ? 'the provider did not count' : adapted)
}

function calls({ choices }: ChatReply, cities: readonly string[]): Outcome {
  const [choice] = choices
  const called = (choice?.parts ?? []).flatMap((part) =>
    part.type === 'toolCall' ? [`${part.name}(${part.arguments})`] : [],
  )
  const missing = cities.filter(
    (city) =>
      !called.some((call) => call.startsWith('get_weather') && call.toLowerCase().includes(city)),
  )
  if (missing.length > 0)
    return failed(`no call for ${missing.join(' and ')}: ${called.join(', ') || 'no call at all'}`)
  const finish = choice?.ending?.finish ?? null
  return finish === 'tools'
    ? passed()
    : failed(`it finished with ${finish ?? 'nothing'}, not tools`)
}

function fits(reply: ChatReply): Outcome {
  const text = textOf(reply)
  try {
    const { number, prime } = JSON.parse(text) as { number?: unknown; prime?: unknown }
    if (typeof number === 'number' && typeof prime === 'boolean') return passed()
  } catch {
    // Said below.
  }
  return failed(`it said ${JSON.stringify(text.slice(0, 120))}`)
}

function thought({ choices, measured }: ChatReply): Outcome {
  const parts = choices[0]?.parts ?? []
  const shown = parts.some((part) => part.type === 'reasoning')
  const counted = (measured?.usage.reasoning ?? 0) > 0
  if (!shown && !counted) return failed('neither thoughts nor a count of them came')
  return passed(shown ? null : 'thoughts are counted, not shown')
}

async function tryCache(
  provider: string,
  run: LiveRun,
): Promise<Trial & { costUsd: string | null }> {
  const request = {
    messages: [user(`${longPrompt}\n\nAnswer with the one word: pong`)],
    max_tokens: 2_000,
  }
  const tried = { provider, checks: ['cached'] as const, name: 'a long prompt twice' }
  const first = await judged(
    () => chat(run, request),
    () => passed(),
  )
  if (first.outcome.kind !== 'passed') return { ...tried, ...first }
  const second = await judged(
    () => chat(run, request),
    (_seen, { measured }) => {
      if (measured === null) return none('the provider does not count')
      const { cacheRead } = measured.usage
      return cacheRead > 0
        ? passed(`${cacheRead} of ${promptTokens(measured.usage)} tokens`)
        : none('no token came from a cache')
    },
  )
  return { ...tried, outcome: second.outcome, costUsd: second.costUsd }
}

async function tryEmbeddings(
  provider: string,
  run: LiveRun,
): Promise<Trial & { costUsd: string | null }> {
  const tried = { provider, checks: ['embeddings'] as const, name: 'two texts' }
  const { embeddingModel } = run
  if (embeddingModel === null)
    return { ...tried, outcome: none('no embedding model is known'), costUsd: null }
  try {
    const request = { model: embeddingModel, input: ['one', 'two'] }
    const { reply, error, status, costUsd } = await ask(run, run.embeddings, request, run.signal)
    if (error !== null)
      return { ...tried, outcome: failed(`status ${status}: ${error.message}`), costUsd }
    const good = reply?.operation === 'embed' && reply.vectors.length === 2
    return { ...tried, outcome: good ? passed() : failed('not two vectors'), costUsd }
  } catch (error) {
    return { ...tried, outcome: failed((error as Error).message), costUsd: null }
  }
}

async function tryAbort(provider: string, run: LiveRun): Promise<Trial> {
  const tried = { provider, checks: ['abort'] as const, name: 'leaving in the middle' }
  const leaving = new AbortController()
  try {
    const answer = await fetch(run.url + run.pathOf(run.chat, {}, true), {
      method: 'POST',
      headers: { authorization: `Bearer ${run.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: run.model,
        messages: [user('Count from 1 to 2000, each number on a line of its own.')],
        stream: true,
      }),
      signal: leaving.signal,
    })
    if (!answer.ok) return { ...tried, outcome: failed(`status ${answer.status}`) }
    await answer.body?.getReader().read()
    leaving.abort()
    return { ...tried, outcome: await leftOnLedger(answer.headers.get('x-request-id') ?? '', run) }
  } catch (error) {
    return { ...tried, outcome: failed((error as Error).message) }
  }
}

/** The ledger says that the caller left, and what came until then was counted. */
async function leftOnLedger(id: string, { url, key }: LiveRun): Promise<Outcome> {
  for (let tries = 0; tries < 50; tries += 1) {
    await Bun.sleep(100)
    const response = await fetch(`${url}/api/calls/${id}`, {
      headers: { authorization: `Bearer ${key}` },
    })
    if (response.status === 403) return none('this key may not read the ledger')
    if (!response.ok) continue
    const { attempts } = (await response.json()) as { attempts: { end_state: string }[] }
    const state = attempts.at(-1)?.end_state ?? 'nothing'
    return state === 'caller_left' ? passed() : failed(`it ended as ${state}`)
  }
  return failed('the call never came to the ledger')
}

async function tryUnknownModel(provider: string, run: LiveRun): Promise<Trial> {
  const tried = { provider, checks: ['errors'] as const, name: 'a model that is not there' }
  try {
    const model = `${provider}/freehold-no-such-model`
    const { status, error } = await ask(
      run,
      run.chat,
      { model, messages: [user('Hello')] },
      run.signal,
    )
    if (error === null) return { ...tried, outcome: failed('it answered') }
    const told = status === 400 || status === 403 || status === 404
    return {
      ...tried,
      outcome: told ? passed(error.code) : failed(`status ${status}: ${error.message}`),
    }
  } catch (error) {
    return { ...tried, outcome: failed((error as Error).message) }
  }
}
