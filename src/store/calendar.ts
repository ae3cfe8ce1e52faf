import type { Instant } from '../core/clock.ts'
import { dayText, isTimeZone, offsetUs, spanOf } from '../core/zone.ts'

export const hourUs = 3_600_000_000
const dayUs = 24 * hourUs
const minuteUs = 60_000_000
const quarterUs = 15 * minuteUs
const quartersMax = 10_000

/**
 * Local hours and days of one time zone. Costs are added up by local hour, because in Asia/Kolkata a
 * day begins at half past an hour of UTC. What was asked lately is remembered: the runtime takes its time
 * to name an instant's offset, and rows come in by the thousand. UTC is reckoned without the runtime's
 * tables of zones, which have to be loaded first.
 */
export class Calendar {
  readonly timeZone: string
  /** Clocks are set at full quarters of an hour only, everywhere since 1972. */
  readonly #offsets = new Map<number, number>()
  #day = { start: 0, end: 0 }

  /** @throws RangeError for a zone that is not known */
  constructor(timeZone: string) {
    if (timeZone !== 'UTC' && !isTimeZone(timeZone))
      throw new RangeError(`There is no time zone named ${timeZone}.`)
    this.timeZone = timeZone
  }

  /** When the local hour of an instant began. */
  hourStart(at: Instant): Instant {
    return (at - mod(at + this.#offset(at), hourUs)) as Instant
  }

  /** When the local day of an instant began. */
  dayStart(at: Instant): Instant {
    if (at < this.#day.start || at >= this.#day.end) this.#day = this.#dayOf(at)
    return this.#day.start as Instant
  }

  /** When the local day after that of an instant begins. */
  dayEnd(at: Instant): Instant {
    this.dayStart(at)
    return this.#day.end as Instant
  }

  /** '2026-11-21' */
  dayLabel(at: Instant): string {
    if (this.timeZone === 'UTC') return new Date(at / 1000).toISOString().slice(0, 10)
    return dayText(at, this.timeZone)
  }

  /** '2026-10-25T02:00+02:00': an hour that comes twice, when clocks are set back, has two labels. */
  hourLabel(at: Instant): string {
    const offset = this.#offset(at)
    const local = new Date((at + offset) / 1000).toISOString()
    const minutes = Math.abs(offset) / minuteUs
    const sign = offset < 0 ? '-' : '+'
    return `${local.slice(0, 16)}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
  }

  #dayOf(at: Instant): { start: number; end: number } {
    if (this.timeZone === 'UTC') {
      const start = at - mod(at, dayUs)
      return { start, end: start + dayUs }
    }
    return spanOf('day', at, this.timeZone)
  }

  #offset(at: Instant): number {
    if (this.timeZone === 'UTC') return 0
    const quarter = Math.floor(at / quarterUs)
    const known = this.#offsets.get(quarter)
    if (known !== undefined) return known
    const offset = offsetUs((quarter * quarterUs) as Instant, this.timeZone)
    if (this.#offsets.size >= quartersMax) this.#offsets.clear()
    this.#offsets.set(quarter, offset)
    return offset
  }
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
