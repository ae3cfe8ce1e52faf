import { promptOf, wordsOf, type Ask } from './ask.ts'
import { between, chance, choose, hash, letters, share, type Chance } from './chance.ts'
import type { Json } from './json.ts'
import { Prefixes } from './prefixes.ts'
import { findProfile, type Profile } from './profiles.ts'
import { prose, thought } from './prose.ts'
import { chanceOfRight, difficultyOf, findQuestion } from './questions.ts'
import { fit } from './schema.ts'
import { countTokens, tokensOf } from './tokens.ts'
import { callsFor } from './tools.ts'

/** What a model answers, in no vendor's format. */
export interface Answer {
  readonly choices: readonly Choice[]
  readonly tokens: Tokens
  readonly pace: Pace
}

export interface Choice {
  readonly blocks: readonly Block[]
  readonly finish: Finish
  /** The stop sequence that was met. */
  readonly stop: string | null
}

export type Finish = 'stop' | 'length' | 'calls' | 'stop-sequence' | 'refusal'

/** Pieces joined are the text of the block; each is `weight` tokens and is streamed by itself. */
export type Block = (
  | { readonly kind: 'thinking'; readonly signature: string }
  | { readonly kind: 'text' }
  | { readonly kind: 'refusal' }
  | { readonly kind: 'call'; readonly name: string }
) & { readonly pieces: readonly string[]; readonly weight: number }

/** Tokens by kind; only `reasoning` is part of another one, of `output`. */
export interface Tokens {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly output: number
  readonly reasoning: number
}

export const noTokens: Tokens = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
}

export interface Pace {
  readonly firstMs: number
  readonly tokenMs: number
}

/**
 * The models behind every dialect: from a seed, so that the same request always gets the same answer.
 * What is remembered is only which prompts were seen, for the cached tokens.
 */
export class Models {
  readonly seed: number
  readonly #prefixes = new Prefixes()

  constructor(seed: number) {
    this.seed = seed
  }

  /** @throws RangeError for a model that does not exist; dialects look first */
  answer(ask: Ask): Answer {
    const profile = findProfile(ask.model)
    if (!profile) throw new RangeError(`No model is called ${ask.model}.`)
    const choices = Array.from({ length: ask.choices }, (_, index) =>
      this.#choice(ask, profile, chance(this.seed, ask.seed, ask.model, wordsOf(ask), index)),
    )
    const prompt = this.#prefixes.take(ask)
    return {
      choices,
      tokens: {
        input: prompt.fresh,
        cacheRead: prompt.cacheRead,
        cacheWrite5m: prompt.cacheWrite5m,
        cacheWrite1h: prompt.cacheWrite1h,
        output: sum(choices.map(({ blocks }) => sum(blocks.map(blockTokens)))),
        reasoning: sum(
          choices.map(({ blocks }) => sum(blocks.filter(isThinking).map(blockTokens))),
        ),
      },
      pace: { firstMs: profile.firstMs, tokenMs: profile.tokenMs },
    }
  }

  /** Forgets which prompts were seen. */
  reset(): void {
    this.#prefixes.clear()
  }

  #choice(ask: Ask, profile: Profile, random: Chance): Choice {
    const prompt = promptOf(ask)
    const thinking = profile.thinks && ask.thinking.effort !== 'none'
    const before = thinking ? [this.#think(ask, prompt, random)] : []
    const calls = profile.says === 'echo' && ask.toolChoice === 'auto' ? [] : callsFor(ask, random)
    if (calls.length > 0) {
      const blocks = calls.map(({ name, input }): Block => ({
        kind: 'call',
        name,
        pieces: tokensOf(input),
        weight: 1,
      }))
      return shortened([...before, ...blocks], 'calls', ask.tokensMax)
    }
    if (profile.says !== 'echo' && /\brefuse this\b/i.test(prompt)) {
      return shortened([...before, said('refusal', refusal)], 'refusal', ask.tokensMax)
    }
    const whole = this.#text(ask, profile, prompt, random)
    const { text, stop } = stopped(whole, ask.stops)
    const finish = stop === null ? 'stop' : 'stop-sequence'
    const choice = shortened([...before, said('text', text)], finish, ask.tokensMax)
    return choice.finish === 'length' ? choice : { ...choice, stop }
  }

  #think(ask: Ask, prompt: string, random: Chance): Block {
    const share = { none: 0, low: 0.5, medium: 1, high: 2 }[ask.thinking.effort]
    const tokens = Math.round(between(random, 40, 120) * share)
    const pieces = tokensOf(thought(random, prompt, tokens)).slice(
      0,
      ask.thinking.tokensMax ?? Number.POSITIVE_INFINITY,
    )
    const signature = sign(pieces.join(''), ask.owner)
    return { kind: 'thinking', signature, pieces, weight: 1 }
  }

  #text(ask: Ask, profile: Profile, prompt: string, random: Chance): string {
    // To a conversation without a user it says what there is.
    if (profile.says === 'echo') return prompt === '' ? wordsOf(ask) : prompt
    if (ask.format.kind !== 'text')
      return JSON.stringify(this.#document(ask, profile, prompt, random))
    const results = resultsOf(ask)
    if (results.length > 0) return `Here is what the tools found. ${results.join(' ')}`
    if (profile.says === 'images') return imagesText(ask)
    const checked = this.#checked(ask, profile, prompt, random)
    if (checked) return checked.sentence.replace('%', () => checked.answer)
    return prose(random, prompt, between(random, ...profile.length))
  }

  #document(ask: Ask, profile: Profile, prompt: string, random: Chance): Json {
    const answer = this.#checked(ask, profile, prompt, random)?.answer ?? null
    if (ask.format.kind === 'schema') {
      return fit(ask.format.schema, { prompt, subject: answer, random })
    }
    return { answer: answer ?? prose(random, prompt, 12) }
  }

  /** The answer to a question that can be checked: right or wrong by the model's skill. */
  #checked(
    ask: Ask,
    profile: Profile,
    prompt: string,
    random: Chance,
  ): { answer: string; sentence: string } | null {
    const question = findQuestion(prompt, systemOf(ask), this.seed)
    if (!question) return null
    const likely = chanceOfRight(profile, difficultyOf(prompt, this.seed))
    const isRight = share('right', this.seed, ask.seed, ask.model, prompt) < likely
    const answer = isRight ? question.right : choose(random, question.wrong)
    return { answer, sentence: question.sentence }
  }
}

/** Proof that this simulator thought it, for this key: bound to both, as the vendors' signatures are. */
export function sign(thought: string, owner: string): string {
  const random = chance('signature', owner, hash(thought), thought.length)
  return `Es${letters(random, 186)}==`
}

/** What one block counts: its pieces, and for a call the name as well. */
function blockTokens(block: Block): number {
  const name = block.kind === 'call' ? countTokens(block.name) : 0
  return name + block.pieces.length * block.weight
}

export function textOf(block: Block): string {
  return block.pieces.join('')
}

/** Longer answers are noted only so far, in characters. */
const transcriptMax = 1024 * 1024

/** What was said, for the history: choice by choice, block by block. */
export function transcript(blocks: readonly Block[]): string {
  let text = ''
  for (const { pieces } of blocks) {
    for (const piece of pieces) {
      if (text.length + piece.length > transcriptMax) return `${text}…`
      text += piece
    }
  }
  return text
}

const refusal = 'I’m sorry, but I can’t help with that.'

function said(kind: 'text' | 'refusal', text: string): Block {
  return { kind, pieces: tokensOf(text), weight: 1 }
}

function isThinking(block: Block): boolean {
  return block.kind === 'thinking'
}

/** As much as the limit allows; whole pieces only. */
function shortened(blocks: readonly Block[], finish: Finish, tokensMax: number | null): Choice {
  let left = tokensMax ?? Number.POSITIVE_INFINITY
  const kept: Block[] = []
  for (const block of blocks) {
    const room = Math.max(
      0,
      Math.floor((left - (blockTokens(block) - lengthOf(block))) / block.weight),
    )
    if (room === 0 && block.pieces.length > 0) return { blocks: kept, finish: 'length', stop: null }
    kept.push({ ...block, pieces: block.pieces.slice(0, room) })
    if (room < block.pieces.length) return { blocks: kept, finish: 'length', stop: null }
    left -= blockTokens(block)
  }
  return { blocks: kept, finish, stop: null }
}

function lengthOf(block: Block): number {
  return block.pieces.length * block.weight
}

/** The text before the first stop sequence that it meets. */
function stopped(text: string, stops: readonly string[]): { text: string; stop: string | null } {
  let end = text.length
  let stop: string | null = null
  for (const sequence of stops) {
    const found = sequence === '' ? -1 : text.indexOf(sequence)
    if (found >= 0 && found < end) {
      end = found
      stop = sequence
    }
  }
  return { text: text.slice(0, end), stop }
}

function imagesText(ask: Ask): string {
  const images = ask.turns
    .flatMap((turn) => turn.parts)
    .filter((part) => part.kind === 'image')
    .map((part) => part.media)
  if (images.length === 0) return 'I see no image.'
  return `I see ${images.length} ${images.length === 1 ? 'image' : 'images'}: ${images.join(', ')}.`
}

/** What the tools answered since the model last spoke, each with the name of its tool. */
function resultsOf(ask: Ask): readonly string[] {
  if (ask.turns.at(-1)?.role !== 'tool') return []
  const names = new Map(
    ask.turns
      .flatMap((turn) => turn.parts)
      .flatMap((part) => (part.kind === 'call' ? [[part.id, part.name] as const] : [])),
  )
  const last = ask.turns.findLastIndex((turn) => turn.role !== 'tool')
  return ask.turns
    .slice(last + 1)
    .flatMap((turn) => turn.parts)
    .flatMap((part) =>
      part.kind === 'result' ? [`${names.get(part.id) ?? 'tool'}: ${part.text}`] : [],
    )
}

function systemOf(ask: Ask): string {
  return ask.turns
    .filter((turn) => turn.role === 'system')
    .flatMap((turn) => turn.parts.map((part) => (part.kind === 'text' ? part.text : '')))
    .join('\n')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
