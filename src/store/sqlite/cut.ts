/**
 * Cuts a request's JSON text into pieces that come again: a long member of the top level, and in a
 * conversation every long message, is a piece of its own, so that the history which a caller sends
 * anew with each turn is the same pieces each time.
 *
 * Put together again the pieces are the text, byte for byte. Nothing is parsed and nothing judged:
 * malformed text is cut in odd places and is still the text.
 */
export function cut(text: string): string[] {
  if (text.length < pieceMin) return [text]
  const pieces: string[] = []
  let from = 0
  for (const { start, end } of longParts(text)) {
    if (start > from) pieces.push(text.slice(from, start))
    pieces.push(text.slice(start, end))
    from = end
  }
  if (from < text.length || pieces.length === 0) pieces.push(text.slice(from))
  return pieces
}

/** Below this a piece is kept where it stands: to keep it once would take more. */
export const pieceMin = 512

/** Members whose items are pieces, as the dialects name them. */
const lists = /^\s*"(?:messages|input|contents)"\s*:\s*$/

interface Part {
  readonly start: number
  readonly end: number
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const colon = 0x3a
const comma = 0x2c

/** Values of the top level, and items of its lists, that are long. */
function longParts(text: string): Part[] {
  const parts: Part[] = []
  let depth = 0
  let start = -1
  let memberFrom = 0
  let inList = false
  const endPart = (end: number) => {
    if (start !== -1 && end - start >= pieceMin) parts.push({ start, end })
    start = -1
  }
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) at = stringEnd(text, at)
    else if (code === openBrace || code === openBracket) {
      depth += 1
      if (depth === 1) memberFrom = at + 1
      if (depth === 2 && code === openBracket && lists.test(text.slice(memberFrom, at))) {
        inList = true
        start = at + 1
      }
    } else if (code === closeBrace || code === closeBracket) {
      depth -= 1
      if (inList && depth === 1) {
        endPart(at)
        inList = false
      } else if (depth === 0) endPart(at)
    } else if (code === comma && depth === (inList ? 2 : 1)) {
      endPart(at)
      if (inList) start = at + 1
      else memberFrom = at + 1
    } else if (code === colon && depth === 1) start = at + 1
  }
  return parts
}

/** Where the string that begins at `from` closes; the last character when it never does. */
function stringEnd(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return end
  }
  return text.length - 1
}
