import { usd, type Money } from '../core/money.ts'
import type { Pace } from '../gateway/limits/limits.ts'

/** Amounts as people write them in the configuration. Each reader gives null for what is no such text. */

const msOf = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const bytesOf = { kB: 1_000, MB: 1_000_000, GB: 1_000_000_000 } as const
const paceMsOf = { s: 1_000, min: 60_000, h: 3_600_000, day: 86_400_000 } as const

/** As patterns of JSON Schema too, so they use nothing that regular expressions differ in. */
export const patterns = {
  duration: '^[0-9]{1,9}(\\.[0-9]{1,6})? ?(ms|s|m|h|d)$',
  size: '^[0-9]{1,9}(\\.[0-9]{1,6})? ?(kB|MB|GB)$',
  usd: '^[0-9]{1,12}(\\.[0-9]{1,12})? ?USD$',
  pace: '^[0-9]{1,15} ?/ ?(s|min|h|day)$',
} as const

/** '2s', '1.5h', '30d'. @returns whole milliseconds; null also when it would be a part of one */
export function durationMs(text: string): number | null {
  return counted(text, msOf)
}

/** '32MB', where kB is 1,000 bytes. @returns whole bytes; null also when it would be a part of one */
export function sizeBytes(text: string): number | null {
  return counted(text, bytesOf)
}

/** '50 USD' */
export function usdAmount(text: string): Money | null {
  const amount = new RegExp(patterns.usd).test(text) ? text.replace(/ ?USD$/, '') : null
  return amount === null ? null : usd(amount)
}

/** '600/min' */
export function pace(text: string): Pace | null {
  const [, count = '', unit = ''] = /^(\d{1,15}) ?\/ ?(s|min|h|day)$/.exec(text) ?? []
  return isUnit(unit, paceMsOf) ? { count: Number(count), perMs: paceMsOf[unit] } : null
}

/** '8', '0.25', in plain decimals. */
export function plainNumber(text: string): number | null {
  return /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : null
}

export function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** Computed in integers: 0.001d is 86,400 ms, and no binary fraction comes between. */
function counted(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, whole = '', fraction = '', unit = ''] =
    /^(\d{1,9})(?:\.(\d{1,6}))? ?([A-Za-z]{1,2})$/.exec(text) ?? []
  if (!isUnit(unit, units)) return null
  const scale = 10n ** BigInt(fraction.length)
  const amount = BigInt(whole + fraction) * BigInt(units[unit] ?? 0)
  return amount % scale === 0n ? Number(amount / scale) : null
}

function isUnit<Unit extends string>(
  text: string,
  units: Readonly<Record<Unit, number>>,
): text is Unit {
  return Object.hasOwn(units, text)
}
