import type { Ask, CacheMark, Part } from './ask.ts'
import { countTokens, tokensOf } from './tokens.ts'

/** Prompt tokens by what became of them; the kinds never overlap. */
export interface PromptTokens {
  readonly fresh: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
}

/** Shorter prefixes are not remembered. */
const prefixTokensMin = 1024
/** OpenAI's prompts are remembered in steps of this many tokens. */
const blockTokens = 128
/** What an image or another attachment counts. */
const attachmentTokens = 85
/** What a message costs beside its text, and what opens the answer. */
const turnTokens = 4
const openingTokens = 2

/** One part of the prompt; `frame` stands for what a vendor's template puts around its text. */
interface Piece {
  readonly frame: readonly string[]
  readonly text: string
  readonly mark: CacheMark | null
}

/** Prompts that were seen before, by model and key, the oldest forgotten first. */
export class Prefixes {
  readonly #seen = new Set<bigint>()
  readonly #max: number

  constructor(max = 100_000) {
    this.#max = max
  }

  /** Counts a prompt and remembers it. */
  take(ask: Ask): PromptTokens {
    const pieces = piecesOf(ask)
    const total = sumOf(pieces)
    const start = Bun.hash(`${ask.owner}\u0000${ask.model}`) as bigint
    if (total < prefixTokensMin) return { ...noTokens, fresh: total }
    return ask.caching === 'marked'
      ? this.#takeMarked(pieces, total, start)
      : this.#takeBlocks(pieces, total, start)
  }

  clear(): void {
    this.#seen.clear()
  }

  #takeBlocks(pieces: readonly Piece[], total: number, start: bigint): PromptTokens {
    const tokens = pieces.flatMap((piece) => [...piece.frame, ...tokensOf(piece.text)])
    let prefix = start
    let cacheRead = 0
    let unbroken = true
    for (let end = blockTokens; end <= tokens.length; end += blockTokens) {
      prefix = chain(prefix, tokens.slice(end - blockTokens, end).join('\u0001'))
      if (end < prefixTokensMin) continue
      unbroken &&= this.#seen.has(prefix)
      if (unbroken) cacheRead = end
      else this.#remember(prefix)
    }
    return { ...noTokens, fresh: total - cacheRead, cacheRead }
  }

  #takeMarked(pieces: readonly Piece[], total: number, start: bigint): PromptTokens {
    const last = pieces.findLastIndex((piece) => piece.mark !== null)
    const writes: Record<CacheMark, number> = { '5m': 0, '1h': 0 }
    let cacheRead = 0
    let covered = 0
    let end = 0
    let prefix = start
    const marked: { prefix: bigint; end: number; mark: CacheMark }[] = []
    for (const piece of pieces.slice(0, last + 1)) {
      prefix = chain(chain(prefix, piece.frame.join('')), piece.text)
      end += sizeOf(piece)
      if (end < prefixTokensMin) continue
      if (this.#seen.has(prefix)) cacheRead = end
      if (piece.mark) marked.push({ prefix, end, mark: piece.mark })
    }
    covered = cacheRead
    for (const { prefix, end, mark } of marked) {
      if (end <= covered) continue
      writes[mark] += end - covered
      covered = end
      this.#remember(prefix)
    }
    return {
      fresh: total - covered,
      cacheRead,
      cacheWrite5m: writes['5m'],
      cacheWrite1h: writes['1h'],
    }
  }

  #remember(prefix: bigint): void {
    this.#seen.add(prefix)
    if (this.#seen.size <= this.#max) return
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest)
      return
    }
  }
}

/** Tokens of the whole prompt, whatever was seen before. */
export function countPrompt(ask: Ask): number {
  return sumOf(piecesOf(ask))
}

const noTokens: PromptTokens = { fresh: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 }

/** The prompt in the order in which vendors read it: tools, then every turn. */
function piecesOf(ask: Ask): readonly Piece[] {
  const tools = ask.tools.map((tool) => ({
    frame: [],
    text: `${tool.name} ${tool.description} ${JSON.stringify(tool.schema)}`,
    mark: tool.mark ?? null,
  }))
  const turns = ask.turns.flatMap((turn) =>
    turn.parts.map((part, index) => {
      const opening = index === 0 ? repeat(turn.role, turnTokens) : []
      return { ...shown(part, opening), mark: part.mark ?? null }
    }),
  )
  return [...tools, ...turns, { frame: repeat('assistant', openingTokens), text: '', mark: null }]
}

function shown(part: Part, opening: readonly string[]): Pick<Piece, 'frame' | 'text'> {
  if (part.kind === 'call') return { frame: opening, text: `${part.name} ${part.input}` }
  if (part.kind === 'image' || part.kind === 'other') {
    return { frame: [...opening, ...repeat(part.source, attachmentTokens)], text: '' }
  }
  return { frame: opening, text: part.text }
}

function sizeOf(piece: Piece): number {
  return piece.frame.length + countTokens(piece.text)
}

function sumOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + sizeOf(piece), 0)
}

function repeat(word: string, times: number): readonly string[] {
  return Array.from({ length: times }, () => word)
}

function chain(prefix: bigint, text: string): bigint {
  return Bun.hash(text, prefix) as bigint
}
