const lookedAt = 4_000
const lengthMax = 300

/** What a page or a plain line says, without its markup: an error may come from any server on the way. */
export function plainWords(text: string): string {
  const words = text
    .slice(0, lookedAt)
    .replaceAll(/<(style|script)[^<]*<\/\1>/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return words === '' ? 'it said nothing' : words.slice(0, lengthMax)
}
