/** What of an answer is JSON; undefined when nothing is. */
export function jsonIn(text: string, search: boolean): unknown {
  const whole = parsed(text)
  if (whole !== undefined || !search) return whole
  for (const [, block = ''] of text.matchAll(/```(?:json)?\s*\n([\s\S]*?)```/gi)) {
    const value = parsed(block)
    if (value !== undefined) return value
  }
  return embedded(text)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Beginnings that are tried: a text of brackets alone must not hold the run up. */
const triesMax = 50

/** The first object or list that stands somewhere in a text. */
function embedded(text: string): unknown {
  let tries = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '{' && text[at] !== '[') continue
    const end = closing(text, at)
    if (end !== -1) {
      const value = parsed(text.slice(at, end + 1))
      if (value !== undefined) return value
    }
    tries += 1
    if (tries >= triesMax) return undefined
  }
  return undefined
}

/** Where the bracket that opens at `from` closes, strings left out; -1 when it never does. */
function closing(text: string, from: number): number {
  let depth = 0
  let inside = false
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (inside) {
      if (character === '\\') at += 1
      else if (character === '"') inside = false
    } else if (character === '"') inside = true
    else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') {
      depth -= 1
      if (depth === 0) return at
    }
  }
  return -1
}
