import type { Quirks } from '../dialect.ts'
import type { ContentPiece } from './parts.ts'

/**
 * Some models write their thoughts into the content, between tags at its beginning (GLM-Z1, DeepSeek R1
 * and Qwen where a host has no parser for them), and some put marks around their answer (GLM-4.5V).
 * Whoever speaks this dialect gets the content as it came. In the meaning of an answer, which callers
 * of other dialects get, thoughts are thoughts and the marks are gone.
 */
const open = '<think>'
const close = '</think>'
const boxOpen = '<|begin_of_box|>'
const boxClose = '<|end_of_box|>'
const marks = /<\|(?:begin|end)_of_box\|>/

interface Tags {
  readonly thoughts: boolean
  readonly box: boolean
}

/** What this provider's models do with tags; null for most. `model` is the one that the answer names. */
export function tagsOf({ thinkTags }: Quirks, model: unknown): Tags | null {
  if (thinkTags === undefined || typeof model !== 'string') return null
  const { thoughts, box } = thinkTags
  const tags = { thoughts: thoughts?.test(model) === true, box: box?.test(model) === true }
  return tags.thoughts || tags.box ? tags : null
}

/** A whole content, told apart. */
export function untagged(content: readonly ContentPiece[], tags: Tags): ContentPiece[] {
  const splitter = new TagSplitter(tags)
  return [...content.flatMap((piece) => splitter.split(piece)), ...splitter.end()]
}

/**
 * Tells thoughts and text apart in pieces that may be cut anywhere. What may yet turn out to be a tag
 * waits for the next piece.
 */
export class TagSplitter {
  readonly #tags: Tags
  #state: 'beginning' | 'thinking' | 'saying'
  /** White space behind a tag says nothing. */
  #skipsBlank = false
  /** White space in front of everything else: it stays when no tag follows. */
  #blank = ''
  #held = ''

  constructor(tags: Tags) {
    this.#tags = tags
    this.#state = tags.thoughts ? 'beginning' : 'saying'
  }

  /** A piece that is a thought already stays one. */
  split(piece: ContentPiece): ContentPiece[] {
    return piece.thought ? [piece] : this.take(piece.text)
  }

  take(piece: string): ContentPiece[] {
    const pieces: ContentPiece[] = []
    let text = this.#held + piece
    this.#held = ''
    while (text !== '') text = this.#step(text, pieces)
    return pieces
  }

  /** What was held back, when nothing follows that could make it a tag. */
  end(): ContentPiece[] {
    const text = this.#blank + this.#held
    const thought = this.#state === 'thinking'
    if (this.#state === 'beginning') this.#state = 'saying'
    this.#blank = ''
    this.#held = ''
    return text === '' ? [] : [{ text, thought }]
  }

  /** Deals with the beginning of the text. @returns what is left to deal with */
  #step(text: string, pieces: ContentPiece[]): string {
    switch (this.#state) {
      case 'beginning':
        return this.#begin(text)
      case 'thinking':
        return this.#think(text, pieces)
      case 'saying':
        return this.#say(text, pieces)
    }
  }

  #begin(text: string): string {
    const rest = text.trimStart()
    this.#blank += text.slice(0, text.length - rest.length)
    if (rest.startsWith(open)) {
      this.#state = 'thinking'
      this.#skipsBlank = true
      this.#blank = ''
      return rest.slice(open.length)
    }
    if (open.startsWith(rest)) {
      this.#held = rest
      return ''
    }
    this.#state = 'saying'
    const said = this.#blank + rest
    this.#blank = ''
    return said
  }

  #think(text: string, pieces: ContentPiece[]): string {
    const thoughts = this.#skipsBlank ? text.trimStart() : text
    if (thoughts === '') return ''
    this.#skipsBlank = false
    const at = thoughts.indexOf(close)
    if (at === -1) {
      this.#keep(thoughts, [close], true, pieces)
      return ''
    }
    push(pieces, thoughts.slice(0, at), true)
    this.#state = 'saying'
    this.#skipsBlank = true
    return thoughts.slice(at + close.length)
  }

  #say(text: string, pieces: ContentPiece[]): string {
    const said = this.#skipsBlank ? text.trimStart() : text
    if (said === '') return ''
    this.#skipsBlank = false
    if (!this.#tags.box) {
      push(pieces, said, false)
      return ''
    }
    const mark = marks.exec(said)
    if (mark === null) {
      this.#keep(said, [boxOpen, boxClose], false, pieces)
      return ''
    }
    push(pieces, said.slice(0, mark.index), false)
    return said.slice(mark.index + mark[0].length)
  }

  /** Passes on all but an end that may be the beginning of one of these. */
  #keep(text: string, tags: readonly string[], thought: boolean, pieces: ContentPiece[]): void {
    const length = Math.max(...tags.map((tag) => begunAtEnd(text, tag)))
    push(pieces, text.slice(0, text.length - length), thought)
    this.#held = text.slice(text.length - length)
  }
}

/** How much of the tag stands at the text's end. */
function begunAtEnd(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1)
    if (text.endsWith(tag.slice(0, length))) return length
  return 0
}

function push(pieces: ContentPiece[], text: string, thought: boolean): void {
  if (text !== '') pieces.push({ text, thought })
}
