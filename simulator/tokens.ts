/**
 * The toy tokenizer. A token is, with the one space before it, up to six letters or up to three
 * digits; else up to eight characters of white space; else one character. Nothing is lost: the tokens
 * of a text joined are that text, and a token never cuts a character in two.
 *
 * English comes to 4 to 5 characters a token, as with the vendors' own tokenizers.
 */
const token = / ?[\p{L}\p{M}]{1,6}| ?\p{N}{1,3}|\s{1,8}|[^]/gu

export function tokensOf(text: string): readonly string[] {
  return text.match(token) ?? []
}

export function countTokens(text: string): number {
  return text.match(token)?.length ?? 0
}
