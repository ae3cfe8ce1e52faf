import { emailAround, publicV4 } from './addresses.ts'
import {
  digit,
  is,
  numberEnds,
  numberStarts,
  runEnd,
  upper,
  wordStarts,
  type Detector,
  type Found,
  type Kind,
} from './characters.ts'
import { ibanHolds, ibanLengths, luhnHolds, residentIdHolds } from './checksums.ts'

/**
 * Personal numbers. Each is known by a checksum or by the layout of its groups, because a run of
 * digits alone is as likely an order number, a timestamp or an id: '4155552671' is left alone,
 * '415-555-2671' is a phone number.
 * @param at  the first digit of a run
 */
export const numberAt: Detector = (text, at, floor) => {
  if (at > floor && is(text.charCodeAt(at - 1), digit)) return null
  if (!numberStarts(text, at, floor)) return ibanAround(text, at, floor)
  return publicV4(text, at, floor) ?? laidOut(text, at, floor)
}

interface PersonalNumber {
  readonly kind: Kind
  readonly holds: (digits: string, span: string) => boolean
  /** Words before it that speak against it, and words without which it is not believed. */
  readonly not?: RegExp
  readonly only?: RegExp
}

const numberOfThing =
  /(?:order|invoice|tracking|ticket|shipment|parcel|sku|isbn|ean|serial|订单|单|编)[ _-]?(?:id|no|nr|number|num|号)?\W{0,4}$/i
/** A number in JSON that no name calls a phone's or a card's. */
const numberInJson =
  /(?<!(?:phone|mobile|tel|cell|fax|card|pan|手机|电话|号|卡)[\w ]{0,8}\\{0,3})"\s?:\s?$/i
const notPersonal = new RegExp(`${numberOfThing.source}|${numberInJson.source}`, 'i')
const ofPhone =
  /(?:tel|telephone|phone|call|mobile|cell|fax|dial|whatsapp|text)(?: \w{1,6})?[.:]? {0,2}$/i

const ssn: PersonalNumber = { kind: 'ssn', holds: isSsn }
const american: PersonalNumber = { kind: 'phone', holds: isAmerican }
const spokenAmerican: PersonalNumber = { ...american, only: ofPhone }
const chinese: PersonalNumber = { kind: 'phone', holds: isChineseMobile }
const international: readonly PersonalNumber[] = [{ kind: 'phone', holds: isInternational }]
const residentId: PersonalNumber = { kind: 'id', holds: isResidentId }
const card: PersonalNumber = { kind: 'card', holds: isCard }
const cardInOne: PersonalNumber = { ...card, not: notPersonal }

/** By layout: the lengths of the groups, and what stands between them; '_' is a blank. */
const written: readonly (readonly [layouts: string, numbers: readonly PersonalNumber[]])[] = [
  ['3-2-4', [ssn]],
  ['3-3-4 3.3.4 (3)3-4 (3)3.4 (3)3_4 1-3-3-4 1.3.3.4 1_3-3-4 1(3)3-4 1(3)3_4', [american]],
  ['3_3_4 3_3-4 1_3_3_4', [spokenAmerican]],
  ['11', [{ ...chinese, not: notPersonal }]],
  ['3_4_4 3-4-4', [chinese]],
  ['17x', [residentId]],
  ['18', [residentId, cardInOne]],
  ['14 15 16 17 19', [cardInOne]],
  ['4_4_4_4 4-4-4-4 4_4_4_4_3 4-4-4-4-3 4_6_5 4-6-5 4_6_4 4-6-4', [card]],
]

/** A group, and the sign before it: '', '_', '-', '.', '(', ')', '+'. */
const groupPattern = /([-_.()+]?)(\d+x?)/g
const signs = ['', '_', '-', '.', '(', ')', '+']
/** A resident id's last character may be X, for ten. */
const lengthWithX = 31

/**
 * A layout as a number, eight bits a group: texts full of digits have many, and a number is made and
 * looked up faster than a string.
 */
function withGroup(layout: number, sign: number, length: number): number {
  return layout * 256 + sign * 32 + length
}

const numbersByLayout = new Map<number, readonly PersonalNumber[]>()
/** How a layout may begin: reading stops as soon as none can come of it. */
const beginnings = new Set<number>()
for (const [layouts, numbers] of written) {
  for (const text of layouts.split(' ')) {
    let layout = 0
    for (const [, sign = '', length = ''] of text.matchAll(groupPattern)) {
      const digits = length === '17x' ? lengthWithX : Number(length)
      layout = withGroup(layout, signs.indexOf(sign), digits)
      beginnings.add(layout)
    }
    numbersByLayout.set(layout, numbers)
  }
}

const groupsMax = 6
const digitsMax = 19
/** Of digits and gaps. */
const spanMax = 40

/** The longest number that the groups of digits from `at` on make. */
function laidOut(text: string, at: number, floor: number): Found | null {
  const before = at > floor ? text.charCodeAt(at - 1) : 0
  const plus = before === 0x2b && wordStarts(text, at - 1, floor)
  const start = plus || before === 0x28 ? at - 1 : at
  let found: Found | null = null
  let layout = 0
  let sign = start === at ? 0 : signOf(text, start)
  for (let from = at, groups = 0; groups < groupsMax; groups += 1) {
    let end = runEnd(text, from, digit, digitsMax + 1)
    const withX = end - from === 17 && (text.charCodeAt(end) | 0x20) === 0x78
    layout = withGroup(layout, sign, withX ? lengthWithX : end - from)
    if (withX) end += 1
    if (!plus && !beginnings.has(layout)) break
    const known = plus ? international : numbersByLayout.get(layout)
    const kind = known === undefined ? null : kindOf(known, text, start, end, floor)
    if (kind !== null && numberEnds(text, end) && !isLocalPart(text, end, floor)) {
      found = { kind, start, end }
    }
    const gap = gapAt(text, end)
    if (gap === 0 || end - start > spanMax) break
    sign = signOf(text, end)
    from = end + gap
  }
  return found
}

/** What the characters from `start` to `end` are, which have the layout of these numbers. */
function kindOf(
  numbers: readonly PersonalNumber[],
  text: string,
  start: number,
  end: number,
  floor: number,
): Kind | null {
  const span = text.slice(start, end)
  const digits = span.replaceAll(/[^\dXx]/g, '').toUpperCase()
  for (const { kind, holds, not, only } of numbers) {
    if (!holds(digits, span)) continue
    const before = not || only ? text.slice(Math.max(floor, start - 28), start) : ''
    if (!not?.test(before) && only?.test(before) !== false) return kind
  }
  return null
}

/** '13812345678@qq.com' is an address as a whole. */
function isLocalPart(text: string, end: number, floor: number): boolean {
  return text.charCodeAt(end) === 0x40 && emailAround(text, end, floor) !== null
}

/** How many characters part two groups of digits at `at`: a blank, hyphen, dot or bracket; 0 if none. */
function gapAt(text: string, at: number): number {
  if (!gapSigns.has(text.charCodeAt(at))) return 0
  if (is(text.charCodeAt(at + 1), digit)) return 1
  return is(text.charCodeAt(at + 2), digit) && twoSignGaps.has(text.slice(at, at + 2)) ? 2 : 0
}

const gapSigns = new Set([...' -.()\u00a0\u2011\u2013'].map((sign) => sign.charCodeAt(0)))
const twoSignGaps = new Set([' (', ') ', ')-'])

/** The sign of a gap, as its index in `signs`. */
function signOf(text: string, at: number): number {
  const sign = text.charAt(at)
  if (sign === ' ' || sign === '\u00a0')
    return signs.indexOf(text.charAt(at + 1) === '(' ? '(' : '_')
  return signs.indexOf(sign > '\u2000' ? '-' : sign)
}

/** 'DE89 3704 0044 0532 0130 00'. @param at  the first digit, behind the country */
function ibanAround(text: string, at: number, floor: number): Found | null {
  const start = at - 2
  if (start < floor || !is(text.charCodeAt(start), upper) || !is(text.charCodeAt(at - 1), upper)) {
    return null
  }
  const length = ibanLengths.get(text.slice(start, at))
  if (length === undefined || !wordStarts(text, start, floor)) return null
  let iban = ''
  let end = start
  while (iban.length < length) {
    if (iban.length > 0 && iban.length % 4 === 0 && /^[ \u00a0-]/.test(text.slice(end, end + 1))) {
      end += 1
    }
    const code = text.charCodeAt(end)
    if (!is(code, digit | upper)) return null
    iban += text[end]
    end += 1
  }
  return numberEnds(text, end) && ibanHolds(iban) ? { kind: 'iban', start, end } : null
}

function isSsn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits)
}

/** E.164: up to 15 digits with the country's; those of the shortest plans have 8. */
function isInternational(digits: string, span: string): boolean {
  if (/^\+\d+\.\d+$/.test(span)) return false // '+3.14159265358'
  if (digits.startsWith('1')) return digits.length === 11
  return /^[2-9]\d{7,14}$/.test(digits)
}

function isChineseMobile(digits: string): boolean {
  return /^1[3-9]\d{9}$/.test(digits)
}

/** The North American plan: area and exchange begin with 2 to 9. */
function isAmerican(digits: string): boolean {
  return /^1?[2-9]\d{2}[2-9]\d{6}$/.test(digits)
}

/** With a birth date that can be, since one number of 18 digits in eleven has the checksum. */
function isResidentId(id: string): boolean {
  const plausible = /^[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]$/
  return plausible.test(id) && residentIdHolds(id)
}

/** Ranges of the schemes that issue cards now, with the lengths they issue: Visa to UnionPay. */
const issued =
  /^(?:4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6(?:011|5\d{2}|4[4-9]\d)\d{12}|62\d{14,17})$/

function isCard(digits: string): boolean {
  return luhnHolds(digits) && issued.test(digits)
}
