import { decimal, type Decimal, type Money } from '../../core/money.ts'
import { Secret } from '../../core/secret.ts'
import * as units from '../units.ts'
import { matching, Refusal, value } from './form.ts'

export const day = 86_400_000

export function whole(what: string, min: number, max: number) {
  const written = { anyOf: [{ type: 'integer', minimum: min, maximum: max }, matching('^[0-9]+$')] }
  return value(what, written, (text) => {
    const number = units.wholeNumber(text)
    return number !== null && number >= min && number <= max ? number : null
  })
}

/** @param min @param max  milliseconds */
export function duration(what: string, min: number, max: number) {
  return value(what, matching(units.patterns.duration), (text) => {
    const ms = units.durationMs(text)
    return ms !== null && ms >= min && ms <= max ? ms : null
  })
}

export function size(what: string, min: number, max: number) {
  return value(what, matching(units.patterns.size), (text) => {
    const bytes = units.sizeBytes(text)
    if (bytes !== null) return bytes >= min && bytes <= max ? bytes : null
    return /\d ?(k|m|g)i?b?$/i.test(text)
      ? new Refusal(`takes ${what}, written kB, MB or GB.`)
      : null
  })
}

export function usd(what: string) {
  return value(what, matching(units.patterns.usd), (text): Money | Refusal | null => {
    const amount = units.usdAmount(text)
    if (amount !== null) return amount
    const [, number, currency] = /^([\d.]+) ?([A-Za-z]{3}|[$€£¥])?$/.exec(text) ?? []
    if (number === undefined) return null
    if (currency === undefined || currency === '$' || currency.toUpperCase() === 'USD') {
      const meant = `${number} USD`
      return units.usdAmount(meant) === null ? null : new Refusal(`takes ${what}: write ${meant}.`)
    }
    return new Refusal(`takes ${what}: budgets are kept in USD, so write the amount in USD.`)
  })
}

export function pace(what: string) {
  return value(what, matching(units.patterns.pace), (text) => {
    const read = units.pace(text)
    return read !== null && read.count > 0 ? read : null
  })
}

/** A price, read as it is written: a decimal text, never a float. */
export function price(what: string) {
  const pattern = '^[0-9]{1,12}(\\.[0-9]{1,18})?$'
  const written = { anyOf: [{ type: 'number', minimum: 0 }, matching(pattern)] }
  return value(what, written, (text): Decimal | Refusal | null => {
    if (new RegExp(pattern).test(text)) return decimal(text)
    if (/^\d[\d.]*e[-+]?\d+$/i.test(text)) {
      return new Refusal(`takes ${what}, without an exponent: write 0.0000001, not 1e-7.`)
    }
    return null
  })
}

/** @param withEnds  whether 0 and 1 themselves are shares here */
export function ratio(what: string, withEnds = true) {
  const written = { anyOf: [{ type: 'number', minimum: 0, maximum: 1 }, matching('^[0-9.]+$')] }
  return value(what, written, (text) => {
    const number = units.plainNumber(text)
    if (number === null || number < 0 || number > 1) return null
    return withEnds || (number > 0 && number < 1) ? number : null
  })
}

export function share(text: string): number | null {
  const number = units.plainNumber(text)
  return number !== null && number > 0 ? number : null
}

/** Anything that a header can carry, and so a caller can send. Blanks around it are no part of it. */
export function secret(what: string, lengthMin: number, lengthMax: number) {
  return value(
    what,
    { type: 'string', minLength: 1 },
    (text): Secret | Refusal => {
      const trimmed = text.trim()
      if (!/^[\x21-\x7e]*$/.test(trimmed)) {
        return new Refusal(
          'has characters in it that no header can carry: blanks, line breaks or letters beyond ASCII.',
        )
      }
      if (trimmed.length < lengthMin) {
        return new Refusal(lengthMin === 1 ? 'is empty.' : `needs ${lengthMin} characters or more.`)
      }
      return trimmed.length > lengthMax
        ? new Refusal(`has more than ${lengthMax} characters.`)
        : new Secret(trimmed)
    },
    false,
  )
}
