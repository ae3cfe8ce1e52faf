import {
  accented,
  afterEscape,
  alnum,
  digit,
  domainLabel,
  hex,
  is,
  letter,
  localPart,
  numberEnds,
  numberStarts,
  runEnd,
  runStart,
  word,
  type Detector,
} from './characters.ts'

/** An e-mail address. @param at  its '@' */
export const emailAround: Detector = (text, at, floor) => {
  // A longer local part is none (RFC 5321), and a bounded look must not begin in mid-word.
  const run = runStart(text, at, localPart, floor, 65)
  if (at - run > 64) return null
  let start = afterEscape(text, run, floor)
  while (start < at && !is(text.charCodeAt(start), word | accented)) start += 1
  if (start === at) return null
  const end = domainEnd(text, at + 1)
  if (end === null) return null
  const isRepository = text.slice(start, at) === 'git' // git@github.com:freehold/freehold
  const isPixelDensity = /^[1-4]x\./.test(text.slice(at + 1, at + 4)) // icon@2x.png
  return isRepository || isPixelDensity ? null : { kind: 'email', start, end }
}

/**
 * A public IPv4 address in four decimal parts. Private, loopback, link-local, documentation and
 * multicast ranges say nothing about a person.
 * @param at  the first digit, where a number starts
 */
export const publicV4: Detector = (text, at, floor) => {
  const first = runEnd(text, at, digit, 4)
  if (first - at > 3 || text.charCodeAt(first) !== 0x2e) return null
  const parts: number[] = []
  let end = at
  for (let part = 0; part < 4; part += 1) {
    if (part > 0) {
      if (text[end] !== '.') return null
      end += 1
    }
    const stop = runEnd(text, end, digit, 3)
    if (stop === end || (text[end] === '0' && stop - end > 1)) return null
    parts.push(Number(text.slice(end, stop)))
    end = stop
  }
  if (!numberEnds(text, end) || isVersion(text, at, floor)) return null
  return isPublicV4(parts) ? { kind: 'ip', start: at, end } : null
}

/**
 * A public IPv6 address: global unicast, which is 2000::/3, without what is for documentation.
 * @param at  its first ':'
 */
export const publicV6: Detector = (text, at, floor) => {
  const start = at - 4 // all global unicast begins with four digits
  if (start < floor) return null
  const first = text.charCodeAt(start)
  if (first !== 0x32 && first !== 0x33) return null
  if (runEnd(text, start, hex, 5) !== at || !numberStarts(text, start, floor)) return null
  let groups = 1
  let gap = 0
  let end = at
  for (let from = at; groups < 8 && text.charCodeAt(from) === 0x3a; from = end) {
    const isGap = text.charCodeAt(from + 1) === 0x3a
    const next = from + (isGap ? 2 : 1)
    const stop = runEnd(text, next, hex, 5)
    const isGroup = stop > next && stop - next <= 4 && !is(text.charCodeAt(stop), word)
    if (isGap && gap === 1) break
    if (isGap) gap = 1
    if (isGroup) groups += 1
    else if (!isGap) break // 'refused by 2a00::1: try again'
    end = isGroup ? stop : next
    if (!isGroup) break
  }
  const isWhole = gap === 1 || groups === 8
  const isForDocuments = /^(?:2001:0?db8(?::|$)|3fff:)/i.test(text.slice(start, end))
  return isWhole && !isForDocuments ? { kind: 'ip', start, end } : null
}

function domainEnd(text: string, from: number): number | null {
  let end: number | null = null
  let dots = 0
  for (let at = from; ; dots += 1) {
    const stop = runEnd(text, at, domainLabel, 64)
    if (stop === at || text[at] === '-') return end
    const letters = runEnd(text, at, letter, 25)
    const isTop = dots > 0 && letters - at >= 2 && letters - at <= 24
    if (isTop && !is(text.charCodeAt(letters), alnum)) end = letters
    if (text[stop] !== '.' || stop - at > 63) return end
    at = stop + 1
  }
}

function isPublicV4([a = 0, b = 0, c = 0, d = 0]: readonly number[]): boolean {
  if (a > 255 || b > 255 || c > 255 || d > 255) return false
  if (b === 0 && c === 0 && d === 0) return false // a network, or a browser's version
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false
  if (a === 100 && b >= 64 && b <= 127) return false
  if (a === 169 && b === 254) return false
  if (a === 172 && b >= 16 && b <= 31) return false
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)))) return false
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false
  return !(a === 203 && b === 0 && c === 113)
}

/** 'version 1.2.3.4', 'v1.2.3.4' and 'Chrome/120.0.6.99' are no addresses. */
function isVersion(text: string, at: number, floor: number): boolean {
  const before = text.slice(Math.max(floor, at - 16), at)
  return /[a-z]\/$|(?:\b(?:v|ver|version|release|build|firmware)|版本)["' ]{0,2}[.:=]?["' ]{0,2}$/i.test(
    before,
  )
}
