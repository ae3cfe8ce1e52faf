import type { Ask } from '../ask.ts'
import { chance } from '../chance.ts'
import { isList, isObject, type Json, type JsonObject } from '../json.ts'
import { textOf, transcript, type Answer, type Choice, type Finish, type Tokens } from '../model.ts'
import { tokensOf } from '../tokens.ts'
import { Problem, type Door, type Event, type Request, type Said, type World } from './dialect.ts'
import {
  flag,
  missing,
  number,
  openaiWords,
  readBody,
  readModel,
  text,
  wrongType,
} from './openai.ts'

/**
 * POST /v1/completions, as OpenAI and the engines answer: every prompt gets `n` texts, one behind another.
 * Source: https://platform.openai.com/docs/api-reference/completions and recorded exchanges (read 2026-11-22).
 */
export const openaiCompletions: Door = {
  method: 'POST',
  path: '/v1/completions',
  ...openaiWords,
  answer(request, world) {
    const wanted = read(request, world)
    const texts = wanted.asks.flatMap((ask, index) => {
      const { choices } = wanted.answers[index]!
      return choices.map((choice): Text => ({ prompt: ask.prompt, choice }))
    })
    return say(wanted, texts, world)
  },
}

interface Wanted {
  readonly model: string
  readonly asks: readonly { readonly prompt: string }[]
  readonly answers: readonly Answer[]
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly echo: boolean
  /** Whether log probabilities are wanted, and how many alternatives; null for none. */
  readonly logprobs: number | null
}

interface Text {
  readonly prompt: string
  readonly choice: Choice
}

function read(request: Request, world: World): Wanted {
  const body = readBody(request, world)
  const { model } = readModel(body, false)
  const prompts = readPrompts(body.prompt)
  const n = number(body, 'n', 'integer', 1, 128) ?? 1
  const best = number(body, 'best_of', 'integer', 1, 20)
  if (best !== null && best < n) {
    throw new Problem(
      400,
      'You requested that the server return more choices than it will generate.',
    )
  }
  number(body, 'temperature', 'decimal', 0, 2)
  const suffix = text(body, 'suffix') ?? ''
  const ask = (prompt: string): Ask => ({
    model,
    turns: [{ role: 'user', parts: [{ kind: 'text', text: prompt + suffix }] }],
    tools: [],
    toolChoice: 'auto',
    parallel: true,
    format: { kind: 'text' },
    choices: n,
    tokensMax: number(body, 'max_tokens', 'integer', 0, Number.MAX_SAFE_INTEGER) ?? 16,
    stops: readStops(body.stop),
    thinking: { effort: 'none', tokensMax: null },
    seed: number(body, 'seed', 'integer', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) ?? 0,
    caching: 'automatic',
    owner: request.key,
  })
  const options = body.stream_options ?? null
  return {
    model,
    asks: prompts.map((prompt) => ({ prompt })),
    answers: prompts.map((prompt) => world.answer(ask(prompt))),
    stream: flag(body, 'stream') ?? false,
    includeUsage: isObject(options) && (flag(options, 'include_usage') ?? false),
    echo: flag(body, 'echo') ?? false,
    logprobs: number(body, 'logprobs', 'integer', 0, 5),
  }
}

/** A text, texts, a list of token numbers, or lists of them; numbers stand for themselves. */
function readPrompts(prompt: Json | undefined): readonly string[] {
  if (prompt === undefined || prompt === null) throw missing('prompt')
  if (typeof prompt === 'string') return [prompt]
  if (!isList(prompt) || prompt.length === 0) {
    throw wrongType('prompt', 'a string or an array', prompt)
  }
  if (prompt.every((item) => typeof item === 'number')) return [prompt.join(' ')]
  return prompt.map((item) => (isList(item) ? item.join(' ') : String(item)))
}

function readStops(stop: Json | undefined): readonly string[] {
  if (stop === undefined || stop === null) return []
  return isList(stop) ? stop.map(String) : [String(stop)]
}

function say(wanted: Wanted, texts: readonly Text[], world: World): Said {
  const frame = {
    id: world.id('cmpl-', 29),
    object: 'text_completion',
    created: Math.floor(world.nowMs / 1000),
    model: wanted.model,
  }
  const tokens = total(wanted.answers)
  const usage = (output: number): JsonObject => {
    const prompt = tokens.input + tokens.cacheRead
    return { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output }
  }
  const [first] = wanted.answers
  return {
    headers: { 'openai-version': '2020-10-01' },
    stream: wanted.stream,
    whole: () => ({
      ...frame,
      choices: texts.map((each, index) => whole(each, index, wanted, world)),
      usage: usage(tokens.output),
    }),
    events: () => events(wanted, texts, world, frame, usage(tokens.output)),
    contentEvents: texts.reduce((sum, each) => sum + piecesOf(each, wanted).length, 0),
    tokens,
    pace: first!.pace,
    usage,
    text: texts.map(({ choice }) => transcript(choice.blocks)).join('\n'),
  }
}

const finishes = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  calls: 'stop',
  refusal: 'stop',
} satisfies Record<Finish, string>

function whole(each: Text, index: number, wanted: Wanted, world: World): JsonObject {
  const pieces = piecesOf(each, wanted)
  return {
    text: pieces.join(''),
    index,
    logprobs: logprobsOf(pieces, 0, wanted, world),
    finish_reason: finishes[each.choice.finish],
  }
}

/** Texts come interleaved, as the vendor sends them; the last event of each says why it ended. */
function* events(
  wanted: Wanted,
  texts: readonly Text[],
  world: World,
  frame: JsonObject,
  usage: JsonObject,
): Generator<Event> {
  const none = wanted.includeUsage ? { usage: null } : {}
  const longest = Math.max(...texts.map((each) => piecesOf(each, wanted).length))
  const offsets = texts.map(() => 0)
  for (let place = 0; place < longest; place += 1) {
    for (const [index, each] of texts.entries()) {
      const piece = piecesOf(each, wanted)[place]
      if (piece === undefined) continue
      const logprobs = logprobsOf([piece], offsets[index]!, wanted, world)
      offsets[index]! += piece.length
      const choice = { text: piece, index, logprobs, finish_reason: null }
      yield {
        name: null,
        data: { ...frame, choices: [choice], ...none },
        mark: 'content',
        tokens: 1,
      }
    }
  }
  for (const [index, { choice }] of texts.entries()) {
    const last = { text: '', index, logprobs: null, finish_reason: finishes[choice.finish] }
    yield { name: null, data: { ...frame, choices: [last], ...none }, mark: 'finish', tokens: 0 }
  }
  if (wanted.includeUsage) {
    yield { name: null, data: { ...frame, choices: [], usage }, mark: 'usage', tokens: 0 }
  }
  yield { name: null, data: '[DONE]', mark: 'end', tokens: 0 }
}

function piecesOf({ prompt, choice }: Text, { echo }: Wanted): readonly string[] {
  const said = choice.blocks.flatMap((block) =>
    block.kind === 'call' ? [] : tokensOf(textOf(block)),
  )
  return echo ? [...tokensOf(prompt), ...said] : said
}

/** How likely each token was, made up from the seed: a list for each column. */
function logprobsOf(
  pieces: readonly string[],
  from: number,
  { logprobs }: Wanted,
  world: World,
): Json {
  if (logprobs === null) return null
  const likely = pieces.map((piece) => {
    const random = chance('completion', world.seed, piece)
    return Math.round(-random() * 0.5 * 1e6) / 1e6
  })
  let offset = from
  return {
    tokens: [...pieces],
    token_logprobs: likely,
    top_logprobs: pieces.map((piece, index) =>
      logprobs === 0 ? null : { [piece]: likely[index]! },
    ),
    text_offset: pieces.map((piece) => {
      const begins = offset
      offset += piece.length
      return begins
    }),
  }
}

function total(answers: readonly Answer[]): Tokens {
  const sum = (kind: keyof Tokens): number =>
    answers.reduce((all, { tokens }) => all + tokens[kind], 0)
  return {
    input: sum('input'),
    cacheRead: sum('cacheRead'),
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: sum('output'),
    reasoning: 0,
  }
}
