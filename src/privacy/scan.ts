import { emailAround, publicV6 } from './addresses.ts'
import { assignment } from './assignments.ts'
import type { Detector, Found, Kind } from './characters.ts'
import { numberAt } from './numbers.ts'
import {
  bearerToken,
  cloudKey,
  dataUrl,
  dottedKey,
  markedSecret,
  privateKey,
  urlCredentials,
  webToken,
} from './secrets.ts'

/**
 * What sets detectors off, and which, in the order to ask them. Each stands for a rare character of
 * what it finds, so that most of a text costs one look into a table a character.
 */
const triggers: readonly (readonly [signs: string, detectors: readonly Detector[]])[] = [
  ['0123456789', [numberAt]],
  ['@', [emailAround]],
  [':', [dataUrl, urlCredentials, assignment, publicV6]],
  ['=：', [assignment]],
  ['-', [privateKey, markedSecret]],
  ['_', [markedSecret]],
  ['.', [dottedKey]],
  ['I', [cloudKey]],
  ['J', [webToken]],
  ['Bb', [bearerToken]],
]

/** By UTF-16 code unit: 1 + the index in `triggers`, or 0. */
const triggerOf = new Uint8Array(65_536)
triggers.forEach(([signs], index) => {
  for (const sign of signs) triggerOf[sign.charCodeAt(0)] = index + 1
})

/** As `triggerOf` numbers them. */
const detectorsOf: readonly (readonly Detector[])[] = [[], ...triggers.map(([, asked]) => asked)]

export type Masked = Found & { readonly kind: Kind }

/** Everything that a text holds of personal data and secrets, in order and without overlap. */
export function scan(text: string): Masked[] {
  const all: Masked[] = []
  for (let found = next(text, 0); found !== null; found = next(text, found.end))
    if (found.kind !== null) all.push({ ...found, kind: found.kind })
  return all
}

/** Whether a text holds any of it. */
export function holdsAny(text: string): boolean {
  let found = next(text, 0)
  while (found !== null && found.kind === null) found = next(text, found.end)
  return found !== null
}

/** The first stretch from `floor` on that a detector knows. */
function next(text: string, floor: number): Found | null {
  for (let at = floor; at < text.length; at += 1) {
    const trigger = triggerOf[text.charCodeAt(at)]!
    if (trigger === 0) continue
    const found = ask(trigger, text, at, floor)
    if (found !== null) return found
  }
  return null
}

function ask(trigger: number, text: string, at: number, floor: number): Found | null {
  for (const detect of detectorsOf[trigger]!) {
    const found = detect(text, at, floor)
    if (found !== null) return found
  }
  return null
}
