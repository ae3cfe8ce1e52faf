/** Everything but letters, digits and `-._~` as `%XX` in capitals (RFC 3986, section 2.3). */
export function percentEscaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
