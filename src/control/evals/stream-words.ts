/**
 * The words of an answer that was kept as the events of its stream, in the wire formats of OpenAI's chat and of
 * Anthropic's messages; null for what is no such stream, or said no word.
 */
export function wordsOfStream(kept: unknown): string | null {
  if (typeof kept !== 'string') return null
  let words = ''
  for (const line of kept.split('\n')) {
    if (!line.startsWith('data:')) continue
    const event = parsed(line.slice('data:'.length))
    const content = event?.choices?.[0]?.delta?.content ?? event?.delta?.text
    if (typeof content === 'string') words += content
  }
  return words === '' ? null : words
}

interface StreamEvent {
  readonly choices?: readonly { readonly delta?: { readonly content?: unknown } }[]
  readonly delta?: { readonly text?: unknown }
}

function parsed(text: string): StreamEvent | null {
  try {
    return JSON.parse(text) as StreamEvent | null
  } catch {
    // The last line is no JSON: [DONE].
    return null
  }
}
