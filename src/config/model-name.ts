/** 'provider/model', as a pattern of JSON Schema too. The first slash parts them. */
export const modelPattern = '^[A-Za-z0-9_.:@-]{1,100}/[\\x21-\\x7e]{1,200}$'

export function isModelName(text: string): boolean {
  return new RegExp(modelPattern).test(text)
}

/** What stands before the first slash, and what behind it; both may be empty. */
export function partsOf(name: string): { readonly provider: string; readonly model: string } {
  const slash = name.indexOf('/')
  return { provider: name.slice(0, Math.max(slash, 0)), model: name.slice(slash + 1) }
}
